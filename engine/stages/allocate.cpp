// The allocate stage.
#include "engine/stages/allocate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "engine/core/check.h"

namespace millrace {

namespace {

/// Order lines whose stock rows are fetched together.
constexpr std::uint32_t lines_ahead = 64;

AnswerStart answer_start(CommandKind kind, const Batch& batch) {
  if (kind == CommandKind::get_order) {
    return {static_cast<std::uint32_t>(batch.orders.size()),
            static_cast<std::uint32_t>(batch.slices.size())};
  }
  if (kind == CommandKind::get_stats) {
    return {static_cast<std::uint32_t>(batch.stats.size()), 0};
  }
  return {static_cast<std::uint32_t>(batch.stock.size()),
          static_cast<std::uint32_t>(batch.cells.size())};
}

}  // namespace

Allocate::Allocate(const Network& network, const Limits& limits, const OrderIds& ids)
    : network_(network),
      reserve_(network, limits, ids),
      life_(network, reserve_, limits),
      floor_(network, reserve_),
      answers_(limits.commands_max, limits.touch) {}

void Allocate::process(Batch& batch) {
  fetched_lines_ = 0;
  reserve_.let_go_some();
  life_.forget_carts();
  batch.events.begin(events());
  for (const Message& message : batch.in()) {
    if (is_journaled(message.kind)) {
      now_ = std::max(now_, message.time);
      batch.events.begin_message(message.first_sequence, message.first_command, now_);
      reserve_.begin(now_, message.first_command, batch);
      life_.see_time(now_, message.first_command, batch);
    }
    batch.answer_start.push_back(answer_start(message.kind, batch));
    if (reserve_.orders().put_away_count() > 0) {
      bring_back_named(message, batch);
    }
    switch (message.kind) {
      case CommandKind::place_order:
        place_orders(message, batch);
        break;
      case CommandKind::cancel_order:
        cancel_orders(message, batch);
        break;
      case CommandKind::step_order:
        step_orders(message, batch);
        break;
      case CommandKind::receive_stock:
        receive_stock(message, batch);
        break;
      case CommandKind::adjust_stock:
        adjust_stock(message, batch);
        break;
      case CommandKind::define_sku:
        define_skus(message, batch);
        break;
      case CommandKind::tick:
        tick(message, batch);
        break;
      case CommandKind::release_wave:
        release_waves(message, batch);
        break;
      case CommandKind::stock_change:
        change_stock(message, batch);
        break;
      case CommandKind::get_order:
        get_orders(message, batch);
        break;
      case CommandKind::get_stock:
        get_stock(message, batch);
        break;
      case CommandKind::get_stats:
        get_stats(message, batch);
        break;
      case CommandKind::refused_frame:
        break;
    }
    batch.allocation_end.push_back(static_cast<std::uint32_t>(batch.allocations.size()));
  }
  if (floor_.listens()) {
    floor_.tell_rest(now_, batch);
  }
  reserve_.return_unchanged();
  life_.forget_carts();
  count_events(batch);
  deadline_us_.store(std::min(life_.next_due(), reserve_.next_alarm()).us,
                     std::memory_order_relaxed);
}

void Allocate::bring_back_named(const Message& message, const Batch& batch) {
  const bool places = message.kind == CommandKind::place_order;
  const bool names_order =
      message.kind == CommandKind::cancel_order || message.kind == CommandKind::step_order ||
      message.kind == CommandKind::stock_change || message.kind == CommandKind::get_order;
  if (!places && !names_order) {
    return;
  }
  for (std::uint32_t at = message.first_command; at < message.first_command + message.count; ++at) {
    const Verdict& verdict = batch.verdicts[at];
    if (places && verdict.seen == Seen::before) {
      reserve_.bring_back_if_away(Slot{verdict.slot});
    }
    const std::uint32_t index = at - message.first_command;
    if (names_order && (message.kind != CommandKind::stock_change ||
                        millrace::names_order(message.commands<StockChange>()[index]))) {
      reserve_.bring_back_if_away(Slot{verdict.target});
    }
    if (message.kind == CommandKind::step_order &&
        message.commands<StepOrder>()[index].step == static_cast<std::uint8_t>(Step::exchange)) {
      reserve_.bring_back_if_away(Slot{verdict.first_line});
    }
  }
}

void Allocate::count_events(const Batch& batch) {
  for (const Event& event : batch.events.told()) {
    add_event(events_, event);
  }
  told_ += batch.events.told().size();
}

void Allocate::record(std::uint32_t command, const Outcome& outcome, Batch& batch) {
  ++sequence_.value;
  reserve_.end(command, batch);
  const OutcomeWords words = words_of(outcome);
  put(words, batch.outcomes[command]);
  outcomes_.add_pair(sequence_.value, words.first);
  outcomes_.add_pair(words.second, words.third);
}

void Allocate::count_order(const Outcome& outcome) {
  ++counts_.orders;
  counts_.orders_allocated += static_cast<std::uint64_t>(outcome.status == Status::allocated);
  counts_.orders_split += static_cast<std::uint64_t>(outcome.status == Status::split);
  counts_.orders_partly_backordered +=
      static_cast<std::uint64_t>(outcome.status == Status::partly_backordered);
  counts_.orders_backordered += static_cast<std::uint64_t>(outcome.status == Status::backordered);
  counts_.orders_refused += static_cast<std::uint64_t>(outcome.status == Status::refused);
  counts_.units_allocated += outcome.allocated.value;
  counts_.units_backordered += outcome.backordered.value;
}

Outcome Allocate::place(const OrderHead& head, const Verdict& verdict, std::uint32_t command,
                        Batch& batch) {
  if (verdict.seen == Seen::untraced) {
    return refused(verdict.refusal);
  }
  const Slot slot{verdict.slot};
  if (verdict.seen == Seen::before) {
    const OrderRecord& known = reserve_.orders()[slot];
    if (known.body_hash != verdict.body_hash) {
      ++counts_.conflicts;
      return refused(Refusal::conflict);
    }
    ++counts_.orders_repeated;
    return known.outcome;
  }
  if (verdict.refusal != Refusal::none) {
    return reserve_.reject(head, verdict, next_sequence());
  }
  const std::span<const ResolvedLine> lines{batch.resolved.data() + verdict.first_line,
                                            verdict.line_count};
  const NewOrder order{
      head, verdict, {verdict.region, head.service, lines}, command, next_sequence()};
  counts_.units_asked += order.route.units.value;
  // What is held for a cart is asked for when it becomes an order.
  if (reserve_.counts_demand() && !allows(head.policy, Policy::cart_hold)) [[unlikely]] {
    reserve_.count_demand(lines);
  }
  if (head.policy >= policy_unusual || verdict.service_count > 0) [[unlikely]] {
    for (const ResolvedLine& service : services_of(verdict, batch)) {
      counts_.units_asked += service.units.value;
    }
    return life_.place(order, batch);
  }
  return reserve_.place(order, batch);
}

void Allocate::fetch_stock(const Batch& batch) {
  const std::uint32_t end = std::min(fetched_lines_ + lines_ahead, batch.resolved_count);
  for (; fetched_lines_ < end; ++fetched_lines_) {
    reserve_.stock().fetch(batch.resolved[fetched_lines_].row);
  }
  const std::uint32_t after = std::min(end + lines_ahead, batch.resolved_count);
  for (std::uint32_t line = end; line < after; ++line) {
    reserve_.stock().fetch_ahead(batch.resolved[line].row);
  }
}

void Allocate::place_orders(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const OrderHead& head : message.commands<OrderHead>()) {
    const Verdict& verdict = batch.verdicts[command];
    if (verdict.first_line + verdict.line_count > fetched_lines_) {
      fetch_stock(batch);
    }
    const Outcome outcome = place(head, verdict, command, batch);
    record(command, outcome, batch);
    if (verdict.seen == Seen::never) {
      count_order(outcome);
      const Slot slot{verdict.slot};
      reserve_.orders().for_slices(reserve_.orders()[slot], [&](const Slice& slice) {
        outcomes_.add_pair(slice.line | (std::uint64_t{slice.visible_place() & 0xffffU} << 8U) |
                               (static_cast<std::uint64_t>(slice.state) << 24U),
                           slice.units.value);
      });
    }
    const bool conflict = outcome.refusal == Refusal::conflict;
    if (message.wants_allocations && verdict.seen != Seen::untraced && !conflict) {
      list_allocations(Slot{verdict.slot}, command - message.first_command, batch);
    }
    ++command;
  }
}

void Allocate::list_allocations(Slot slot, std::uint32_t command, Batch& batch) const {
  reserve_.orders().for_slices(reserve_.orders()[slot], [&](const Slice& slice) {
    const std::uint32_t place = slice.visible_place();
    batch.allocations.push_back(Allocation{command, slice.units,
                                           NodeIndex{static_cast<std::uint16_t>(place)},
                                           Day{static_cast<std::uint16_t>(place >> 16U)},
                                           slice.line, static_cast<std::uint8_t>(slice.state), 0});
  });
}

ChannelIndex Allocate::channel_of(Slot slot) const {
  return slot == no_slot ? no_channel : reserve_.orders()[slot].channel;
}

void Allocate::cancel_orders(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const CancelOrder& cancel : message.commands<CancelOrder>()) {
    const Verdict& verdict = batch.verdicts[command];
    const Outcome outcome = once(verdict, [&] {
      const Outcome done = life_.cancel(cancel, Slot{verdict.target}, command, batch);
      counts_.orders_cancelled += static_cast<std::uint64_t>(done.status == Status::cancelled);
      return done;
    });
    batch.channels[command] = channel_of(Slot{verdict.target});
    record(command, outcome, batch);
    ++command;
  }
}

void Allocate::step_orders(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const StepOrder& step : message.commands<StepOrder>()) {
    const Verdict& verdict = batch.verdicts[command];
    const Outcome outcome = once(verdict, [&] {
      return life_.step(step, Slot{verdict.target}, Slot{verdict.first_line}, command, batch);
    });
    batch.channels[command] = channel_of(Slot{verdict.target});
    record(command, outcome, batch);
    ++command;
  }
}

void Allocate::receive_stock(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const ReceiveStock& receipt : message.commands<ReceiveStock>()) {
    const Verdict& verdict = batch.verdicts[command];
    const Outcome outcome = once(verdict, [&] {
      return reserve_.receive(Row{verdict.target}, receipt.node, receipt.quantity, command, batch);
    });
    record(command, outcome, batch);
    ++command;
  }
}

void Allocate::adjust_stock(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const AdjustStock& adjust : message.commands<AdjustStock>()) {
    const Verdict& verdict = batch.verdicts[command];
    const Outcome outcome =
        once(verdict, [&] { return reserve_.adjust(adjust, Row{verdict.target}, command, batch); });
    life_.see_thinned(command, batch);
    record(command, outcome, batch);
    ++command;
  }
}

void Allocate::change_stock(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const StockChange& change : message.commands<StockChange>()) {
    const Verdict& verdict = batch.verdicts[command];
    const Outcome outcome = once(verdict, [&] {
      return is_about_node(change)
                 ? life_.change_node(change, command, batch)
                 : reserve_.change_stock(change, verdict.target, next_sequence(), command, batch);
    });
    batch.channels[command] = names_order(change) ? channel_of(Slot{verdict.target}) : no_channel;
    life_.see_thinned(command, batch);
    record(command, outcome, batch);
    ++command;
  }
}

void Allocate::define_skus(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  for (const DefineSku& define : message.commands<DefineSku>()) {
    const Verdict& verdict = batch.verdicts[command];
    const Outcome outcome = once(verdict, [&] {
      reserve_.define(Row{verdict.target},
                      SkuEntry{define.sku, define.weight_grams, define.flags, 0});
      return accepted();
    });
    record(command, outcome, batch);
    ++command;
  }
}

void Allocate::tick(const Message& message, Batch& batch) {
  for (std::uint32_t at = 0; at < message.count; ++at) {
    record(message.first_command + at, accepted(), batch);
  }
}

void Allocate::release_waves(const Message& message, Batch& batch) {
  std::uint32_t command = message.first_command;
  std::size_t next_slot = 0;
  for (const ReleaseWave& wave : message.commands<ReleaseWave>()) {
    const auto details = message.slots().subspan(next_slot, wave.slot_count);
    const auto slots = details.first(wave.order_count());
    if (floor_.listens()) {
      floor_.tell_waved(wave, slots, next_sequence(), now_, batch);
    }
    const Outcome outcome = wave.is_planned()
                                ? reserve_.release_planned(wave, slots, command, batch)
                                : reserve_.release(wave, slots);
    next_slot += wave.slot_count;
    if (floor_.listens()) {
      floor_.tell_released(wave, details, next_sequence(), now_, outcome, batch);
    }
    if (outcome.status == Status::accepted) {
      ++counts_.waves_released;
      counts_.orders_waved += outcome.detail;
    }
    record(command++, outcome, batch);
  }
}

void Allocate::save(SectionWriter& out, std::uint64_t remembered) const {
  const std::uint64_t clock[3] = {sequence_.value, now_.us, outcomes_.state()};
  out.table<std::uint64_t>("clock", clock);
  const std::uint64_t events[2] = {told_, events_.state()};
  out.table<std::uint64_t>("events", events);
  out.table<Stats>("counts", std::span(&counts_, 1));
  out.table<Answer>("answers", answers_.first(remembered));
  reserve_.save(out);
}

std::optional<std::string> Allocate::load(SectionReader& in) {
  std::vector<std::uint64_t> clock;
  std::vector<std::uint64_t> events;
  std::vector<Stats> counts;
  std::vector<Answer> answers;
  if (!in.table("clock", clock, 3) || clock.size() != 3 || !in.table("events", events, 2) ||
      events.size() != 2 || !in.table("counts", counts, 1) || counts.size() != 1 ||
      !in.table("answers", answers, answers_.size())) {
    return "section clock, events, counts or answers: damaged, or more than commands_max";
  }
  sequence_ = Sequence{clock[0]};
  now_ = Time{clock[1]};
  outcomes_ = Hasher(clock[2]);
  told_ = events[0];
  events_ = Hasher(events[1]);
  counts_ = counts[0];
  std::copy(answers.begin(), answers.end(), answers_.first(answers.size()).begin());
  if (auto problem = reserve_.load(in, now_)) {
    return problem;
  }
  life_.load();
  deadline_us_.store(std::min(life_.next_due(), reserve_.next_alarm()).us,
                     std::memory_order_relaxed);
  return std::nullopt;
}

std::optional<std::string> Allocate::audit() const {
  auto problem = reserve_.audit();
  return problem ? problem : life_.audit();
}

}  // namespace millrace
