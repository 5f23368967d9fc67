// Frames to messages: everything that can be wrong with bytes from outside is found here, before
// any of it reaches the engine.
#include "adapters/wire/codec.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "engine/core/check.h"
#include "schemas/millrace_generated.h"

namespace millrace {
namespace {

constexpr std::size_t word = 8;
constexpr std::string_view identifier = "MLR1";
/// Prefix, root offset, identifier: nothing shorter can be a frame.
constexpr std::size_t frame_bytes_min = 12;
/// Frame and body are two tables, one within the other; the rest is room for a later schema.
constexpr flatbuffers::uoffset_t depth_max = 8;
constexpr flatbuffers::uoffset_t tables_max = 16;

/// Checks that the bytes are a frame of the schema; `root` and what hangs from it may be read then.
Flaw open_frame(std::span<const std::byte> frame, std::size_t bytes_max, const wire::Frame*& root) {
  CHECK(reinterpret_cast<std::uintptr_t>(frame.data()) % word == 0);
  if (frame.size() < frame_bytes_min) {
    return Flaw::too_short;
  }
  const std::size_t byte_count = frame_bytes(frame.data());
  if (byte_count < frame_bytes_min) {
    return Flaw::too_short;
  }
  if (padded_bytes(byte_count) != frame.size()) {
    return Flaw::length_mismatch;
  }
  if (byte_count > bytes_max) {
    return Flaw::frame_too_long;
  }
  if (std::memcmp(frame.data() + word, identifier.data(), identifier.size()) != 0) {
    return Flaw::wrong_identifier;
  }
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(frame.data());
  flatbuffers::Verifier verifier(bytes, byte_count, depth_max, tables_max);
  if (!verifier.VerifySizePrefixedBuffer<wire::Frame>(nullptr)) {
    return Flaw::broken_offsets;
  }
  root = flatbuffers::GetSizePrefixedRoot<wire::Frame>(bytes);
  return Flaw::none;
}

template <class Struct>
bool is_aligned(const flatbuffers::Vector<const Struct*>* vector) {
  return reinterpret_cast<std::uintptr_t>(vector->Data()) % alignof(Struct) == 0;
}

bool is_aligned(const flatbuffers::Vector<std::uint32_t>* vector) {
  return reinterpret_cast<std::uintptr_t>(vector->Data()) % alignof(std::uint32_t) == 0;
}

/// Makes a vector of commands the heads of the message.
template <class Struct>
Flaw take_heads(const flatbuffers::Vector<const Struct*>* heads, CommandKind kind,
                const BatchLimits& limits, Message& out) {
  if (heads->size() == 0) {
    return Flaw::no_commands;
  }
  if (heads->size() > limits.commands_max) {
    return Flaw::too_many_commands;
  }
  if (!is_aligned(heads)) {
    return Flaw::misaligned_heads;
  }
  out.kind = kind;
  out.count = heads->size();
  out.heads = heads->Data();
  return Flaw::none;
}

/// Makes a vector of lines or slots the details of the message, if there are as many as the heads
/// say.
template <class Vector>
Flaw take_details(const Vector* details, std::uint64_t expected, Flaw mismatch,
                  const BatchLimits& limits, Message& out) {
  if (details->size() > limits.lines_max) {
    return Flaw::too_many_lines;
  }
  if (details->size() != expected) {
    return mismatch;
  }
  if (details->size() == 0) {
    return Flaw::none;
  }
  if (!is_aligned(details)) {
    return Flaw::misaligned_details;
  }
  out.detail_count = details->size();
  out.details = details->Data();
  return Flaw::none;
}

Flaw take_orders(const wire::PlaceOrders& body, const BatchLimits& limits, Message& out) {
  const Flaw flaw = take_heads(body.orders(), CommandKind::place_order, limits, out);
  if (flaw != Flaw::none) {
    return flaw;
  }
  std::uint64_t lines = 0;
  for (const OrderHead& head : out.commands<OrderHead>()) {
    lines += head.line_count;
  }
  if (body.references() != nullptr && body.references()->size() != out.count) {
    return Flaw::texts_do_not_add_up;
  }
  out.wants_allocations = body.want_allocations();
  return take_details(body.lines(), lines, Flaw::lines_do_not_add_up, limits, out);
}

Flaw take_skus(const wire::DefineSkus& body, const BatchLimits& limits, Message& out) {
  if (body.names() != nullptr && body.names()->size() != body.skus()->size()) {
    return Flaw::texts_do_not_add_up;
  }
  return take_heads(body.skus(), CommandKind::define_sku, limits, out);
}

Flaw take_waves(const wire::ReleaseWaves& body, const BatchLimits& limits, Message& out) {
  const Flaw flaw = take_heads(body.waves(), CommandKind::release_wave, limits, out);
  if (flaw != Flaw::none) {
    return flaw;
  }
  std::uint64_t slots = 0;
  for (const ReleaseWave& wave : out.commands<ReleaseWave>()) {
    slots += wave.slot_count;
  }
  return take_details(body.slots(), slots, Flaw::slots_do_not_add_up, limits, out);
}

Flaw take_stats(const wire::GetStats& body, Message& out) {
  out.kind = CommandKind::get_stats;
  out.count = 1;
  out.wants_allocations = body.audit();
  return Flaw::none;
}

Flaw take_body(const wire::Frame& frame, const BatchLimits& limits, FrameSource source,
               Message& out) {
  const wire::Body type = frame.body_type();
  if (type == wire::Body::NONE) {
    return Flaw::no_body;
  }
  if (type > wire::Body::MAX) {
    return Flaw::unknown_body;
  }
  if (frame.body() == nullptr) {
    return Flaw::no_body;
  }
  switch (type) {
    case wire::Body::PlaceOrders:
      return take_orders(*frame.body_as_PlaceOrders(), limits, out);
    case wire::Body::CancelOrders:
      return take_heads(frame.body_as_CancelOrders()->cancels(), CommandKind::cancel_order, limits,
                        out);
    case wire::Body::ReceiveStocks:
      return take_heads(frame.body_as_ReceiveStocks()->receipts(), CommandKind::receive_stock,
                        limits, out);
    case wire::Body::AdjustStocks:
      return take_heads(frame.body_as_AdjustStocks()->adjustments(), CommandKind::adjust_stock,
                        limits, out);
    case wire::Body::DefineSkus:
      return take_skus(*frame.body_as_DefineSkus(), limits, out);
    case wire::Body::Ticks:
      return take_heads(frame.body_as_Ticks()->ticks(), CommandKind::tick, limits, out);
    case wire::Body::ReleaseWaves:
      return source == FrameSource::client ? Flaw::server_only
                                           : take_waves(*frame.body_as_ReleaseWaves(), limits, out);
    case wire::Body::GetOrders:
      return take_heads(frame.body_as_GetOrders()->orders(), CommandKind::get_order, limits, out);
    case wire::Body::GetStocks:
      return take_heads(frame.body_as_GetStocks()->skus(), CommandKind::get_stock, limits, out);
    case wire::Body::GetStats:
      return take_stats(*frame.body_as_GetStats(), out);
    case wire::Body::Hello:
      return Flaw::hello_repeated;
    case wire::Body::Welcome:
    case wire::Body::Outcomes:
    case wire::Body::Orders:
    case wire::Body::Stocks:
    case wire::Body::Stats:
    case wire::Body::Error:
      return Flaw::reply_as_request;
    case wire::Body::NONE:
      break;
  }
  return Flaw::no_body;
}

std::string_view view_of(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view{} : std::string_view(text->c_str(), text->size());
}

std::vector<std::string> texts_of(
    const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* texts) {
  std::vector<std::string> copies;
  if (texts != nullptr) {
    copies.reserve(texts->size());
    for (const flatbuffers::String* text : *texts) {
      copies.emplace_back(view_of(text));
    }
  }
  return copies;
}

/// A vector of structs as a span of the engine's twin of the struct.
template <class Ours, class Theirs>
Flaw take_view(const flatbuffers::Vector<const Theirs*>* vector, Flaw misaligned,
               std::span<const Ours>& out) {
  static_assert(sizeof(Ours) == sizeof(Theirs));
  out = {};
  if (vector == nullptr || vector->size() == 0) {
    return Flaw::none;
  }
  if (!is_aligned(vector)) {
    return misaligned;
  }
  out = {reinterpret_cast<const Ours*>(vector->Data()), vector->size()};
  return Flaw::none;
}

Flaw take_outcomes(const wire::Outcomes& body, Reply& out) {
  out.kind = ReplyKind::outcomes;
  out.first_sequence = body.first_sequence();
  const Flaw flaw = take_view(body.outcomes(), Flaw::misaligned_heads, out.outcomes);
  return flaw != Flaw::none
             ? flaw
             : take_view(body.allocations(), Flaw::misaligned_details, out.allocations);
}

Flaw take_orders_reply(const wire::Orders& body, Reply& out) {
  out.kind = ReplyKind::orders;
  Flaw flaw = take_view(body.orders(), Flaw::misaligned_heads, out.orders);
  if (flaw == Flaw::none) {
    flaw = take_view(body.slices(), Flaw::misaligned_details, out.slices);
  }
  std::uint64_t slices = 0;
  for (const OrderView& view : out.orders) {
    slices += view.slice_count;
  }
  return flaw == Flaw::none && slices != out.slices.size() ? Flaw::lines_do_not_add_up : flaw;
}

Flaw take_stocks_reply(const wire::Stocks& body, Reply& out) {
  out.kind = ReplyKind::stocks;
  Flaw flaw = take_view(body.skus(), Flaw::misaligned_heads, out.stock);
  if (flaw == Flaw::none) {
    flaw = take_view(body.cells(), Flaw::misaligned_details, out.cells);
  }
  std::uint64_t cells = 0;
  for (const StockView& view : out.stock) {
    cells += view.cell_count;
  }
  return flaw == Flaw::none && cells != out.cells.size() ? Flaw::lines_do_not_add_up : flaw;
}

/// A newer server may send more values, an older one fewer.
Flaw take_stats_reply(const wire::Stats& body, Reply& out) {
  out.kind = ReplyKind::stats;
  const std::size_t bytes =
      std::min(sizeof(Stats), std::size_t{body.values()->size()} * sizeof(std::uint64_t));
  std::memcpy(&out.stats, body.values()->Data(), bytes);
  return Flaw::none;
}

Flaw take_error(const wire::Error& body, Reply& out) {
  out.kind = ReplyKind::error;
  out.error = static_cast<ErrorCode>(body.code());
  out.text = view_of(body.text());
  out.closes = body.closes();
  return Flaw::none;
}

Flaw take_reply(const wire::Frame& frame, Reply& out) {
  const wire::Body type = frame.body_type();
  if (type > wire::Body::MAX) {
    return Flaw::unknown_body;
  }
  if (frame.body() == nullptr) {
    return Flaw::no_body;
  }
  switch (type) {
    case wire::Body::Welcome:
      out.kind = ReplyKind::welcome;
      return Flaw::none;
    case wire::Body::Outcomes:
      return take_outcomes(*frame.body_as_Outcomes(), out);
    case wire::Body::Orders:
      return take_orders_reply(*frame.body_as_Orders(), out);
    case wire::Body::Stocks:
      return take_stocks_reply(*frame.body_as_Stocks(), out);
    case wire::Body::Stats:
      return take_stats_reply(*frame.body_as_Stats(), out);
    case wire::Body::Error:
      return take_error(*frame.body_as_Error(), out);
    case wire::Body::NONE:
    case wire::Body::Hello:
    case wire::Body::PlaceOrders:
    case wire::Body::CancelOrders:
    case wire::Body::ReceiveStocks:
    case wire::Body::AdjustStocks:
    case wire::Body::DefineSkus:
    case wire::Body::Ticks:
    case wire::Body::ReleaseWaves:
    case wire::Body::GetOrders:
    case wire::Body::GetStocks:
    case wire::Body::GetStats:
      break;
  }
  return Flaw::unknown_body;
}

}  // namespace

std::size_t frame_bytes(const std::byte* frame) {
  std::uint32_t size = 0;
  std::memcpy(&size, frame, sizeof(size));
  return std::size_t{size} + frame_prefix_bytes;
}

Flaw decode(std::span<const std::byte> frame, const BatchLimits& limits, FrameSource source,
            Message& out) {
  out = Message{};
  const wire::Frame* root = nullptr;
  Flaw flaw = open_frame(frame, limits.frame_bytes_max, root);
  if (flaw != Flaw::none) {
    return flaw;
  }
  out.byte_count = static_cast<std::uint32_t>(frame.size());
  out.origin.request = root->request();
  flaw = take_body(*root, limits, source, out);
  if (flaw == Flaw::none && source == FrameSource::journal && !is_journaled(out.kind)) {
    return Flaw::query_in_journal;
  }
  return flaw;
}

Flaw decode_hello(std::span<const std::byte> frame, Hello& out) {
  out = Hello{};
  const wire::Frame* root = nullptr;
  const Flaw flaw = open_frame(frame, hello_bytes_max, root);
  if (flaw != Flaw::none) {
    return flaw == Flaw::frame_too_long ? Flaw::hello_too_long : flaw;
  }
  out.request = root->request();
  const wire::Hello* const hello = root->body_as_Hello();
  if (hello == nullptr) {
    return Flaw::hello_expected;
  }
  out.protocol = hello->protocol();
  out.client = view_of(hello->client());
  out.token = view_of(hello->token());
  out.credit = hello->credit();
  return Flaw::none;
}

Flaw decode_reply(std::span<const std::byte> frame, Reply& out) {
  out = Reply{};
  const wire::Frame* root = nullptr;
  const Flaw flaw = open_frame(frame, std::numeric_limits<std::uint32_t>::max(), root);
  if (flaw != Flaw::none) {
    return flaw;
  }
  out.request = root->request();
  return take_reply(*root, out);
}

Welcome read_welcome(std::span<const std::byte> frame) {
  const auto* const root = flatbuffers::GetSizePrefixedRoot<wire::Frame>(frame.data());
  const wire::Welcome* const body = root->body_as_Welcome();
  CHECK(body != nullptr);
  Welcome welcome;
  welcome.protocol = body->protocol();
  welcome.server = view_of(body->server());
  welcome.credit = body->credit();
  welcome.frame_bytes_max = body->frame_bytes_max();
  welcome.commands_per_frame_max = body->commands_per_frame_max();
  welcome.lines_per_frame_max = body->lines_per_frame_max();
  welcome.nodes = texts_of(body->nodes());
  welcome.channels = texts_of(body->channels());
  welcome.services = texts_of(body->services());
  return welcome;
}

}  // namespace millrace
