// The published stream is the twin's: every event once, in order, the same bytes whether it was
// published live, through a memory that was full again and again, or made again after a crash.
#include "engine/runtime/publisher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/runtime/event_catch_up.h"
#include "tests/law/generator.h"
#include "tests/law/history.h"
#include "tests/law/live_journal.h"
#include "tests/support/sim_disk.h"

namespace millrace::law {
namespace {

using test::SimDisk;

/// Slabs so small that a history fills many of them.
constexpr std::uint32_t slab = 4096;
constexpr std::uint32_t slabs_enough = 1024;

EventLogOptions options(std::uint32_t slabs_in_memory = slabs_enough) {
  return {.key = 7,
          .segment_bytes = disk_block + 3 * slab,
          .slab_bytes = slab,
          .memory_bytes = std::uint64_t{slabs_in_memory} * slab,
          .keep_bytes = 1ULL << 40U,
          .keep_us = 1ULL << 60U};
}

const std::set<EventKind> placed_kinds{
    EventKind::order_allocated,   EventKind::order_split,   EventKind::order_partly_backordered,
    EventKind::order_backordered, EventKind::order_refused, EventKind::order_partial,
    EventKind::cart_held};

/// A history of the twin, to be carried out by engines.
class Told {
 public:
  explicit Told(std::uint64_t seed)
      : network_(test::random_network(seed)),
        limits_(random_limits(seed)),
        history_(
            record(network_, limits_, seed,
                   {.commands = 6'000, .invariants_every = 6'000, .checkpoint_every = 6'000})) {
    for (const test::Answer& answer : history_.answers) {
      events_.insert(events_.end(), answer.events.begin(), answer.events.end());
    }
  }

  /// Carries everything out on a new engine, up to the command `until`, in batches of so many
  /// commands.
  template <class Act>
  void carry_out(std::uint32_t batch_commands, Sequence until, Act act) const {
    Engine engine(network_, limits_);
    test::BatchBuilder builder({.commands_max = batch_commands, .message_max = batch_commands});
    Batch batch(BatchLimits{});
    std::span<const test::TestCommand> rest(history_.commands);
    while (!rest.empty() && engine.last_sequence() < until) {
      rest = rest.subspan(builder.fill(batch, rest));
      engine.apply(batch);
      act(std::as_const(batch));
    }
  }

  [[nodiscard]] const std::vector<Event>& events() const { return events_; }

  [[nodiscard]] Sequence last() const { return events_.back().sequence; }

 private:
  Network network_;
  Limits limits_;
  History history_;
  std::vector<Event> events_;
};

void expect_told(const EventLog& log, const Told& told) {
  ASSERT_EQ(log.first(), 1U);
  ASSERT_EQ(log.next(), told.events().size() + 1);
  EventReader reader(log);
  std::vector<Event> some(64);
  for (std::uint64_t next = 1; next < log.next();) {
    const Result<std::size_t> got = reader.read(next, some);
    ASSERT_TRUE(got.ok()) << got.error().text;
    for (Event& event : std::span(some).first(got.value())) {
      event.checksum = 0;
      ASSERT_EQ(std::memcmp(&event, &told.events()[next - 1], sizeof(event)), 0)
          << test::to_text(event) << "\n"
          << test::to_text(told.events()[next - 1]);
      ++next;
    }
  }
}

/// Two disks have the same files with the same bytes.
void expect_same_bytes(const SimDisk& a, SimDisk& b, SimDisk& names) {
  ASSERT_EQ(names.list().value(), b.list().value());
  for (const std::string& name : b.list().value()) {
    EXPECT_EQ(a.bytes(name), b.bytes(name)) << name;
  }
}

void make_all(EventLog& log, const Told& told, Sequence until = Sequence{~std::uint64_t{0}}) {
  EventCatchUp again(log);
  told.carry_out(50, until, [&](const Batch& batch) { again.take(batch); });
  ASSERT_FALSE(again.failed()) << again.failed()->text;
  EXPECT_EQ(again.missing(), 0U);
}

/// Publishes everything; how often the memory was full.
std::uint64_t publish(EventLog& log, const Told& told, Sequence behind = Sequence{0}) {
  NullSink nobody;
  PublisherOptions publishing;
  if (behind > Sequence{0}) {
    publishing.behind = behind;
  }
  publishing.make_again = [&](Sequence /*from*/, Sequence until,
                              const std::function<bool()>& /*stop*/) -> Result<void> {
    EventCatchUp again(log);
    told.carry_out(1, until, [&](const Batch& batch) { again.take(batch); });
    return again.failed() ? Result<void>(*again.failed()) : Result<void>();
  };
  Publisher publisher(log, nobody, std::move(publishing));
  publisher.start();
  told.carry_out(20, Sequence{~std::uint64_t{0}}, [&](const Batch& batch) {
    if (batch.first_sequence > behind) {
      publisher.deliver(batch);
    }
  });
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (log.next() <= told.events().size() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  publisher.stop();
  return publisher.overruns();
}

TEST(Publisher, PublishesWhatTheTwinTells) {
  const Told told(base_seed());
  SimDisk disk;
  EventLog log;
  ASSERT_TRUE(log.open(disk, options()).ok());
  EXPECT_EQ(publish(log, told), 0U);
  expect_told(log, told);
}

TEST(Publisher, LosesNothingWhenItsMemoryIsFull) {
  const Told told(base_seed() + 1);
  SimDisk disk;
  EventLog log;
  ASSERT_TRUE(log.open(disk, options(4)).ok());
  const std::uint64_t overruns = publish(log, told);
  std::cout << overruns << " overruns\n";
  EXPECT_GT(overruns, 0U);
  expect_told(log, told);
}

TEST(Publisher, CatchesUpWhereItBeginsBehind) {
  const Told told(base_seed() + 6);
  SimDisk disk;
  EventLog log;
  ASSERT_TRUE(log.open(disk, options()).ok());
  make_all(log, told, Sequence{500});
  publish(log, told, Sequence{3'000});
  expect_told(log, told);
}

TEST(Publisher, AReplayWritesTheSameBytes) {
  const Told told(base_seed() + 2);
  SimDisk live_disk;
  EventLog live;
  ASSERT_TRUE(live.open(live_disk, options()).ok());
  ASSERT_EQ(publish(live, told), 0U);
  SimDisk disk;
  EventLog log;
  ASSERT_TRUE(log.open(disk, options()).ok());
  make_all(log, told);
  ASSERT_TRUE(log.write_all().ok());
  expect_same_bytes(live_disk, disk, live_disk);
}

TEST(Publisher, ARecoveryMakesAgainWhatACrashTook) {
  const Told told(base_seed() + 3);
  SimDisk whole_disk;
  EventLog whole;
  ASSERT_TRUE(whole.open(whole_disk, options()).ok());
  make_all(whole, told);
  ASSERT_TRUE(whole.write_all().ok());
  test::Random random(base_seed());
  for (int crash = 0; crash < 20; ++crash) {
    // Published up to some command, then a crash that keeps some blocks and entries.
    SimDisk disk;
    EventLog log;
    ASSERT_TRUE(log.open(disk, options()).ok());
    make_all(log, told, Sequence{1 + random.below(told.last().value)});
    const std::unique_ptr<SimDisk> after =
        disk.crash([&](const std::string&, std::size_t) { return random.below(3) > 0; },
                   [&](std::size_t) { return random.below(3) > 0; });
    EventLog found;
    ASSERT_TRUE(found.open(*after, options()).ok());
    EXPECT_LE(found.next(), log.next());
    EventCatchUp again(found);
    told.carry_out(50, told.last(), [&](const Batch& batch) { again.take(batch); });
    ASSERT_FALSE(again.failed()) << again.failed()->text;
    ASSERT_TRUE(again.settle(told.events().size() + 1).ok());
    EXPECT_EQ(again.missing(), 0U);
    EXPECT_EQ(again.taken_back(), 0U);
    if (found.first() == 1) {
      ASSERT_TRUE(found.write_all().ok());
      expect_told(found, told);
      expect_same_bytes(whole_disk, *after, whole_disk);
    }
  }
}

TEST(Publisher, EveryEventOfAnOrderHasItsChannel) {
  // So a filter by channel loses nothing of an order, whatever happens to it.
  std::map<EventKind, std::uint64_t> kinds;
  for (std::uint64_t history = 10; history < 16; ++history) {
    const Told told(base_seed() + history);
    std::map<std::pair<std::uint64_t, std::uint64_t>, ChannelIndex> channels;
    for (const Event& event : told.events()) {
      const auto order = std::pair(event.order.high, event.order.low);
      const bool conflict = event.kind == EventKind::order_refused &&
                            event.reason == static_cast<std::uint8_t>(Refusal::conflict);
      if (event.order.is_zero() || conflict) {
        continue;
      }
      if (placed_kinds.contains(event.kind)) {
        channels.try_emplace(order, event.channel);
      }
      const auto known = channels.find(order);
      ASSERT_EQ(event.channel, known == channels.end() ? no_channel : known->second)
          << test::to_text(event) << " seed=" << base_seed();
      ++kinds[event.kind];
    }
  }
  // It says something only of kinds that came.
  for (const EventKind kind :
       {EventKind::order_cancelled, EventKind::command_refused, EventKind::command_repeated,
        EventKind::pick_started, EventKind::packed, EventKind::shipped, EventKind::delivered,
        EventKind::stock_changed}) {
    EXPECT_GT(kinds[kind], 0U) << name_of(kind);
  }
}

TEST(Publisher, NoticesEventsOfAnotherJournal) {
  const Told told(base_seed() + 4);
  const Told other(base_seed() + 5);
  SimDisk disk;
  EventLog log;
  ASSERT_TRUE(log.open(disk, options()).ok());
  make_all(log, other, Sequence{1'000});
  EventCatchUp again(log);
  told.carry_out(50, told.last(), [&](const Batch& batch) { again.take(batch); });
  ASSERT_TRUE(again.failed());
  EXPECT_EQ(again.failed()->code, DiskError::wrong_network);
}

}  // namespace
}  // namespace millrace::law
