// Units that vendors are asked for, as docs/order-life.md has them.
#include <algorithm>
#include <cstring>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

Units units_of(std::uint64_t units) {
  return Units{static_cast<std::uint32_t>(units)};
}

std::uint64_t sum_of(const Pieces& pieces) {
  std::uint64_t sum = 0;
  for (const Piece& piece : pieces) {
    sum += piece.units;
  }
  return sum;
}

}  // namespace

PlanQuestion Twin::vendor_question(const Order& order,
                                   const std::vector<OrderedLine>& lines) const {
  PlanQuestion question = question_of(order, lines);
  for (std::size_t node = 0; node < network_.node_count(); ++node) {
    bool is_asked = is_vendor(node) && !is_out(node);
    for (const Note& note : order.notes) {
      const auto* const tried = std::get_if<Tried>(&note);
      for (const OrderedLine& line : lines) {
        is_asked &= tried == nullptr || tried->node != node || tried->line != line.line;
      }
    }
    // Which day it is does not matter: a vendor ships when it says so.
    question.ship_day[node] = is_asked ? std::optional<std::int64_t>(0) : std::nullopt;
  }
  return question;
}

std::vector<std::size_t> Twin::waiting_of(const Order& order) {
  std::vector<std::size_t> waiting;
  for (std::size_t at = 0; at < order.slices.size(); ++at) {
    if (order.slices[at].state == SliceState::backordered) {
      waiting.push_back(at);
    }
  }
  return waiting;
}

std::optional<Outcome> Twin::decide_with_vendors(Order& order, std::size_t slot,
                                                 const std::vector<OrderedLine>& goods,
                                                 const PlanQuestion& question, const Pieces& own) {
  std::vector<OrderedLine> rest;
  std::uint64_t missing = 0;
  for (std::size_t i = 0; i < goods.size(); ++i) {
    OrderedLine line = goods[i];
    for (const Piece& piece : own) {
      line.units -= piece.line == i ? piece.units : 0;
    }
    missing += line.units;
    if (line.units > 0) {
      rest.push_back(line);
    }
  }
  const PlanQuestion asked = vendor_question(order, rest);
  Pieces pieces;
  if (const std::optional<Pieces> one = one_node_plan(network_, asked); one.has_value()) {
    pieces = *one;
  } else if (allows(order.policy, Policy::allow_split)) {
    pieces = split_plan(network_, asked);
  }
  const bool may_wait = allows(order.policy, Policy::allow_backorder);
  const bool may_lack = may_wait || allows(order.policy, Policy::allow_partial);
  if (pieces.empty() || (sum_of(pieces) < missing && !may_lack)) {
    return std::nullopt;
  }
  Outcome outcome = book_plan(order, slot, goods, question, own, true);
  if (!is_placing_softly_) {
    ask_vendors(order, slot, waiting_of(order));
    // What waits so far is added to what waits in all once the order is counted.
    for (const std::size_t at : waiting_of(order)) {
      Slice& slice = order.slices[at];
      if (!may_wait) {
        leave_queue(slot, at);
        slice.state = SliceState::cancelled;
        outcome.status = Status::partial;
        outcome.backordered -= units_of(slice.units);
        outcome.detail += static_cast<std::uint32_t>(slice.units);
      }
    }
  }
  promise_and_count(order, outcome);
  return outcome;
}

void Twin::ask_vendors(Order& order, std::size_t slot, const std::vector<std::size_t>& chosen) {
  if (!order.asks_vendors || order.holds != 0) {
    return;
  }
  (void)fill_in_rounds(order, slot, chosen, &Twin::request_slices);
  for (std::size_t at = 0; at < order.slices.size(); ++at) {
    const Request* const request = request_of(order, at);
    if (order.slices[at].state == SliceState::dropship_requested &&
        (request == nullptr || request->due == 0)) {
      note_request(order, slot, at, now_.us + network_.figures().life.vendor_answer_us);
    }
  }
}

std::uint64_t Twin::request_slices(std::size_t slot, const std::vector<std::size_t>& waiting) {
  Order& order = orders_[slot];
  const std::vector<OrderedLine> lines = lines_of(order, waiting);
  const PlanQuestion question = vendor_question(order, lines);
  std::uint64_t asked = 0;
  const auto request = [&](Slice& slice, std::size_t node) {
    slice.state = SliceState::dropship_requested;
    slice.node = node;
    rows_[slice.row].buckets[node].taken += static_cast<std::int64_t>(slice.units);
    asked += slice.units;
    tell(event_of(order, slice, EventKind::purchase_wanted));
  };
  if (const auto one = one_node_plan(network_, question); one.has_value()) {
    for (const std::size_t at : waiting) {
      leave_queue(slot, at);
      request(order.slices[at], one->front().node);
    }
  } else if (allows(order.policy, Policy::allow_split)) {
    for (const Piece& piece : split_plan(network_, question)) {
      const std::size_t at = waiting[piece.line];
      if (piece.units == order.slices[at].units) {
        leave_queue(slot, at);
        request(order.slices[at], piece.node);
        continue;
      }
      Slice part = order.slices[at];
      part.units = piece.units;
      order.slices[at].units -= piece.units;
      request(part, piece.node);
      order.slices.push_back(part);
    }
  }
  stats_.backorders_waiting -= asked;
  return asked;
}

Twin::Request* Twin::request_of(Order& order, std::size_t slice) {
  for (Note& note : order.notes) {
    auto* const request = std::get_if<Request>(&note);
    if (request != nullptr && request->slice == slice) {
      return request;
    }
  }
  return nullptr;
}

void Twin::note_request(Order& order, std::size_t slot, std::size_t at, std::uint64_t due) {
  const Request made{order.slices[at].line, order.slices[at].node, at, due};
  if (Request* const request = request_of(order, at); request != nullptr) {
    *request = made;
  } else {
    order.notes.push_back(made);
  }
  timers_.insert({due, slot, at + 1});
}

void Twin::end_request(Order& order, std::size_t slot, std::size_t at) {
  if (order.slices[at].state == SliceState::dropship_requested) {
    Request& request = *request_of(order, at);
    timers_.erase({request.due, slot, at + 1});
    request.due = 0;
  }
}

void Twin::withdraw(Order& order, std::size_t slot, std::size_t at) {
  const Slice& slice = order.slices[at];
  if (slice.state == SliceState::dropship_requested || slice.state == SliceState::vendor_accepted) {
    end_request(order, slot, at);
    tell(event_of(order, slice, EventKind::purchase_cancelled));
  }
}

Outcome Twin::vendor_accept(Order& order, std::size_t slot, const StepOrder& body) {
  if (body.code != 0 && (body.code < now_.us / us_per_day || body.code > 60'000)) {
    return refused(Refusal::moment_passed);
  }
  const std::vector<std::size_t> taken = take_units(order, body);
  Outcome outcome = accepted();
  for (const std::size_t at : taken) {
    end_request(order, slot, at);
    Slice& slice = order.slices[at];
    slice.state = SliceState::vendor_accepted;
    slice.ship_day = body.code;
    outcome.allocated += units_of(slice.units);
    if (body.code != 0) {
      order.promise_day =
          std::max(order.promise_day,
                   network_.delivery_day(order.service, order.region, slice.node, body.code));
    }
  }
  outcome.node = NodeIndex{static_cast<std::uint16_t>(order.slices[taken.front()].node)};
  return outcome;
}

void Twin::time_out(std::size_t slot, std::size_t at) {
  Order& order = orders_[slot];
  const Slice& slice = order.slices[at];
  tell(event_of(order, slice, EventKind::vendor_timed_out));
  request_of(order, at)->due = 0;
  const bool known = std::any_of(order.notes.begin(), order.notes.end(), [&](const Note& note) {
    const auto* const tried = std::get_if<Tried>(&note);
    return tried != nullptr && tried->line == slice.line && tried->node == slice.node;
  });
  if (!known && !is_out(slice.node)) {
    order.notes.push_back(Tried{slice.line, slice.node});
  }
  rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
  wait_again(slot, at);
  ++spent_;
  (void)seek_nodes(order, slot, {at});
  moved_.push_back(slot);
}

std::optional<Refusal> Twin::open_vendor_parcel(Order& order, const StepOrder& body) {
  if (body.parcel > 255) {
    return Refusal::unknown_parcel;
  }
  if (parcel_of(order, body.parcel) != nullptr) {
    return Refusal::parcel_closed;
  }
  Parcel parcel{};
  parcel.number = static_cast<std::uint8_t>(body.parcel);
  parcel.node = body.node.value;
  parcel.carrier = body.code;
  parcel.flags = 256U;
  std::memcpy(parcel.tracking.data(), &body.other, 16);
  std::memcpy(parcel.tracking.data() + 16, &body.value, 8);
  const bool is_first = std::none_of(order.notes.begin(), order.notes.end(), [](const Note& note) {
    return std::holds_alternative<Parcel>(note);
  });
  order.notes.push_back(parcel);
  if (is_first) {
    Event event = event_of(order, EventKind::invoice_wanted);
    event.node = body.node;
    tell(event);
  }
  return std::nullopt;
}

}  // namespace millrace::reference
