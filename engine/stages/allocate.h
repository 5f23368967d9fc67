// The allocate stage: chooses nodes and holds stock in one step, and applies every later change of
// an order's life. It also answers the queries, at their place in the sequence.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/core/batch.h"
#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/stages/floor_notes.h"
#include "engine/stages/life.h"
#include "engine/stages/reserve.h"
#include "engine/state/network.h"

namespace millrace {

class Allocate {
 public:
  /// `ids` are validate's.
  Allocate(const Network& network, const Limits& limits, const OrderIds& ids);

  /// Reads messages, verdicts and resolved lines; writes outcomes, allocations, shipment notes and
  /// the answers to queries.
  void process(Batch& batch);

  /// The bounds of the tables it owns, from the next command on.
  void set_bounds(const Bounds& bounds) { reserve_.set_bounds(bounds); }

  [[nodiscard]] Sequence last_sequence() const { return sequence_; }

  [[nodiscard]] Time now() const { return now_; }

  [[nodiscard]] Stats stats() const;

  [[nodiscard]] const Reserve& reserve() const { return reserve_; }

  [[nodiscard]] Reserve& reserve() { return reserve_; }

  /// Of orders that a file has, all at once.
  void let_go(const Filing& filing) {
    reserve_.let_go(filing, 0, filing.orders.size());
    life_.forget_carts();
  }

  /// A wave planner listens, or asks now.
  [[nodiscard]] FloorNotes& floor() { return floor_; }

  [[nodiscard]] const FloorNotes& floor() const { return floor_; }

  [[nodiscard]] std::uint64_t outcome_digest() const { return outcomes_.value(); }

  /// Where the stream of events is, and the digest of those that were told.
  [[nodiscard]] EventPosition events() const { return {told_, now_}; }

  [[nodiscard]] std::uint64_t event_digest() const { return events_.value(); }

  /// The remembered answer of an entry of the command log.
  struct Answer {
    std::uint64_t body_hash;
    Outcome outcome;
  };

  [[nodiscard]] const Answer& answer(std::uint32_t entry) const { return answers_[entry]; }

  [[nodiscard]] std::optional<std::string> audit() const;

  /// When it next wants to see the time; Time{~0} if nothing falls due. Any thread may ask.
  [[nodiscard]] Time deadline() const { return Time{deadline_us_.load(std::memory_order_relaxed)}; }

  void save(SectionWriter& out, std::uint64_t remembered) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in);

 private:
  void place_orders(const Message& message, Batch& batch);
  void cancel_orders(const Message& message, Batch& batch);
  void step_orders(const Message& message, Batch& batch);
  void receive_stock(const Message& message, Batch& batch);
  void adjust_stock(const Message& message, Batch& batch);
  void change_stock(const Message& message, Batch& batch);
  void define_skus(const Message& message, Batch& batch);
  void tick(const Message& message, Batch& batch);
  void release_waves(const Message& message, Batch& batch);
  void get_orders(const Message& message, Batch& batch);
  void get_stock(const Message& message, Batch& batch);
  void get_stats(const Message& message, Batch& batch);

  /// Orders that were put away and that the message's commands name lie in memory again.
  void bring_back_named(const Message& message, const Batch& batch);
  /// Fetches the stock rows of the batch's next lines.
  void fetch_stock(const Batch& batch);
  Outcome place(const OrderHead& head, const Verdict& verdict, std::uint32_t command, Batch& batch);
  /// Of an order, for the event of a command that names it.
  [[nodiscard]] ChannelIndex channel_of(Slot slot) const;
  void list_allocations(Slot slot, std::uint32_t command, Batch& batch) const;
  void count_order(const Outcome& outcome);

  /// Of the command that is being carried out, until record() numbers it.
  [[nodiscard]] Sequence next_sequence() const { return Sequence{sequence_.value + 1}; }

  void count_events(const Batch& batch);

  /// Numbers a command, keeps its outcome in the batch and in the outcome digest.
  void record(std::uint32_t command, const Outcome& outcome, Batch& batch);

  /// Answers a logged command: again if it came before, else by act(), which is then remembered.
  template <class Act>
  Outcome once(const Verdict& verdict, Act act) {
    if (verdict.seen == Seen::untraced) {
      return refused(verdict.refusal);
    }
    if (verdict.seen == Seen::before) {
      const Answer& known = answers_[verdict.slot];
      return known.body_hash == verdict.body_hash ? known.outcome : refused(Refusal::conflict);
    }
    const Outcome outcome = verdict.refusal != Refusal::none ? refused(verdict.refusal) : act();
    answers_[verdict.slot] = Answer{verdict.body_hash, outcome};
    return outcome;
  }

  const Network& network_;
  Reserve reserve_;
  Life life_;
  FloorNotes floor_;
  LargeArray<Answer> answers_;
  Sequence sequence_{0};
  Time now_{0};
  Hasher outcomes_;
  std::uint64_t told_ = 0;  ///< events, beside the outcomes
  Hasher events_;
  Stats counts_{};
  std::optional<Sequence> audited_at_;
  bool audit_found_ = false;
  std::atomic<std::uint64_t> deadline_us_{~std::uint64_t{0}};
  std::uint32_t fetched_lines_ = 0;  ///< of the batch that is worked on
};

}  // namespace millrace
