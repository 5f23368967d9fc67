// Queries, answered at their place in the sequence.
#include "engine/stages/allocate.h"

namespace millrace {

void Allocate::get_orders(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const GetOrder& query : message.commands<GetOrder>()) {
    const Verdict& verdict = batch.verdicts[command++];
    OrderView view{};
    view.id = query.order;
    view.outcome = refused(Refusal::unknown_order);
    if (verdict.target != no_slot.value) {
      const OrderRecord& order = reserve_.orders()[Slot{verdict.target}];
      view.sequence = order.sequence;
      view.outcome = order.outcome;
      view.slice_count = order.slice_count;
      view.promise_day = order.promise_day;
      view.state = reserve_.orders().state(order);
      reserve_.orders().for_slices(order, [&](const Slice& slice) {
        const std::uint32_t place = slice.visible_place();
        batch.slices.push_back(SliceView{reserve_.sku(slice.row).sku,
                                         slice.units,
                                         NodeIndex{static_cast<std::uint16_t>(place)},
                                         Day{static_cast<std::uint16_t>(place >> 16U)},
                                         slice.line,
                                         slice.state,
                                         {}});
      });
    }
    batch.orders.push_back(view);
  }
}

void Allocate::get_stock(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const GetStock& query : message.commands<GetStock>()) {
    const Verdict& verdict = batch.verdicts[command++];
    StockView view{};
    view.sku = query.sku;
    if (verdict.target != no_row.value) {
      const Row row{verdict.target};
      const SkuEntry& entry = reserve_.sku(row);
      view.known = 1;
      view.weight_grams = entry.weight_grams;
      view.flags = entry.flags;
      view.backordered = reserve_.waiting(row);
      for (std::uint16_t node = 0; node < network_.node_count(); ++node) {
        const Units on_hand = reserve_.stock().on_hand(row, NodeIndex{node});
        const Units available = reserve_.stock().available(row, NodeIndex{node});
        if (on_hand > Units{0} || available > Units{0}) {
          batch.cells.push_back(StockCell{NodeIndex{node}, 0, on_hand, available});
          ++view.cell_count;
        }
      }
    }
    batch.stock.push_back(view);
  }
}

void Allocate::get_stats(const Message& message, Batch& batch) {
  Stats answer = stats();
  if (message.wants_allocations) {
    // An audit looks at everything, so that one a state is enough however often it is asked for.
    if (audited_at_ != sequence_) {
      audited_at_ = sequence_;
      audit_found_ = audit().has_value();
    }
    answer.invariant_violations = static_cast<std::uint64_t>(audit_found_);
  }
  batch.stats.push_back(answer);
}

Stats Allocate::stats() const {
  Stats stats = counts_;
  stats.sequence = sequence_;
  stats.time = now_;
  stats.outcome_digest = outcomes_.value();
  stats.backorders_filled = reserve_.units_filled();
  stats.backorders_waiting = reserve_.units_waiting();
  stats.skus = reserve_.sku_count();
  stats.orders_put_away = reserve_.orders().put_away_count();
  stats.archive_bytes = reserve_.archive_bytes();
  stats.orders_in_memory = reserve_.orders().size() - stats.orders_put_away;
  stats.bytes_an_order =
      stats.orders_in_memory == 0 ? 0 : reserve_.bytes_of_orders() / stats.orders_in_memory;
  return stats;
}

}  // namespace millrace
