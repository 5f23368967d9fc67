// Proof, at compile time, that the structs flatc makes from schemas/millrace.fbs and the engine's
// structs have the same bytes. This file alone is compiled without access control, because flatc's
// members are private.
#include <cstddef>

#include "adapters/wire/codec.h"
#include "schemas/millrace_generated.h"

namespace millrace {
namespace {

#define SAME_STRUCT(name)                            \
  static_assert(sizeof(name) == sizeof(wire::name)); \
  static_assert(alignof(name) == alignof(wire::name))
#define SAME_FIELD(name, field)                                           \
  static_assert(offsetof(name, field) == offsetof(wire::name, field##_)); \
  static_assert(sizeof(name::field) == sizeof(wire::name::field##_))

SAME_STRUCT(Id128);
SAME_FIELD(Id128, high);
SAME_FIELD(Id128, low);

SAME_STRUCT(OrderHead);
SAME_FIELD(OrderHead, id);
SAME_FIELD(OrderHead, group);
SAME_FIELD(OrderHead, postal);
SAME_FIELD(OrderHead, country);
SAME_FIELD(OrderHead, channel);
SAME_FIELD(OrderHead, service);
SAME_FIELD(OrderHead, policy);
SAME_FIELD(OrderHead, line_count);
SAME_FIELD(OrderHead, priority);

SAME_STRUCT(OrderLine);
SAME_FIELD(OrderLine, sku);
SAME_FIELD(OrderLine, quantity);
SAME_FIELD(OrderLine, unit_price);

SAME_STRUCT(CancelOrder);
SAME_FIELD(CancelOrder, command);
SAME_FIELD(CancelOrder, order);
SAME_FIELD(CancelOrder, reason);
SAME_FIELD(CancelOrder, reserved);

SAME_STRUCT(StepOrder);
SAME_FIELD(StepOrder, command);
SAME_FIELD(StepOrder, order);
SAME_FIELD(StepOrder, other);
SAME_FIELD(StepOrder, value);
SAME_FIELD(StepOrder, units);
SAME_FIELD(StepOrder, parcel);
SAME_FIELD(StepOrder, node);
SAME_FIELD(StepOrder, code);
SAME_FIELD(StepOrder, step);
SAME_FIELD(StepOrder, line);
SAME_FIELD(StepOrder, reason);
SAME_FIELD(StepOrder, flags);

SAME_STRUCT(ReceiveStock);
SAME_FIELD(ReceiveStock, command);
SAME_FIELD(ReceiveStock, sku);
SAME_FIELD(ReceiveStock, quantity);
SAME_FIELD(ReceiveStock, node);
SAME_FIELD(ReceiveStock, reserved);

SAME_STRUCT(AdjustStock);
SAME_FIELD(AdjustStock, command);
SAME_FIELD(AdjustStock, sku);
SAME_FIELD(AdjustStock, value);
SAME_FIELD(AdjustStock, expected);
SAME_FIELD(AdjustStock, node);
SAME_FIELD(AdjustStock, mode);
SAME_FIELD(AdjustStock, reason);

SAME_STRUCT(StockChange);
SAME_FIELD(StockChange, command);
SAME_FIELD(StockChange, reference);
SAME_FIELD(StockChange, sku);
SAME_FIELD(StockChange, moment);
SAME_FIELD(StockChange, units);
SAME_FIELD(StockChange, node);
SAME_FIELD(StockChange, to_node);
SAME_FIELD(StockChange, channel);
SAME_FIELD(StockChange, number);
SAME_FIELD(StockChange, action);
SAME_FIELD(StockChange, from);
SAME_FIELD(StockChange, to);
SAME_FIELD(StockChange, reserved);

SAME_STRUCT(DefineSku);
SAME_FIELD(DefineSku, command);
SAME_FIELD(DefineSku, sku);
SAME_FIELD(DefineSku, weight_grams);
SAME_FIELD(DefineSku, flags);
SAME_FIELD(DefineSku, reserved);

SAME_STRUCT(Tick);
SAME_FIELD(Tick, reserved);

SAME_STRUCT(ReleaseWave);
SAME_FIELD(ReleaseWave, wave);
SAME_FIELD(ReleaseWave, slot_count);
SAME_FIELD(ReleaseWave, node);
SAME_FIELD(ReleaseWave, ship_day);
SAME_FIELD(ReleaseWave, service);
static_assert(offsetof(ReleaseWave, reason) == offsetof(wire::ReleaseWave, reserved_));

SAME_STRUCT(GetOrder);
SAME_FIELD(GetOrder, order);

SAME_STRUCT(GetStock);
SAME_FIELD(GetStock, sku);

SAME_STRUCT(GetAvailability);
SAME_FIELD(GetAvailability, sku);
SAME_FIELD(GetAvailability, node);
SAME_FIELD(GetAvailability, reserved);

SAME_STRUCT(Outcome);
SAME_FIELD(Outcome, status);
SAME_FIELD(Outcome, refusal);
SAME_FIELD(Outcome, shipments);
SAME_FIELD(Outcome, reserved);
SAME_FIELD(Outcome, node);
SAME_FIELD(Outcome, promise_day);
SAME_FIELD(Outcome, allocated);
SAME_FIELD(Outcome, backordered);
SAME_FIELD(Outcome, cost);
SAME_FIELD(Outcome, detail);

SAME_STRUCT(Allocation);
SAME_FIELD(Allocation, command);
SAME_FIELD(Allocation, units);
SAME_FIELD(Allocation, node);
SAME_FIELD(Allocation, ship_day);
SAME_FIELD(Allocation, line);
SAME_FIELD(Allocation, state);
SAME_FIELD(Allocation, reserved);

// The schema carries the outcome of an OrderView as its three words.
SAME_STRUCT(OrderView);
SAME_FIELD(OrderView, id);
SAME_FIELD(OrderView, sequence);
static_assert(offsetof(OrderView, outcome) == offsetof(wire::OrderView, outcome_head_));
static_assert(offsetof(OrderView, outcome) + 8 == offsetof(wire::OrderView, outcome_units_));
static_assert(offsetof(OrderView, outcome) + 16 == offsetof(wire::OrderView, outcome_cost_));
SAME_FIELD(OrderView, slice_count);
SAME_FIELD(OrderView, promise_day);
SAME_FIELD(OrderView, state);
SAME_FIELD(OrderView, reserved);

SAME_STRUCT(SliceView);
SAME_FIELD(SliceView, sku);
SAME_FIELD(SliceView, units);
SAME_FIELD(SliceView, node);
SAME_FIELD(SliceView, ship_day);
SAME_FIELD(SliceView, line);
SAME_FIELD(SliceView, state);
SAME_FIELD(SliceView, reserved);

SAME_STRUCT(StockView);
SAME_FIELD(StockView, sku);
SAME_FIELD(StockView, cell_count);
SAME_FIELD(StockView, backordered);
SAME_FIELD(StockView, weight_grams);
SAME_FIELD(StockView, flags);
SAME_FIELD(StockView, known);
SAME_FIELD(StockView, reserved);

SAME_STRUCT(StockCell);
SAME_FIELD(StockCell, node);
SAME_FIELD(StockCell, reserved);
SAME_FIELD(StockCell, on_hand);
SAME_FIELD(StockCell, available);

SAME_STRUCT(Availability);
SAME_FIELD(Availability, units);
SAME_FIELD(Availability, node_count);
SAME_FIELD(Availability, known);
SAME_FIELD(Availability, reserved);

SAME_STRUCT(Event);
SAME_FIELD(Event, number);
SAME_FIELD(Event, sequence);
SAME_FIELD(Event, time);
SAME_FIELD(Event, order);
SAME_FIELD(Event, sku);
SAME_FIELD(Event, detail);
SAME_FIELD(Event, units);
SAME_FIELD(Event, units_waiting);
SAME_FIELD(Event, amount);
SAME_FIELD(Event, node);
SAME_FIELD(Event, channel);
SAME_FIELD(Event, day);
SAME_FIELD(Event, kind);
SAME_FIELD(Event, reason);
SAME_FIELD(Event, checksum);

#undef SAME_FIELD
#undef SAME_STRUCT

constexpr bool same(ErrorCode ours, wire::ErrorCode theirs) {
  return static_cast<unsigned>(ours) == static_cast<unsigned>(theirs);
}

static_assert(same(ErrorCode::none, wire::ErrorCode::none));
static_assert(same(ErrorCode::malformed, wire::ErrorCode::malformed));
static_assert(same(ErrorCode::too_large, wire::ErrorCode::too_large));
static_assert(same(ErrorCode::misaligned, wire::ErrorCode::misaligned));
static_assert(same(ErrorCode::bad_version, wire::ErrorCode::bad_version));
static_assert(same(ErrorCode::unknown_command, wire::ErrorCode::unknown_command));
static_assert(same(ErrorCode::no_hello, wire::ErrorCode::no_hello));
static_assert(same(ErrorCode::repeated_hello, wire::ErrorCode::repeated_hello));
static_assert(same(ErrorCode::bad_token, wire::ErrorCode::bad_token));
static_assert(same(ErrorCode::line_count_mismatch, wire::ErrorCode::line_count_mismatch));
static_assert(same(ErrorCode::forbidden, wire::ErrorCode::forbidden));
static_assert(same(ErrorCode::empty, wire::ErrorCode::empty));
static_assert(same(ErrorCode::too_many_connections, wire::ErrorCode::too_many_connections));
static_assert(same(ErrorCode::shutting_down, wire::ErrorCode::shutting_down));
static_assert(same(ErrorCode::slow_reader, wire::ErrorCode::slow_reader));
static_assert(same(ErrorCode::idle, wire::ErrorCode::idle));
static_assert(same(ErrorCode::event_not_kept, wire::ErrorCode::event_not_kept));
static_assert(error_codes == static_cast<unsigned>(wire::ErrorCode::MAX) + 1);

}  // namespace
}  // namespace millrace
