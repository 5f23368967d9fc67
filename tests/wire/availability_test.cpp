// Reads of availability on the wire: they round trip, they are no commands, and no journal holds
// them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "adapters/wire/codec.h"
#include "schemas/millrace_generated.h"
#include "tests/wire/samples.h"

namespace millrace {
namespace {

using samples::counting_many;
using samples::same_bytes;

const BatchLimits limits;

FrameBuffer reads_frame(std::size_t count) {
  FrameBuffer frame;
  const std::vector<GetAvailability> reads = counting_many<GetAvailability>(count);
  encode(frame, 0x1122334455667788, std::span<const GetAvailability>(reads));
  return frame;
}

Flaw flaw_of(const FrameBuffer& frame) {
  Request request;
  const Flaw flaw = decode_request(frame.bytes(), limits, request);
  EXPECT_TRUE(request.is_read);
  EXPECT_EQ(request.message.origin.request, 0x1122334455667788U);
  return flaw;
}

TEST(AvailabilityFrames, ReadsRoundTrip) {
  for (const std::size_t count : {1U, 2U, 7U, 4096U}) {
    const FrameBuffer frame = reads_frame(count);
    Request request;
    ASSERT_EQ(decode_request(frame.bytes(), limits, request), Flaw::none);
    EXPECT_TRUE(request.is_read);
    EXPECT_TRUE(samples::is_sound(request, frame.bytes(), limits));
    EXPECT_EQ(request.message.origin.request, 0x1122334455667788U);
    const std::vector<GetAvailability> reads = counting_many<GetAvailability>(count);
    EXPECT_TRUE(same_bytes(request.reads, std::span<const GetAvailability>(reads)));
  }
}

TEST(AvailabilityFrames, AnswersRoundTrip) {
  for (const std::size_t count : {1U, 2U, 7U, 4096U}) {
    const std::vector<Availability> told = counting_many<Availability>(count);
    FrameBuffer frame;
    std::ranges::copy(told, encode_availabilities(frame, 9, count).begin());
    EXPECT_EQ(frame.size() % 8, 0U);
    Reply reply;
    ASSERT_EQ(decode_reply(frame.bytes(), reply), Flaw::none);
    EXPECT_EQ(reply.kind, ReplyKind::availabilities);
    EXPECT_EQ(reply.request, 9U);
    EXPECT_TRUE(same_bytes(reply.availability, std::span<const Availability>(told)));
  }
}

TEST(AvailabilityFrames, AnyFlatBufferReaderUnderstandsThem) {
  const FrameBuffer frame = reads_frame(2);
  const auto& root = *flatbuffers::GetSizePrefixedRoot<wire::Frame>(frame.data());
  const std::vector<GetAvailability> reads = counting_many<GetAvailability>(2);
  EXPECT_EQ(root.body_as_GetAvailabilities()->skus()->Get(1)->sku(), reads[1].sku.value);
  EXPECT_EQ(root.body_as_GetAvailabilities()->skus()->Get(1)->node(), reads[1].node.value);

  FrameBuffer answer;
  encode_availabilities(answer, 1, 1)[0] = {Units{7}, 2, Known::yes, 0};
  const auto& told = *flatbuffers::GetSizePrefixedRoot<wire::Frame>(answer.data());
  EXPECT_EQ(told.body_as_Availabilities()->skus()->Get(0)->units(), 7U);
  EXPECT_EQ(told.body_as_Availabilities()->skus()->Get(0)->node_count(), 2U);
  EXPECT_EQ(told.body_as_Availabilities()->skus()->Get(0)->known(), 1U);
}

TEST(AvailabilityFrames, AreNothingForThePipelineOrTheJournal) {
  const FrameBuffer frame = reads_frame(2);
  Message message{};
  EXPECT_NE(decode(frame.bytes(), limits, FrameSource::client, message), Flaw::none);
  EXPECT_EQ(decode(frame.bytes(), limits, FrameSource::journal, message), Flaw::query_in_journal);
}

TEST(AvailabilityFrames, KeepWithinTheLimits) {
  EXPECT_EQ(flaw_of(reads_frame(0)), Flaw::no_commands);
  EXPECT_EQ(flaw_of(reads_frame(limits.commands_max)), Flaw::none);
  EXPECT_EQ(flaw_of(reads_frame(limits.commands_max + 1)), Flaw::too_many_commands);
}

TEST(AvailabilityFrames, MisalignedReadsAreRefused) {
  const FrameBuffer frame = reads_frame(1);
  // The vector moves by four bytes: its count follows the offset to it, which is at 60.
  FrameBuffer moved;
  moved.append(frame.bytes());
  std::memset(moved.extend(8), 0, 8);
  std::memmove(moved.data() + 80, frame.data() + 76, frame.size() - 76);
  const std::uint32_t to_first = 20;
  std::memcpy(moved.data() + 60, &to_first, sizeof(to_first));
  const auto size = static_cast<std::uint32_t>(moved.size() - frame_prefix_bytes);
  std::memcpy(moved.data(), &size, sizeof(size));
  EXPECT_EQ(flaw_of(moved), Flaw::misaligned_heads);
}

TEST(AvailabilityFrames, EveryOtherKindIsDecodedAsBefore) {
  for (const FrameBuffer& frame : samples::client_frames()) {
    Message message{};
    const Flaw flaw = decode(frame.bytes(), limits, FrameSource::client, message);
    Request request;
    EXPECT_EQ(decode_request(frame.bytes(), limits, request), Flaw::none);
    EXPECT_EQ(request.is_read, flaw != Flaw::none);
    if (!request.is_read) {
      EXPECT_EQ(request.message.kind, message.kind);
      EXPECT_EQ(request.message.heads, message.heads);
      EXPECT_EQ(request.message.details, message.details);
    }
  }
}

}  // namespace
}  // namespace millrace
