// Random stock changes.
#include <array>

#include "tests/law/generator.h"

namespace millrace::law {

using test::TestCommand;

void Generator::aim(StockChange& change) {
  change.command = new_command_id();
  change.reference = nonsense() ? Id128{0, 0} : Id128{9, random_.between(1, 15)};
  change.sku = sku();
  change.node = node();
  change.to_node = random_.chance(90) ? node() : change.node;
  change.moment = Time{time_.us + random_.below(20) * us_per_day / 2};
}

TestCommand Generator::stock_change() {
  static constexpr std::array<std::uint32_t, 3> odd{0, stock_units_max, stock_units_max + 1};
  static constexpr std::array actions{StockAction::plan_inbound,
                                      StockAction::plan_inbound,
                                      StockAction::receive_inbound,
                                      StockAction::receive_inbound,
                                      StockAction::receive_inbound,
                                      StockAction::cancel_inbound,
                                      StockAction::transfer,
                                      StockAction::transfer,
                                      StockAction::transfer,
                                      StockAction::move,
                                      StockAction::move,
                                      StockAction::move,
                                      StockAction::set_safety,
                                      StockAction::set_safety};
  StockChange change{};
  aim(change);
  const StockAction action = test::one_of(random_, actions);
  change.action = static_cast<std::uint8_t>(nonsense() ? random_.below(256)
                                                       : static_cast<std::uint8_t>(action));
  change.units = Units{static_cast<std::uint32_t>(random_.between(1, mood_.receipt_units_max))};
  if (action == StockAction::move || action == StockAction::set_safety) {
    change.units = Units{static_cast<std::uint32_t>(random_.below(8))};
  }
  if (nonsense()) {
    change.units = Units{test::one_of(random_, odd)};
  }
  change.number = random_.chance(20) ? 1 : 0;
  // Mostly out of the sellable ones and back.
  change.from = static_cast<std::uint8_t>(random_.chance(50) ? 0 : random_.below(3));
  change.to = static_cast<std::uint8_t>(random_.below(nonsense() ? 5 : 4));
  return logged(change);
}

}  // namespace millrace::law
