// Frames of structs, laid by hand from front to back: all of one kind look the same but for a few
// numbers. That is one copy less than a builder, which matters for small frames, and the caller may
// write the structs in place. A reader takes them for what they are: FlatBuffers of the schema.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "adapters/wire/codec.h"
#include "adapters/wire/subscription.h"
#include "schemas/millrace_generated.h"

namespace millrace {
namespace {

static_assert(std::endian::native == std::endian::little);

/// The head of a hand-laid frame: prefix, root offset, identifier, vtable and table of Frame,
/// vtable and table of the body, and the length of its first vector, whose elements follow.
struct FrameHead {
  std::uint32_t size;
  std::uint32_t root;
  std::array<char, 4> identifier;
  std::array<std::uint16_t, 5> frame_vtable;
  std::uint16_t reserved0;
  std::int32_t frame_to_vtable;
  std::uint32_t frame_to_body;
  std::uint64_t request;
  std::uint8_t body_type;
  std::uint8_t reserved1;
  std::array<std::uint16_t, 5> body_vtable;
  std::uint16_t reserved2;
  std::uint16_t reserved3;
  std::int32_t body_to_vtable;
  std::uint32_t to_first;
  std::uint64_t scalar;
  std::uint32_t to_second;
  std::uint32_t first_count;
};

static_assert(sizeof(FrameHead) == 80);
static_assert(std::has_unique_object_representations_v<FrameHead>);

constexpr std::size_t frame_table = offsetof(FrameHead, frame_to_vtable);
constexpr std::size_t body_table = offsetof(FrameHead, body_to_vtable);

/// Places within the body's table.
constexpr std::uint16_t absent = 0;
constexpr std::uint16_t first_vector = offsetof(FrameHead, to_first) - body_table;
constexpr std::uint16_t scalar = offsetof(FrameHead, scalar) - body_table;
constexpr std::uint16_t second_vector = offsetof(FrameHead, to_second) - body_table;

/// Where a body keeps its first three fields, in the order of the schema.
using Fields = std::array<std::uint16_t, 3>;

constexpr FrameHead make_head(wire::Body body, Fields fields) {
  FrameHead head{};
  head.root = frame_table - offsetof(FrameHead, root);
  head.identifier = {'M', 'L', 'R', '1'};
  head.frame_vtable = {sizeof(head.frame_vtable), offsetof(FrameHead, reserved1) - frame_table,
                       offsetof(FrameHead, request) - frame_table,
                       offsetof(FrameHead, body_type) - frame_table,
                       offsetof(FrameHead, frame_to_body) - frame_table};
  head.frame_to_vtable = frame_table - offsetof(FrameHead, frame_vtable);
  head.frame_to_body = body_table - offsetof(FrameHead, frame_to_body);
  head.body_type = static_cast<std::uint8_t>(body);
  head.body_vtable = {sizeof(head.body_vtable), offsetof(FrameHead, first_count) - body_table,
                      fields[0], fields[1], fields[2]};
  head.body_to_vtable = body_table - offsetof(FrameHead, body_vtable);
  head.to_first = offsetof(FrameHead, first_count) - offsetof(FrameHead, to_first);
  return head;
}

constexpr Fields one_vector{first_vector, absent, absent};
constexpr Fields two_vectors{first_vector, second_vector, absent};

struct VectorSize {
  std::size_t count = 0;
  std::size_t element_bytes = 0;
};

struct Scalars {
  std::uint64_t request;
  std::uint64_t value;  ///< of the table's own field; 0 where it has none
};

struct Places {
  std::byte* first;
  std::byte* second;
};

/// Appends a frame; the elements of its vectors are for the caller to write. A second vector begins
/// at a multiple of 8, after its length.
Places lay(FrameBuffer& out, FrameHead head, Scalars scalars, VectorSize first, VectorSize second) {
  const std::size_t first_bytes = first.count * first.element_bytes;
  const std::size_t first_end = sizeof(FrameHead) + padded_bytes(first_bytes);
  const bool has_second = second.element_bytes != 0;
  const std::size_t second_at = first_end + 8;
  const std::size_t second_bytes = second.count * second.element_bytes;
  const std::size_t end = has_second ? second_at + padded_bytes(second_bytes) : first_end;

  std::byte* const frame = out.extend(end);
  // The last word of each vector is zeroed first: padding is part of what the journal keeps.
  if (first_end > sizeof(FrameHead)) {
    std::memset(frame + first_end - 8, 0, 8);
  }
  head.size = static_cast<std::uint32_t>(end - frame_prefix_bytes);
  head.request = scalars.request;
  head.scalar = scalars.value;
  head.first_count = static_cast<std::uint32_t>(first.count);
  if (has_second) {
    const std::array<std::uint32_t, 2> gap_and_count{0, static_cast<std::uint32_t>(second.count)};
    std::memcpy(frame + first_end, gap_and_count.data(), sizeof(gap_and_count));
    if (second_bytes != 0) {
      std::memset(frame + end - 8, 0, 8);
    }
    head.to_second = static_cast<std::uint32_t>(second_at - 4 - offsetof(FrameHead, to_second));
  }
  std::memcpy(frame, &head, sizeof(head));
  return {frame + sizeof(FrameHead), frame + second_at};
}

template <class T>
VectorSize size_of(std::span<const T> elements) {
  return {elements.size(), sizeof(T)};
}

template <class T>
void copy_to(std::byte* at, std::span<const T> elements) {
  if (!elements.empty()) {
    std::memcpy(at, elements.data(), elements.size_bytes());
  }
}

template <class T>
void encode_one(FrameBuffer& out, const FrameHead& head, std::uint64_t request,
                std::span<const T> elements) {
  copy_to(lay(out, head, {request, 0}, size_of(elements), {}).first, elements);
}

template <class First, class Second>
void encode_two(FrameBuffer& out, const FrameHead& head, std::uint64_t request,
                std::uint64_t scalar_value, std::span<const First> first,
                std::span<const Second> second) {
  const Places places = lay(out, head, {request, scalar_value}, size_of(first), size_of(second));
  copy_to(places.first, first);
  copy_to(places.second, second);
}

constexpr FrameHead place_orders =
    make_head(wire::Body::PlaceOrders, {first_vector, second_vector, scalar});
constexpr FrameHead cancel_orders = make_head(wire::Body::CancelOrders, one_vector);
constexpr FrameHead step_orders = make_head(wire::Body::StepOrders, one_vector);
constexpr FrameHead step_orders_and_lines = make_head(wire::Body::StepOrders, two_vectors);
constexpr FrameHead receive_stocks = make_head(wire::Body::ReceiveStocks, one_vector);
constexpr FrameHead adjust_stocks = make_head(wire::Body::AdjustStocks, one_vector);
constexpr FrameHead stock_changes = make_head(wire::Body::StockChanges, one_vector);
constexpr FrameHead define_skus = make_head(wire::Body::DefineSkus, one_vector);
constexpr FrameHead ticks_head = make_head(wire::Body::Ticks, one_vector);
constexpr FrameHead release_waves = make_head(wire::Body::ReleaseWaves, two_vectors);
constexpr FrameHead get_orders = make_head(wire::Body::GetOrders, one_vector);
constexpr FrameHead get_stocks = make_head(wire::Body::GetStocks, one_vector);
constexpr FrameHead get_availabilities = make_head(wire::Body::GetAvailabilities, one_vector);
constexpr FrameHead get_stats = make_head(wire::Body::GetStats, {scalar, absent, absent});
constexpr FrameHead outcomes_only = make_head(wire::Body::Outcomes, {scalar, first_vector, absent});
constexpr FrameHead outcomes_and_allocations =
    make_head(wire::Body::Outcomes, {scalar, first_vector, second_vector});
constexpr FrameHead order_views = make_head(wire::Body::Orders, two_vectors);
constexpr FrameHead stock_views = make_head(wire::Body::Stocks, two_vectors);
constexpr FrameHead availabilities_head = make_head(wire::Body::Availabilities, one_vector);
constexpr FrameHead events_head =
    make_head(wire::Body::Events, {scalar, first_vector, second_vector});
constexpr FrameHead event_credit_head =
    make_head(wire::Body::EventCredit, {scalar, absent, absent});
constexpr FrameHead stats_head = make_head(wire::Body::Stats, one_vector);

}  // namespace

OrdersToFill encode_orders(FrameBuffer& out, std::uint64_t request, std::size_t order_count,
                           std::size_t line_count, bool want_allocations) {
  const Places places = lay(out, place_orders, {request, want_allocations ? 1U : 0U},
                            {order_count, sizeof(OrderHead)}, {line_count, sizeof(OrderLine)});
  return {{reinterpret_cast<OrderHead*>(places.first), order_count},
          {reinterpret_cast<OrderLine*>(places.second), line_count}};
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const OrderHead> heads,
            std::span<const OrderLine> lines, bool want_allocations) {
  encode_two(out, place_orders, request, want_allocations ? 1 : 0, heads, lines);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const CancelOrder> cancels) {
  encode_one(out, cancel_orders, request, cancels);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const StepOrder> steps,
            std::span<const OrderLine> lines) {
  if (lines.empty()) {
    encode_one(out, step_orders, request, steps);
  } else {
    encode_two(out, step_orders_and_lines, request, 0, steps, lines);
  }
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const ReceiveStock> receipts) {
  encode_one(out, receive_stocks, request, receipts);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const AdjustStock> adjustments) {
  encode_one(out, adjust_stocks, request, adjustments);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const StockChange> changes) {
  encode_one(out, stock_changes, request, changes);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const DefineSku> skus) {
  encode_one(out, define_skus, request, skus);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const Tick> ticks) {
  encode_one(out, ticks_head, request, ticks);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const GetOrder> orders) {
  encode_one(out, get_orders, request, orders);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const GetStock> skus) {
  encode_one(out, get_stocks, request, skus);
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const GetAvailability> skus) {
  encode_one(out, get_availabilities, request, skus);
}

void encode_get_stats(FrameBuffer& out, std::uint64_t request, bool audit) {
  lay(out, get_stats, {request, audit ? 1U : 0U}, {}, {});
}

void encode(FrameBuffer& out, std::uint64_t request, std::span<const ReleaseWave> waves,
            std::span<const std::uint32_t> slots) {
  encode_two(out, release_waves, request, 0, waves, slots);
}

void encode_outcomes(FrameBuffer& out, std::uint64_t request, Sequence first_sequence,
                     std::span<const Outcome> outcomes) {
  copy_to(lay(out, outcomes_only, {request, first_sequence.value}, size_of(outcomes), {}).first,
          outcomes);
}

void encode_outcomes(FrameBuffer& out, std::uint64_t request, Sequence first_sequence,
                     std::span<const Outcome> outcomes, std::span<const Allocation> allocations) {
  encode_two(out, outcomes_and_allocations, request, first_sequence.value, outcomes, allocations);
}

void encode_order_views(FrameBuffer& out, std::uint64_t request, std::span<const OrderView> orders,
                        std::span<const SliceView> slices) {
  encode_two(out, order_views, request, 0, orders, slices);
}

void encode_stock_views(FrameBuffer& out, std::uint64_t request, std::span<const StockView> stock,
                        std::span<const StockCell> cells) {
  encode_two(out, stock_views, request, 0, stock, cells);
}

void encode_stats(FrameBuffer& out, std::uint64_t request, const Stats& stats) {
  const auto values =
      std::bit_cast<std::array<std::uint64_t, sizeof(Stats) / sizeof(std::uint64_t)>>(stats);
  encode_one(out, stats_head, request, std::span<const std::uint64_t>(values));
}

void encode_events(FrameBuffer& out, std::uint64_t request, const EventsHead& head,
                   std::span<const Event> events) {
  const std::array<std::uint64_t, 2> kept{head.oldest, head.end};
  encode_two(out, events_head, request, head.next, events, std::span<const std::uint64_t>(kept));
}

void encode_event_credit(FrameBuffer& out, std::uint64_t request, std::uint32_t events) {
  lay(out, event_credit_head, {request, events}, {}, {});
}

std::span<Availability> encode_availabilities(FrameBuffer& out, std::uint64_t request,
                                              std::size_t count) {
  const Places places =
      lay(out, availabilities_head, {request, 0}, {count, sizeof(Availability)}, {});
  return {reinterpret_cast<Availability*>(places.first), count};
}

namespace {

void encode_outcomes_of(FrameBuffer& out, const Batch& batch, std::uint32_t message_index) {
  const Message& message = batch.messages[message_index];
  const std::span<const Outcome> outcomes =
      std::span(batch.outcomes).subspan(message.first_command, message.count);
  if (message.kind != CommandKind::place_order || !message.wants_allocations) {
    encode_outcomes(out, message.origin.request, message.first_sequence, outcomes);
    return;
  }
  const std::uint32_t begin = message_index == 0 ? 0 : batch.allocation_end[message_index - 1];
  const std::uint32_t end = batch.allocation_end[message_index];
  encode_outcomes(out, message.origin.request, message.first_sequence, outcomes,
                  std::span(batch.allocations).subspan(begin, end - begin));
}

void encode_orders_of(FrameBuffer& out, const Batch& batch, std::uint32_t message_index) {
  const Message& message = batch.messages[message_index];
  const AnswerStart start = batch.answer_start[message_index];
  const std::span<const OrderView> views =
      std::span(batch.orders).subspan(start.view, message.count);
  std::size_t slice_count = 0;
  for (const OrderView& view : views) {
    slice_count += view.slice_count;
  }
  encode_order_views(out, message.origin.request, views,
                     std::span(batch.slices).subspan(start.part, slice_count));
}

void encode_stock_of(FrameBuffer& out, const Batch& batch, std::uint32_t message_index) {
  const Message& message = batch.messages[message_index];
  const AnswerStart start = batch.answer_start[message_index];
  const std::span<const StockView> views =
      std::span(batch.stock).subspan(start.view, message.count);
  std::size_t cell_count = 0;
  for (const StockView& view : views) {
    cell_count += view.cell_count;
  }
  encode_stock_views(out, message.origin.request, views,
                     std::span(batch.cells).subspan(start.part, cell_count));
}

}  // namespace

void encode_answer(FrameBuffer& out, const Batch& batch, std::uint32_t message_index, Flaw flaw) {
  const Message& message = batch.messages[message_index];
  switch (message.kind) {
    case CommandKind::place_order:
    case CommandKind::cancel_order:
    case CommandKind::receive_stock:
    case CommandKind::adjust_stock:
    case CommandKind::stock_change:
    case CommandKind::define_sku:
    case CommandKind::tick:
    case CommandKind::release_wave:
    case CommandKind::step_order:
      encode_outcomes_of(out, batch, message_index);
      return;
    case CommandKind::get_order:
      encode_orders_of(out, batch, message_index);
      return;
    case CommandKind::get_stock:
      encode_stock_of(out, batch, message_index);
      return;
    case CommandKind::get_stats:
      encode_stats(out, message.origin.request,
                   batch.stats[batch.answer_start[message_index].view]);
      return;
    case CommandKind::refused_frame:
      encode_error(out, message.origin.request, ErrorCode{message.error}, flaw_text(flaw),
                   message.closes);
      return;
  }
}

}  // namespace millrace
