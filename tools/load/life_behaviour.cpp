// The order in which an order's affairs are looked at, and what is settled before it is picked.
#include "tools/load/life_behaviour.h"

#include <algorithm>
#include <array>

#include "engine/core/hash.h"
#include "tools/load/life_turn.h"

namespace millrace::load {

namespace {

/// Draws before the first turn come from a stream of their own.
constexpr std::uint64_t begin_stream = 0;

}  // namespace

std::vector<LifeLine> lines_of(std::span<const OrderLine> lines) {
  std::vector<LifeLine> merged;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const OrderLine& line = lines[i];
    const auto same = std::find_if(merged.begin(), merged.end(),
                                   [&](const LifeLine& each) { return each.sku == line.sku; });
    if (same == merged.end()) {
      merged.push_back({static_cast<std::uint8_t>(i), line.sku, line.quantity, line.unit_price});
      continue;
    }
    const std::uint64_t amount = std::uint64_t{same->unit_price} * same->units.value +
                                 std::uint64_t{line.unit_price} * line.quantity.value;
    same->units += line.quantity;
    same->unit_price = static_cast<std::uint32_t>(amount / same->units.value);
  }
  return merged;
}

std::vector<NodeIndex> Sight::nodes() const {
  std::vector<NodeIndex> nodes;
  for (const SliceView& slice : slices_) {
    if (slice.node != no_node) {
      nodes.push_back(slice.node);
    }
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

void LifeBehaviour::begin(Life& life) const {
  Random random(seed_ ^ hash_id(life.head.id), begin_stream);
  if (random.below(1000) < shares_.unpaid) {
    life.head.policy |= static_cast<std::uint8_t>(Policy::unpaid);
    life.never_pays = random.below(1000) < shares_.never_pays;
  } else if (random.below(1000) < shares_.carts) {
    constexpr unsigned of_a_cart =
        static_cast<unsigned>(Policy::allow_split) | static_cast<unsigned>(Policy::allow_partial);
    life.head.policy = static_cast<std::uint8_t>((life.head.policy & of_a_cart) |
                                                 static_cast<unsigned>(Policy::cart_hold));
    life.head.group = hash_id(life.head.id) | 1U;
  }
}

std::vector<LifeCommand> LifeBehaviour::next(Life& life, const Sight& sight) const {
  return Turn(*this, life, sight).run();
}

bool LifeBehaviour::is_over(const Life& life, const Sight& sight) {
  constexpr std::array ends{SliceState::cancelled, SliceState::expired,  SliceState::rerouted,
                            SliceState::closed,    SliceState::refunded, SliceState::exchanged};
  const auto ended = [&](const SliceView& slice) {
    return std::find(ends.begin(), ends.end(), slice.state) != ends.end() ||
           (slice.state == SliceState::returned && life.refund_was_refused);
  };
  return !life.cancel && life.unanswered == 0 &&
         std::all_of(sight.slices().begin(), sight.slices().end(), ended);
}

std::vector<LifeCommand> LifeBehaviour::Turn::run() {
  if (life_.cancel) {
    cancel_all();
    return std::move(commands_);
  }
  if (check_out() || settle_payment() || settle_hold() || change_mind() || amend()) {
    return std::move(commands_);
  }
  for (const NodeIndex node : sight_.nodes()) {
    work(node);
  }
  serve();
  capture();
  for (LifeParcel& parcel : life_.parcels) {
    carry(parcel);
  }
  decide_once_arrived();
  // Either: what comes back late could be taken for what is there already.
  if (!dispose()) {
    bring_back();
  }
  if (commands_.empty()) {
    pay_back();
  }
  if (commands_.empty()) {
    wait_for_stock();
  }
  life_.quiet_looks = commands_.empty() ? life_.quiet_looks + 1 : 0;
  return std::move(commands_);
}

StepOrder LifeBehaviour::Turn::step(Step step) {
  StepOrder body{};
  body.order = life_.head.id;
  body.step = static_cast<std::uint8_t>(step);
  body.line = any_line;
  body.node = no_node;
  return body;
}

StepOrder& LifeBehaviour::Turn::push(Step which, Units units, NodeIndex node) {
  StepOrder body = step(which);
  body.units = units;
  body.node = node;
  push(body, {.units = units});
  return std::get<StepOrder>(commands_.back().body);
}

void LifeBehaviour::Turn::push(const StepOrder& body, const Expected& expected) {
  commands_.push_back({body, expected});
}

void LifeBehaviour::Turn::cancel_all() {
  Units units{0};
  bool has_any_left = false;
  for (const SliceView& slice : sight_.slices()) {
    const bool can = next_state(slice.state, Step::cancel) != no_state;
    units += can ? slice.units : Units{0};
    has_any_left = has_any_left || has_left(slice.state);
  }
  // What is on its way is brought back instead.
  life_.wants_return = has_any_left;
  Expected expected{.units = units, .may_be_late = true};
  if (units == Units{0}) {
    expected = {.counts = false, .may_be_late = true};
  }
  commands_.push_back({*life_.cancel, expected});
  life_.cancel.reset();
}

bool LifeBehaviour::Turn::settle_payment() {
  const bool lives =
      sight_.units(SliceState::reserved) + sight_.units(SliceState::backordered) > Units{0};
  if (!life_.is_unpaid() || life_.is_authorised || !lives) {
    return false;
  }
  if (life_.never_pays) {
    // It waits until its time is over.
    ++life_.quiet_looks;
    return true;
  }
  const std::uint64_t worth = sight_.worth(life_);
  if (life_.looks == 1 && draw(shares_.fails_first)) {
    push(step(Step::fail_payment), {.counts = false, .may_be_late = true});
  }
  StepOrder pay = step(Step::authorise_payment);
  if (worth > 0 && draw(shares_.mistaken)) {
    pay.value = worth - 1;
    push(pay, {.refusal = Refusal::wrong_amount, .may_be_late = true});
  }
  pay.value = worth;
  push(pay, {.counts = false, .may_be_late = true});
  return true;
}

bool LifeBehaviour::Turn::settle_hold() {
  if (life_.held_for == 0) {
    return false;
  }
  StepOrder release = step(Step::release_hold);
  release.reason = life_.held_for;
  push(release, {.units = sight_.units(SliceState::reserved),
                 .counts = sight_.units(SliceState::backordered) == Units{0}});
  return true;
}

/// Once, while a wave is awaited: somebody holds the order back, or wants less of it, or a node
/// will not have it.
bool LifeBehaviour::Turn::change_mind() {
  const Units ready = sight_.units(SliceState::allocated) + sight_.units(SliceState::waved);
  const Units waiting = sight_.units(SliceState::backordered);
  const bool is_at_start = life_.looks <= 2 && life_.parcel_count == 0;
  if (!is_at_start || ready == Units{0} || sight_.view().state == OrderState::in_work) {
    return false;
  }
  if (draw(shares_.held)) {
    StepOrder hold = step(Step::hold);
    hold.reason = static_cast<std::uint8_t>(1 + random_.below(hold_reasons - 1));
    push(hold, {.units = ready, .counts = waiting == Units{0}});
    return true;
  }
  if (draw(shares_.changed)) {
    push(Step::cancel, some(ready));
    return true;
  }
  if (draw(shares_.rejected)) {
    const NodeIndex node = sight_.nodes().front();
    const Units there =
        sight_.units_at(node, SliceState::allocated) + sight_.units_at(node, SliceState::waved);
    if (there > Units{0}) {
      push(Step::reject_node, there, node);
      return true;
    }
  }
  return false;
}

}  // namespace millrace::load
