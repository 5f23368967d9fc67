// What is encoded comes back, by our own decoder and by FlatBuffers' accessors alike.
#include "adapters/wire/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "adapters/wire/wire_encoders.h"
#include "engine/core/life.h"
#include "schemas/millrace_generated.h"
#include "tests/wire/samples.h"

namespace millrace {
namespace {

using samples::counting_many;
using samples::same_bytes;

const BatchLimits limits;

Message decoded(const FrameBuffer& frame, FrameSource source = FrameSource::client) {
  Message message{};
  EXPECT_EQ(decode(frame.bytes(), limits, source, message), Flaw::none);
  EXPECT_TRUE(samples::is_sound(message, frame.bytes(), limits));
  return message;
}

Flaw flaw_in(const FrameBuffer& frame) {
  Message message{};
  return decode(frame.bytes(), limits, FrameSource::client, message);
}

const wire::Frame& opened(const FrameBuffer& frame) {
  return *flatbuffers::GetSizePrefixedRoot<wire::Frame>(frame.data());
}

template <class Command>
class CommandsRoundTrip : public testing::Test {};

template <class C, CommandKind kind_>
struct Kind {
  using Command = C;
  static constexpr CommandKind kind = kind_;
};

using Kinds = testing::Types<
    Kind<CancelOrder, CommandKind::cancel_order>, Kind<StepOrder, CommandKind::step_order>,
    Kind<ReceiveStock, CommandKind::receive_stock>, Kind<AdjustStock, CommandKind::adjust_stock>,
    Kind<StockChange, CommandKind::stock_change>, Kind<DefineSku, CommandKind::define_sku>,
    Kind<Tick, CommandKind::tick>, Kind<GetOrder, CommandKind::get_order>,
    Kind<GetStock, CommandKind::get_stock>>;
TYPED_TEST_SUITE(CommandsRoundTrip, Kinds);

TYPED_TEST(CommandsRoundTrip, EveryByte) {
  using Command = typename TypeParam::Command;
  for (const std::size_t count : {1U, 2U, 7U, 4096U}) {
    std::vector<Command> commands = counting_many<Command>(count);
    if constexpr (std::is_same_v<Command, StepOrder>) {
      for (StepOrder& step : commands) {
        step.step = std::min<std::uint8_t>(step.step, 59);  // the next has lines
      }
    }
    FrameBuffer frame;
    encode(frame, 0x1122334455667788, std::span<const Command>(commands));
    EXPECT_EQ(frame.size() % 8, 0U);
    EXPECT_EQ(frame_bytes(frame.data()), frame.size());
    const Message message = decoded(frame);
    EXPECT_EQ(message.kind, TypeParam::kind);
    EXPECT_EQ(message.origin.request, 0x1122334455667788U);
    EXPECT_EQ(message.byte_count, frame.size());
    EXPECT_TRUE(same_bytes(message.commands<Command>(), std::span<const Command>(commands)));
  }
}

TEST(Codec, OrdersRoundTrip) {
  for (const std::size_t count : {1U, 2U, 256U, 4096U}) {
    const samples::Orders orders = samples::orders(count);
    FrameBuffer frame;
    encode(frame, 9, orders.heads, orders.lines, count == 2);
    const Message message = decoded(frame);
    EXPECT_EQ(message.kind, CommandKind::place_order);
    EXPECT_EQ(message.wants_allocations, count == 2);
    EXPECT_TRUE(
        same_bytes(message.commands<OrderHead>(), std::span<const OrderHead>(orders.heads)));
    EXPECT_TRUE(same_bytes(message.lines(), std::span<const OrderLine>(orders.lines)));
  }
}

TEST(Codec, LinesOfStepsRoundTrip) {
  std::vector<StepOrder> steps = counting_many<StepOrder>(3);
  for (StepOrder& step : steps) {
    step.step = static_cast<std::uint8_t>(Step::change_lines);
  }
  steps[0].parcel = 2;
  steps[1].parcel = 0;
  steps[2].parcel = 1;
  const std::vector<OrderLine> lines = counting_many<OrderLine>(3);
  FrameBuffer frame;
  encode(frame, 9, std::span<const StepOrder>(steps), lines);
  const Message message = decoded(frame);
  EXPECT_EQ(message.kind, CommandKind::step_order);
  EXPECT_TRUE(same_bytes(message.commands<StepOrder>(), std::span<const StepOrder>(steps)));
  EXPECT_TRUE(same_bytes(message.lines(), std::span<const OrderLine>(lines)));
}

TEST(Codec, LinesOfStepsAddUp) {
  std::vector<StepOrder> steps(2);
  const std::vector<OrderLine> lines(3);
  const auto flaw_of = [&](std::uint32_t first, std::uint32_t second) {
    steps[0].parcel = first;
    steps[1].parcel = second;
    FrameBuffer frame;
    encode(frame, 1, std::span<const StepOrder>(steps), lines);
    return flaw_in(frame);
  };
  EXPECT_EQ(flaw_of(1, 2), Flaw::lines_do_not_add_up);  // of no step
  for (StepOrder& step : steps) {
    step.step = static_cast<std::uint8_t>(Step::change_lines);
  }
  EXPECT_EQ(flaw_of(1, 2), Flaw::none);
  EXPECT_EQ(flaw_of(1, 1), Flaw::lines_do_not_add_up);
  EXPECT_EQ(flaw_of(4, 0xffffffff), Flaw::lines_do_not_add_up);  // 3 in 32 bits
  FrameBuffer without;
  encode(without, 1, std::span<const StepOrder>(steps));
  EXPECT_EQ(flaw_in(without), Flaw::lines_do_not_add_up);
}

TEST(Codec, OrdersWrittenInPlaceAreTheSameFrame) {
  const samples::Orders orders = samples::orders(12);
  FrameBuffer copied;
  encode(copied, 9, orders.heads, orders.lines, true);
  FrameBuffer in_place;
  const OrdersToFill room =
      encode_orders(in_place, 9, orders.heads.size(), orders.lines.size(), true);
  std::copy(orders.heads.begin(), orders.heads.end(), room.heads.begin());
  std::copy(orders.lines.begin(), orders.lines.end(), room.lines.begin());
  EXPECT_TRUE(same_bytes(copied.bytes(), in_place.bytes()));
}

TEST(Codec, AnyFlatBufferOfTheSchemaIsRead) {
  const samples::Orders orders = samples::orders(5);
  const std::vector<std::string_view> references{"a", "bb", "ccc", "dddd", ""};
  FrameBuffer frame;
  encode_with_references(frame, 9, orders.heads, orders.lines, true, references);
  const Message message = decoded(frame);
  EXPECT_TRUE(message.wants_allocations);
  EXPECT_TRUE(same_bytes(message.commands<OrderHead>(), std::span<const OrderHead>(orders.heads)));
  EXPECT_TRUE(same_bytes(message.lines(), std::span<const OrderLine>(orders.lines)));

  const std::vector<DefineSku> skus = counting_many<DefineSku>(2);
  const std::vector<std::string_view> names{"a bolt", "a nut"};
  FrameBuffer named;
  encode_with_names(named, 10, skus, names);
  EXPECT_TRUE(same_bytes(decoded(named).commands<DefineSku>(), std::span<const DefineSku>(skus)));
}

TEST(Codec, AnyFlatBufferReaderUnderstandsOurFrames) {
  const samples::Orders orders = samples::orders(3);
  FrameBuffer frame;
  encode(frame, 77, orders.heads, orders.lines, true);
  const wire::Frame& root = opened(frame);
  EXPECT_EQ(root.request(), 77U);
  const wire::PlaceOrders* const body = root.body_as_PlaceOrders();
  ASSERT_NE(body, nullptr);
  EXPECT_TRUE(body->want_allocations());
  EXPECT_EQ(body->references(), nullptr);
  ASSERT_EQ(body->orders()->size(), orders.heads.size());
  for (std::uint32_t at = 0; at < orders.heads.size(); ++at) {
    const wire::OrderHead& theirs = *body->orders()->Get(at);
    const OrderHead& ours = orders.heads[at];
    EXPECT_EQ(theirs.id().high(), ours.id.high);
    EXPECT_EQ(theirs.id().low(), ours.id.low);
    EXPECT_EQ(theirs.group(), ours.group);
    EXPECT_EQ(theirs.postal(), ours.postal.packed);
    EXPECT_EQ(theirs.country(), ours.country.packed);
    EXPECT_EQ(theirs.channel(), ours.channel.value);
    EXPECT_EQ(theirs.service(), ours.service.value);
    EXPECT_EQ(theirs.policy(), ours.policy);
    EXPECT_EQ(theirs.line_count(), ours.line_count);
    EXPECT_EQ(theirs.priority(), ours.priority);
  }
  ASSERT_EQ(body->lines()->size(), orders.lines.size());
  for (std::uint32_t at = 0; at < orders.lines.size(); ++at) {
    EXPECT_EQ(body->lines()->Get(at)->sku(), orders.lines[at].sku.value);
    EXPECT_EQ(body->lines()->Get(at)->quantity(), orders.lines[at].quantity.value);
    EXPECT_EQ(body->lines()->Get(at)->unit_price(), orders.lines[at].unit_price);
  }
}

TEST(Codec, OrdersWithoutLinesAreForTheEngineToRefuse) {
  samples::Orders orders = samples::orders(1);
  orders.heads[0].line_count = 0;
  FrameBuffer frame;
  encode(frame, 1, orders.heads, {});
  const Message message = decoded(frame);
  EXPECT_EQ(message.count, 1U);
  EXPECT_EQ(message.detail_count, 0U);
  EXPECT_EQ(message.details, nullptr);
}

TEST(Codec, SixtyFiveLinesAreForTheEngineToRefuse) {
  samples::Orders orders;
  orders.heads = counting_many<OrderHead>(1);
  orders.heads[0].line_count = 65;
  orders.lines = counting_many<OrderLine>(65);
  FrameBuffer frame;
  encode(frame, 1, orders.heads, orders.lines);
  EXPECT_EQ(decoded(frame).detail_count, 65U);
}

TEST(Codec, WavesRoundTripFromTheJournalOnly) {
  const samples::Waves waves = samples::waves(4);
  FrameBuffer frame;
  encode(frame, 0, waves.heads, waves.slots);
  const Message message = decoded(frame, FrameSource::journal);
  EXPECT_EQ(message.kind, CommandKind::release_wave);
  EXPECT_TRUE(
      same_bytes(message.commands<ReleaseWave>(), std::span<const ReleaseWave>(waves.heads)));
  EXPECT_TRUE(same_bytes(message.slots(), std::span<const std::uint32_t>(waves.slots)));
  Message refused{};
  EXPECT_EQ(decode(frame.bytes(), limits, FrameSource::client, refused), Flaw::server_only);
}

TEST(Codec, AJournalHoldsNoQueries) {
  FrameBuffer frame;
  encode_get_stats(frame, 1, false);
  Message message{};
  EXPECT_EQ(decode(frame.bytes(), limits, FrameSource::journal, message), Flaw::query_in_journal);
}

TEST(Codec, StatsCarryTheWishForAnAudit) {
  for (const bool audit : {false, true}) {
    FrameBuffer frame;
    encode_get_stats(frame, 5, audit);
    EXPECT_EQ(frame.size() % 8, 0U);
    const Message message = decoded(frame);
    EXPECT_EQ(message.kind, CommandKind::get_stats);
    EXPECT_EQ(message.wants_allocations, audit);
    EXPECT_EQ(message.count, 1U);
  }
}

TEST(Codec, HelloRoundTrip) {
  FrameBuffer frame;
  encode_hello(frame, {42, 3, "a client", "a token", 1000});
  EXPECT_EQ(frame.size() % 8, 0U);
  Hello hello;
  ASSERT_EQ(decode_hello(frame.bytes(), hello), Flaw::none);
  EXPECT_EQ(hello.request, 42U);
  EXPECT_EQ(hello.protocol, 3U);
  EXPECT_EQ(hello.client, "a client");
  EXPECT_EQ(hello.token, "a token");
  EXPECT_EQ(hello.credit, 1000U);
}

TEST(Codec, ABareHelloIsOneOfProtocolOne) {
  flatbuffers::FlatBufferBuilder builder;
  const auto body = wire::CreateHello(builder);
  builder.FinishSizePrefixed(wire::CreateFrame(builder, 0, wire::Body::Hello, body.Union()),
                             "MLR1");
  FrameBuffer frame;
  frame.append(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
  // Nothing in it needs 8 bytes, so other builders may end anywhere; the reader pads.
  const std::size_t padding = padded_bytes(frame.size()) - frame.size();
  std::memset(frame.extend(padding), 0, padding);
  Hello hello;
  ASSERT_EQ(decode_hello(frame.bytes(), hello), Flaw::none);
  EXPECT_EQ(hello.protocol, 1U);
  EXPECT_TRUE(hello.client.empty());
  EXPECT_TRUE(hello.token.empty());
}

TEST(Codec, EveryFrameOfOursIsAMultipleOfEightAndPaddedWithZeros) {
  std::vector<FrameBuffer> frames = samples::client_frames();
  const std::vector<Outcome> outcomes = counting_many<Outcome>(3);
  for (std::size_t count = 0; count < 4; ++count) {
    const std::vector<Allocation> allocations = counting_many<Allocation>(count);
    encode_outcomes(frames.emplace_back(), 0, Sequence{1}, outcomes, allocations);
    const std::vector<StockView> stock = counting_many<StockView>(count);
    const std::vector<StockCell> cells = counting_many<StockCell>(count);
    encode_stock_views(frames.emplace_back(), 0, stock, cells);
    for (std::size_t length = 0; length < 9; ++length) {
      encode_error(frames.emplace_back(), 0, ErrorCode::empty, std::string(length, 'x'), true);
      encode_hello(frames.emplace_back(), {0, 1, std::string(length, 'x'), "", 0});
    }
  }
  for (const FrameBuffer& frame : frames) {
    EXPECT_EQ(frame.size() % 8, 0U);
    EXPECT_EQ(frame_bytes(frame.data()), frame.size());
  }
  // The memory of a buffer that is used again must not show in a frame.
  FrameBuffer clean;
  FrameBuffer dirty;
  std::memset(dirty.extend(4096), 0xee, 4096);
  dirty.clear();
  const std::vector<StockView> stock = counting_many<StockView>(1);
  const std::vector<StockCell> cells = counting_many<StockCell>(3);
  encode_stock_views(clean, 1, stock, cells);
  encode_stock_views(dirty, 1, stock, cells);
  const samples::Waves waves = samples::waves(2);
  encode(clean, 1, waves.heads, waves.slots);
  encode(dirty, 1, waves.heads, waves.slots);
  EXPECT_TRUE(same_bytes(clean.bytes(), dirty.bytes()));
}

TEST(Codec, PaddedFramesFollowEachOther) {
  FrameBuffer stream;
  std::size_t count = 0;
  for (const FrameBuffer& frame : samples::client_frames()) {
    stream.append(frame.bytes());
    ++count;
  }
  std::span<const std::byte> rest = stream.bytes();
  std::size_t found = 0;
  for (auto frame = first_frame(rest); !frame.empty(); frame = first_frame(rest)) {
    Request request;
    EXPECT_EQ(decode_request(frame, limits, request), Flaw::none);
    rest = rest.subspan(frame.size());
    ++found;
  }
  EXPECT_EQ(found, count);
  EXPECT_TRUE(rest.empty());
  EXPECT_TRUE(first_frame(stream.bytes().first(64)).empty());
  EXPECT_TRUE(first_frame({}).empty());
}

TEST(Codec, TheRuntimeReadsItsOwnFrames) {
  const WireEncoders encoders(limits);
  std::vector<std::byte> frame;
  encoders.tick(frame);
  Message message{};
  ASSERT_TRUE(encoders.decode(frame, message));
  EXPECT_EQ(message.kind, CommandKind::tick);

  const samples::Waves waves = samples::waves(1);
  encoders.release(waves.heads[0], waves.slots, frame);
  ASSERT_TRUE(encoders.decode(frame, message));
  EXPECT_EQ(message.kind, CommandKind::release_wave);
  EXPECT_TRUE(same_bytes(message.slots(), std::span<const std::uint32_t>(waves.slots)));
  frame[0] ^= std::byte{1};
  EXPECT_FALSE(encoders.decode(frame, message));
}

TEST(Codec, FlawsHaveCodesNamesAndTexts) {
  for (std::uint8_t at = 1; at < flaws; ++at) {
    const Flaw flaw{at};
    EXPECT_NE(flaw_code(flaw), ErrorCode::none);
    EXPECT_FALSE(flaw_text(flaw).empty());
    EXPECT_EQ(error_name(flaw_code(flaw)),
              wire::EnumNameErrorCode(static_cast<wire::ErrorCode>(flaw_code(flaw))));
  }
  EXPECT_EQ(error_name(ErrorCode{200}), "unknown");
}

}  // namespace
}  // namespace millrace
