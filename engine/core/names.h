// The names of statuses, refusals and states, as reports, scenarios and documents write them.
#pragma once

#include "engine/core/life.h"
#include "engine/core/outcome.h"

namespace millrace {

constexpr const char* name_of(Status status) {
  switch (status) {
    case Status::none:
      return "none";
    case Status::accepted:
      return "accepted";
    case Status::allocated:
      return "allocated";
    case Status::split:
      return "split";
    case Status::partly_backordered:
      return "partly_backordered";
    case Status::backordered:
      return "backordered";
    case Status::cancelled:
      return "cancelled";
    case Status::refused:
      return "refused";
    case Status::partial:
      return "partial";
  }
  return "?";
}

constexpr const char* name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::none:
      return "none";
    case Refusal::zero_id:
      return "zero_id";
    case Refusal::conflict:
      return "conflict";
    case Refusal::no_lines:
      return "no_lines";
    case Refusal::too_many_lines:
      return "too_many_lines";
    case Refusal::unknown_service:
      return "unknown_service";
    case Refusal::unknown_channel:
      return "unknown_channel";
    case Refusal::unknown_policy:
      return "unknown_policy";
    case Refusal::unknown_region:
      return "unknown_region";
    case Refusal::zero_quantity:
      return "zero_quantity";
    case Refusal::quantity_too_large:
      return "quantity_too_large";
    case Refusal::unknown_sku:
      return "unknown_sku";
    case Refusal::unknown_node:
      return "unknown_node";
    case Refusal::out_of_stock:
      return "out_of_stock";
    case Refusal::split_not_allowed:
      return "split_not_allowed";
    case Refusal::capacity_full:
      return "capacity_full";
    case Refusal::unknown_order:
      return "unknown_order";
    case Refusal::already_cancelled:
      return "already_cancelled";
    case Refusal::order_was_refused:
      return "order_was_refused";
    case Refusal::stale_count:
      return "stale_count";
    case Refusal::below_allocated:
      return "below_allocated";
    case Refusal::stock_overflow:
      return "stock_overflow";
    case Refusal::unknown_mode:
      return "unknown_mode";
    case Refusal::unknown_reason:
      return "unknown_reason";
    case Refusal::weight_too_large:
      return "weight_too_large";
    case Refusal::zero_sku:
      return "zero_sku";
    case Refusal::nothing_to_release:
      return "nothing_to_release";
    case Refusal::orders_exhausted:
      return "orders_exhausted";
    case Refusal::skus_exhausted:
      return "skus_exhausted";
    case Refusal::slices_exhausted:
      return "slices_exhausted";
    case Refusal::backorders_exhausted:
      return "backorders_exhausted";
    case Refusal::notes_exhausted:
      return "notes_exhausted";
    case Refusal::unknown_step:
      return "unknown_step";
    case Refusal::step_not_allowed:
      return "step_not_allowed";
    case Refusal::no_such_line:
      return "no_such_line";
    case Refusal::too_many_units:
      return "too_many_units";
    case Refusal::on_hold:
      return "on_hold";
    case Refusal::not_on_hold:
      return "not_on_hold";
    case Refusal::unknown_parcel:
      return "unknown_parcel";
    case Refusal::parcel_closed:
      return "parcel_closed";
    case Refusal::fragile_unmarked:
      return "fragile_unmarked";
    case Refusal::label_missing:
      return "label_missing";
    case Refusal::wrong_amount:
      return "wrong_amount";
    case Refusal::no_payment_due:
      return "no_payment_due";
    case Refusal::return_window_over:
      return "return_window_over";
    case Refusal::feedback_known:
      return "feedback_known";
    case Refusal::unknown_action:
      return "unknown_action";
    case Refusal::zero_reference:
      return "zero_reference";
    case Refusal::unknown_inbound:
      return "unknown_inbound";
    case Refusal::inbound_mismatch:
      return "inbound_mismatch";
    case Refusal::inbounds_exhausted:
      return "inbounds_exhausted";
    case Refusal::marks_exhausted:
      return "marks_exhausted";
    case Refusal::same_node:
      return "same_node";
    case Refusal::unknown_bucket:
      return "unknown_bucket";
    case Refusal::not_in_bucket:
      return "not_in_bucket";
    case Refusal::quota_exhausted:
      return "quota_exhausted";
    case Refusal::quota_mismatch:
      return "quota_mismatch";
    case Refusal::quotas_exhausted:
      return "quotas_exhausted";
    case Refusal::not_on_sale:
      return "not_on_sale";
    case Refusal::moment_passed:
      return "moment_passed";
    case Refusal::nothing_waits:
      return "nothing_waits";
    case Refusal::no_look_ahead:
      return "no_look_ahead";
    case Refusal::price_too_large:
      return "price_too_large";
  }
  return "?";
}

constexpr const char* name_of(Step step) {
  switch (step) {
    case Step::none:
      return "none";
    case Step::start_pick:
      return "start_pick";
    case Step::confirm_pick:
      return "confirm_pick";
    case Step::short_pick:
      return "short_pick";
    case Step::reject_node:
      return "reject_node";
    case Step::confirm_pack:
      return "confirm_pack";
    case Step::create_label:
      return "create_label";
    case Step::confirm_ship:
      return "confirm_ship";
    case Step::in_transit:
      return "in_transit";
    case Step::delay:
      return "delay";
    case Step::deliver:
      return "deliver";
    case Step::fail_delivery:
      return "fail_delivery";
    case Step::give_feedback:
      return "give_feedback";
    case Step::steps_sent:
      return "steps_sent";
    case Step::release_wave:
      return "release_wave";
    case Step::fill:
      return "fill";
    case Step::close:
      return "close";
    case Step::cancel:
      return "cancel";
  }
  return "?";
}

constexpr const char* name_of(SliceState state) {
  switch (state) {
    case SliceState::allocated:
      return "allocated";
    case SliceState::waved:
      return "waved";
    case SliceState::backordered:
      return "backordered";
    case SliceState::cancelled:
      return "cancelled";
    case SliceState::rerouted:
      return "rerouted";
    case SliceState::reserved:
      return "reserved";
    case SliceState::picking:
      return "picking";
    case SliceState::picked:
      return "picked";
    case SliceState::packed:
      return "packed";
    case SliceState::shipped:
      return "shipped";
    case SliceState::delivered:
      return "delivered";
    case SliceState::undelivered:
      return "undelivered";
    case SliceState::closed:
      return "closed";
    case SliceState::expired:
      return "expired";
    case SliceState::return_open:
      return "return_open";
    case SliceState::return_sent:
      return "return_sent";
    case SliceState::return_received:
      return "return_received";
    case SliceState::needs_work:
      return "needs_work";
    case SliceState::returned:
      return "returned";
    case SliceState::refunded:
      return "refunded";
    case SliceState::exchanged:
      return "exchanged";
    case SliceState::scheduled:
      return "scheduled";
    case SliceState::activated:
      return "activated";
  }
  return "?";
}

constexpr const char* name_of(OrderState state) {
  switch (state) {
    case OrderState::unknown:
      return "unknown";
    case OrderState::rejected:
      return "rejected";
    case OrderState::backordered:
      return "backordered";
    case OrderState::partly_backordered:
      return "partly_backordered";
    case OrderState::allocated:
      return "allocated";
    case OrderState::waved:
      return "waved";
    case OrderState::cancelled:
      return "cancelled";
    case OrderState::on_hold:
      return "on_hold";
    case OrderState::in_work:
      return "in_work";
    case OrderState::partly_shipped:
      return "partly_shipped";
    case OrderState::shipped:
      return "shipped";
    case OrderState::delivered:
      return "delivered";
    case OrderState::closed:
      return "closed";
  }
  return "?";
}

}  // namespace millrace
