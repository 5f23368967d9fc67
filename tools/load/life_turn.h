// One turn of an order: it was looked at, and here is decided what comes next. Part of
// life_behaviour.h.
#pragma once

#include "tools/load/life_behaviour.h"

namespace millrace::load {

class LifeBehaviour::Turn {
 public:
  Turn(const LifeBehaviour& behaviour, Life& life, const Sight& sight)
      : shares_(behaviour.shares_),
        node_count_(behaviour.node_count_),
        service_(behaviour.service_),
        life_(life),
        sight_(sight),
        random_(behaviour.seed_ ^ hash_id(life.head.id), ++life.looks) {}

  std::vector<LifeCommand> run();

 private:
  [[nodiscard]] bool draw(std::uint32_t permille) { return random_.below(1000) < permille; }

  [[nodiscard]] Units some(Units most) { return Units{1 + random_.below(most.value)}; }

  /// A step of the whole order, for more to be filled in.
  StepOrder step(Step step);
  /// A step of units at a node; they are expected to move.
  StepOrder& push(Step step, Units units, NodeIndex node = no_node);
  void push(const StepOrder& body, const Expected& expected);

  Expected& last() { return commands_.back().expected; }

  void cancel_all();
  // Before anything is picked.
  bool settle_payment();
  bool settle_hold();
  bool change_mind();
  // life_turn_amend.cpp: what is held for a cart, what changes before a wave, and services
  bool check_out();
  bool amend();
  void change_units();
  void change_lines();
  [[nodiscard]] Units live_units(std::uint8_t line) const;
  void serve();
  // life_turn_work.cpp: in the warehouse and on the way
  void work(NodeIndex node);
  void pick(NodeIndex node, Units units);
  void confirm(NodeIndex node, Units picking);
  void pack(NodeIndex node, Units units);
  void send_parcel(NodeIndex node, Units units);
  void capture();
  void carry(LifeParcel& parcel);
  // life_turn_return.cpp: what comes back, and what waits
  void decide_once_arrived();
  void bring_back();
  bool dispose();
  void pay_back();
  void ask_for_replacement();
  void wait_for_stock();

  const LifeShares& shares_;
  std::uint16_t node_count_;
  Sku service_;
  Life& life_;
  const Sight& sight_;
  Random random_;
  std::vector<LifeCommand> commands_;
};

}  // namespace millrace::load
