// What must hold after every command: buckets against slices, queues against waiting slices,
// capacity against shipments. Plain loops over everything; for tests, and for operators who ask.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/stages/reserve.h"

namespace millrace {

namespace {

std::string at_cell(const char* what, std::uint32_t row, std::uint32_t node) {
  return std::string(what) + " at row " + std::to_string(row) + " node " + std::to_string(node);
}

std::optional<std::string> audit_mark(const StockMark& mark, Units taken, Units available) {
  const std::uint32_t row = mark.row.value;
  const std::uint32_t node = mark.node.value;
  if (mark.withheld > taken) {
    return at_cell("more withheld than there is", row, node);
  }
  if (mark.damaged.value + mark.quarantine.value > mark.withheld.value) {
    return at_cell("orders hold what is damaged or in quarantine", row, node);
  }
  if (mark.withheld.value > mark.wanted() ||
      (mark.withheld.value < mark.wanted() && available > Units{0})) {
    return at_cell("not withheld what must be", row, node);
  }
  if (mark.missing > Units{0}) {
    return at_cell("units were left missing", row, node);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Reserve::audit_slices(std::vector<std::uint64_t>& held,
                                                 std::vector<std::uint32_t>& promised) const {
  std::uint64_t waiting = 0;
  for (std::uint32_t index = 0; index < orders_.size(); ++index) {
    if (!orders_.in_memory(Slot{index})) {
      continue;
    }
    const OrderRecord& record = orders_[Slot{index}];
    std::optional<std::string> problem;
    std::uint32_t count = 0;
    orders_.for_slices(record, [&](const Slice& slice) {
      ++count;
      if (slice.state == SliceState::backordered) {
        waiting += slice.units.value;
        const Waiter& waiter = backorders_[slice.place];
        if (waiter.slot != Slot{index} || &orders_.slice(waiter.slice) != &slice) {
          problem = "a waiting slice of slot " + std::to_string(index) + " is in no queue";
        }
      }
      if (slice.units == Units{0}) {
        problem = "an empty slice in slot " + std::to_string(index);
      }
      if (slice.held()) {
        held[std::size_t{slice.row.value} * network_.nodes.size() + slice.node().value] +=
            slice.units.value;
      }
      if (slice.head != 0 && takes_capacity(slice.state) &&
          slice.ship_day() >= calendar_.today(slice.node())) {
        ++promised[slice.node().value * ShipCalendar::window_days +
                   slice.ship_day().value % ShipCalendar::window_days];
      }
    });
    if (count != record.slice_count) {
      problem = "slot " + std::to_string(index) + " does not have as many slices as it says";
    }
    if (problem) {
      return problem;
    }
  }
  if (waiting != units_waiting_) {
    return "units waiting do not add up to the total";
  }
  return std::nullopt;
}

std::optional<std::string> Reserve::audit_cells(const std::vector<std::uint64_t>& held) const {
  const std::size_t nodes = network_.nodes.size();
  std::uint32_t waiters = 0;
  for (std::uint32_t row = 0; row < sku_count_; ++row) {
    for (std::uint16_t node = 0; node < nodes; ++node) {
      const Units on_hand = stock_.on_hand(Row{row}, NodeIndex{node});
      const Units available = stock_.available(Row{row}, NodeIndex{node});
      if (available > on_hand) {
        return at_cell("more available than on hand", row, node);
      }
      Units taken = on_hand - available;
      if (const StockMark* const mark = marks_.find(Row{row}, NodeIndex{node}); mark != nullptr) {
        if (auto problem = audit_mark(*mark, taken, available)) {
          return problem;
        }
        taken -= mark->withheld;
      }
      if (taken.value != held[row * nodes + node]) {
        return at_cell("reservations do not add up to the bucket", row, node);
      }
    }
    Units waiting{0};
    for (std::uint32_t at = backorders_.front(Row{row}); at != no_waiter;
         at = backorders_[at].next) {
      ++waiters;
      waiting += orders_.slice(backorders_[at].slice).units;
    }
    if (waiting != backorders_.waiting(Row{row})) {
      return "waiting units do not add up at row " + std::to_string(row);
    }
  }
  return waiters == backorders_.size()
             ? std::nullopt
             : std::optional<std::string>("the backorder queues do not hold every waiter");
}

std::optional<std::string> Reserve::audit_capacity(
    const std::vector<std::uint32_t>& promised) const {
  for (std::uint16_t node = 0; node < network_.nodes.size(); ++node) {
    for (std::uint32_t ahead = 0; ahead < ShipCalendar::window_days; ++ahead) {
      const Day day{static_cast<std::uint16_t>(calendar_.today(NodeIndex{node}).value + ahead)};
      const std::uint32_t counted =
          promised[node * ShipCalendar::window_days + day.value % ShipCalendar::window_days];
      if (counted != calendar_.promised(NodeIndex{node}, day)) {
        return at_cell("shipments do not add up to the promised capacity", day.value, node);
      }
      if (counted > network_.nodes[node].daily_shipments_max) {
        return at_cell("more shipments than the capacity", day.value, node);
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> Reserve::audit() const {
  const std::size_t nodes = network_.nodes.size();
  std::vector<std::uint64_t> held(std::size_t{sku_count_} * nodes, 0);
  std::vector<std::uint32_t> promised(nodes * ShipCalendar::window_days, 0);
  if (auto problem = audit_slices(held, promised)) {
    return problem;
  }
  if (auto problem = audit_cells(held)) {
    return problem;
  }
  if (auto problem = audit_quotas()) {
    return problem;
  }
  return audit_capacity(promised);
}

}  // namespace millrace
