// Replies, as a client reads them.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "adapters/wire/codec.h"
#include "adapters/wire/open_frame.h"
#include "engine/core/check.h"
#include "schemas/millrace_generated.h"

namespace millrace {
namespace {

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

Flaw take_availabilities(const wire::Availabilities& body, Reply& out) {
  out.kind = ReplyKind::availabilities;
  return take_view(body.skus(), Flaw::misaligned_heads, out.availability);
}

Flaw take_events(const wire::Events& body, Reply& out) {
  out.kind = ReplyKind::events;
  out.next_event = body.next();
  if (body.kept() != nullptr && body.kept()->size() == 2) {
    std::array<std::uint64_t, 2> kept{};
    std::memcpy(kept.data(), body.kept()->Data(), sizeof(kept));
    out.oldest_event = kept[0];
    out.end_of_events = kept[1];
  }
  return take_view(body.events(), Flaw::misaligned_heads, out.events);
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
    case wire::Body::Availabilities:
      return take_availabilities(*frame.body_as_Availabilities(), out);
    case wire::Body::Events:
      return take_events(*frame.body_as_Events(), out);
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
    case wire::Body::StockChanges:
    case wire::Body::GetAvailabilities:
    case wire::Body::StepOrders:
    case wire::Body::Subscribe:
    case wire::Body::EventCredit:
      break;
  }
  return Flaw::unknown_body;
}

}  // namespace

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
