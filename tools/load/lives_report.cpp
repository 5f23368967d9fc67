// Text and JSON of the same figures.
#include "tools/load/lives_report.h"

#include <array>
#include <utility>
#include <vector>

#include "engine/core/names.h"
#include "tools/load/format.h"

namespace millrace::load {
namespace {

using Figures = std::vector<std::pair<std::string, std::uint64_t>>;

unsigned long long whole(std::uint64_t value) {
  return value;
}

std::uint64_t per_second(std::uint64_t count, const RunResult& run) {
  return run.seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(count) / run.seconds) : 0;
}

Figures figures_of(const LifeTotals& lives, const RunResult& run) {
  return {{"orders_led", lives.orders},
          {"orders_refused", lives.refused},
          {"orders_placed_unpaid", lives.unpaid},
          {"orders_in_exchange", lives.replacements},
          {"orders_ended", lives.ended},
          {"orders_left", lives.left},
          {"orders_under_way", lives.under_way()},
          {"units_asked", lives.units_asked},
          {"units_found", lives.units_found},
          {"cancellations", lives.cancels},
          {"units_cancelled", lives.units_cancelled},
          {"receipts", lives.receipts},
          {"units_received", lives.units_received},
          {"commands_sent_twice", lives.repeats},
          {"authorised", lives.authorised},
          {"captured", lives.captured},
          {"paid", lives.paid},
          {"refunded", lives.refunded},
          {"commands", run.commands},
          {"looks", run.looks},
          {"commands_per_second", per_second(run.commands, run)},
          {"looks_per_second", per_second(run.looks, run)}};
}

template <class State, std::size_t Count>
Figures by_name(const std::array<std::uint64_t, Count>& counts) {
  Figures figures;
  for (std::size_t i = 0; i < Count; ++i) {
    if (counts[i] > 0) {
      figures.emplace_back(name_of(static_cast<State>(i)), counts[i]);
    }
  }
  return figures;
}

std::string members(const Figures& figures) {
  std::string out;
  for (const auto& [name, value] : figures) {
    out += (out.empty() ? "\"" : ", \"") + name + "\": " + std::to_string(value);
  }
  return out;
}

std::string lines(const Figures& figures) {
  std::string out;
  for (const auto& [name, value] : figures) {
    out += format("  %-22s %12llu\n", name.c_str(), whole(value));
  }
  return out;
}

}  // namespace

std::string text_report(const LifeTotals& lives, const RunResult& run) {
  std::string out = format(
      "lives led                %12llu, %llu placed unpaid, %llu in exchange; %llu refused\n",
      whole(lives.orders), whole(lives.unpaid), whole(lives.replacements), whole(lives.refused));
  out += format("lives ended              %12llu, %llu left, %llu under way\n", whole(lives.ended),
                whole(lives.left), whole(lives.under_way()));
  out += "orders at the end by state\n" + lines(by_name<OrderState>(lives.orders_by_state));
  out += format("units asked              %12llu, found at the end %llu, by state\n",
                whole(lives.units_asked), whole(lives.units_found));
  out += lines(by_name<SliceState>(lives.units_by_state));
  out += "steps                        accepted      refused         late        units\n";
  for (std::size_t i = 0; i < lives.steps.size(); ++i) {
    const LifeTotals::StepCount& count = lives.steps[i];
    if (count.accepted + count.refused + count.late > 0) {
      out += format("  %-22s %12llu %12llu %12llu %12llu\n", name_of(static_cast<Step>(i)),
                    whole(count.accepted), whole(count.refused), whole(count.late),
                    whole(count.units));
    }
  }
  out += format("cancellations            %12llu, of %llu units\n", whole(lives.cancels),
                whole(lives.units_cancelled));
  out += format("receipts for what waited %12llu, of %llu units\n", whole(lives.receipts),
                whole(lives.units_received));
  out += format("paid                     %12llu, of it captured %llu of %llu authorised\n",
                whole(lives.paid), whole(lives.captured), whole(lives.authorised));
  out += format("paid back                %12llu\n", whole(lives.refunded));
  out += format("commands                 %12llu, %llu a second; looks %llu, %llu a second\n",
                whole(run.commands), whole(per_second(run.commands, run)), whole(run.looks),
                whole(per_second(run.looks, run)));
  return out;
}

std::string json_report(const LifeTotals& lives, const RunResult& run) {
  std::string steps;
  for (std::size_t i = 0; i < lives.steps.size(); ++i) {
    const LifeTotals::StepCount& count = lives.steps[i];
    if (count.accepted + count.refused + count.late > 0) {
      steps += (steps.empty() ? "\"" : ", \"") + std::string(name_of(static_cast<Step>(i))) +
               "\": {" +
               members({{"accepted", count.accepted},
                        {"refused", count.refused},
                        {"late", count.late},
                        {"units", count.units}}) +
               "}";
    }
  }
  return "{" + members(figures_of(lives, run)) + ", \"orders_by_state\": {" +
         members(by_name<OrderState>(lives.orders_by_state)) + "}, \"units_by_state\": {" +
         members(by_name<SliceState>(lives.units_by_state)) + "}, \"steps\": {" + steps + "}}";
}

}  // namespace millrace::load
