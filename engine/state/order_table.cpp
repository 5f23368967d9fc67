// Where an order stands, worked out from its slices.
#include "engine/state/order_table.h"

namespace millrace {

namespace {

/// How far the slices of an order have come.
struct Progress {
  std::uint32_t live = 0;  ///< not cancelled, expired or rerouted
  std::uint32_t waiting = 0;
  std::uint32_t on_hold = 0;
  std::uint32_t waved = 0;
  std::uint32_t in_work = 0;
  std::uint32_t left = 0;
  std::uint32_t arrived = 0;
  std::uint32_t over = 0;

  void count(SliceState state);
};

void Progress::count(SliceState state) {
  if (!is_live(state)) {
    return;
  }
  ++live;
  left += static_cast<std::uint32_t>(has_left(state));
  switch (state) {
    case SliceState::backordered:
      ++waiting;
      break;
    case SliceState::reserved:
      ++on_hold;
      break;
    case SliceState::waved:
      ++waved;
      break;
    case SliceState::picking:
    case SliceState::picked:
    case SliceState::packed:
      ++in_work;
      break;
    case SliceState::delivered:
    case SliceState::return_open:
    case SliceState::return_sent:
    case SliceState::return_received:
    case SliceState::needs_work:
    case SliceState::activated:
      ++arrived;
      break;
    case SliceState::closed:
    case SliceState::returned:
    case SliceState::refunded:
    case SliceState::exchanged:
      ++arrived;
      ++over;
      break;
    case SliceState::allocated:
    case SliceState::cancelled:
    case SliceState::shipped:
    case SliceState::undelivered:
    case SliceState::expired:
    case SliceState::rerouted:
    case SliceState::scheduled:
      break;
  }
}

}  // namespace

OrderState OrderTable::state(const OrderRecord& record) const {
  if (record.outcome.status == Status::refused) {
    return OrderState::rejected;
  }
  Progress of;
  for_slices(record, [&](const Slice& slice) { of.count(slice.state); });
  if (of.live == 0) {
    return OrderState::cancelled;
  }
  if (of.waiting > 0) {
    return of.waiting == of.live ? OrderState::backordered : OrderState::partly_backordered;
  }
  if (of.on_hold > 0) {
    return OrderState::on_hold;
  }
  if (of.over == of.live) {
    return OrderState::closed;
  }
  if (of.arrived == of.live) {
    return OrderState::delivered;
  }
  if (of.left > 0) {
    return of.left == of.live ? OrderState::shipped : OrderState::partly_shipped;
  }
  if (of.in_work > 0) {
    return OrderState::in_work;
  }
  return of.waved == of.live ? OrderState::waved : OrderState::allocated;
}

}  // namespace millrace
