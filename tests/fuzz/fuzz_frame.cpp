// libFuzzer target: a frame from anybody. Whatever the bytes, decoding neither reads beyond them
// nor lets through a message whose numbers do not hold.
//
// Input: a byte of flags, then bytes. Flag bit 7: the bytes are the frame; else they are changes of
// three bytes each (place, place, value) to one of our own frames, which the other bits choose, so
// that no corpus is needed to get deep. Bit 6: the prefix is made to fit.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "adapters/wire/codec.h"
#include "engine/core/check.h"
#include "tests/wire/samples.h"

namespace millrace {
namespace {

constexpr std::uint8_t raw_flag = 0x80;
constexpr std::uint8_t mend_flag = 0x40;

std::vector<FrameBuffer> make_frames() {
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
  const std::vector<Outcome> outcomes = samples::counting_many<Outcome>(2);
  const std::vector<Allocation> allocations = samples::counting_many<Allocation>(2);
  encode_outcomes(frames.emplace_back(), 1, Sequence{1}, outcomes, allocations);
  encode_error(frames.emplace_back(), 1, ErrorCode::empty, "text", false);
  encode_stats(frames.emplace_back(), 1, samples::counting<Stats>(1));
  const std::vector<Availability> availability = samples::counting_many<Availability>(2);
  std::ranges::copy(availability, encode_availabilities(frames.emplace_back(), 1, 2).begin());
  return frames;
}

/// The frame that the input describes.
void build(std::span<const std::uint8_t> input, FrameBuffer& frame) {
  static const std::vector<FrameBuffer> frames = make_frames();
  const std::uint8_t flags = input.front();
  input = input.subspan(1);
  if ((flags & raw_flag) != 0) {
    frame.append(std::as_bytes(input));
    constexpr std::array<std::byte, 7> zeros{};
    frame.append(std::span(zeros).first(padded_bytes(frame.size()) - frame.size()));
  } else {
    frame.append(frames[(flags & 0x3fU) % frames.size()].bytes());
    for (; input.size() >= 3; input = input.subspan(3)) {
      const std::size_t at = (input[0] | (std::size_t{input[1]} << 8U)) % frame.size();
      frame.data()[at] = static_cast<std::byte>(input[2]);
    }
  }
  if ((flags & mend_flag) != 0 && frame.size() >= frame_prefix_bytes) {
    const auto size = static_cast<std::uint32_t>(frame.size() - frame_prefix_bytes);
    std::memcpy(frame.data(), &size, sizeof(size));
  }
}

/// Adds up every byte that a reply points to.
std::uint64_t touch(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (const std::byte byte : bytes) {
    sum += static_cast<std::uint64_t>(byte);
  }
  return sum;
}

void read_reply(std::span<const std::byte> frame) {
  Reply reply;
  if (decode_reply(frame, reply) != Flaw::none) {
    return;
  }
  const std::uint64_t sum =
      touch(std::as_bytes(reply.outcomes)) + touch(std::as_bytes(reply.allocations)) +
      touch(std::as_bytes(reply.orders)) + touch(std::as_bytes(reply.slices)) +
      touch(std::as_bytes(reply.stock)) + touch(std::as_bytes(reply.cells)) +
      touch(std::as_bytes(reply.availability)) + touch(std::as_bytes(reply.events)) +
      touch(std::as_bytes(std::span(reply.text)));
  CHECK(sum < ~std::uint64_t{0});
  if (reply.kind == ReplyKind::welcome) {
    (void)read_welcome(frame);
  }
}

void run(std::span<const std::uint8_t> input) {
  FrameBuffer built;
  build(input, built);
  // In memory of exactly its size, so that a sanitizer sees any byte read beyond it.
  std::vector<std::uint64_t> memory(built.size() / sizeof(std::uint64_t));
  const std::span<std::byte> frame = std::as_writable_bytes(std::span(memory));
  if (frame.empty()) {
    return;
  }
  std::memcpy(frame.data(), built.data(), frame.size());

  const BatchLimits limits;
  for (const FrameSource source : {FrameSource::client, FrameSource::journal}) {
    Message message{};
    if (decode(frame, limits, source, message) == Flaw::none) {
      CHECK(samples::is_sound(message, frame, limits));
      CHECK(source == FrameSource::client || is_journaled(message.kind));
      CHECK(source == FrameSource::journal || message.kind != CommandKind::release_wave);
    }
  }
  Request request;
  if (decode_request(frame, limits, request) == Flaw::none) {
    CHECK(samples::is_sound(request, frame, limits));
    CHECK(touch(std::as_bytes(request.reads)) < ~std::uint64_t{0});
  }
  std::uint32_t granted = 0;
  (void)decode_event_credit(frame, limits.frame_bytes_max, granted);
  Hello hello;
  if (decode_hello(frame, hello) == Flaw::none) {
    CHECK(hello.client.size() + hello.token.size() <= 2 * frame.size());
    CHECK(touch(std::as_bytes(std::span(hello.client))) < ~std::uint64_t{0});
  }
  read_reply(frame);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    millrace::run({data, size});
  }
  return 0;
}
