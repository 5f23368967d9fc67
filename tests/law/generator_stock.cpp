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

void Generator::aim_at_channel(StockChange& change) {
  const std::uint64_t channels = network_.channels.size() + (nonsense() ? 1 : 0);
  change.channel = ChannelIndex{static_cast<std::uint16_t>(random_.below(channels))};
  change.number =
      random_.chance(50) ? no_parent : static_cast<std::uint16_t>(random_.below(channels));
  change.units = Units{static_cast<std::uint32_t>(random_.below(random_.chance(30) ? 60 : 5'000))};
}

void Generator::aim_at_moment(StockChange& change) {
  if (!orders_.empty()) {
    change.reference = some_order_id();
  }
  const std::uint64_t draw = random_.below(10);
  if (draw < 2) {
    change.moment = Time{0};
  } else if (draw < 3) {
    change.moment = time_;
  } else {
    change.moment =
        Time{time_.us + 1 + random_.below(random_.chance(80) ? us_per_minute : us_per_day)};
  }
}

void Generator::aim_at_worth(StockChange& change) {
  aim_at_moment(change);
  if (random_.chance(80)) {
    change.moment = Time{time_.us + random_.between(1, 20 * us_per_day)};
  }
  const std::uint64_t usual = change.action == static_cast<std::uint8_t>(StockAction::set_price)
                                  ? random_.below(random_.chance(80) ? 400 : 40'000)
                                  : random_.below(random_.chance(80) ? 20'000 : 2'000'000);
  change.units = Units{static_cast<std::uint32_t>(nonsense() ? surcharge_cents_max + 1 : usual)};
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
                                      StockAction::set_low_stock,
                                      StockAction::set_low_stock,
                                      StockAction::set_quota,
                                      StockAction::set_on_sale,
                                      StockAction::set_cancel_date,
                                      StockAction::set_cancel_date,
                                      StockAction::set_forecast,
                                      StockAction::set_forecast,
                                      StockAction::set_price,
                                      StockAction::close_node,
                                      StockAction::open_node};
  StockChange change{};
  aim(change);
  StockAction action = test::one_of(random_, actions);
  // Where stock has prices, most of what is said of it is about them.
  if (network_.routing.look_ahead && random_.chance(50)) {
    action = random_.chance(80) ? StockAction::set_forecast : StockAction::set_price;
  }
  if (action == StockAction::close_node && random_.chance(75)) {
    // Much else needs nodes.
    action = StockAction::open_node;
  }
  change.action = static_cast<std::uint8_t>(nonsense() ? random_.below(256)
                                                       : static_cast<std::uint8_t>(action));
  change.units = Units{static_cast<std::uint32_t>(random_.between(1, mood_.receipt_units_max))};
  if (action == StockAction::move || action == StockAction::set_safety ||
      action == StockAction::set_low_stock) {
    change.units = Units{static_cast<std::uint32_t>(random_.below(8))};
  }
  if (nonsense()) {
    change.units = Units{test::one_of(random_, odd)};
  }
  change.number = random_.chance(20) ? 1 : 0;
  if (action == StockAction::set_quota) {
    aim_at_channel(change);
  } else if (action == StockAction::set_forecast || action == StockAction::set_price) {
    aim_at_worth(change);
  } else if (action == StockAction::set_on_sale || action == StockAction::set_cancel_date) {
    aim_at_moment(change);
  }
  // Mostly out of the sellable ones and back.
  change.from = static_cast<std::uint8_t>(random_.chance(50) ? 0 : random_.below(3));
  change.to = static_cast<std::uint8_t>(random_.below(nonsense() ? 5 : 4));
  return logged(change);
}

}  // namespace millrace::law
