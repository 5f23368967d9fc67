// The life of an order after its placement: steps of picking, packing, shipping and delivery,
// rerouting, cancellation, and what falls due in time. Part of allocate; it works on the tables
// that Reserve owns. docs/order-life.md has the rules and the picture.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/core/batch.h"
#include "engine/core/life.h"
#include "engine/core/limits.h"
#include "engine/stages/reserve.h"
#include "engine/state/expiry_wheel.h"
#include "engine/state/id_index.h"
#include "engine/state/network.h"
#include "engine/state/note_table.h"

namespace millrace {

class Life {
 public:
  /// `reserve` outlives it.
  Life(const Network& network, Reserve& reserve, const Limits& limits);

  /// Decides and books an order with an unusual policy: one that is held back, or of a cart.
  Outcome place(const NewOrder& order, Batch& batch);

  /// Carries out a step, or refuses it without a trace. The order exists; `other` is the one that
  /// the step names besides, or no_slot.
  Outcome step(const StepOrder& body, Slot slot, Slot other, std::uint32_t command, Batch& batch);

  /// Cancels what has not left yet and gives what it held to those who wait. The order exists.
  Outcome cancel(const CancelOrder& body, Slot slot, std::uint32_t command, Batch& batch);

  /// A node is out, or back.
  Outcome change_node(const StockChange& change, std::uint32_t command, Batch& batch);

  /// Carries out what falls due by now, before the message that begins with `command`.
  void see_time(Time now, std::uint32_t command, Batch& batch) {
    now_ = now;
    see_thinned(command, batch);
    if (now >= next_due_) {
      expire(command, batch);
    }
  }

  /// Orders that left memory hold nothing for a cart any more, and nobody looks for them there.
  void forget_carts();

  /// Orders lost units by what happened to stock: perhaps vendors have them, or nothing of the
  /// order is awaited any more.
  void see_thinned(std::uint32_t command, Batch& batch) {
    if (!reserve_.seeking_.empty()) {
      seek_vendors(command, batch);
    }
    for (const Slot slot : reserve_.thinned_) {
      see_arrival(slot);
    }
    reserve_.thinned_.clear();
  }

  /// Nothing falls due before this moment; Time{~0} if nothing will.
  [[nodiscard]] Time next_due() const { return next_due_; }

  /// What is wrong with parcels, accounts and timers, if anything.
  [[nodiscard]] std::optional<std::string> audit() const;

  /// Winds up the timers again after a load.
  void load();

 private:
  enum class Timer : std::uint8_t { none = 0, feedback = 1, close = 2, done = 3, payment = 4 };

  /// A step on its way.
  struct Job {
    const StepOrder& body;
    Step step;
    Slot slot;
    Slot other;
    OrderRecord& record;
    std::uint32_t command;
    Batch& batch;
  };

  /// What of an order a step could move.
  struct Found {
    bool any;  ///< something is on that line, at that node, in that parcel
    SliceState first;
    std::uint32_t slices;
    Units units;
    bool noted;  ///< a slice that the step moves has a note of its own
  };

  [[nodiscard]] const OrderTable& orders() const { return reserve_.orders_; }

  // life.cpp
  [[nodiscard]] static Outcome not_allowed(SliceState state, Step step, std::uint16_t reason);
  [[nodiscard]] static bool matches(const Slice& slice, const StepOrder& body, Step step);
  [[nodiscard]] Found find(const Job& job) const;
  /// Why the step cannot be taken, if it cannot: status none then.
  [[nodiscard]] Outcome check(const Job& job, const Found& found) const;
  /// The same of a step that nothing of the order may be too far for.
  [[nodiscard]] Outcome check_every_slice(const Job& job) const;
  /// Calls act(index) for each slice that takes the step, a last one split off if need be.
  template <class Act>
  Units move(const Job& job, Act act);
  std::uint32_t split(Slot slot, std::uint32_t at, Units units);
  /// The step itself, once it may be taken.
  Outcome take(const Job& job, const Found& found);
  Outcome advance(const Job& job, const Found& found);
  /// The last slice of an order that waits leaves the queue.
  void leave_queue(std::uint32_t at);
  /// A slice gives up for good what it waits for or holds; whether it held anything.
  bool let_go_of(Slot slot, std::uint32_t at, SliceState next, std::uint32_t command, Batch& batch);
  /// Fills the waiters of the rows of the first chosen slices.
  void fill_chosen(std::uint32_t count, std::uint32_t command, Batch& batch);

  /// The event told of an order, or of one of its slices.
  [[nodiscard]] Event event_of(Slot slot, EventKind kind) const;
  [[nodiscard]] Event event_of(Slot slot, const Slice& slice, EventKind kind) const;

  // life_ship.cpp
  Outcome pack(const Job& job, const Found& found);
  [[nodiscard]] Refusal check_parcel(const Job& job, std::uint32_t parcel) const;
  [[nodiscard]] bool mixes_fragile(const Job& job) const;
  void tell_opened(const Job& job, const ParcelNote& parcel, bool first);
  void tell_invoice(const Job& job, NodeIndex node);
  [[nodiscard]] bool has_parcels(Slot slot) const;
  /// What a vendor ships is packed and labelled with that.
  Refusal open_vendor_parcel(const Job& job);
  Outcome label(const Job& job, const Found& found);
  Outcome ship(const Job& job, const Found& found);
  /// Asks for the payment of what has left, or was done, of an order that was placed unpaid.
  void tell_capture(const Job& job, const Outcome& outcome);
  Outcome deliver(const Job& job);
  Outcome give_feedback(const Job& job, const Found& found);
  [[nodiscard]] std::uint32_t find_parcel(Slot slot, std::uint32_t number) const;
  [[nodiscard]] std::uint32_t find_account(Slot slot) const;
  /// Starts the order's timer once everything that lives has arrived.
  void see_arrival(Slot slot);
  void start_timer(Slot slot, std::uint32_t account, Timer timer, Time due);
  void expire(std::uint32_t command, Batch& batch);
  void fall_due(Slot slot, std::uint32_t command, Batch& batch);

  /// What the wheel calls an order's timer, or the request of the slice with a number.
  [[nodiscard]] static std::uint64_t key_of(Slot slot, std::uint32_t number_plus_one = 0) {
    return std::uint64_t{slot.value} << 32U | number_plus_one;
  }

  [[nodiscard]] std::optional<std::string> audit_money(Slot slot) const;

  // life_cart.cpp
  /// What the cart's hold has is for this order to take, before anybody who waits.
  Outcome place_of_cart(const NewOrder& order, std::uint8_t policy, Batch& batch);
  /// The hold of a cart that neither ended nor became an order, or no_slot.
  [[nodiscard]] Slot cart_hold_of(std::uint64_t cart) const;
  [[nodiscard]] bool is_of_cart(Slot slot, std::uint64_t cart) const;
  [[nodiscard]] bool waits_for_checkout(Slot slot) const;
  void enter_cart(Slot slot, std::uint64_t cart);
  /// Makes what a hold has available, and takes it back.
  void lend(Slot slot);
  void take_back(Slot slot);
  void replace(Slot slot, std::uint32_t command, Batch& batch);
  Outcome confirm_hold(const Job& job);
  Outcome extend_hold(const Job& job);

  // life_hold.cpp
  /// How an order is held back from its placement on: AccountNote::unpaid or cart, and how long.
  struct SoftHold {
    std::uint8_t kind;
    std::uint64_t us;
  };

  Outcome place_softly(const NewOrder& order, std::uint8_t policy, SoftHold hold, Batch& batch);
  /// `policy` has the bits that the order's head keeps no more.
  Outcome place_by_policy(const NewOrder& order, std::uint8_t policy, Batch& batch);
  [[nodiscard]] static bool waits_for_payment(const OrderRecord& record);
  /// What the units that live cost.
  [[nodiscard]] std::uint64_t worth(const OrderRecord& record) const;
  /// Slices that are to be picked and would not be on hold.
  [[nodiscard]] std::uint32_t ready_slices(const OrderRecord& record) const;
  Units put_on_hold(Slot slot, std::uint8_t reason, std::uint32_t command, Batch& batch);
  Outcome hold(const Job& job);
  Outcome release_hold(const Job& job);
  [[nodiscard]] bool may_resume(const OrderRecord& record) const;
  /// One reason less to hold the order; without any it goes on.
  Outcome let_go(const Job& job, std::uint8_t reason);
  Outcome resume(const Job& job);
  Units resume_at(const Job& job, NodeIndex node);
  Outcome pay(const Job& job);
  Outcome payment_failed(const Job& job, std::uint32_t account, bool waits);
  /// Holds the order back for its payment; the slices for it are left.
  Units wait_for_payment(const Job& job, std::uint32_t account);
  void expire_order(Slot slot, std::uint32_t command, Batch& batch);
  void stop_timer(std::uint32_t account);

  // life_outage.cpp
  /// A bit of what a node's going or coming back brings about; the rest follows soon.
  Outcome look_on(NodeIndex node, std::uint32_t command, Batch& batch);
  /// Both return whether there is more to look at.
  bool empty_node(Outage& outage, Outcome& outcome, std::uint32_t command, Batch& batch);
  bool serve_from(Outage& outage, Outcome& outcome, std::uint32_t command, Batch& batch);
  /// Whether the order had anything that could leave the node.
  bool leave_out_node(Slot slot, NodeIndex node, Outcome& outcome, std::uint32_t command,
                      Batch& batch);

  // life_return.cpp
  Units choose_cancelled(const Job& job, std::uint32_t& count);
  /// Cancels them; those that held stock are the chosen slices from the first `freed` on.
  Outcome cancel_chosen(const Job& job, std::uint32_t& freed);
  Outcome cancel_units(const Job& job);
  Outcome open_return(const Job& job, const Found& found);
  [[nodiscard]] std::uint32_t find_return(Slot slot, std::uint32_t slice) const;
  Outcome dispose(const Job& job);
  [[nodiscard]] bool fits_back(const Job& job) const;
  [[nodiscard]] bool still_damaged(const Job& job) const;
  void put_back(const Slice& slice, Step step);
  /// What the customer gets for a slice that came back, if enough was paid.
  [[nodiscard]] std::uint64_t refund_of(const Slice& slice, const ReturnNote& note) const;
  [[nodiscard]] std::uint64_t paid(const OrderRecord& record, const AccountNote& account) const;
  Outcome refund(const Job& job, Slot instead);
  Outcome exchange(const Job& job);

  // life_reroute.cpp
  Outcome reroute(const Job& job, const Found& found);
  /// The first chosen slices, of so many units together, seek other places.
  Outcome reroute_chosen(const Job& job, std::uint32_t count, Units moved);
  void leave_node(const Job& job, std::uint32_t at);
  /// What the node says of the slice's units, as a change of the cell.
  void correct_count(const Slice& slice, const Job& job);
  /// Whether every cell can have a mark that the step may need.
  bool can_mark(const Job& job);
  void note_tried(Slot slot, std::uint8_t line, NodeIndex node);

  /// Holds what can be of the chosen slices elsewhere; what cannot waits or is given up.
  void settle(const Job& job, std::uint32_t count) { settle_by(job, count, &Reserve::fill_slices); }

  using Fill = Units (Reserve::*)(Slot slot, std::span<const std::uint32_t> waiting,
                                  std::uint32_t command, Batch& batch);
  void settle_by(const Job& job, std::uint32_t count, Fill fill);
  Units give_up(const Job& job, std::uint32_t count);

  // life_vendor.cpp
  Outcome place_asking_vendors(const NewOrder& order, bool unpaid, Batch& batch);
  /// An order that waits for nothing has the rest of its placement cancelled.
  void cancel_rest(const Job& job, std::uint32_t count);
  /// Asks vendors for what of the chosen slices still waits, if the order may.
  void ask_vendors(const Job& job, std::uint32_t count);
  void seek_vendors(std::uint32_t command, Batch& batch);
  /// Appends the order's waiting slices to the first chosen ones; those among them stay once.
  [[nodiscard]] std::uint32_t choose_waiting(const OrderRecord& record, std::uint32_t count);
  Outcome vendor_accept(const Job& job);
  /// The vendor need not answer for the slice any more.
  void end_request(Slot slot, std::uint32_t at);
  void note_request(Slot slot, std::uint32_t at, Time due);
  [[nodiscard]] std::uint32_t find_request(Slot slot, std::uint32_t at) const;
  /// A slice that is with a vendor is not wanted any more.
  void withdraw_request(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch);
  void time_out(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch);
  [[nodiscard]] std::optional<std::string> audit_requests(Slot slot, std::uint32_t& timers) const;

  // life_service.cpp
  /// Books goods, and services behind them.
  Outcome place_lines(const NewOrder& order, std::uint8_t policy, Batch& batch);
  Outcome place_goods(const NewOrder& order, std::uint8_t policy, Batch& batch);
  Outcome schedule(const Job& job);
  Outcome activate(const Job& job);

  // life_amend.cpp
  Outcome change_address(const Job& job);
  Outcome change_service(const Job& job);
  /// Lets the order go to a region by a service; what waits for its wave may leave from elsewhere.
  Outcome redirect(const Job& job, RegionIndex region, ServiceIndex service);
  /// The slices that wait for their wave, into chosen_.
  std::uint32_t choose_allocated(const OrderRecord& record);
  [[nodiscard]] Cents cost_where_they_are(std::span<const std::uint32_t> slices, RegionIndex region,
                                          ServiceIndex service) const;
  /// Holds what was lent to the plan where it was; its shipments wait for other waves perhaps.
  void keep_shipments(const Job& job, std::uint32_t count, bool other_waves);
  void set_way(const Job& job, RegionIndex region, ServiceIndex service);
  void promise_again(OrderRecord& record);
  Outcome move_units(const Job& job, const Found& found);
  /// Why the units that the step takes cannot go to its node, if they cannot.
  [[nodiscard]] Refusal check_target(const Job& job, const Found& found) const;
  /// Nothing of the order would leave from elsewhere.
  [[nodiscard]] bool moves_whole(const Job& job) const;
  [[nodiscard]] bool target_has(const Job& job) const;

  // life_lines.cpp
  struct MoreUnits {
    Row row;
    Units units;
    std::uint8_t line;
    std::uint32_t unit_price;
  };

  /// A waiting slice, and a piece held at each node of a plan: twice, since they may be put on
  /// hold.
  static constexpr std::uint32_t slices_of_more = 2 * (shipments_per_order_max + 1);

  /// A line that shall have fewer units.
  struct FewerUnits {
    Units units;
    std::uint8_t line;
  };

  /// What a change of several lines comes to.
  struct LineChanges {
    std::array<MoreUnits, lines_per_order_max> more;
    std::array<FewerUnits, lines_per_order_max> fewer;
    std::uint32_t more_count;
    std::uint32_t fewer_count;
  };

  Outcome change_units(const Job& job, const Found& found);
  Outcome take_units_off(const Job& job, const Found& found, Units units);
  Outcome add_line(const Job& job);
  Outcome add_units(const Job& job, const MoreUnits& more);
  /// Why they cannot be added, if they cannot: status none then.
  [[nodiscard]] Outcome check_more(const Job& job, const MoreUnits& more);
  [[nodiscard]] Units quota_left(const OrderRecord& record, Row row) const;

  [[nodiscard]] bool is_early(Row row) const { return reserve_.on_sale_[row.value].at > Time{0}; }

  /// Adds them to the order as a slice: scheduled, or waiting in its queue.
  std::uint32_t append_more(const Job& job, const MoreUnits& more);
  /// More units than the authorised payment covers: the order waits for its payment again.
  void see_payment(const Job& job);

  // life_change_lines.cpp
  Outcome change_lines(const Job& job);
  /// Why the lines cannot be that, if they cannot, as far as the order alone tells.
  [[nodiscard]] Outcome compare_lines(const Job& job, LineChanges& changes) const;
  [[nodiscard]] Outcome check_changes(const Job& job, const LineChanges& changes);
  void add_lines(const Job& job, std::span<const MoreUnits> more, Outcome& outcome);
  /// Takes units off; how many slices are chosen, which held stock.
  std::uint32_t take_lines_off(const Job& job, std::span<const FewerUnits> fewer, Outcome& outcome);

  const Network& network_;
  Reserve& reserve_;
  ExpiryWheel wheel_;
  IdIndex carts_;                      ///< the last hold of each cart
  LargeArray<std::uint32_t> chosen_;   ///< scratch: slices of one step
  LargeArray<std::uint32_t> pending_;  ///< scratch: those of them that still seek a node
  Time now_{0};
  Time next_due_{~std::uint64_t{0}};
};

template <class Act>
Units Life::move(const Job& job, Act act) {
  const bool all = job.body.units == Units{0};
  Units moved{0};
  for (std::uint32_t at = job.record.first_slice; at != no_slice;) {
    const Slice& slice = reserve_.orders_.slice(at);
    const std::uint32_t next = slice.next;
    if (matches(slice, job.body, job.step) && next_state(slice.state, job.step) != no_state) {
      const Units left = job.body.units - moved;
      const bool part = !all && slice.units > left;
      moved += part ? left : slice.units;
      act(part ? split(job.slot, at, left) : at);
      if (!all && moved == job.body.units) {
        break;
      }
    }
    at = next;
  }
  return moved;
}

}  // namespace millrace
