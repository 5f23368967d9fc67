// The reference twin: a second engine written from docs/semantics.md alone, slow and obvious, with
// vectors, maps and plain loops. The engine must agree with it outcome by outcome and digest by
// digest. Where the two differ, the document says who is wrong.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "engine/core/life.h"
#include "engine/core/limits.h"
#include "engine/state/network.h"
#include "tests/reference/plain_network.h"
#include "tests/reference/plan.h"
#include "tests/reference/price_book.h"
#include "tests/reference/twin_records.h"
#include "tests/reference/wave_book.h"
#include "tests/support/test_command.h"

namespace millrace::reference {

class Twin : private TwinRecords {
 public:
  /// Only the bounds that the document names count: skus_max, orders_max and commands_max.
  Twin(const Network& network, const Limits& limits);
  Twin(const Twin&) = delete;
  Twin& operator=(const Twin&) = delete;
  ~Twin() = default;

  /// Carries out one command or answers one query.
  [[nodiscard]] test::Answer apply(const test::TestCommand& command);

  /// Waves proposed since the last call, and what a restart proposes again.
  [[nodiscard]] std::vector<test::Proposal> take_proposals() { return waves_.take_proposals(); }

  [[nodiscard]] std::vector<test::Proposal> pending_waves() const { return waves_.pending(); }

  [[nodiscard]] std::uint64_t digest() const;

  /// What is wrong, if anything: negative buckets, wrong sums of slices, queues, capacity, waves.
  [[nodiscard]] std::optional<std::string> invariants() const;

  [[nodiscard]] std::size_t order_count() const { return orders_.size(); }

 private:
  using IdKey = std::pair<std::uint64_t, std::uint64_t>;

  static IdKey key_of(Id128 id) { return {id.high, id.low}; }

  // twin.cpp: time, ids, dispatch
  void advance(Time time);
  Outcome execute(const test::TestCommand& command, test::Answer& answer, bool& is_new_order);
  Outcome place_order(const OrderHead& head, const std::vector<OrderLine>& lines, bool& is_new);
  template <class Body>
  Outcome once(CommandKind kind, const Body& body);
  void add_to_outcome_digest(const Outcome& outcome, const std::vector<Slice>* new_slices);
  [[nodiscard]] std::optional<std::size_t> slot_of(OrderId id) const;
  [[nodiscard]] std::optional<std::size_t> row_of(Sku sku) const;

  // twin_stock.cpp: stock commands, cancellation, waves, fillings
  Outcome carry_out(const DefineSku& body);
  Outcome carry_out(const ReceiveStock& body);
  Outcome carry_out(const AdjustStock& body);
  Outcome carry_out(const CancelOrder& body);
  Outcome carry_out(const StockChange& body);
  Outcome carry_out(const ReleaseWave&, const std::vector<std::uint32_t>& slots);
  Outcome release_planned(const ReleaseWave&, const std::vector<std::uint32_t>& slots);
  std::uint64_t fill_row(std::size_t row);
  static std::vector<OrderedLine> lines_of(const Order&, const std::vector<std::size_t>& slices);
  std::uint64_t fill_slices(std::size_t slot, const std::vector<std::size_t>& waiting);
  std::uint64_t fill_whole_order(std::size_t slot);
  void leave_queue(std::size_t slot, std::size_t slice);

  // twin_change.cpp: stock on its way, buckets, and orders that lose what they held
  [[nodiscard]] std::optional<Refusal> check_change(const StockChange& body) const;
  [[nodiscard]] Inbound* find_inbound(Id128 reference);
  void remove_inbound(Id128 reference);
  void enter_inbound(const Inbound& inbound);
  Outcome plan_inbound(const StockChange& body);
  Outcome receive_inbound(const StockChange& body);
  Outcome transfer(const StockChange& body);
  Outcome move(const StockChange& body);
  std::optional<std::int64_t> make_room(std::size_t row, std::size_t node, std::int64_t needed);
  void reroute(std::size_t slot, std::size_t slice, std::size_t row);
  void take_off(std::size_t slot, std::size_t slice);

  // twin_life.cpp: steps of an order's life
  Outcome carry_out(const StepOrder& body);
  [[nodiscard]] static bool matches(const Slice& slice, const StepOrder& body);
  /// Plans anew what left its node; returns the units that are held again, and those given up.
  std::pair<std::uint64_t, std::uint64_t> seek_nodes(Order& order, std::size_t slot,
                                                     const std::vector<std::size_t>& chosen);
  using Fill = std::uint64_t (Twin::*)(std::size_t slot, const std::vector<std::size_t>& waiting);
  /// Plans what still waits of these, each SKU once a plan where the order may be split.
  std::uint64_t fill_in_rounds(Order& order, std::size_t slot,
                               const std::vector<std::size_t>& chosen, Fill fill);
  std::uint64_t give_up(Order& order, std::size_t slot, const std::vector<std::size_t>& chosen);
  void wait_again(std::size_t slot, std::size_t slice);
  /// Makes units of a slice one of their own, the order's last; its index.
  std::size_t cut_off(Order& order, std::size_t at, std::uint64_t units);
  /// The slices that take the step, the last one split off if it takes it in part.
  std::vector<std::size_t> take_units(Order& order, const StepOrder& body);
  Outcome move(Order& order, const StepOrder& body);
  void leave_shipment(Order& order, std::size_t slot, std::size_t slice);
  Outcome reroute(Order& order, std::size_t slot, const StepOrder& body);
  void correct_count(const Slice& slice, const StepOrder& body);
  Outcome pack(Order& order, const StepOrder& body);
  Outcome label(Order& order, const StepOrder& body);
  Outcome ship(Order& order, const StepOrder& body);
  Outcome deliver(Order& order, const StepOrder& body);
  void settle_arrivals();
  Outcome give_feedback(Order& order, const StepOrder& body, SliceState first);
  [[nodiscard]] static Parcel* parcel_of(Order& order, std::uint32_t number);
  [[nodiscard]] static Account* account_of(Order& order);
  [[nodiscard]] bool is_fragile(const Slice& slice) const;
  void set_timer(Account& account, std::size_t slot, std::uint8_t timer, std::uint64_t due);
  void expire();

  // twin_watch.cpp: what stock and time bring about beside the command at hand
  void expire_stock();
  void expire_slice(std::size_t slot, std::size_t at);
  void open_sale(std::size_t row);
  void settle_promises();
  void settle_low();
  void count_demand(std::size_t row, std::uint64_t units);
  void propose_more(const SkuRow& row, Event& event) const;
  void enter_queue(std::size_t slot, std::size_t at);
  [[nodiscard]] std::int64_t promise_of(const Order& order) const;
  Outcome set_low_stock(const StockChange& body);
  Outcome set_quota(const StockChange& body);
  Outcome set_on_sale(const StockChange& body);
  Outcome set_cancel_date(const StockChange& body);
  [[nodiscard]] std::vector<Quota*> quotas_of(std::size_t row, std::uint16_t channel);
  void uncount(const Order& order, const Slice& slice);

  // twin_hold.cpp: orders on hold, and payments; twin_cart.cpp: what is held for carts
  std::uint64_t put_on_hold(Order& order, std::size_t slot, std::uint8_t reason);
  void await(Order& order, std::size_t slot, bool payment);
  Outcome hold_back(Order& order, std::size_t slot, const StepOrder& body);
  Outcome let_go(Order& order, std::size_t slot, std::uint8_t reason);
  Outcome pay(Order& order, std::size_t slot, const StepOrder& body);
  void expire_order(Order& order, std::size_t slot);
  [[nodiscard]] static std::uint64_t worth(const Order& order);
  [[nodiscard]] std::optional<std::size_t> cart_hold_of(std::uint64_t cart);
  void lend(const Order& order);
  void take_back(const Order& order);
  void replace(std::size_t slot);
  Outcome confirm_hold(Order& order, std::size_t slot);
  Outcome extend_hold(Order& order, std::size_t slot, const StepOrder& body);

  // twin_service.cpp: lines of services; twin_amend.cpp: orders that change after their placement
  [[nodiscard]] bool is_service(std::size_t row) const { return (rows_[row].flags & 8U) != 0; }

  Outcome serve(Order& order, const StepOrder& body);
  void tell_capture(Order& order, const Outcome& outcome);
  Outcome amend(Order& order, std::size_t slot, const StepOrder& body);
  Outcome redirect(Order& order, std::size_t slot, std::size_t region, std::size_t service);
  void promise_again(Order& order);
  Outcome move_by_hand(Order& order, std::size_t slot, const StepOrder& body);
  Outcome change_units(Order& order, std::size_t slot, const StepOrder& body);
  Outcome add_line(Order& order, std::size_t slot, const StepOrder& body);
  Outcome add_units(Order& order, std::size_t slot, const OrderedLine& more);
  /// twin_change_lines.cpp: several lines that change at once
  [[nodiscard]] std::optional<Refusal> check_wanted() const;
  Outcome change_lines(Order& order, std::size_t slot, const StepOrder& body);
  [[nodiscard]] std::optional<Outcome> refuse_more(const Order& order,
                                                   const std::vector<OrderedLine>& more);
  void add_lines(Order& order, std::size_t slot, const std::vector<OrderedLine>& more,
                 Outcome& outcome);
  std::uint64_t wait_for_payment(Order& order, std::size_t slot, Account& account);

  // twin_vendor.cpp: units that vendors are asked for
  [[nodiscard]] bool is_vendor(std::size_t node) const {
    return network_.figures().nodes[node].vendor;
  }

  std::optional<Outcome> decide_with_vendors(Order& order, std::size_t slot,
                                             const std::vector<OrderedLine>& goods,
                                             const PlanQuestion& question, const Pieces& own);
  [[nodiscard]] PlanQuestion vendor_question(const Order& order,
                                             const std::vector<OrderedLine>& lines) const;
  void ask_vendors(Order& order, std::size_t slot, const std::vector<std::size_t>& chosen);
  std::uint64_t request_slices(std::size_t slot, const std::vector<std::size_t>& waiting);
  [[nodiscard]] static std::vector<std::size_t> waiting_of(const Order& order);
  [[nodiscard]] static Request* request_of(Order& order, std::size_t slice);
  void note_request(Order& order, std::size_t slot, std::size_t at, std::uint64_t due);
  void end_request(Order& order, std::size_t slot, std::size_t at);
  void withdraw(Order& order, std::size_t slot, std::size_t at);
  Outcome vendor_accept(Order& order, std::size_t slot, const StepOrder& body);
  void time_out(std::size_t slot, std::size_t at);
  [[nodiscard]] std::optional<Refusal> open_vendor_parcel(Order& order, const StepOrder& body);

  // twin_outage.cpp: nodes that are out, or back
  Outcome change_node(const StockChange& body);
  Outcome look_on(std::size_t node);
  bool leave_out_node(std::size_t slot, std::size_t node, Outcome& outcome);

  [[nodiscard]] bool is_out(std::size_t node) const {
    return outages_.contains(node) && outages_.at(node).out;
  }

  // twin_return.cpp: units that are cancelled, and goods that come back
  Outcome let_go_of(Order& order, std::size_t slot, const StepOrder& body,
                    std::vector<std::size_t>& rows_to_fill);
  Outcome cancel_units(Order& order, std::size_t slot, const StepOrder& body);
  Outcome open_return(Order& order, const StepOrder& body);
  Outcome dispose(Order& order, const StepOrder& body);
  Outcome refund(Order& order, const StepOrder& body, std::size_t instead);
  Outcome exchange(Order& order, const StepOrder& body);
  [[nodiscard]] static Return& return_of(Order& order, std::size_t slice);
  [[nodiscard]] static std::uint64_t paid(const Order& order);

  // twin_order.cpp: orders and capacity
  Outcome decide(Order& order, std::size_t slot, const OrderHead& head,
                 const std::vector<OrderLine>& lines);
  Outcome decide_goods(Order& order, std::size_t slot, const std::vector<OrderedLine>& goods);
  [[nodiscard]] std::optional<Refusal> check_head(const OrderHead& head) const;
  [[nodiscard]] std::optional<Refusal> resolve(const std::vector<OrderLine>& lines,
                                               std::vector<OrderedLine>& resolved) const;
  [[nodiscard]] std::optional<std::int64_t> ship_day(std::size_t node) const;
  [[nodiscard]] PlanQuestion question_of(const Order& order,
                                         const std::vector<OrderedLine>& lines) const;
  /// Holds the slice's units; a head is a new shipment.
  void hold(Order& order, std::size_t slot, Slice& slice, std::size_t node, std::int64_t day,
            bool head);
  void hold_pieces(Order& order, std::size_t slot, const std::vector<OrderedLine>& lines,
                   const PlanQuestion& question, const Pieces& pieces,
                   std::vector<std::uint64_t>& missing);
  void wait(Order& order, std::size_t slot, const OrderedLine& line, std::uint64_t units);
  Outcome hold_plan(Order& order, std::size_t slot, const std::vector<OrderedLine>& lines,
                    const PlanQuestion& question, const Pieces& pieces, bool waits);
  Outcome book_plan(Order& order, std::size_t slot, const std::vector<OrderedLine>& lines,
                    const PlanQuestion& question, const Pieces& pieces, bool waits);
  void promise_and_count(Order& order, Outcome& outcome);
  [[nodiscard]] bool has_closed_every_node(const PlanQuestion& question) const;

  // twin_events.cpp: the stream of events
  [[nodiscard]] Event outcome_event(const test::TestCommand& command, const Outcome& outcome) const;
  void tell(Event event);
  void tell_shipments(const Order& order, std::size_t first_slice);
  void tell_filling(const Order& order, const Slice& slice);
  static Event event_of(const Order& order, EventKind kind);
  Event event_of(const Order& order, const Slice& slice, EventKind kind) const;

  // twin_views.cpp: queries and what is counted
  [[nodiscard]] static OrderState state_of(const Order& order);
  void view(const GetOrder& query, test::Answer& answer) const;
  void view(const GetStock& query, test::Answer& answer) const;
  [[nodiscard]] static std::vector<Allocation> allocations_of(const Order& order);
  void count_order(const Order& order);

  // twin_digest.cpp
  static void add_note(Hasher& hasher, const Tried& tried);
  static void add_note(Hasher& hasher, const Parcel& parcel);
  static void add_note(Hasher& hasher, const Account& account);
  static void add_note(Hasher& hasher, const Return& goods);
  static void add_note(Hasher& hasher, const Link& link);
  static void add_note(Hasher& hasher, const Cart& cart);
  static void add_note(Hasher& hasher, const Request& request);

  // twin_invariants.cpp
  [[nodiscard]] std::optional<std::string> check_buckets() const;
  [[nodiscard]] std::optional<std::string> check_queues() const;
  [[nodiscard]] std::optional<std::string> check_orders() const;
  [[nodiscard]] std::optional<std::string> check_capacity() const;
  [[nodiscard]] std::optional<std::string> check_waves() const;

  PlainNetwork network_;
  PriceBook prices_{network_};
  Limits limits_;
  Time now_{0};
  std::uint64_t checked_second_ = 0;
  std::uint64_t sequence_ = 0;
  Hasher outcome_digest_;
  std::map<std::uint64_t, std::size_t> rows_by_sku_;
  std::vector<SkuRow> rows_;
  std::map<IdKey, std::size_t> slots_by_id_;
  std::vector<Order> orders_;
  std::deque<LoggedCommand> log_;  ///< oldest first
  std::map<IdKey, LoggedCommand> log_by_id_;
  std::vector<std::map<std::int64_t, std::int64_t>> shipments_;  ///< by node, then ship day
  std::vector<Quota> quotas_;
  std::map<std::size_t, Outage> outages_;  ///< by node
  WaveBook waves_;
  /// Due time, slot, and 0 for the order's timer or the number of a slice, from 1, for its request.
  std::set<std::tuple<std::uint64_t, std::size_t, std::size_t>> timers_;
  std::uint64_t spent_ = 0;  ///< slices that left a shipment
  Stats stats_{};
  bool is_placing_softly_ = false;    ///< nothing of the order is to be picked yet
  bool is_repeated_ = false;          ///< the command at hand, whose answer was given before
  std::vector<OrderLine> lines_now_;  ///< of the command at hand
  std::vector<std::size_t> moved_;    ///< orders of which units may have moved, to be looked at
  std::vector<std::size_t> seeking_;  ///< orders for which vendors are to be asked
  std::vector<Event> told_now_;       ///< by the command at hand
  std::uint64_t told_ = 0;
  Hasher event_digest_;
};

}  // namespace millrace::reference
