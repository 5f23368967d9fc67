// A source that leads the orders of another through their lives: each is looked at, sent what comes
// next for it, and looked at again, until nothing more can come. Orders of one connection stay on
// it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/core/hash.h"
#include "tools/load/frame.h"
#include "tools/load/life.h"
#include "tools/load/life_behaviour.h"
#include "tools/load/life_ledger.h"

namespace millrace::load {

struct LivesOptions {
  std::uint64_t seed = 1;
  LifeShares shares;
  std::uint32_t open_max = 4096;                  ///< orders led at a time, of all connections
  std::uint64_t look_again_ns = 50'000'000;       ///< at an order that waits
  std::uint64_t patience_ns = 10'000'000'000ULL;  ///< an order that waits longer is left
  std::uint16_t node_count = 1;                   ///< of the server
  Sku service{0};                                 ///< a service that may be ordered; 0: none
};

class LivesSource final : public Source {
 public:
  LivesSource(std::unique_ptr<Source> orders, const LivesOptions& options,
              std::uint32_t connections);

  bool next(std::uint32_t connection, const FrameBounds& bounds, Frame& frame) override;
  void answered(std::uint32_t connection, const Frame& frame, const FrameAnswer& answer,
                Failures& failures) override;
  [[nodiscard]] std::optional<std::uint64_t> next_ns(std::uint32_t connection) const override;

  [[nodiscard]] std::optional<std::uint64_t> order_count() const override {
    return orders_->order_count();
  }

  [[nodiscard]] std::string name() const override { return orders_->name(); }

  [[nodiscard]] const LifeTotals& totals() const { return ledger_.totals(); }

 private:
  struct HashId {
    std::size_t operator()(Id128 id) const { return hash_id(id); }
  };

  struct Pending {
    std::uint32_t life;
    LifeCommand command;
  };

  struct Waiting {
    std::uint64_t due_ns;
    std::uint32_t life;
  };

  /// A connection's orders.
  struct Lane {
    std::deque<Pending> steps;
    std::deque<Pending> cancels;
    std::deque<Pending> receipts;
    std::deque<Pending> new_orders;
    std::deque<std::uint32_t> to_look;
    std::deque<Waiting> waiting;  ///< by rising due time
    std::deque<Pending> sent;     ///< commands without an answer, oldest first
    std::uint32_t frames = 0;     ///< without an answer
    std::uint32_t open = 0;       ///< orders that are led
    bool is_dry = false;          ///< no further order comes
  };

  bool fill_steps(Lane& lane, const FrameBounds& bounds, Frame& frame);
  bool fill_cancels(Lane& lane, const FrameBounds& bounds, Frame& frame);
  bool fill_receipts(Lane& lane, const FrameBounds& bounds, Frame& frame);
  bool fill_new_orders(Lane& lane, const FrameBounds& bounds, Frame& frame);
  bool fill_looks(Lane& lane, const FrameBounds& bounds, Frame& frame);
  bool fill_orders(std::uint32_t connection, const FrameBounds& bounds, Frame& frame);
  void take_orders(Lane& lane, Frame& frame);
  void take_cancels(Lane& lane, const Frame& frame);

  std::uint32_t add_life(const OrderHead& head, std::span<const OrderLine> lines,
                         std::uint64_t index);
  void placed(Lane& lane, std::uint32_t at, const Outcome& outcome, std::uint64_t now_ns);
  void looked(Lane& lane, std::uint32_t at, const Sight& sight, std::uint64_t now_ns,
              Failures& failures);
  void enqueue(Lane& lane, std::uint32_t at, LifeCommand command);
  CommandId new_command_id(Life& life) const;
  void end(Lane& lane, std::uint32_t at);

  std::unique_ptr<Source> orders_;
  LivesOptions options_;
  LifeBehaviour behaviour_;
  LifeLedger ledger_;
  std::deque<Life> lives_;
  std::unordered_map<Id128, std::uint32_t, HashId> by_id_;
  std::vector<Lane> lanes_;
  std::uint64_t now_ns_ = 0;
  PostalCode last_postal_{0};  ///< of the order before
  CountryCode last_country_{0};
};

}  // namespace millrace::load
