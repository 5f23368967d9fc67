// Frames that mean harm. None may be read beyond its end or pass with numbers that do not hold;
// under the sanitizers a slip here stops the test.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>

#include "adapters/wire/codec.h"
#include "schemas/millrace_generated.h"
#include "tests/wire/samples.h"

namespace millrace {
namespace {

const BatchLimits limits;

/// A frame in memory of exactly its size, so that a sanitizer sees any byte read beyond it.
class Exact {
 public:
  explicit Exact(std::span<const std::byte> bytes)
      : size_(bytes.size()), data_(static_cast<std::byte*>(std::aligned_alloc(8, room()))) {
    std::memcpy(data_, bytes.data(), bytes.size());
  }

  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;

  ~Exact() { std::free(data_); }

  [[nodiscard]] std::span<std::byte> bytes() { return {data_, size_}; }

 private:
  [[nodiscard]] std::size_t room() const { return std::max<std::size_t>(8, padded_bytes(size_)); }

  std::size_t size_;
  std::byte* data_;
};

/// Decodes by every door; whatever passes must be sound. The flaw that the server would find.
Flaw try_all(std::span<const std::byte> frame) {
  Message from_journal{};
  if (decode(frame, limits, FrameSource::journal, from_journal) == Flaw::none) {
    EXPECT_TRUE(samples::is_sound(from_journal, frame, limits));
    EXPECT_TRUE(is_journaled(from_journal.kind));
  }
  Hello hello;
  (void)decode_hello(frame, hello);
  Reply reply;
  (void)decode_reply(frame, reply);
  Message message{};
  const bool is_message = decode(frame, limits, FrameSource::client, message) == Flaw::none;
  if (is_message) {
    EXPECT_TRUE(samples::is_sound(message, frame, limits));
    EXPECT_NE(message.kind, CommandKind::release_wave);
  }
  Request request;
  const Flaw flaw = decode_request(frame, limits, request);
  if (flaw == Flaw::none) {
    EXPECT_TRUE(samples::is_sound(request, frame, limits));
  }
  EXPECT_EQ(flaw == Flaw::none && !request.is_read && !request.is_subscription, is_message);
  std::uint32_t granted = 0;
  (void)decode_event_credit(frame, limits.frame_bytes_max, granted);
  return flaw;
}

std::vector<FrameBuffer> all_frames() {
  std::vector<FrameBuffer> frames = samples::client_frames();
  encode_hello(frames.emplace_back(), {1, 1, "client", "token", 64});
  const samples::Waves waves = samples::waves(3);
  encode(frames.emplace_back(), 1, waves.heads, waves.slots);
  std::vector<OrderView> orders = samples::counting_many<OrderView>(1);
  orders[0].slice_count = 2;
  const std::vector<SliceView> slices = samples::counting_many<SliceView>(2);
  encode_order_views(frames.emplace_back(), 1, orders, slices);
  encode_subscribe(frames.emplace_back(), {.request = 1,
                                           .from = 7,
                                           .credit = 100,
                                           .channels = {ChannelIndex{1}},
                                           .nodes = {NodeIndex{2}, NodeIndex{3}},
                                           .kinds = {EventKind::order_split},
                                           .orders = {{1, 2}}});
  encode_event_credit(frames.emplace_back(), 1, 100);
  const std::vector<Event> events = samples::counting_many<Event>(2);
  encode_events(frames.emplace_back(), 1, {3, 1, 9}, events);
  Welcome welcome;
  welcome.nodes = {"A", "B"};
  encode_welcome(frames.emplace_back(), 1, welcome);
  encode_error(frames.emplace_back(), 1, ErrorCode::empty, "text", false);
  encode_stats(frames.emplace_back(), 1, samples::counting<Stats>(1));
  (void)encode_availabilities(frames.emplace_back(), 1, 2);
  return frames;
}

template <class T>
void put(std::span<std::byte> frame, std::size_t at, T value) {
  std::memcpy(frame.data() + at, &value, sizeof(value));
}

template <class T>
T get(std::span<const std::byte> frame, std::size_t at) {
  T value;
  std::memcpy(&value, frame.data() + at, sizeof(value));
  return value;
}

// Places in a frame laid by our own encoder; docs/protocol.md shows them.
constexpr std::size_t at_frame_to_body = 28;
constexpr std::size_t at_body_type = 40;
constexpr std::size_t at_to_first = 60;
constexpr std::size_t at_to_second = 72;
constexpr std::size_t at_first_count = 76;
constexpr std::size_t at_first = 80;

TEST(Hostile, CutAtEveryLength) {
  for (const FrameBuffer& frame : all_frames()) {
    for (std::size_t length = 0; length < frame.size(); ++length) {
      Exact cut(frame.bytes().first(length));
      EXPECT_NE(try_all(cut.bytes()), Flaw::none) << length;
    }
  }
}

TEST(Hostile, CutAtEveryLengthWithAPrefixThatFits) {
  for (const FrameBuffer& frame : all_frames()) {
    for (std::size_t length = 16; length < frame.size(); length += 8) {
      Exact cut(frame.bytes().first(length));
      put(cut.bytes(), 0, static_cast<std::uint32_t>(length - frame_prefix_bytes));
      (void)try_all(cut.bytes());
    }
  }
}

TEST(Hostile, EveryByteSetToEverything) {
  for (const FrameBuffer& frame : all_frames()) {
    for (std::size_t at = 0; at < frame.size(); ++at) {
      Exact bent(frame.bytes());
      const std::byte original = bent.bytes()[at];
      for (unsigned value = 0; value < 256; ++value) {
        bent.bytes()[at] = static_cast<std::byte>(value);
        (void)try_all(bent.bytes());
      }
      bent.bytes()[at] = original;
    }
  }
}

TEST(Hostile, RandomDamage) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  SCOPED_TRACE("seed=" + std::to_string(seed));
  const std::vector<FrameBuffer> frames = all_frames();
  for (int round = 0; round < 200'000; ++round) {
    const FrameBuffer& frame = frames[random() % frames.size()];
    Exact bent(frame.bytes());
    for (std::uint64_t change = random() % 4 + 1; change > 0; --change) {
      const std::size_t at = random() % (frame.size() / 4) * 4;
      // Small numbers are what offsets, lengths and vtables are made of.
      const auto value = static_cast<std::uint32_t>(random() % 2 == 0 ? random() % 256 : random());
      put(bent.bytes(), at == 0 ? 4 : at, value);
    }
    (void)try_all(bent.bytes());
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

TEST(Hostile, NotAsLongAsItSays) {
  for (const FrameBuffer& frame : samples::client_frames()) {
    Exact bent(frame.bytes());
    for (const int difference : {-16, -8, 8, 16}) {
      const auto size = static_cast<std::int64_t>(frame.size()) + difference - 4;
      put(bent.bytes(), 0, static_cast<std::uint32_t>(size));
      EXPECT_EQ(try_all(bent.bytes()), Flaw::length_mismatch);
    }
    put(bent.bytes(), 0, 0xffffffffU);
    EXPECT_EQ(try_all(bent.bytes()), Flaw::length_mismatch);
    put(bent.bytes(), 0, 0U);
    EXPECT_EQ(try_all(bent.bytes()), Flaw::too_short);
  }
}

TEST(Hostile, LongerThanTheLimit) {
  const samples::Orders orders = samples::orders(50);
  FrameBuffer frame;
  encode(frame, 1, orders.heads, orders.lines);
  BatchLimits small;
  small.frame_bytes_max = static_cast<std::uint32_t>(frame.size() - 8);
  Message message{};
  EXPECT_EQ(decode(frame.bytes(), small, FrameSource::client, message), Flaw::frame_too_long);
  small.frame_bytes_max += 8;
  EXPECT_EQ(decode(frame.bytes(), small, FrameSource::client, message), Flaw::none);
}

TEST(Hostile, AHelloTooLong) {
  FrameBuffer frame;
  encode_hello(frame, {1, 1, std::string(hello_bytes_max, 'x'), "", 0});
  Hello hello;
  EXPECT_EQ(decode_hello(frame.bytes(), hello), Flaw::hello_too_long);
}

TEST(Hostile, TooManyCommandsOrLines) {
  const samples::Orders orders = samples::orders(5);
  FrameBuffer frame;
  encode(frame, 1, orders.heads, orders.lines);
  BatchLimits small;
  small.commands_max = 4;
  Message message{};
  EXPECT_EQ(decode(frame.bytes(), small, FrameSource::client, message), Flaw::too_many_commands);
  EXPECT_EQ(message.origin.request, 1U);
  small.commands_max = 5;
  small.lines_max = static_cast<std::uint32_t>(orders.lines.size() - 1);
  EXPECT_EQ(decode(frame.bytes(), small, FrameSource::client, message), Flaw::too_many_lines);
  small.lines_max += 1;
  EXPECT_EQ(decode(frame.bytes(), small, FrameSource::client, message), Flaw::none);
}

TEST(Hostile, WrongIdentifier) {
  for (const FrameBuffer& frame : samples::client_frames()) {
    Exact bent(frame.bytes());
    bent.bytes()[11] = std::byte{'2'};
    EXPECT_EQ(try_all(bent.bytes()), Flaw::wrong_identifier);
  }
}

TEST(Hostile, UnknownBodies) {
  FrameBuffer frame;
  encode_get_stats(frame, 8, false);
  Exact bent(frame.bytes());
  for (unsigned type = static_cast<unsigned>(wire::Body::MAX) + 1; type < 256; ++type) {
    bent.bytes()[at_body_type] = static_cast<std::byte>(type);
    EXPECT_EQ(try_all(bent.bytes()), Flaw::unknown_body);
    Message message{};
    (void)decode(bent.bytes(), limits, FrameSource::client, message);
    EXPECT_EQ(message.origin.request, 8U);
  }
  bent.bytes()[at_body_type] = std::byte{0};
  EXPECT_EQ(try_all(bent.bytes()), Flaw::no_body);
}

TEST(Hostile, ATypeWithoutABody) {
  FrameBuffer frame;
  encode_get_stats(frame, 8, false);
  Exact bent(frame.bytes());
  put(bent.bytes(), 20, std::uint16_t{0});  // the body's field in the vtable of Frame
  EXPECT_EQ(try_all(bent.bytes()), Flaw::no_body);
}

TEST(Hostile, RepliesAndSecondHellos) {
  FrameBuffer hello;
  encode_hello(hello, {1, 1, "", "", 0});
  EXPECT_EQ(try_all(hello.bytes()), Flaw::hello_repeated);
  FrameBuffer error;
  encode_error(error, 1, ErrorCode::idle, "", false);
  EXPECT_EQ(try_all(error.bytes()), Flaw::reply_as_request);
  Hello none;
  EXPECT_EQ(decode_hello(error.bytes(), none), Flaw::hello_expected);
}

/// Moves the first vector of a frame of one vector by four bytes.
FrameBuffer shifted(const FrameBuffer& frame) {
  FrameBuffer moved;
  moved.append(frame.bytes());
  std::memset(moved.extend(8), 0, 8);
  const std::span<std::byte> bytes(moved.data(), moved.size());
  std::memmove(bytes.data() + at_first + 4, bytes.data() + at_first, frame.size() - at_first);
  put(bytes, at_first, get<std::uint32_t>(bytes, at_first_count));
  put(bytes, at_to_first, get<std::uint32_t>(bytes, at_to_first) + 4);
  put(bytes, 0, static_cast<std::uint32_t>(moved.size() - 4));
  return moved;
}

TEST(Hostile, MisalignedHeads) {
  const std::vector<GetStock> skus = samples::counting_many<GetStock>(3);
  FrameBuffer frame;
  encode(frame, 6, std::span<const GetStock>(skus));
  const FrameBuffer moved = shifted(frame);
  // FlatBuffers' own verifier finds nothing wrong with it: that is why we look.
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(moved.data()), moved.size());
  EXPECT_TRUE(wire::VerifySizePrefixedFrameBuffer(verifier));
  EXPECT_EQ(try_all(moved.bytes()), Flaw::misaligned_heads);
}

TEST(Hostile, MisalignedLines) {
  const samples::Orders orders = samples::orders(1);
  FrameBuffer frame;
  encode(frame, 6, orders.heads, orders.lines);
  std::memset(frame.extend(8), 0, 8);
  const std::span<std::byte> bytes(frame.data(), frame.size());
  const std::size_t at = at_to_second + get<std::uint32_t>(bytes, at_to_second);
  std::memmove(bytes.data() + at + 4, bytes.data() + at, 4 + orders.lines.size() * 16);
  put(bytes, at_to_second, get<std::uint32_t>(bytes, at_to_second) + 4);
  put(bytes, 0, static_cast<std::uint32_t>(frame.size() - 4));
  EXPECT_EQ(try_all(frame.bytes()), Flaw::misaligned_details);
}

TEST(Hostile, LinesThatDoNotAddUp) {
  samples::Orders orders = samples::orders(4);
  orders.heads[2].line_count += 1;
  FrameBuffer more;
  encode(more, 1, orders.heads, orders.lines);
  EXPECT_EQ(try_all(more.bytes()), Flaw::lines_do_not_add_up);
  orders.heads[2].line_count -= 2;
  FrameBuffer fewer;
  encode(fewer, 1, orders.heads, orders.lines);
  EXPECT_EQ(try_all(fewer.bytes()), Flaw::lines_do_not_add_up);
}

TEST(Hostile, SlotsThatDoNotAddUp) {
  samples::Waves waves = samples::waves(3);
  // 1 + (2^32 - 1) + 6 is 6 in 32 bits, and 6 slots there are.
  ASSERT_EQ(waves.slots.size(), 6U);
  waves.heads[1].slot_count = 0xffffffff;
  waves.heads[2].slot_count = 6;
  FrameBuffer frame;
  encode(frame, 1, waves.heads, waves.slots);
  Message message{};
  EXPECT_EQ(decode(frame.bytes(), limits, FrameSource::journal, message),
            Flaw::slots_do_not_add_up);
}

TEST(Hostile, TextsThatDoNotAddUp) {
  const samples::Orders orders = samples::orders(3);
  const std::vector<std::string_view> texts{"only", "two"};
  FrameBuffer frame;
  encode_with_references(frame, 1, orders.heads, orders.lines, false, texts);
  EXPECT_EQ(try_all(frame.bytes()), Flaw::texts_do_not_add_up);
  const std::vector<DefineSku> skus = samples::counting_many<DefineSku>(3);
  FrameBuffer names;
  encode_with_names(names, 1, skus, texts);
  EXPECT_EQ(try_all(names.bytes()), Flaw::texts_do_not_add_up);
}

TEST(Hostile, NoCommands) {
  FrameBuffer frame;
  encode(frame, 1, std::span<const CancelOrder>{});
  EXPECT_EQ(try_all(frame.bytes()), Flaw::no_commands);
  FrameBuffer orders;
  encode(orders, 1, std::span<const OrderHead>{}, {});
  EXPECT_EQ(try_all(orders.bytes()), Flaw::no_commands);
}

TEST(Hostile, AVectorThatIsMissing) {
  FrameBuffer frame;
  const std::vector<GetStock> skus = samples::counting_many<GetStock>(1);
  encode(frame, 1, std::span<const GetStock>(skus));
  Exact bent(frame.bytes());
  put(bent.bytes(), 46, std::uint16_t{0});  // the vector's field in the vtable of the body
  EXPECT_EQ(try_all(bent.bytes()), Flaw::broken_offsets);
}

TEST(Hostile, AFrameWithinItself) {
  // The body is the frame's own table, read as each kind there is.
  FrameBuffer frame;
  encode_get_stats(frame, 1, false);
  Exact bent(frame.bytes());
  put(bent.bytes(), at_frame_to_body, std::uint32_t{0xfffffffc});
  for (unsigned type = 1; type <= static_cast<unsigned>(wire::Body::MAX); ++type) {
    bent.bytes()[at_body_type] = static_cast<std::byte>(type);
    (void)try_all(bent.bytes());
  }
}

TEST(Hostile, AMillionTextsInOneFrame) {
  // All references point at one string: small on the wire, and bounded by the frame's size.
  const samples::Orders orders = samples::orders(1);
  flatbuffers::FlatBufferBuilder builder;
  const auto text = builder.CreateString("x");
  const std::vector<flatbuffers::Offset<flatbuffers::String>> texts(200'000, text);
  const auto references = builder.CreateVector(texts);
  const auto lines = builder.CreateVectorOfStructs(
      reinterpret_cast<const wire::OrderLine*>(orders.lines.data()), orders.lines.size());
  const auto heads = builder.CreateVectorOfStructs(
      reinterpret_cast<const wire::OrderHead*>(orders.heads.data()), orders.heads.size());
  const auto body = wire::CreatePlaceOrders(builder, heads, lines, false, references);
  builder.FinishSizePrefixed(wire::CreateFrame(builder, 1, wire::Body::PlaceOrders, body.Union()),
                             "MLR1");
  FrameBuffer frame;
  frame.append(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
  EXPECT_EQ(try_all(frame.bytes()), Flaw::texts_do_not_add_up);
}

}  // namespace
}  // namespace millrace
