// Time, ids and dispatch: which command is new, which is a repetition, and what is remembered.
#include "tests/reference/twin.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <type_traits>

namespace millrace::reference {
namespace {

constexpr std::size_t id_bytes = 16;

/// Everything but the id, as words.
template <class Body>
void add_body(Hasher& hasher, const Body& body) {
  hasher.add_body(std::as_bytes(std::span(&body, 1)).subspan(id_bytes));
}

template <class Body>
std::uint64_t body_hash(CommandKind kind, const Body& body, const std::vector<OrderLine>& lines) {
  Hasher hasher;
  hasher.add(static_cast<std::uint64_t>(kind));
  add_body(hasher, body);
  if (!lines.empty()) {
    hasher.add_body(std::as_bytes(std::span(lines)));
  }
  return hasher.value();
}

std::uint64_t body_hash(const OrderHead& head, const std::vector<OrderLine>& lines) {
  Hasher hasher;
  add_body(hasher, head);
  hasher.add_body(std::as_bytes(std::span(lines)));
  return hasher.value();
}

}  // namespace

Twin::Twin(const Network& network, const Limits& limits)
    : network_(network), limits_(limits), shipments_(network.nodes.size()), waves_(network_) {}

test::Answer Twin::apply(const test::TestCommand& command) {
  test::Answer answer;
  if (const auto* order = std::get_if<GetOrder>(&command.body)) {
    view(*order, answer);
    return answer;
  }
  if (const auto* stock = std::get_if<GetStock>(&command.body)) {
    view(*stock, answer);
    return answer;
  }
  if (std::holds_alternative<GetStats>(command.body)) {
    answer.stats = stats_;
    answer.stats.sequence = Sequence{sequence_};
    answer.stats.time = now_;
    answer.stats.outcome_digest = outcome_digest_.value();
    return answer;
  }
  ++sequence_;
  is_repeated_ = false;
  told_now_.clear();
  bool is_new_order = false;
  const std::uint64_t number = sequence_ + told_;
  advance(command.time);
  answer.outcome = execute(command, answer, is_new_order);
  settle_arrivals();
  settle_promises();
  settle_low();
  answer.events.push_back(outcome_event(command, answer.outcome));
  answer.events.back().number = number;
  answer.events.insert(answer.events.end(), told_now_.begin(), told_now_.end());
  add_to_outcome_digest(answer.outcome, is_new_order ? &orders_.back().slices : nullptr);
  return answer;
}

void Twin::advance(Time time) {
  now_ = std::max(now_, time);
  const std::uint64_t second = now_.us / us_per_second;
  if (second > checked_second_) {
    checked_second_ = second;
    waves_.check(now_);
  }
  expire_stock();
  expire();
  settle_arrivals();
}

Outcome Twin::execute(const test::TestCommand& command, test::Answer& answer, bool& is_new_order) {
  lines_now_ = command.lines;
  if (const auto* head = std::get_if<OrderHead>(&command.body)) {
    const Outcome outcome = place_order(*head, command.lines, is_new_order);
    const std::optional<std::size_t> slot = slot_of(head->id);
    if (command.wants_allocations && slot.has_value() && outcome.refusal != Refusal::conflict) {
      answer.allocations = allocations_of(orders_[*slot]);
    }
    return outcome;
  }
  if (const auto* cancel = std::get_if<CancelOrder>(&command.body)) {
    return once(CommandKind::cancel_order, *cancel);
  }
  if (const auto* step = std::get_if<StepOrder>(&command.body)) {
    return once(CommandKind::step_order, *step);
  }
  if (const auto* receipt = std::get_if<ReceiveStock>(&command.body)) {
    return once(CommandKind::receive_stock, *receipt);
  }
  if (const auto* adjustment = std::get_if<AdjustStock>(&command.body)) {
    return once(CommandKind::adjust_stock, *adjustment);
  }
  if (const auto* change = std::get_if<StockChange>(&command.body)) {
    return once(CommandKind::stock_change, *change);
  }
  if (const auto* definition = std::get_if<DefineSku>(&command.body)) {
    return once(CommandKind::define_sku, *definition);
  }
  if (const auto* release = std::get_if<ReleaseWave>(&command.body)) {
    return carry_out(*release, command.slots);
  }
  return accepted();  // a tick
}

Outcome Twin::place_order(const OrderHead& head, const std::vector<OrderLine>& lines,
                          bool& is_new) {
  if (head.id.is_zero()) {
    return refused(Refusal::zero_id);
  }
  const std::uint64_t hash = body_hash(head, lines);
  if (const std::optional<std::size_t> slot = slot_of(head.id); slot.has_value()) {
    if (orders_[*slot].body_hash != hash) {
      ++stats_.conflicts;
      return refused(Refusal::conflict);
    }
    ++stats_.orders_repeated;
    is_repeated_ = true;
    return orders_[*slot].outcome;
  }
  if (orders_.size() >= limits_.orders_max) {
    return refused(Refusal::orders_exhausted);
  }
  const std::size_t slot = orders_.size();
  slots_by_id_[key_of(head.id)] = slot;
  orders_.push_back({});
  Order& order = orders_.back();
  order.id = head.id;
  order.channel = head.channel;
  order.body_hash = hash;
  order.sequence = sequence_;
  is_new = true;
  const bool is_held = (head.policy & 32U) != 0;
  const std::optional<std::size_t> before =
      (head.policy & (32U | 64U)) != 0 ? cart_hold_of(head.group) : std::nullopt;
  if (before.has_value()) {
    lend(orders_[*before]);
  }
  is_placing_softly_ = is_held || (head.policy & 16U) != 0;
  order.outcome = decide(order, slot, head, lines);
  const bool is_refused = order.outcome.status == Status::refused;
  if (is_placing_softly_ && !is_refused) {
    await(order, slot, !is_held);
  }
  is_placing_softly_ = false;
  if (before.has_value() && is_refused) {
    take_back(orders_[*before]);
  } else if (before.has_value()) {
    replace(*before);
  }
  if (is_held && !is_refused) {
    order.notes.push_back(Cart{head.group});
  }
  count_order(order);
  return order.outcome;
}

template <class Body>
Outcome Twin::once(CommandKind kind, const Body& body) {
  if (body.command.is_zero()) {
    return refused(Refusal::zero_id);
  }
  const std::uint64_t hash = body_hash(kind, body, lines_now_);
  const auto known = log_by_id_.find(key_of(body.command));
  if (known != log_by_id_.end()) {
    is_repeated_ = known->second.body_hash == hash;
    return is_repeated_ ? known->second.outcome : refused(Refusal::conflict);
  }
  if (log_.size() >= limits_.commands_max) {
    log_by_id_.erase(key_of(log_.front().id));
    log_.pop_front();
  }
  const LoggedCommand entry{body.command, hash, carry_out(body)};
  log_.push_back(entry);
  log_by_id_[key_of(body.command)] = entry;
  return entry.outcome;
}

void Twin::add_to_outcome_digest(const Outcome& outcome, const std::vector<Slice>* new_slices) {
  const auto words = std::bit_cast<std::array<std::uint64_t, 3>>(outcome);
  outcome_digest_.add_pair(sequence_, words[0]);
  outcome_digest_.add_pair(words[1], words[2]);
  if (new_slices == nullptr) {
    return;
  }
  for (const Slice& slice : *new_slices) {
    outcome_digest_.add_pair(slice.line | (std::uint64_t{slice.node} << 8U) |
                                 (static_cast<std::uint64_t>(slice.state) << 24U),
                             slice.units);
  }
}

std::optional<std::size_t> Twin::slot_of(OrderId id) const {
  const auto found = slots_by_id_.find(key_of(id));
  return found == slots_by_id_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> Twin::row_of(Sku sku) const {
  const auto found = rows_by_sku_.find(sku.value);
  return found == rows_by_sku_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace millrace::reference
