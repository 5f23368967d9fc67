// What becomes of an order, drawn by a seed: how it is paid, picked, packed, shipped, delivered and
// brought back, and what goes wrong on the way.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/load/life.h"
#include "tools/load/random.h"

namespace millrace::load {

/// How often what happens, of a thousand.
struct LifeShares {
  std::uint32_t unpaid = 250;       ///< orders placed unpaid, and of those:
  std::uint32_t never_pays = 60;    ///< the hold expires
  std::uint32_t fails_first = 100;  ///< a payment that fails before one that does not
  std::uint32_t carts = 60;         ///< orders that are held for a cart first, and of those:
  std::uint32_t transferred = 300;  ///< another order takes over what is held
  std::uint32_t let_go = 100;       ///< nobody orders them
  std::uint32_t amended = 40;       ///< address, service, units, lines, or node, before a wave
  std::uint32_t held = 15;          ///< for fraud, address, or by hand, before a wave takes it
  std::uint32_t changed = 15;       ///< units that the customer cancels before a wave
  std::uint32_t rejected = 15;      ///< by the node
  std::uint32_t short_picked = 60;  ///< visits of a picker that do not find something
  std::uint32_t two_parcels = 100;
  std::uint32_t cancelled_packed = 10;  ///< in the parcel
  std::uint32_t news = 500;             ///< parcels that tell where they are
  std::uint32_t delayed = 80;
  std::uint32_t undelivered = 50;  ///< at the first try, and of those:
  std::uint32_t sent_back = 300;
  std::uint32_t returned = 120;  ///< orders of which something comes back, and of those:
  std::uint32_t whole_return = 600;
  std::uint32_t lost_return = 50;
  std::uint32_t needs_work = 150;
  std::uint32_t scrapped = 150;
  std::uint32_t exchanged = 200;  ///< for another order of the same
  std::uint32_t feedback = 300;
  std::uint32_t supplied = 600;  ///< times that stock comes for what waits
  std::uint32_t mistaken = 20;   ///< steps sent too early, or twice
};

class LifeBehaviour {
 public:
  /// `service` is a SKU of a service that may be ordered besides; Sku{0}: none is.
  LifeBehaviour(std::uint64_t seed, const LifeShares& shares, std::uint16_t node_count, Sku service)
      : seed_(seed), shares_(shares), node_count_(node_count), service_(service) {}

  /// Before the order is placed: whether it is paid for by then, or only held for a cart.
  void begin(Life& life) const;

  /// What comes next for the order as it stands; nothing while it waits.
  [[nodiscard]] std::vector<LifeCommand> next(Life& life, const Sight& sight) const;

  /// Whether nothing more can come.
  [[nodiscard]] static bool is_over(const Life& life, const Sight& sight);

 private:
  class Turn;

  std::uint64_t seed_;
  LifeShares shares_;
  std::uint16_t node_count_;
  Sku service_;
};

}  // namespace millrace::load
