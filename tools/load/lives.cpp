// Full frames while answers are on their way, partial ones only when hardly any are: so the
// connection is never idle and frames are large under load.
#include "tools/load/lives.h"

#include <algorithm>
#include <span>
#include <utility>

namespace millrace::load {

namespace {

/// An order may have many slices, and the answer to a look has them all.
constexpr std::uint32_t looks_max = 64;
/// With fewer frames on their way, a partial one is sent.
constexpr std::uint32_t frames_busy = 2;

template <class Body>
const Body& body_of(const LifeCommand& command) {
  return std::get<Body>(command.body);
}

}  // namespace

LivesSource::LivesSource(std::unique_ptr<Source> orders, const LivesOptions& options,
                         std::uint32_t connections)
    : orders_(std::move(orders)),
      options_(options),
      behaviour_(options.seed, options.shares, options.node_count, options.service),
      lanes_(connections) {}

std::optional<std::uint64_t> LivesSource::next_ns(std::uint32_t connection) const {
  const Lane& lane = lanes_[connection];
  return lane.waiting.empty() ? std::nullopt : std::optional(lane.waiting.front().due_ns);
}

bool LivesSource::next(std::uint32_t connection, const FrameBounds& bounds, Frame& frame) {
  Lane& lane = lanes_[connection];
  now_ns_ = std::max(now_ns_, frame.intended_ns);
  while (!lane.waiting.empty() && lane.waiting.front().due_ns <= now_ns_) {
    lane.to_look.push_back(lane.waiting.front().life);
    lane.waiting.pop_front();
  }
  const bool found = fill_steps(lane, bounds, frame) || fill_cancels(lane, bounds, frame) ||
                     fill_receipts(lane, bounds, frame) || fill_new_orders(lane, bounds, frame) ||
                     fill_looks(lane, bounds, frame) || fill_orders(connection, bounds, frame);
  lane.frames += found ? 1 : 0;
  return found;
}

bool LivesSource::fill_steps(Lane& lane, const FrameBounds& bounds, Frame& frame) {
  const std::size_t count = std::min<std::size_t>(lane.steps.size(), bounds.steps_max);
  if (count == 0 || (count < bounds.steps_max && lane.frames >= frames_busy)) {
    return false;
  }
  frame.kind = FrameKind::steps;
  for (std::size_t i = 0; i < count; ++i) {
    const LifeCommand& command = lane.steps.front().command;
    if (i > 0 && frame.lines.size() + command.lines.size() > bounds.lines_max) {
      break;
    }
    frame.indexes.push_back(no_order);
    frame.steps.push_back(body_of<StepOrder>(command));
    frame.lines.insert(frame.lines.end(), command.lines.begin(), command.lines.end());
    lane.sent.push_back(std::move(lane.steps.front()));
    lane.steps.pop_front();
  }
  return true;
}

bool LivesSource::fill_cancels(Lane& lane, const FrameBounds& bounds, Frame& frame) {
  const std::size_t count = std::min<std::size_t>(lane.cancels.size(), bounds.commands_max);
  frame.kind = count > 0 ? FrameKind::cancels : frame.kind;
  for (std::size_t i = 0; i < count; ++i) {
    const Pending& pending = lane.cancels.front();
    const Life& life = lives_[pending.life];
    // Of one that has left in part, a part stays.
    frame.indexes.push_back(life.wants_return ? no_order : life.index);
    frame.cancels.push_back(body_of<CancelOrder>(pending.command));
    lane.sent.push_back(std::move(lane.cancels.front()));
    lane.cancels.pop_front();
  }
  return count > 0;
}

bool LivesSource::fill_receipts(Lane& lane, const FrameBounds& bounds, Frame& frame) {
  const std::size_t count = std::min<std::size_t>(lane.receipts.size(), bounds.commands_max);
  frame.kind = count > 0 ? FrameKind::receipts : frame.kind;
  for (std::size_t i = 0; i < count; ++i) {
    frame.indexes.push_back(no_order);
    frame.receipts.push_back(body_of<ReceiveStock>(lane.receipts.front().command));
    lane.sent.push_back(std::move(lane.receipts.front()));
    lane.receipts.pop_front();
  }
  return count > 0;
}

bool LivesSource::fill_new_orders(Lane& lane, const FrameBounds& bounds, Frame& frame) {
  std::size_t count = 0;
  for (; !lane.new_orders.empty() && count < bounds.commands_max; ++count) {
    const NewOrder& order = body_of<NewOrder>(lane.new_orders.front().command);
    if (count > 0 && frame.lines.size() + order.lines.size() > bounds.lines_max) {
      break;
    }
    frame.indexes.push_back(no_order);
    frame.heads.push_back(order.head);
    frame.lines.insert(frame.lines.end(), order.lines.begin(), order.lines.end());
    lane.sent.push_back(std::move(lane.new_orders.front()));
    lane.new_orders.pop_front();
  }
  return count > 0;
}

bool LivesSource::fill_looks(Lane& lane, const FrameBounds& bounds, Frame& frame) {
  const std::size_t most = std::min(bounds.commands_max, looks_max);
  const std::size_t count = std::min(lane.to_look.size(), most);
  if (count == 0 || (count < most && lane.frames >= frames_busy)) {
    return false;
  }
  frame.kind = FrameKind::looks;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t at = lane.to_look.front();
    lane.to_look.pop_front();
    frame.indexes.push_back(at);
    frame.looks.push_back({lives_[at].head.id});
  }
  return true;
}

bool LivesSource::fill_orders(std::uint32_t connection, const FrameBounds& bounds, Frame& frame) {
  Lane& lane = lanes_[connection];
  const auto share =
      std::max<std::uint32_t>(1, options_.open_max / static_cast<std::uint32_t>(lanes_.size()));
  while (!lane.is_dry) {
    // Room for a whole frame is awaited, or for as much as may be open at all.
    FrameBounds room = bounds;
    room.commands_max = std::min(bounds.commands_max, share);
    if (lane.open + room.commands_max > share && lane.open > 0) {
      return false;
    }
    if (!orders_->next(connection, room, frame)) {
      lane.is_dry = true;
      return false;
    }
    if (frame.kind == FrameKind::orders) {
      take_orders(lane, frame);
      return true;
    }
    take_cancels(lane, frame);
    const std::uint64_t intended_ns = frame.intended_ns;
    frame.clear();
    frame.intended_ns = intended_ns;
    if (fill_cancels(lane, bounds, frame)) {
      return true;
    }
  }
  return false;
}

void LivesSource::take_orders(Lane& lane, Frame& frame) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < frame.heads.size(); ++i) {
    const auto lines = std::span(frame.lines).subspan(line, frame.heads[i].line_count);
    line += lines.size();
    const std::uint32_t at = add_life(frame.heads[i], lines, frame.indexes[i]);
    lives_[at].other_postal = std::exchange(last_postal_, frame.heads[i].postal);
    lives_[at].other_country = std::exchange(last_country_, frame.heads[i].country);
    behaviour_.begin(lives_[at]);
    frame.heads[i] = lives_[at].head;
    lane.sent.push_back({at, {NewOrder{}}});
    ++lane.open;
  }
}

std::uint32_t LivesSource::add_life(const OrderHead& head, std::span<const OrderLine> lines,
                                    std::uint64_t index) {
  const auto at = static_cast<std::uint32_t>(lives_.size());
  Life& life = lives_.emplace_back();
  life.head = head;
  life.index = index;
  life.lines = lines_of(lines);
  life.active_ns = now_ns_;
  by_id_.try_emplace(head.id, at);
  return at;
}

/// A customer has second thoughts: heard when the order is next looked at, or at once if it is
/// over.
void LivesSource::take_cancels(Lane& lane, const Frame& frame) {
  for (const CancelOrder& cancel : frame.cancels) {
    const auto found = by_id_.find(cancel.order);
    std::uint32_t at = 0;
    if (found != by_id_.end()) {
      at = found->second;
    } else {
      // An order that nobody placed, so that nothing is to be done for it but to ask.
      OrderHead head{};
      head.id = cancel.order;
      at = add_life(head, {}, no_order);
      lives_[at].is_over = true;
    }
    Life& life = lives_[at];
    if (life.is_over) {
      lane.cancels.push_back({at, {cancel, {.counts = false, .may_be_late = true}}});
      ++life.unanswered;
    } else {
      life.cancel = cancel;
    }
  }
}

CommandId LivesSource::new_command_id(Life& life) const {
  return {hash_id(life.head.id) ^ mix64(options_.seed + 1), ++life.commands};
}

void LivesSource::enqueue(Lane& lane, std::uint32_t at, LifeCommand command) {
  Life& life = lives_[at];
  ++life.unanswered;
  if (auto* step = std::get_if<StepOrder>(&command.body)) {
    if (command.expected.repeats) {
      step->command = {hash_id(life.head.id) ^ mix64(options_.seed + 1), life.commands};
    } else {
      step->command = new_command_id(life);
    }
    lane.steps.push_back({at, std::move(command)});
  } else if (std::holds_alternative<CancelOrder>(command.body)) {
    lane.cancels.push_back({at, std::move(command)});
  } else if (auto* receipt = std::get_if<ReceiveStock>(&command.body)) {
    receipt->command = new_command_id(life);
    lane.receipts.push_back({at, std::move(command)});
  } else {
    // It is a life of its own; its answer comes to that one.
    const auto& order = std::get<NewOrder>(command.body);
    --life.unanswered;
    const std::uint32_t mate = add_life(order.head, order.lines, no_order);
    lives_[at].replacement_life = mate;
    lives_[mate].replacement_life = at;
    ++lane.open;
    lane.new_orders.push_back({mate, std::move(command)});
  }
}

void LivesSource::placed(Lane& lane, std::uint32_t at, const Outcome& outcome,
                         std::uint64_t now_ns) {
  Life& life = lives_[at];
  ledger_.placed(life, outcome);
  life.active_ns = now_ns;
  if (life.index == no_order) {
    Life& mate = lives_[life.replacement_life];
    mate.replacement = life.is_placed ? Replacement::placed : Replacement::refused;
  }
  if (life.is_placed) {
    lane.to_look.push_back(at);
    return;
  }
  if (life.cancel) {
    lane.cancels.push_back({at, {*life.cancel, {.refusal = Refusal::order_was_refused}}});
    ++life.unanswered;
    life.cancel.reset();
  }
  end(lane, at);
}

void LivesSource::end(Lane& lane, std::uint32_t at) {
  Life& life = lives_[at];
  life.is_over = true;
  life.lines = {};
  life.parcels = {};
  --lane.open;
}

void LivesSource::looked(Lane& lane, std::uint32_t at, const Sight& sight, std::uint64_t now_ns,
                         Failures& failures) {
  Life& life = lives_[at];
  if (sight.view().state == OrderState::unknown || sight.view().id != life.head.id) {
    failures.add("an order that was acknowledged is not known");
    end(lane, at);
    return;
  }
  if (LifeBehaviour::is_over(life, sight)) {
    ledger_.ended(life, sight, false, failures);
    end(lane, at);
    return;
  }
  std::vector<LifeCommand> commands = behaviour_.next(life, sight);
  bool asks = false;
  for (LifeCommand& command : commands) {
    asks = asks || !std::holds_alternative<NewOrder>(command.body);
    enqueue(lane, at, std::move(command));
  }
  life.active_ns = commands.empty() ? life.active_ns : now_ns;
  if (asks) {
    return;
  }
  if (now_ns - life.active_ns > options_.patience_ns) {
    ledger_.ended(life, sight, true, failures);
    end(lane, at);
    return;
  }
  lane.waiting.push_back({now_ns + options_.look_again_ns, at});
}

void LivesSource::answered(std::uint32_t connection, const Frame& frame, const FrameAnswer& answer,
                           Failures& failures) {
  Lane& lane = lanes_[connection];
  --lane.frames;
  if (frame.kind == FrameKind::looks) {
    std::size_t slice = 0;
    for (std::size_t i = 0; i < std::min(frame.count(), answer.orders.size()); ++i) {
      const OrderView& view = answer.orders[i];
      const Sight sight(view, answer.slices.subspan(slice, view.slice_count));
      slice += view.slice_count;
      looked(lane, static_cast<std::uint32_t>(frame.indexes[i]), sight, now_ns_, failures);
    }
    return;
  }
  if (frame.kind == FrameKind::orders && frame.indexes.front() != no_order) {
    orders_->answered(connection, frame, answer, failures);
    lane.is_dry = false;
  }
  for (std::size_t i = 0; i < frame.count() && i < answer.outcomes.size(); ++i) {
    const Pending pending = std::move(lane.sent.front());
    lane.sent.pop_front();
    if (std::holds_alternative<NewOrder>(pending.command.body)) {
      placed(lane, pending.life, answer.outcomes[i], now_ns_);
      continue;
    }
    Life& life = lives_[pending.life];
    ledger_.answered(life, pending.command, answer.outcomes[i], failures);
    --life.unanswered;
    if (life.unanswered == 0 && !life.is_over) {
      lane.to_look.push_back(pending.life);
    }
  }
}

}  // namespace millrace::load
