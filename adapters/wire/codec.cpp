// Frames to messages: everything that can be wrong with bytes from outside is found here, before
// any of it reaches the engine.
#include "adapters/wire/codec.h"

#include <cstring>

#include "adapters/wire/open_frame.h"
#include "engine/core/check.h"
#include "engine/core/life.h"
#include "schemas/millrace_generated.h"

namespace millrace {
namespace {

template <class Struct>
Flaw check_heads(const flatbuffers::Vector<const Struct*>& heads, const BatchLimits& limits) {
  if (heads.size() == 0) {
    return Flaw::no_commands;
  }
  if (heads.size() > limits.commands_max) {
    return Flaw::too_many_commands;
  }
  return is_aligned(&heads) ? Flaw::none : Flaw::misaligned_heads;
}

/// Makes a vector of commands the heads of the message.
template <class Struct>
Flaw take_heads(const flatbuffers::Vector<const Struct*>* heads, CommandKind kind,
                const BatchLimits& limits, Message& out) {
  if (const Flaw flaw = check_heads(*heads, limits); flaw != Flaw::none) {
    return flaw;
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

Flaw take_steps(const wire::StepOrders& body, const BatchLimits& limits, Message& out) {
  const Flaw flaw = take_heads(body.steps(), CommandKind::step_order, limits, out);
  if (flaw != Flaw::none) {
    return flaw;
  }
  std::uint64_t lines = 0;
  for (const StepOrder& step : out.commands<StepOrder>()) {
    lines += line_count_of(step);
  }
  if (body.lines() == nullptr) {
    return lines == 0 ? Flaw::none : Flaw::lines_do_not_add_up;
  }
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
    case wire::Body::StockChanges:
      return take_heads(frame.body_as_StockChanges()->changes(), CommandKind::stock_change, limits,
                        out);
    case wire::Body::DefineSkus:
      return take_skus(*frame.body_as_DefineSkus(), limits, out);
    case wire::Body::Ticks:
      return take_heads(frame.body_as_Ticks()->ticks(), CommandKind::tick, limits, out);
    case wire::Body::ReleaseWaves:
      return source == FrameSource::client ? Flaw::server_only
                                           : take_waves(*frame.body_as_ReleaseWaves(), limits, out);
    case wire::Body::StepOrders:
      return take_steps(*frame.body_as_StepOrders(), limits, out);
    case wire::Body::GetOrders:
      return take_heads(frame.body_as_GetOrders()->orders(), CommandKind::get_order, limits, out);
    case wire::Body::GetStocks:
      return take_heads(frame.body_as_GetStocks()->skus(), CommandKind::get_stock, limits, out);
    case wire::Body::GetStats:
      return take_stats(*frame.body_as_GetStats(), out);
    case wire::Body::GetAvailabilities:
    case wire::Body::Subscribe:
      return Flaw::query_in_journal;
    case wire::Body::EventCredit:
      return Flaw::credit_unasked;
    case wire::Body::Hello:
      return Flaw::hello_repeated;
    case wire::Body::Welcome:
    case wire::Body::Outcomes:
    case wire::Body::Orders:
    case wire::Body::Stocks:
    case wire::Body::Stats:
    case wire::Body::Availabilities:
    case wire::Body::Events:
    case wire::Body::Error:
      return Flaw::reply_as_request;
    case wire::Body::NONE:
      break;
  }
  return Flaw::no_body;
}

Flaw take_reads(const wire::GetAvailabilities& body, const BatchLimits& limits, Request& out) {
  if (const Flaw flaw = check_heads(*body.skus(), limits); flaw != Flaw::none) {
    return flaw;
  }
  out.reads = {reinterpret_cast<const GetAvailability*>(body.skus()->Data()), body.skus()->size()};
  return Flaw::none;
}

void begin(std::span<const std::byte> frame, const wire::Frame& root, Message& out) {
  out.byte_count = static_cast<std::uint32_t>(frame.size());
  out.origin.request = root.request();
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
  begin(frame, *root, out);
  flaw = take_body(*root, limits, source, out);
  if (flaw == Flaw::none && source == FrameSource::journal && !is_journaled(out.kind)) {
    return Flaw::query_in_journal;
  }
  return flaw;
}

Flaw decode_request(std::span<const std::byte> frame, const BatchLimits& limits, Request& out) {
  out = Request{};
  const wire::Frame* root = nullptr;
  const Flaw flaw = open_frame(frame, limits.frame_bytes_max, root);
  if (flaw != Flaw::none) {
    return flaw;
  }
  begin(frame, *root, out.message);
  const wire::GetAvailabilities* const reads = root->body_as_GetAvailabilities();
  if (reads != nullptr) {
    out.is_read = true;
    return take_reads(*reads, limits, out);
  }
  if (root->body_as_Subscribe() != nullptr) {
    out.is_subscription = true;
    return Flaw::none;
  }
  return take_body(*root, limits, FrameSource::client, out.message);
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

}  // namespace millrace
