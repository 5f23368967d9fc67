// Applying plans: holds stock, takes capacity, keeps order records, slices and backorder queues,
// and notes every shipment for the wave stage. The only writer of these tables, within allocate.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/archive.h"
#include "engine/core/batch.h"
#include "engine/core/limits.h"
#include "engine/core/outcome.h"
#include "engine/core/section.h"
#include "engine/core/stock_command.h"
#include "engine/stages/booking.h"
#include "engine/stages/route.h"
#include "engine/stages/stock_price.h"
#include "engine/state/backorder_queue.h"
#include "engine/state/catalogue.h"
#include "engine/state/demand_table.h"
#include "engine/state/expiry_wheel.h"
#include "engine/state/filing_inbox.h"
#include "engine/state/id_table.h"
#include "engine/state/inbound_table.h"
#include "engine/state/network.h"
#include "engine/state/note_table.h"
#include "engine/state/order_entry.h"
#include "engine/state/order_table.h"
#include "engine/state/outage_table.h"
#include "engine/state/quota_table.h"
#include "engine/state/ship_calendar.h"
#include "engine/state/stock_marks.h"
#include "engine/state/stock_table.h"

namespace millrace {

class Reserve {
  /// The steps of an order's life are a part of this one writer, in files of their own.
  friend class Life;

 public:
  /// `ids` are validate's, which has written that of every slot it names.
  Reserve(const Network& network, const Limits& limits, const OrderIds& ids);

  /// A message begins: everything that was due until now happens, as if its first command did it.
  void begin(Time now, std::uint32_t first_command, Batch& batch) {
    now_ = now;
    calendar_.advance(now);
    if (alarms_.size() > 0 && alarms_.next() <= now) {
      expire(first_command, batch);
    }
  }

  /// A command is over: tells which cells became low and which promises moved by it.
  void end(std::uint32_t command, Batch& batch) {
    if (!touched_.empty() || !shifted_.empty()) {
      settle_promises(command, batch);
      settle_low(command, batch);
    }
  }

  /// When time next brings something about here.
  [[nodiscard]] Time next_alarm() const {
    return alarms_.size() > 0 ? alarms_.next() : Time{~std::uint64_t{0}};
  }

  /// Whether what customers ask for is counted of any SKU.
  [[nodiscard]] bool counts_demand() const { return demand_.any(); }

  /// Units that an order asks for, whether or not it gets them.
  void count_demand(std::span<const ResolvedLine> lines);

  void count_demand(Row row, Units units) { demand_.count(row, today(), units); }

  /// Decides and books an order; returns its answer, which is also kept in its record.
  Outcome place(const NewOrder& order, Batch& batch);

  /// The same of an order that may ask vendors: the rest waits until it has asked them.
  Outcome place_asking_vendors(const NewOrder& order, Batch& batch);

  /// Keeps the record of an order that validate refused.
  Outcome reject(const OrderHead& head, const Verdict& verdict, Sequence sequence);

  /// Units that came; the row's waiters are filled.
  Outcome receive(Row row, NodeIndex node, Units units, std::uint32_t command, Batch& batch);

  /// Sets or changes what is on hand. A count below what orders hold takes it from the youngest.
  Outcome adjust(const AdjustStock& adjust, Row row, std::uint32_t command, Batch& batch);

  /// Everything else that happens to stock. `target` is the row, where the action has one.
  Outcome change_stock(const StockChange& change, std::uint32_t target, Sequence sequence,
                       std::uint32_t command, Batch& batch);

  /// Marks the slices of a wave; answers how many units and orders it took.
  Outcome release(const ReleaseWave& wave, std::span<const std::uint32_t> slots);

  // planned_wave.cpp
  /// The same for a planned wave: of each of these orders all that waits at the node up to the ship
  /// day. Those of which nothing does are told as left out.
  Outcome release_planned(const ReleaseWave& wave, std::span<const std::uint32_t> slots,
                          std::uint32_t command, Batch& batch);

  /// The bounds of the tables it owns, from the next command on.
  void set_bounds(const Bounds& bounds);

  void define(Row row, const SkuEntry& entry);

  // put_away.cpp
  /// Where files that a snapshot names are found.
  void attach(std::shared_ptr<Archive> archive) { archive_ = std::move(archive); }

  /// Orders in memory that have been over for so many days, as far as the engines of snapshots
  /// know.
  [[nodiscard]] std::vector<Slot> pick_over(std::uint16_t days);
  /// Lets go of some of the filed orders: those that are still as they were written.
  void let_go(const Filing& filing, std::size_t from, std::size_t count);

  /// A filing that the engine will deal with bit by bit. Any thread may offer one.
  void offer(Filing filing) { inbox_.put(std::move(filing)); }

  void let_go_some();

  /// Before a command that names it: an order that was put away lies in memory again.
  void bring_back_if_away(Slot slot) {
    if (slot.value < orders_.size() && !orders_.in_memory(slot)) {
      bring_back(slot);
    }
  }

  /// When a batch is over: what was brought back and has not changed goes back where it was.
  void return_unchanged();

  /// Of every order wherever it lies, for the state digest.
  [[nodiscard]] std::uint64_t hash_of_orders() const;
  [[nodiscard]] std::uint64_t archive_bytes() const;
  [[nodiscard]] std::vector<ArchiveFileInfo> archive_files() const;
  void number_files_anew();

  /// Which files there are; they come first in a snapshot, so that whoever prunes finds them.
  void save_archive(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load_archive(SectionReader& in);

  [[nodiscard]] OrderId order_id(Slot slot) const { return ids_[slot]; }

  [[nodiscard]] const StockTable& stock() const { return stock_; }

  [[nodiscard]] const OrderTable& orders() const { return orders_; }

  [[nodiscard]] const ShipCalendar& calendar() const { return calendar_; }

  [[nodiscard]] const BackorderQueue& backorders() const { return backorders_; }

  [[nodiscard]] const StockMarks& marks() const { return marks_; }

  [[nodiscard]] const InboundTable& inbounds() const { return inbounds_; }

  [[nodiscard]] const OutageTable& outages() const { return outages_; }

  [[nodiscard]] const DemandTable& demand() const { return demand_; }

  [[nodiscard]] const QuotaTable& quotas() const { return quotas_; }

  [[nodiscard]] const PriceTable& prices() const { return prices_; }

  /// When a SKU comes on sale; Time{0} if it is.
  [[nodiscard]] Time on_sale(Row row) const { return on_sale_[row.value].at; }

  [[nodiscard]] const NoteTable& notes() const { return notes_; }

  [[nodiscard]] ShipCalendar& calendar() { return calendar_; }

  [[nodiscard]] const SkuEntry& sku(Row row) const { return skus_[row.value]; }

  [[nodiscard]] std::uint32_t sku_count() const { return sku_count_; }

  [[nodiscard]] Units waiting(Row row) const { return backorders_.waiting(row); }

  [[nodiscard]] std::uint64_t units_waiting() const { return units_waiting_; }

  [[nodiscard]] std::uint64_t units_filled() const { return units_filled_; }

  /// Memory that the orders take, their ids and the wave stage's place for each included, but for
  /// the shipments that wait for a wave.
  [[nodiscard]] std::uint64_t bytes_of_orders() const;

  /// What is wrong with the tables, if anything.
  [[nodiscard]] std::optional<std::string> audit() const;

  void save(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in, Time now);

 private:
  Outcome refuse(Refusal why, const OrderHead& head, const Verdict& verdict, Sequence sequence);
  Outcome place_whole(const NewOrder& order, const WholeNode& whole, Batch& batch);
  Outcome place_parts(const NewOrder& order, Batch& batch);
  [[nodiscard]] Refusal shortage(const RouteOrder& order, std::uint8_t policy);
  [[nodiscard]] bool has_room(const RouteOrder& order) const;
  Outcome place_plainly(const NewOrder& order, Batch& batch);
  Outcome place_plan(const NewOrder& order, bool partly, Batch& batch);
  // reserve_cheapest.cpp: where one node that has everything is weighed against several
  Outcome place_cheapest(const NewOrder& order, Batch& batch);
  Outcome place_by_price(const NewOrder& order, const Surcharges& extra, Batch& batch);
  Outcome set_forecast(const StockChange& change, Row row);
  Outcome set_price(const StockChange& change, Row row);
  using Place = Outcome (Reserve::*)(const NewOrder& order, Batch& batch);
  Outcome place_within_quotas(const NewOrder& order, Batch& batch, Place how);
  [[nodiscard]] Place usual_place() const;
  /// What the rest of a new order is promised for.
  void promise_rest(OrderRecord& record, std::uint32_t command, Batch& batch);

  // dropship.cpp
  Outcome place_asking(const NewOrder& order, Batch& batch);
  /// Whether vendors have enough of a new order's rest, which is then in vendor_plan_.
  [[nodiscard]] bool vendors_help(const RouteOrder& order, Slot slot, std::uint8_t policy);
  WholeNode route_to_vendors(const RouteOrder& order, Slot slot, bool may_split, Plan& plan);
  /// Asks vendors for waiting slices as fill_slices asks our nodes. Returns the units.
  Units request_slices(Slot slot, std::span<const std::uint32_t> waiting, std::uint32_t command,
                       Batch& batch);

  void book(Slot slot, std::span<const ResolvedLine> lines, std::uint32_t command, Batch& batch);
  void wait_for_rest(Slot slot, std::span<const ResolvedLine> lines);
  /// An event about the order, for more to be filled in.
  [[nodiscard]] Event event_of(Slot slot, EventKind kind) const;
  void tell_shipments(Slot slot, std::span<const Day> ship_days, std::uint32_t command,
                      Batch& batch) const;

  void tell_filling(const Filling& filling, const Slice& slice, NodeIndex node, Day ship_day,
                    Units units) const;
  Day ship(OrderRecord& record, Slot slot, NodeIndex node, std::uint32_t command, Batch& batch);
  Units fill(Row row, std::uint32_t command, Batch& batch);
  Units fill_order(Slot slot, std::uint32_t command, Batch& batch);
  /// What slices are of together, a line a row, in `lines`.
  std::span<const ResolvedLine> lines_of(
      std::span<const std::uint32_t> slices,
      std::array<ResolvedLine, lines_per_order_max>& lines) const;
  /// Holds what can be of an order's waiting slices, by one plan for all of them: of distinct rows
  /// if the order may be split, else everything at one node or nothing. Returns the units held.
  Units fill_slices(Slot slot, std::span<const std::uint32_t> waiting, std::uint32_t command,
                    Batch& batch);
  Units hold_whole(const Filling& filling, std::span<const std::uint32_t> waiting, NodeIndex node);
  Units hold_pieces(const Filling& filling, std::span<const std::uint32_t> waiting);
  /// The one open node that has all of it; else, if it may be split, `plan` is the split.
  WholeNode route_among_open(const RouteOrder& order, bool may_split, Plan& plan);
  /// The same among nodes that were not tried in vain for its lines, into plan_.
  WholeNode route_again(Slot slot, const RouteOrder& order);
  /// Leaves out the nodes that could not give these lines of the order before.
  void shut_tried(Slot slot, std::span<const ResolvedLine> lines);
  // planned_wave.cpp
  /// Marks what of the order goes with a planned wave, and withdraws its shipments.
  Units wave_order(Slot slot, const ReleaseWave& wave, std::uint32_t command, Batch& batch);
  void fetch(std::span<const std::uint32_t> slots) const;
  /// Takes a waiting slice out of its queue and holds it; the step is that of a Filling.
  void hold_slice(std::uint32_t at, NodeIndex node, Day ship_day, bool head, Step step);
  [[nodiscard]] bool anything_open(Row row) const;

  // put_away.cpp
  /// Nothing will happen to the order any more but what its customer still asks for.
  [[nodiscard]] bool is_over(Slot slot) const;
  void bring_back(Slot slot);
  void leave(Slot slot, std::uint32_t file);
  std::uint32_t file_number(const std::shared_ptr<const ArchiveFile>& file);
  void replace_files(const Filing& filing);
  // stock_change.cpp
  Outcome plan_inbound(const StockChange& change, Row row);
  Outcome cancel_inbound(const StockChange& change);
  Outcome receive_inbound(const StockChange& change, std::uint32_t command, Batch& batch);
  Outcome transfer(const StockChange& change, Row row);
  Outcome move(const StockChange& change, Row row, std::uint32_t command, Batch& batch);
  Outcome set_safety(const StockChange& change, Row row, std::uint32_t command, Batch& batch);
  Outcome set_low_stock(const StockChange& change, Row row);
  Outcome set_quota(const StockChange& change, Row row, Sequence sequence);
  Outcome set_on_sale(const StockChange& change, Row row, std::uint32_t command, Batch& batch);
  Outcome set_cancel_date(const StockChange& change, Slot slot);

  // stock_watch.cpp
  /// Looks at the cell again when the command is over.
  void touch(Row row, NodeIndex node);
  void settle_low(std::uint32_t command, Batch& batch);
  void tell_low(const StockMark& mark, Units available, std::uint32_t command, Batch& batch) const;

  /// The day of UTC.
  [[nodiscard]] std::uint32_t today() const {
    return static_cast<std::uint32_t>(now_.us / us_per_day);
  }

  /// Looks at the promises of a row's waiters again when the command is over.
  void shift_promises(Row row);
  void settle_promises(std::uint32_t command, Batch& batch);
  void promise_row(Row row, std::uint32_t command, Batch& batch);
  void expire(std::uint32_t command, Batch& batch);
  void expire_slice(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch);
  void open_sale(Row row, std::uint32_t command, Batch& batch);
  [[nodiscard]] bool embargoed(std::span<const ResolvedLine> lines) const;
  /// Takes a waiting slice out of its queue.
  void leave_queue(const Slice& slice);
  /// The order no longer wants units that quotas count.
  void uncount(const OrderRecord& record, Row row, Units units);
  /// It wants them again, before anything else came.
  void count_again(const OrderRecord& record, Row row, Units units);
  /// The last delivery of the order as things stand, or of what is held if something is expected
  /// at no time.
  [[nodiscard]] Day promise_of(const OrderRecord& record) const;
  void save_on_sale(SectionWriter& out) const;
  std::optional<std::string> load_alarms(SectionReader& in);
  [[nodiscard]] std::optional<std::string> audit_quotas() const;

  // stock_cells.cpp
  void hold(Row row, NodeIndex node, Units units);
  /// Units of a cell that nothing holds.
  [[nodiscard]] Units unheld(Row row, NodeIndex node) const;
  /// Of them, those that are neither damaged nor in quarantine.
  [[nodiscard]] Units sound(Row row, NodeIndex node) const;
  /// Makes `unheld` of the cell's `on_hand` available, but for what its mark withholds.
  void set_cell(Row row, NodeIndex node, Units on_hand, Units unheld);
  /// Changes what is on hand by units that nothing holds.
  void set_on_hand(Row row, NodeIndex node, Units target);
  void give_back(Row row, NodeIndex node, Units units);
  /// Holds what was given back just before.
  void hold_again(Row row, NodeIndex node, Units units);
  /// The answer to a stock command that was carried out; fills the row's waiters.
  Outcome stock_answer(Row row, NodeIndex node, std::uint32_t command, Batch& batch);

  // reroute.cpp
  /// Sees to it that `needed` units of a cell are sound, at the cost of orders if it must be;
  /// returns how many units these lost, or nothing, and nothing is changed, if they do not hold as
  /// many that may be moved.
  std::optional<Units> make_room(Row row, NodeIndex node, Units needed, std::uint32_t command,
                                 Batch& batch);
  [[nodiscard]] bool movable(Row row, NodeIndex node, Units units) const;
  Units move_from(Slot slot, const StockMark& mark, SliceState state, std::uint32_t command,
                  Batch& batch);
  /// Takes a slice, or with a policy of one shipment the whole order, from where it is held, and
  /// plans it anew. What no node has waits, or is cancelled where the policy does not let it.
  void reroute(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch);
  /// Takes a slice out of its shipment: its capacity goes to another slice of it, or back.
  void leave_shipment(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch);
  ResolvedLine take_off(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch);
  void drop_rest(Slot slot, std::span<const ResolvedLine> lines, EventKind kind,
                 std::uint32_t command, Batch& batch);
  void tell_slice(EventKind kind, Slot slot, const Slice& slice, std::uint32_t command,
                  Batch& batch) const;

  [[nodiscard]] std::optional<std::string> audit_cells(
      const std::vector<std::uint64_t>& held) const;
  [[nodiscard]] std::optional<std::string> audit_capacity(
      const std::vector<std::uint32_t>& promised) const;
  std::optional<std::string> audit_slices(std::vector<std::uint64_t>& held,
                                          std::vector<std::uint32_t>& promised) const;

  const Network& network_;
  const OrderIds& ids_;
  StockTable stock_;
  OrderTable orders_;
  BackorderQueue backorders_;
  ShipCalendar calendar_;
  StockMarks marks_;
  DemandTable demand_;
  InboundTable inbounds_;
  OutageTable outages_;
  QuotaTable quotas_;

  LargeArray<OnSale> on_sale_;  ///< by row
  std::uint32_t embargoes_ = 0;
  ExpiryWheel alarms_;
  Time now_{0};
  std::vector<std::uint32_t> touched_;  ///< marks, by the command at hand
  std::vector<Row> shifted_;
  std::vector<Slot> thinned_;  ///< orders that lost units here, for life to look at
  std::vector<Slot> seeking_;  ///< of them, those for which vendors are to be asked
  NoteTable notes_;
  LargeArray<SkuEntry> skus_;  ///< as of allocate's place in the sequence, where validate is ahead
  std::uint32_t sku_count_ = 0;
  std::uint64_t units_waiting_ = 0;
  std::uint64_t units_filled_ = 0;
  Router router_;
  PriceTable prices_;
  StockPricer pricer_;
  /// Scratch: indices of slices of one order, of which there may be as many as there are slices.
  LargeArray<std::uint32_t> waiting_;
  Plan plan_{};  ///< scratch, too large for the stack of a hot function
  Plan vendor_plan_{};

  std::shared_ptr<Archive> archive_;
  std::vector<std::shared_ptr<const ArchiveFile>> files_;
  std::uint64_t put_away_hashes_ = 0;  ///< sum of those of the orders that are not in memory
  FilingInbox inbox_;
  std::vector<Filing> filings_;  ///< to let go of, the oldest last
  std::size_t let_go_ = 0;       ///< of the last filing
  std::vector<Guest> guests_;

  std::vector<CartLeft> carts_left_;  ///< of orders that left memory, for Life to forget
  std::vector<std::byte> entry_;      ///< scratch
};

}  // namespace millrace
