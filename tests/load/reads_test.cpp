// Readers against a server whose stock tells the truth, and against stock that does not behave.
#include "tools/load/reads.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "adapters/tcp/server.h"

namespace millrace::load {
namespace {

/// Readers send nothing that would get here.
class NoPort final : public Port {
 public:
  void submit(std::span<const Inbound> /*messages*/) override { ADD_FAILURE() << "a command"; }
};

class ReadsTest : public testing::Test {
 protected:
  ReadsTest() {
    for (std::uint64_t sku = 1; sku <= 100; ++sku) {
      const Row row = catalogue_.add({Sku{sku}, 100, 0, 0});
      stock_.set_on_hand(row, NodeIndex{1}, Units{50});
      known_.skus.emplace_back(sku);
      known_.units_max.push_back(50);
    }
    ServerOptions options;
    options.availability = AvailabilityReader(catalogue_, stock_, 2);
    server_ = std::make_unique<Server>(options, LogFunction{});
    EXPECT_FALSE(server_->start([] { return std::make_unique<NoPort>(); }).has_value());
    options_.target.port = server_->port();
    options_.connections = 2;
    options_.frame_reads = 500;
    options_.only_falls = true;
  }

  ~ReadsTest() override { server_->stop(std::chrono::milliseconds(0)); }

  static Limits small() {
    Limits limits;
    limits.skus_max = 1000;
    limits.shards = 1;
    return limits;
  }

  /// Reads until there were some thousand answers more.
  ReadResult read() {
    Reads reads(known_, options_);
    EXPECT_EQ(reads.start(), std::nullopt);
    const std::uint64_t until = server_->counters().availability_reads + 100'000;
    while (server_->counters().availability_reads < until) {
      std::this_thread::yield();
    }
    return reads.finish();
  }

  [[nodiscard]] std::string first_failure() {
    const ReadResult result = read();
    return result.failures.count() == 0 ? "" : result.failures.first().front();
  }

  Catalogue catalogue_{1000, Touch::as_used};
  StockTable stock_{small(), 2};
  ReadCatalogue known_;
  ReadOptions options_;
  std::unique_ptr<Server> server_;
};

TEST_F(ReadsTest, EveryReadIsAnswered) {
  const ReadResult result = read();
  EXPECT_EQ(result.failures.count(), 0U);
  EXPECT_EQ(result.broken, "");
  EXPECT_GT(result.reads, 90'000U);
  EXPECT_EQ(result.latency.count(), result.reads);
}

TEST_F(ReadsTest, AtARate) {
  options_.rate = 1'000'000;
  const ReadResult result = read();
  EXPECT_EQ(result.failures.count(), 0U);
  EXPECT_EQ(result.broken, "");
  EXPECT_LT(static_cast<double>(result.reads), options_.rate * result.seconds + 1000);
}

TEST_F(ReadsTest, StockAboveWhatThereWasIsWrong) {
  stock_.set_on_hand(Row{0}, NodeIndex{0}, Units{1});
  EXPECT_EQ(first_failure(), "SKU 1 rose from 50 to 51 units");
  options_.only_falls = false;
  EXPECT_EQ(first_failure(), "");
}

TEST_F(ReadsTest, StockThatFallsIsRight) {
  stock_.hold(Row{0}, NodeIndex{1}, Units{50});
  EXPECT_EQ(first_failure(), "");
}

TEST_F(ReadsTest, ASkuThatTheServerDoesNotKnowIsWrong) {
  known_.skus[0] = Sku{999};
  EXPECT_EQ(first_failure(), "SKU 999 is unknown");
}

TEST_F(ReadsTest, ASkuThatNobodyShouldKnowIsWrong) {
  catalogue_.add({Sku{101}, 100, 0, 0});
  EXPECT_EQ(first_failure(), "a SKU that nobody defined is known");
}

TEST_F(ReadsTest, NobodyThere) {
  server_->stop(std::chrono::milliseconds(0));
  Reads reads(known_, options_);
  EXPECT_NE(reads.start(), std::nullopt);
}

}  // namespace
}  // namespace millrace::load
