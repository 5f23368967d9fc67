// Intake takes whatever is submitted: the smallest batches that may be set hold the largest
// messages that may come, and a message that no batch would take is found out at once.
#include "engine/runtime/intake.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "adapters/config/serve_settings.h"
#include "adapters/wire/codec.h"
#include "adapters/wire/wire_encoders.h"
#include "engine/runtime/clock.h"

namespace millrace::test {
namespace {

constexpr Time never{~std::uint64_t{0}};

/// The limits that `millrace serve` makes of these flags.
BatchLimits limits_of(std::vector<std::string> flags) {
  ServeSettings values;
  Settings settings;
  CLI::App app;
  add_serve_settings(settings, values);
  settings.bind(app);
  flags.insert(flags.begin(), {"log", "--journal", "net", "--network"});
  app.parse(flags);
  EXPECT_TRUE(settings.resolve({}));
  return values.batch;
}

class IntakeTest : public testing::Test {
 protected:
  /// Submits the frame, which must outlive the test, and fills one batch of these limits.
  void fill(const BatchLimits& limits, std::span<const std::byte> frame) {
    place_ = std::make_unique<RingPlace>(limits);
    Inbound inbound{};
    ASSERT_TRUE(encoders_.decode(frame, inbound.message));
    inbound.bytes = frame.data();
    const std::unique_ptr<Port> port = intake_.open_port(signal_);
    port->submit(std::span(&inbound, 1));
    EXPECT_TRUE(intake_.fill(*place_, never));
  }

  WireEncoders encoders_{widest_batch};
  ManualClock clock_{Time{1}};
  Signal signal_;
  Intake intake_{clock_, encoders_, {}};
  std::unique_ptr<RingPlace> place_;
};

TEST_F(IntakeTest, TheSmallestBatchTakesTheLargestWave) {
  ReleaseWave wave{};
  wave.wave = WaveId{1};
  wave.slot_count = wave_orders_limit;
  std::vector<std::uint32_t> slots(wave_orders_limit);
  std::iota(slots.begin(), slots.end(), 0U);
  std::vector<std::byte> frame;
  encoders_.release(wave, slots, frame);
  fill(limits_of({"4096", "--frame-bytes-max", "64", "--batch-commands"}), frame);
  EXPECT_EQ(place_->batch.journaled_count, 1U);
  EXPECT_EQ(place_->batch.line_count, wave_orders_limit);
}

TEST_F(IntakeTest, TheSmallestBatchTakesTheLargestFrameOfAClient) {
  BatchLimits limits = limits_of({"64", "--batch-commands"});
  FrameBuffer frame;
  const OrdersToFill orders = encode_orders(frame, 1, limits.commands_max, limits.lines_max, false);
  for (OrderHead& head : orders.heads) {
    head = OrderHead{};
    head.line_count = static_cast<std::uint8_t>(limits.lines_max / limits.commands_max);
  }
  fill(limits, frame.bytes());
  EXPECT_EQ(place_->batch.line_count, limits.lines_max);
}

TEST_F(IntakeTest, WhatNoBatchTakesStopsTheProcessAndNotTheQueue) {
  const std::vector<Tick> ticks(3);
  FrameBuffer frame;
  encode(frame, 1, std::span<const Tick>(ticks));
  EXPECT_DEATH(fill({.commands_max = 2}, frame.bytes()), "message_count");
}

}  // namespace
}  // namespace millrace::test
