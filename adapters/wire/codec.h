// The one codec: FlatBuffers frames to messages and back, for live traffic and for replay alike. It
// copies no command: a decoded message points into its frame. docs/protocol.md describes the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/wire/flaw.h"
#include "adapters/wire/frame_buffer.h"
#include "engine/core/availability.h"
#include "engine/core/batch.h"
#include "engine/core/event.h"
#include "engine/core/padded_frame.h"
#include "engine/core/stock_command.h"

namespace millrace {

inline constexpr std::uint16_t protocol_version = 1;
/// A frame begins with its length as a little-endian 32-bit number, which does not count itself.
inline constexpr std::size_t frame_prefix_bytes = 4;
/// Nobody is known before the handshake, so nobody gets more memory than this before it.
inline constexpr std::size_t hello_bytes_max = 4096;

/// Length of the frame that begins at `frame`, prefix included, padding not.
std::size_t frame_bytes(const std::byte* frame);

// ---- frames to messages

/// Who wrote a frame, and so what may stand in it.
enum class FrameSource : std::uint8_t {
  client,   ///< commands and queries for the pipeline, but no ReleaseWaves
  journal,  ///< journaled commands only
};

/// Reads the frame and fills `out`, which then points into it. `frame` is a whole frame, padded to
/// a multiple of 8, at an 8-byte aligned address. Of `out`, session, time, sequence and places in
/// the batch stay for others to fill. GetStats with audit has `wants_allocations` set and no heads.
/// If there is a flaw, out.origin.request tells the request as far as it could be read, else 0.
[[nodiscard]] Flaw decode(std::span<const std::byte> frame, const BatchLimits& limits,
                          FrameSource source, Message& out);

/// A frame of a client: a message for the pipeline, or reads of availability, which its session
/// answers by itself.
struct Request {
  Message message{};  ///< of reads, with no more than request and byte count
  bool is_read = false;
  std::span<const GetAvailability> reads;
  bool is_subscription = false;  ///< see decode_subscribe (adapters/wire/subscription.h)
};

/// As decode, for a client's frames of every kind. After a flaw too, `is_read` and
/// `is_subscription` tell what the frame was to be, as far as it could be read.
[[nodiscard]] Flaw decode_request(std::span<const std::byte> frame, const BatchLimits& limits,
                                  Request& out);

/// What a client says first. The texts point into the frame.
struct Hello {
  std::uint64_t request = 0;
  std::uint16_t protocol = protocol_version;
  std::string_view client;
  std::string_view token;
  std::uint32_t credit = 0;  ///< 0 leaves it to the server
};

/// As decode, for the first frame of a connection.
[[nodiscard]] Flaw decode_hello(std::span<const std::byte> frame, Hello& out);

/// What a server answers to it.
struct Welcome {
  std::uint16_t protocol = protocol_version;
  std::string server;
  std::uint32_t credit = 0;  ///< commands the client may have unanswered
  std::uint32_t frame_bytes_max = 0;
  std::uint32_t commands_per_frame_max = 0;
  std::uint32_t lines_per_frame_max = 0;
  std::vector<std::string> nodes;  ///< codes by index
  std::vector<std::string> channels;
  std::vector<std::string> services;
};

enum class ReplyKind : std::uint8_t {
  welcome,
  outcomes,
  orders,
  stocks,
  stats,
  availabilities,
  error,
  events
};

/// A reply as a client reads it. Everything points into the frame.
struct Reply {
  ReplyKind kind = ReplyKind::error;
  std::uint64_t request = 0;
  std::uint64_t first_sequence = 0;            ///< outcomes
  std::span<const Outcome> outcomes;           ///< outcomes
  std::span<const Allocation> allocations;     ///< outcomes, if asked for
  std::span<const OrderView> orders;           ///< orders
  std::span<const SliceView> slices;           ///< orders
  std::span<const StockView> stock;            ///< stocks
  std::span<const StockCell> cells;            ///< stocks
  Stats stats{};                               ///< stats
  std::span<const Availability> availability;  ///< availabilities
  std::span<const Event> events;               ///< events
  std::uint64_t next_event = 0;                ///< events: where to go on
  std::uint64_t oldest_event = 0;              ///< events: that the server keeps
  std::uint64_t end_of_events = 0;             ///< events: that which came next when it was sent
  ErrorCode error = ErrorCode::none;           ///< error
  std::string_view text;                       ///< error
  bool closes = false;                         ///< error
};

/// As decode, for what a server sends.
[[nodiscard]] Flaw decode_reply(std::span<const std::byte> frame, Reply& out);

/// Takes a Welcome apart that decode_reply has found to be one.
[[nodiscard]] Welcome read_welcome(std::span<const std::byte> frame);

// ---- requests to frames. Each appends one frame, whose length is a multiple of 8.

void encode_hello(FrameBuffer& out, const Hello& hello);

/// Orders and lines of a frame just appended, of no particular value yet. They are void once
/// anything else is appended.
struct OrdersToFill {
  std::span<OrderHead> heads;
  std::span<OrderLine> lines;
};

/// Appends a frame of orders for the caller to write in place.
[[nodiscard]] OrdersToFill encode_orders(FrameBuffer& out, std::uint64_t request,
                                         std::size_t order_count, std::size_t line_count,
                                         bool want_allocations);

void encode(FrameBuffer& out, std::uint64_t request, std::span<const OrderHead> heads,
            std::span<const OrderLine> lines, bool want_allocations = false);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const CancelOrder> cancels);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const StepOrder> steps,
            std::span<const OrderLine> lines = {});
void encode(FrameBuffer& out, std::uint64_t request, std::span<const ReceiveStock> receipts);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const AdjustStock> adjustments);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const StockChange> changes);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const DefineSku> skus);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const Tick> ticks);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const GetOrder> orders);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const GetStock> skus);
void encode(FrameBuffer& out, std::uint64_t request, std::span<const GetAvailability> skus);
void encode_get_stats(FrameBuffer& out, std::uint64_t request, bool audit);

/// For the journal: the waves' slots follow each other in `slots`.
void encode(FrameBuffer& out, std::uint64_t request, std::span<const ReleaseWave> waves,
            std::span<const std::uint32_t> slots);

/// With a text for each order (the customer's reference) or SKU (its name), as many as commands.
void encode_with_references(FrameBuffer& out, std::uint64_t request,
                            std::span<const OrderHead> heads, std::span<const OrderLine> lines,
                            bool want_allocations, std::span<const std::string_view> references);
void encode_with_names(FrameBuffer& out, std::uint64_t request, std::span<const DefineSku> skus,
                       std::span<const std::string_view> names);

// ---- replies to frames

void encode_welcome(FrameBuffer& out, std::uint64_t request, const Welcome& welcome);
void encode_error(FrameBuffer& out, std::uint64_t request, ErrorCode code, std::string_view text,
                  bool closes);
void encode_outcomes(FrameBuffer& out, std::uint64_t request, Sequence first_sequence,
                     std::span<const Outcome> outcomes);
void encode_outcomes(FrameBuffer& out, std::uint64_t request, Sequence first_sequence,
                     std::span<const Outcome> outcomes, std::span<const Allocation> allocations);
void encode_order_views(FrameBuffer& out, std::uint64_t request, std::span<const OrderView> orders,
                        std::span<const SliceView> slices);
void encode_stock_views(FrameBuffer& out, std::uint64_t request, std::span<const StockView> stock,
                        std::span<const StockCell> cells);
void encode_stats(FrameBuffer& out, std::uint64_t request, const Stats& stats);
/// Appends a frame of `count` availabilities for the caller to write in place, before anything else
/// is appended.
[[nodiscard]] std::span<Availability> encode_availabilities(FrameBuffer& out, std::uint64_t request,
                                                            std::size_t count);

/// Appends the answer to one message of a batch that is through all stages. A refused frame is
/// answered with the text of `flaw`.
void encode_answer(FrameBuffer& out, const Batch& batch, std::uint32_t message_index,
                   Flaw flaw = Flaw::none);

}  // namespace millrace
