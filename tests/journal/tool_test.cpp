// `millrace journal` on a journal of real messages: what it prints and how it exits.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "adapters/disk/posix.h"
#include "adapters/wire/codec.h"
#include "engine/journal/snapshot.h"
#include "engine/journal/writer.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/temp_directory.h"
#include "tools/millrace/command_text.h"
#include "tools/millrace/commands.h"

namespace millrace::test {
namespace {

struct Ran {
  int exit_code;
  std::string out;
  std::string err;
};

Ran run(const std::string& line) {
  CLI::App app;
  int exit_code = tools::exit_ok;
  tools::add_journal(app, exit_code);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  try {
    app.parse(line, false);
  } catch (const CLI::ParseError&) {
    exit_code = tools::exit_usage;
  }
  std::string out = testing::internal::GetCapturedStdout();
  return {exit_code, std::move(out), testing::internal::GetCapturedStderr()};
}

class JournalTool : public testing::Test {
 protected:
  void SetUp() override {
    disk_ = open_posix_disk(path_).value();
    ASSERT_TRUE(writer_.open(*disk_, writer_options(64 * block), {}).ok());
    append_stock();
    append_orders();
  }

  void append_stock() {
    FrameBuffer messages;
    const DefineSku sku{{0, 1}, Sku{4006381333931}, 250, 1, 0};
    encode(messages, 0, std::span(&sku, 1));
    const ReceiveStock receipt{{0, 2}, sku.sku, Units{40}, NodeIndex{3}, 0};
    encode(messages, 0, std::span(&receipt, 1));
    const AdjustStock adjustment{{0, 3}, sku.sku, -2, Units{0}, NodeIndex{3}, 0, 1};
    encode(messages, 0, std::span(&adjustment, 1));
    append(messages, 3, 3);
  }

  void append_orders() {
    FrameBuffer messages;
    const OrderHead head{{0xAB, 0xCD},
                         7,
                         make_postal("75201", 5),
                         make_country('U', 'S'),
                         ChannelIndex{1},
                         ServiceIndex{2},
                         3,
                         2,
                         0};
    const std::array<OrderLine, 2> lines{OrderLine{Sku{4006381333931}, Units{2}, 499},
                                         OrderLine{Sku{5}, Units{1}, 100}};
    encode(messages, 0, std::span(&head, 1), lines);
    const CancelOrder cancel{{0, 4}, head.id, 9, {}};
    encode(messages, 0, std::span(&cancel, 1));
    const Tick tick{0};
    encode(messages, 0, std::span(&tick, 1));
    const ReleaseWave release{WaveId{1}, 3, NodeIndex{3}, Day{20'000}, ServiceIndex{2}, 0, 0,
                              0,         {}};
    const std::array<std::uint32_t, 3> slots{4, 5, 6};
    encode(messages, 0, std::span(&release, 1), slots);
    append(messages, 4, 4);
  }

  void append(const FrameBuffer& messages, std::uint32_t commands, std::uint32_t message_count) {
    const Record record{writer_.next().value,
                        commands,
                        message_count,
                        1'767'225'599'000'001,
                        {messages.bytes().begin(), messages.bytes().end()}};
    ASSERT_TRUE(test::append(writer_, std::span(&record, 1)));
  }

  void take_snapshot(std::uint64_t previous) {
    SnapshotWriter snapshot;
    ASSERT_TRUE(
        snapshot
            .open(*disk_, {Sequence{writer_.next().value - 1}, Time{0}, test_network, 0, previous})
            .ok());
    ASSERT_TRUE(snapshot.finish().ok());
  }

  void flip(std::uint64_t offset) const {
    std::fstream file(path_ + "/" + segment_name(1),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(byte ^ 1));
  }

  TempDirectory directory_;
  const std::string path_ = directory_.path().native();
  std::unique_ptr<Disk> disk_;
  JournalWriter writer_;
};

TEST_F(JournalTool, PrintsCommandsAsText) {
  const Ran ran = run("journal cat " + path_);
  EXPECT_EQ(ran.exit_code, tools::exit_ok) << ran.err;
  EXPECT_EQ(ran.out,
            "1 2025-12-31T23:59:59.000001Z define_sku command=00000000000000000000000000000001 "
            "sku=4006381333931 weight_grams=250 flags=1\n"
            "2 2025-12-31T23:59:59.000001Z receive_stock command=00000000000000000000000000000002 "
            "sku=4006381333931 node=3 quantity=40\n"
            "3 2025-12-31T23:59:59.000001Z adjust_stock command=00000000000000000000000000000003 "
            "sku=4006381333931 node=3 mode=delta value=-2 expected=0 reason=1\n"
            "4 2025-12-31T23:59:59.000001Z place_order order=00000000000000ab00000000000000cd "
            "group=7 country=US postal=75201 channel=1 service=2 policy=allow_split_and_backorder "
            "priority=0 lines=4006381333931x2@499,5x1@100\n"
            "5 2025-12-31T23:59:59.000001Z cancel_order command=00000000000000000000000000000004 "
            "order=00000000000000ab00000000000000cd reason=9\n"
            "6 2025-12-31T23:59:59.000001Z tick\n"
            "7 2025-12-31T23:59:59.000001Z release_wave wave=1 node=3 service=2 ship_day=20000 "
            "slots=4,5,6\n");
}

TEST_F(JournalTool, PrintsAPartAsJson) {
  const Ran ran = run("journal cat --json --from 2 --until 4 " + path_);
  EXPECT_EQ(ran.exit_code, tools::exit_ok) << ran.err;
  EXPECT_EQ(ran.out,
            R"({"sequence":2,"time":"2025-12-31T23:59:59.000001Z","kind":"receive_stock",)"
            R"("command":"00000000000000000000000000000002","sku":4006381333931,"node":3,)"
            R"("quantity":40})"
            "\n"
            R"({"sequence":3,"time":"2025-12-31T23:59:59.000001Z","kind":"adjust_stock",)"
            R"("command":"00000000000000000000000000000003","sku":4006381333931,"node":3,)"
            R"("mode":"delta","value":-2,"expected":0,"reason":1})"
            "\n"
            R"({"sequence":4,"time":"2025-12-31T23:59:59.000001Z","kind":"place_order",)"
            R"("order":"00000000000000ab00000000000000cd","group":7,"country":"US",)"
            R"("postal":"75201","channel":1,"service":2,"policy":"allow_split_and_backorder",)"
            R"("priority":0,"lines":[{"sku":4006381333931,"quantity":2,"unit_price":499},)"
            R"({"sku":5,"quantity":1,"unit_price":100}]})"
            "\n");
}

TEST_F(JournalTool, VerifiesAJournalInUse) {
  take_snapshot(writer_.previous());
  const Ran ran = run("journal verify " + path_);
  EXPECT_EQ(ran.exit_code, tools::exit_ok) << ran.err;
  EXPECT_EQ(ran.out, path_ + ": 7 commands in 2 frames of 1 segments, 1 snapshots\nok\n");
  const Ran json = run("journal verify --json " + path_);
  EXPECT_NE(json.out.find(R"("torn":null,"in_use":true,"problems":[])"), std::string::npos)
      << json.out;
}

TEST_F(JournalTool, SaysWhatIsDamaged) {
  flip(block + 100);
  for (const char* command : {"verify", "stat", "cat"}) {
    const Ran ran = run(std::string("journal ") + command + " " + path_);
    EXPECT_EQ(ran.exit_code, tools::exit_journal) << command;
    EXPECT_NE(ran.err.find(segment_name(1) + " at offset 4096"), std::string::npos) << ran.err;
  }
}

TEST_F(JournalTool, SaysWhereATornTailBegins) {
  flip(2 * block + 100);
  const Ran ran = run("journal verify " + path_);
  EXPECT_EQ(ran.exit_code, tools::exit_ok) << ran.err;
  EXPECT_NE(ran.out.find("torn tail      " + path_ + "/" + segment_name(1) + " at offset 8192"),
            std::string::npos)
      << ran.out;
}

TEST_F(JournalTool, FindsASnapshotFromWhichTheJournalDoesNotGoOn) {
  take_snapshot(writer_.previous() + 1);
  const Ran ran = run("journal verify " + path_);
  EXPECT_EQ(ran.exit_code, tools::exit_journal);
  EXPECT_NE(ran.err.find(snapshot_name(Sequence{7})), std::string::npos) << ran.err;
}

TEST_F(JournalTool, FindsAMessageThatCannotBeRead) {
  FrameBuffer messages;
  encode_get_stats(messages, 0, false);
  append(messages, 1, 1);
  const Ran ran = run("journal verify " + path_);
  EXPECT_EQ(ran.exit_code, tools::exit_journal);
  EXPECT_NE(ran.err.find(segment_name(1) + " at offset 12288"), std::string::npos) << ran.err;
}

TEST_F(JournalTool, AddsUp) {
  const Ran ran = run("journal stat " + path_);
  EXPECT_EQ(ran.exit_code, tools::exit_ok) << ran.err;
  EXPECT_NE(ran.out.find("commands       7\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("frames         2 (3.5 commands each)\n"), std::string::npos) << ran.out;
  const Ran json = run("journal stat --json " + path_);
  EXPECT_NE(json.out.find(R"("segments":[{"ordinal":1,"first_sequence":1,"last_sequence":7)"),
            std::string::npos)
      << json.out;
  const std::string limits =
      R"({"skus_max":1048576,"orders_max":4194304,"slices_max":16777216,)"
      R"("backorders_max":1048576,"commands_max":1048576,"notes_max":1048576})";
  EXPECT_NE(json.out.find(R"("limits":)" + limits), std::string::npos) << json.out;
  const Ran text = run("journal stat " + path_);
  EXPECT_NE(text.out.find("limits         skus_max 1048576 orders_max 4194304"), std::string::npos)
      << text.out;
}

TEST(JournalToolUsage, NeedsADirectoryThatIsThere) {
  EXPECT_EQ(run("journal").exit_code, tools::exit_usage);
  EXPECT_EQ(run("journal cat").exit_code, tools::exit_usage);
  EXPECT_EQ(run("journal cat /no/such/directory").exit_code, tools::exit_journal);
}

TEST(TimeText, IsTheCalendars) {
  EXPECT_EQ(tools::time_text(Time{0}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(tools::time_text(Time{951'827'696'123'456}), "2000-02-29T12:34:56.123456Z");
  EXPECT_EQ(tools::time_text(Time{4'107'542'400'000'000}), "2100-03-01T00:00:00.000000Z");
}

}  // namespace
}  // namespace millrace::test
