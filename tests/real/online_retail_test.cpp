// A year of a real shop (UCI Online Retail II) through a live server: imported, streamed over TCP,
// journaled, replayed. The totals are counted again here, from the rows themselves.
#include <gtest/gtest.h>

#include <atomic>
#include <cctype>
#include <cstdio>
#include <optional>
#include <set>
#include <string>

#include "adapters/config/csv.h"
#include "adapters/config/text_value.h"
#include "adapters/tcp/client.h"
#include "tests/real/retail_fixture.h"
#include "tools/load/run.h"
#include "tools/load/verify.h"

namespace millrace::load {
namespace {

/// What the rows of the file come to by themselves.
struct Counted {
  std::uint64_t rows = 0;
  std::uint64_t lines = 0;
  std::uint64_t units = 0;
  std::uint64_t cancellation_rows = 0;
  std::set<std::string> invoices;
  std::set<std::string> codes;
};

/// The code without blanks, in capitals, if it is five digits and then letters only.
std::optional<std::string> product_code(std::string_view text) {
  std::string code;
  for (const char c : text) {
    if (c != ' ') {
      code += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  for (std::size_t i = 0; i < code.size(); ++i) {
    const auto c = static_cast<unsigned char>(code[i]);
    if (i < 5 ? std::isdigit(c) == 0 : std::isalpha(c) == 0) {
      return std::nullopt;
    }
  }
  return code.size() >= 5 ? std::optional(code) : std::nullopt;
}

Counted count_rows(const std::string& text) {
  Counted counted;
  CsvTable table(
      text, {.required = {"Invoice", "StockCode", "Quantity"}, .optional = {}, .others = true});
  while (table.next()) {
    ++counted.rows;
    const std::string_view invoice = table.field(0);
    const auto code = product_code(table.field(1));
    const std::int64_t quantity = parse_signed(table.field(2)).value();
    if (!code) {
      continue;
    }
    if (invoice.starts_with('C')) {
      ++counted.cancellation_rows;
    } else if (quantity > 0) {
      ++counted.lines;
      counted.units += static_cast<std::uint64_t>(quantity);
      counted.invoices.emplace(invoice);
      counted.codes.insert(*code);
    }
  }
  EXPECT_TRUE(table.faults().empty());
  return counted;
}

/// Everything a finished run must come to, against the import's report and the server's own count.
void expect_totals(const RunResult& run, const Output& import, const Stats& stats) {
  EXPECT_EQ(run.failures.count(), 0U) << run.failures.first().front();
  EXPECT_EQ(run.broken, "");
  const Tally& tally = run.tally;
  EXPECT_EQ(tally.orders, reported(import, "orders"));
  EXPECT_EQ(tally.lines, reported(import, "lines"));
  EXPECT_EQ(tally.units_asked, reported(import, "units"));
  EXPECT_EQ(tally.units_allocated + tally.units_backordered + tally.units_refused,
            tally.units_asked);
  EXPECT_EQ(tally.cancels, reported(import, "cancellations"));
  EXPECT_GT(tally.cancelled, 0U);
  // The stock is made so that each of these happens.
  EXPECT_GT(tally.allocated, 0U);
  EXPECT_GT(tally.split, 0U);
  EXPECT_GT(tally.partly_backordered, 0U);
  EXPECT_GT(tally.refused, 0U);

  EXPECT_EQ(stats.orders, tally.orders);
  EXPECT_EQ(stats.orders_repeated, 0U);
  EXPECT_EQ(stats.conflicts, 0U);
  EXPECT_EQ(stats.orders_allocated, tally.allocated);
  EXPECT_EQ(stats.orders_split, tally.split);
  EXPECT_EQ(stats.orders_partly_backordered, tally.partly_backordered);
  EXPECT_EQ(stats.orders_backordered, tally.backordered);
  EXPECT_EQ(stats.orders_refused, tally.refused);
  EXPECT_EQ(stats.orders_cancelled, tally.cancelled);
  EXPECT_EQ(stats.units_asked, tally.units_asked);
  EXPECT_EQ(stats.units_allocated, tally.units_allocated);
  EXPECT_EQ(stats.units_backordered, tally.units_backordered);
  EXPECT_EQ(stats.invariant_violations, 0U);
}

class OnlineRetailOver : public OnlineRetail, public testing::WithParamInterface<std::uint32_t> {};

TEST_P(OnlineRetailOver, AYearOfOrdersIsAnsweredJournaledAndReplayed) {
  const std::uint32_t connections = GetParam();
  const OrderFile orders = read_orders();
  test::ServerProcess server(MILLRACE_BINARY, scratch_.path(), serve_flags());
  server.spawn();
  const auto port = server.wait_ready();
  ASSERT_TRUE(port.has_value()) << server.log();

  FileSource source(orders, orders_.native(), std::nullopt, connections);
  RunOptions options;
  options.target.port = *port;
  options.connections = connections;
  const std::atomic<bool> stop{false};
  const RunResult result = run(
      source, options, [](const RunProgress&) {}, stop);
  const VerifyResult verified = verify(
      options.target, result.acknowledged,
      [&orders](std::uint64_t index) { return orders.heads.at(index).id; }, [](std::uint64_t) {});
  expect_totals(result, import_, verified.stats);
  EXPECT_EQ(verified.asked, result.tally.orders);
  EXPECT_EQ(verified.cancellations, result.tally.cancelled);
  EXPECT_TRUE(verified.is_ok()) << verified.broken;

  expect_replay(server);

  const Tally& tally = result.tally;
  std::printf(
      "orders %llu: %llu shipped complete, %llu split, %llu partly backordered, %llu backordered, "
      "%llu refused; %llu of %llu cancelled\n"
      "units %llu: %llu allocated, %llu backordered, %llu refused; %.0f orders a second\n",
      static_cast<unsigned long long>(tally.orders),
      static_cast<unsigned long long>(tally.allocated),
      static_cast<unsigned long long>(tally.split),
      static_cast<unsigned long long>(tally.partly_backordered),
      static_cast<unsigned long long>(tally.backordered),
      static_cast<unsigned long long>(tally.refused),
      static_cast<unsigned long long>(tally.cancelled),
      static_cast<unsigned long long>(tally.cancels),
      static_cast<unsigned long long>(tally.units_asked),
      static_cast<unsigned long long>(tally.units_allocated),
      static_cast<unsigned long long>(tally.units_backordered),
      static_cast<unsigned long long>(tally.units_refused),
      static_cast<double>(tally.orders) / result.seconds);
}

INSTANTIATE_TEST_SUITE_P(Connections, OnlineRetailOver, testing::Values(1U, 4U));

TEST_F(OnlineRetail, TheImportCountsWhatTheFileHolds) {
  const Counted counted = count_rows(read_text_file(data_file()));
  EXPECT_EQ(reported(import_, "rows"), counted.rows);
  EXPECT_EQ(reported(import_, "invoices"), counted.invoices.size());
  EXPECT_EQ(reported(import_, "lines"), counted.lines);
  EXPECT_EQ(reported(import_, "units"), counted.units);
  EXPECT_EQ(reported(import_, "SKUs"), counted.codes.size());
  EXPECT_EQ(reported(import_, "cancellations") + reported(import_, "dropped: cancelled before") +
                reported(import_, "dropped: cancellation without an order") +
                reported(import_, "dropped: cancellation of a guest"),
            counted.cancellation_rows);
  // Every row is one thing and no other.
  EXPECT_EQ(counted.lines + counted.cancellation_rows + reported(import_, "dropped: no product") +
                reported(import_, "dropped: written off") +
                reported(import_, "dropped: adjustment of debt"),
            counted.rows);
  // The figures of the set as its source gives them.
  EXPECT_EQ(counted.rows, 525'461U);
  EXPECT_EQ(counted.invoices.size(), 21'700U);
  EXPECT_EQ(counted.codes.size(), 4'127U);
}

}  // namespace
}  // namespace millrace::load
