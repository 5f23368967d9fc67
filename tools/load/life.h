// One order as the load tool leads it through its life, and what it sends for it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/life.h"
#include "engine/core/outcome.h"

namespace millrace::load {

/// A line of an order, with those of the same SKU added up.
struct LifeLine {
  std::uint8_t line;
  Sku sku;
  Units units;
  std::uint32_t unit_price;
};

/// What must be true of an answer.
struct Expected {
  Units units{0};                   ///< that the step moves
  bool counts = true;               ///< whether they are known exactly
  Refusal refusal = Refusal::none;  ///< it must be refused so
  bool may_be_late = false;         ///< time or stock may overtake it, and then it is refused
  bool repeats = false;             ///< sent once more: the answer is the one before
  std::uint64_t amount_least = 0;   ///< bounds of the answer's cost
  std::uint64_t amount_most = ~0ULL;
  /// What the order has more of then: units of a line that it had, or a new line.
  std::optional<LifeLine> adds = std::nullopt;
};

/// An order that is sent instead of what came back.
struct NewOrder {
  OrderHead head;
  std::vector<OrderLine> lines;
};

struct LifeCommand {
  std::variant<StepOrder, CancelOrder, ReceiveStock, NewOrder> body;
  Expected expected = {};
  std::vector<OrderLine> lines = {};  ///< of a step that changes some
};

enum class ParcelStage : std::uint8_t { shipped, failed, arrived, sent_back };

struct LifeParcel {
  std::uint8_t number;
  NodeIndex node;
  Units units;
  ParcelStage stage;
};

enum class Replacement : std::uint8_t { none, asked, placed, refused, linked };

struct Life {
  OrderHead head{};
  /// The number that its source has for it; no_order for one that is sent instead of another.
  std::uint64_t index = 0;
  std::vector<LifeLine> lines;
  std::vector<LifeParcel> parcels;
  std::optional<CancelOrder> cancel;  ///< wanted by the customer, not sent yet
  std::uint32_t looks = 0;
  std::uint32_t quiet_looks = 0;  ///< in a row that found nothing to do
  std::uint32_t commands = 0;     ///< numbers their ids
  std::uint32_t unanswered = 0;
  std::uint32_t receipts = 0;
  std::uint8_t parcel_count = 0;
  std::uint8_t held_for = 0;  ///< reason of a hold of ours, 0 for none
  bool is_placed = false;     ///< answered, and not refused
  bool is_over = false;
  bool never_pays = false;
  bool is_checked_out = false;  ///< a cart's: it is no hold any more, or will be none
  bool is_amended = false;
  PostalCode other_postal{0};  ///< where it may go instead
  CountryCode other_country{0};
  bool is_authorised = false;
  bool wants_return = false;
  bool has_decided = false;  ///< about a return or feedback, once all has arrived
  bool fee_is_possible = false;
  bool refund_was_refused = false;
  Replacement replacement = Replacement::none;
  std::uint32_t replacement_life = 0;
  Outcome last_outcome{};
  std::uint64_t authorised = 0;
  std::uint64_t captured = 0;
  std::uint64_t capture_due = 0;
  std::uint64_t worth_shipped = 0;
  std::uint64_t refunded = 0;
  std::uint64_t active_ns = 0;  ///< when it last did anything

  [[nodiscard]] bool is_cart() const { return allows(head.policy, Policy::cart_hold); }

  [[nodiscard]] bool is_unpaid() const { return allows(head.policy, Policy::unpaid); }

  /// What refunds may not exceed.
  [[nodiscard]] std::uint64_t paid() const { return is_unpaid() ? captured : worth_shipped; }

  [[nodiscard]] std::uint32_t price_of(std::uint8_t line) const {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [line](const LifeLine& each) { return each.line == line; });
    return found == lines.end() ? 0 : found->unit_price;
  }
};

/// The lines as the engine resolves them: each SKU once, at the price that all its units cost in
/// the mean.
[[nodiscard]] std::vector<LifeLine> lines_of(std::span<const OrderLine> lines);

/// An order as a look found it.
class Sight {
 public:
  Sight(const OrderView& view, std::span<const SliceView> slices) : view_(view), slices_(slices) {}

  [[nodiscard]] const OrderView& view() const { return view_; }

  [[nodiscard]] std::span<const SliceView> slices() const { return slices_; }

  [[nodiscard]] Units units(SliceState state) const {
    return sum([&](const SliceView& slice) { return slice.state == state; });
  }

  [[nodiscard]] Units units_at(NodeIndex node, SliceState state) const {
    return sum([&](const SliceView& slice) { return slice.state == state && slice.node == node; });
  }

  [[nodiscard]] Units units_of(std::uint8_t line, SliceState state) const {
    return sum([&](const SliceView& slice) { return slice.state == state && slice.line == line; });
  }

  /// What the units that are still the order's cost.
  [[nodiscard]] std::uint64_t worth(const Life& life) const {
    return amount(life, [](SliceState state) { return is_live(state); });
  }

  template <class Counts>
  [[nodiscard]] std::uint64_t amount(const Life& life, Counts counts) const {
    std::uint64_t amount = 0;
    for (const SliceView& slice : slices_) {
      amount +=
          counts(slice.state) ? std::uint64_t{slice.units.value} * life.price_of(slice.line) : 0;
    }
    return amount;
  }

  /// Nodes where something of it is, each once, rising.
  [[nodiscard]] std::vector<NodeIndex> nodes() const;

 private:
  template <class Counts>
  [[nodiscard]] Units sum(Counts counts) const {
    Units units{0};
    for (const SliceView& slice : slices_) {
      units += counts(slice) ? slice.units : Units{0};
    }
    return units;
  }

  const OrderView& view_;
  std::span<const SliceView> slices_;
};

}  // namespace millrace::load
