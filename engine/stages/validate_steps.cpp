// Steps of orders' lives: what they name, and whether a client may send them at all.
#include <algorithm>

#include "engine/core/life.h"
#include "engine/stages/validate.h"

namespace millrace {

void Validate::step_orders(const Message& message, Batch& batch) {
  for (const StepOrder& step : message.commands<StepOrder>()) {
    command_ids_.fetch(hash_id(step.command));
    order_ids_.fetch(hash_id(step.order));
  }
  std::uint32_t at = message.first_command;
  std::span<const OrderLine> lines = message.lines();
  for (const StepOrder& step : message.commands<StepOrder>()) {
    const std::span<const OrderLine> own = lines.first(line_count_of(step));
    lines = lines.subspan(own.size());
    Verdict verdict = find_command(message.kind, step.command, body_of(step), std::as_bytes(own));
    verdict.target = order_ids_.find(step.order, hash_id(step.order)).value;
    if (verdict.seen == Seen::never) {
      if (!is_sent(step.step)) {
        verdict.refusal = Refusal::unknown_step;
      } else if (verdict.target == no_slot.value) {
        verdict.refusal = Refusal::unknown_order;
      } else if (step.node != no_node && step.node.value >= network_.nodes.size()) {
        verdict.refusal = Refusal::unknown_node;
      }
      if (step.step == static_cast<std::uint8_t>(Step::exchange)) {
        verdict.first_line = order_ids_.find(step.other, hash_id(step.other)).value;
      } else if (step.step == static_cast<std::uint8_t>(Step::add_line)) {
        verdict.first_line = catalogue_.find(Sku{step.value}).value;
      } else if (step.step == static_cast<std::uint8_t>(Step::change_lines) &&
                 verdict.refusal == Refusal::none) {
        verdict.refusal = resolve_changes(own, verdict, batch);
      }
    }
    batch.verdicts[at++] = verdict;
  }
}

Refusal Validate::resolve_changes(std::span<const OrderLine> lines, Verdict& verdict,
                                  Batch& batch) {
  if (lines.empty()) {
    return Refusal::no_lines;
  }
  if (lines.size() > lines_per_order_max) {
    return Refusal::too_many_lines;
  }
  ResolvedLine* const first = batch.resolved.data() + batch.resolved_count;
  std::uint32_t count = 0;
  for (const OrderLine& line : lines) {
    if (line.quantity.value > quantity_max) {
      return Refusal::quantity_too_large;
    }
    const Row row = catalogue_.find(line.sku);
    if (row == no_row) {
      return Refusal::unknown_sku;
    }
    const bool again = std::any_of(first, first + count,
                                   [&](const ResolvedLine& other) { return other.row == row; });
    if (again) {
      return Refusal::sku_in_order;
    }
    first[count] = ResolvedLine{row, line.quantity, 0, count, line.unit_price};
    ++count;
  }
  verdict.first_line = batch.resolved_count;
  batch.resolved_count += count;
  return Refusal::none;
}

}  // namespace millrace
