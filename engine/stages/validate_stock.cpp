// What can be said of a stock change without looking at stock.
#include "engine/stages/validate.h"

namespace millrace {

namespace {

enum Needs : std::uint8_t {
  reference = 1,
  sku = 2,
  node = 4,
  to_node = 8,
  quantity = 16,
  channel = 32,
  order = 64
};

/// By action: what its command must name.
constexpr std::uint8_t needs[stock_actions] = {
    0,
    reference | sku | node | quantity,            // plan_inbound
    reference,                                    // cancel_inbound
    reference | quantity,                         // receive_inbound
    reference | sku | node | to_node | quantity,  // transfer
    sku | node | quantity,                        // move
    sku | node,                                   // set_safety
    sku | node,                                   // set_low_stock
    sku | channel,                                // set_quota
    sku,                                          // set_on_sale
    reference | order,                            // set_cancel_date
    sku,                                          // set_forecast
    sku | node,                                   // set_price
    node,                                         // close_node
    node,                                         // open_node
};

bool moves_nowhere(const StockChange& change) {
  return change.from >= static_cast<std::uint8_t>(Bucket::gone) ||
         change.to > static_cast<std::uint8_t>(Bucket::gone) || change.from == change.to;
}

}  // namespace

Refusal Validate::check(const StockChange& change, std::uint32_t& target) const {
  if (change.action == 0 || change.action >= stock_actions) {
    return Refusal::unknown_action;
  }
  const std::uint8_t need = needs[change.action];
  if ((need & reference) != 0 && change.reference.is_zero()) {
    return Refusal::zero_reference;
  }
  if ((need & sku) != 0) {
    target = catalogue_.find(change.sku).value;
    if (target == no_row.value) {
      return Refusal::unknown_sku;
    }
    if (catalogue_.is_service(Row{target})) {
      return Refusal::service_has_no_stock;
    }
  }
  if ((need & order) != 0) {
    if (target == no_slot.value) {
      return Refusal::unknown_order;
    }
  }
  if (((need & node) != 0 && change.node.value >= network_.nodes.size()) ||
      ((need & to_node) != 0 && change.to_node.value >= network_.nodes.size())) {
    return Refusal::unknown_node;
  }
  if ((need & channel) != 0 &&
      (change.channel.value >= network_.channels.size() ||
       (change.number != no_parent && change.number >= network_.channels.size()))) {
    return Refusal::unknown_channel;
  }
  if ((need & quantity) != 0 && change.units == Units{0}) {
    return Refusal::zero_quantity;
  }
  if (change.units.value > stock_units_max) {
    return Refusal::stock_overflow;
  }
  if ((need & to_node) != 0 && change.node == change.to_node) {
    return Refusal::same_node;
  }
  if (change.action == static_cast<std::uint8_t>(StockAction::move) && moves_nowhere(change)) {
    return Refusal::unknown_bucket;
  }
  return Refusal::none;
}

void Validate::change_stock(const Message& message, Batch& batch) {
  std::uint32_t at = message.first_command;
  for (const StockChange& change : message.commands<StockChange>()) {
    Verdict verdict = find_command(message.kind, change.command, body_of(change));
    verdict.target = names_order(change)
                         ? order_ids_.find(change.reference, hash_id(change.reference)).value
                         : no_slot.value;
    if (verdict.seen == Seen::never) {
      verdict.refusal = check(change, verdict.target);
    }
    batch.verdicts[at++] = verdict;
  }
}

}  // namespace millrace
