// Every step in every state: each cell of the table moves the units as the table says, and every
// other cell is refused without a trace. And the picture in docs/order-life.md is the table's.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "engine/core/life.h"
#include "engine/core/names.h"
#include "tests/support/small_network.h"
#include "tests/support/subject.h"

namespace millrace {
namespace {

using test::Answer;
using test::TestCommand;

constexpr OrderId order_id{0, 1};
constexpr OrderId instead_id{0, 2};
constexpr Sku sku{7};
constexpr std::uint16_t own = 0;
constexpr std::uint16_t vendor = 2;

/// Steps that lead an order of one unit to a state. release_wave and close stand for the wave and
/// for the end of the return window.
const std::map<SliceState, std::vector<Step>> paths = [] {
  std::map<SliceState, std::vector<Step>> of{
      {SliceState::allocated, {}},
      {SliceState::waved, {Step::release_wave}},
      {SliceState::picking, {Step::release_wave, Step::start_pick}},
      {SliceState::backordered, {Step::release_wave, Step::reject_node}},
      {SliceState::cancelled, {Step::cancel}},
      {SliceState::picked, {Step::release_wave, Step::start_pick, Step::confirm_pick}},
      {SliceState::packed,
       {Step::release_wave, Step::start_pick, Step::confirm_pick, Step::confirm_pack,
        Step::create_label}},
      {SliceState::shipped,
       {Step::release_wave, Step::start_pick, Step::confirm_pick, Step::confirm_pack,
        Step::create_label, Step::confirm_ship}},
      {SliceState::undelivered,
       {Step::release_wave, Step::start_pick, Step::confirm_pick, Step::confirm_pack,
        Step::create_label, Step::confirm_ship, Step::fail_delivery}},
      {SliceState::delivered,
       {Step::release_wave, Step::start_pick, Step::confirm_pick, Step::confirm_pack,
        Step::create_label, Step::confirm_ship, Step::deliver}},
      {SliceState::closed,
       {Step::release_wave, Step::start_pick, Step::confirm_pick, Step::confirm_pack,
        Step::create_label, Step::confirm_ship, Step::deliver, Step::close}},
  };
  of[SliceState::scheduled] = {};
  of[SliceState::activated] = {Step::activate};
  of[SliceState::reserved] = {Step::hold};
  of[SliceState::dropship_requested] = {};
  of[SliceState::vendor_accepted] = {Step::vendor_accept};
  of[SliceState::expired] = {Step::expire};
  const auto from = [&](SliceState state, Step step) {
    std::vector<Step> path = of.at(state);
    path.push_back(step);
    return path;
  };
  of[SliceState::return_open] = from(SliceState::delivered, Step::open_return);
  of[SliceState::return_sent] = from(SliceState::return_open, Step::send_return);
  of[SliceState::return_received] = from(SliceState::return_sent, Step::receive_return);
  of[SliceState::needs_work] = from(SliceState::return_received, Step::need_work);
  of[SliceState::returned] = from(SliceState::needs_work, Step::restock);
  of[SliceState::refunded] = from(SliceState::returned, Step::refund);
  of[SliceState::exchanged] = from(SliceState::returned, Step::exchange);
  return of;
}();

/// Steps of orders that were placed unpaid.
bool is_of_payment(Step step) {
  return step == Step::authorise_payment || step == Step::fail_payment ||
         step == Step::capture_payment || step == Step::expire;
}

/// Steps of what is held for a cart.
bool is_of_cart(Step step) {
  return step == Step::confirm_hold || step == Step::extend_hold;
}

/// What an order is placed as.
struct Placement {
  bool unpaid = false;
  bool cart = false;
  bool service = false;
  bool vendor = false;  ///< only a vendor has its unit
};

/// An order of one unit that exists at one node, on its way to a state.
class OneOrder {
 public:
  explicit OneOrder(const Placement& as)
      : network_(test::small_network([](Network& network) {
          network.wave.orders_max = 1;
          network.nodes[2].vendor = true;
        })),
        subject_(test::make_engine_subject(network_, Limits{})) {
    take(DefineSku{next_id(), sku, 100, 0, 0});
    take(ReceiveStock{next_id(), sku, Units{1}, NodeIndex{as.vendor ? vendor : own}, 0});
    OrderHead head{};
    head.id = order_id;
    head.postal = make_postal("10001", 5);
    head.country = make_country('U', 'S');
    head.policy = static_cast<std::uint8_t>(Policy::allow_backorder);
    // What may be sent instead: it waits for a SKU that never comes.
    take(DefineSku{next_id(), Sku{8}, 100, 0, 0});
    take(DefineSku{next_id(), Sku{9}, 0, static_cast<std::uint16_t>(SkuFlag::service), 0});
    head.id = instead_id;
    EXPECT_EQ(apply(test::make_order(time_, head, {{Sku{8}, Units{1}, 100}})).outcome.status,
              Status::backordered);
    head.id = order_id;
    head.policy =
        static_cast<std::uint8_t>(head.policy | (as.unpaid ? 16U : 0U) | (as.vendor ? 128U : 0U));
    if (as.cart) {
      head.policy = static_cast<std::uint8_t>(Policy::cart_hold);
      head.group = 1;
    }
    const Sku wanted = as.service ? Sku{9} : sku;
    EXPECT_EQ(apply(test::make_order(time_, head, {{wanted, Units{1}, 500}})).outcome.status,
              as.vendor ? Status::backordered : Status::allocated);
    proposals_ = subject_->take_proposals();
  }

  /// Leads the order on; every step must be taken.
  void go(Step step) {
    switch (step) {
      case Step::release_wave:
        if (proposals_.empty()) {
          proposals_ = subject_->take_proposals();
        }
        ASSERT_EQ(proposals_.size(), 1U);
        expect_taken(apply(release_of(time_, proposals_.front())), step);
        return;
      case Step::close:
      case Step::expire:
        time_.us += 40 * us_per_day;
        expect_taken(take(Tick{0}), step);
        return;
      case Step::none:
      case Step::start_pick:
      case Step::confirm_pick:
      case Step::short_pick:
      case Step::reject_node:
      case Step::confirm_pack:
      case Step::create_label:
      case Step::confirm_ship:
      case Step::in_transit:
      case Step::delay:
      case Step::deliver:
      case Step::fail_delivery:
      case Step::give_feedback:
      case Step::authorise_payment:
      case Step::fail_payment:
      case Step::capture_payment:
      case Step::hold:
      case Step::release_hold:
      case Step::cancel:
      case Step::open_return:
      case Step::send_return:
      case Step::receive_return:
      case Step::restock:
      case Step::need_work:
      case Step::scrap:
      case Step::miss_return:
      case Step::refund:
      case Step::exchange:
      case Step::confirm_hold:
      case Step::extend_hold:
      case Step::schedule:
      case Step::activate:
      case Step::close_service:
      case Step::change_address:
      case Step::change_service:
      case Step::change_units:
      case Step::add_line:
      case Step::move_units:
      case Step::change_lines:
      case Step::fill_on_hold:
      case Step::steps_sent:
      case Step::vendor_accept:
      case Step::vendor_reject:
      case Step::request_vendor:
      case Step::fill:
        expect_taken(send(step), step);
        return;
    }
  }

  Answer send(Step step) {
    StepOrder body{};
    body.command = next_id();
    body.order = order_id;
    body.line = any_line;
    body.node = no_node;
    body.step = static_cast<std::uint8_t>(step);
    body.reason = reason_of(step);
    body.value = step == Step::capture_payment ? 100 : 500;
    if (step == Step::extend_hold) {
      body.value = time_.us + us_per_day;
    }
    body.other = instead_id;
    amend(step, body);
    body.parcel = step == Step::confirm_pack || step == Step::create_label ? 1 : 0;
    if (step == Step::change_lines) {
      return apply(test::make_change_of_lines(time_, body, {{Sku{8}, Units{1}, 100}}));
    }
    if (step == Step::confirm_ship && state() == SliceState::vendor_accepted) {
      body.node = NodeIndex{vendor};
      body.parcel = 1;
    }
    return take(body);
  }

  /// More of its one unit at another node.
  void receive_elsewhere() { take(ReceiveStock{next_id(), sku, Units{1}, NodeIndex{1}, 0}); }

  static std::uint8_t reason_of(Step step) { return step == Step::give_feedback ? 5 : 1; }

  Answer view() { return take(GetOrder{order_id}); }

  [[nodiscard]] SliceState state() { return view().slices.at(0).state; }

  /// What a refusal must leave as it was.
  std::string trace() {
    return to_text(view(), CommandKind::get_order) +
           to_text(take(GetStock{sku}), CommandKind::get_stock);
  }

  [[nodiscard]] std::string audit() const { return subject_->audit().value_or(""); }

 private:
  void amend(Step step, StepOrder& body) const {
    if (step == Step::schedule) {
      body.code = static_cast<std::uint16_t>(time_.us / us_per_day + 1);
    } else if (step == Step::change_address) {
      body.value = make_postal("90001", 5).packed;
      body.code = make_country('U', 'S').packed;
    } else if (step == Step::change_units) {
      body.line = 0;
      body.units = Units{1};
    } else if (step == Step::add_line) {
      body.value = 8;
      body.units = Units{1};
    } else if (step == Step::change_service || step == Step::move_units) {
      body.code = 1;
    }
  }

  static void expect_taken(const Answer& answer, Step step) {
    EXPECT_EQ(answer.outcome.status, Status::accepted)
        << name_of(step) << ": " << name_of(answer.outcome.refusal);
  }

  CommandId next_id() { return {1, ++ids_}; }

  template <class Body>
  Answer take(const Body& body) {
    return apply({time_, body, {}, {}, false});
  }

  Answer apply(const TestCommand& command) { return subject_->apply(command); }

  Network network_;
  std::unique_ptr<test::Subject> subject_;
  std::vector<test::Proposal> proposals_;
  Time time_ = test::monday_morning;
  std::uint64_t ids_ = 0;
};

TEST(LifeTable, EveryStepInEveryState) {
  for (const auto& [state, path] : paths) {
    for (std::uint8_t number = 1; number < static_cast<std::uint8_t>(Step::steps_sent); ++number) {
      if (!is_sent(number)) {
        continue;
      }
      const Step step{number};
      SCOPED_TRACE(std::string(name_of(step)) + " in " + name_of(state));
      const bool service = state == SliceState::scheduled || state == SliceState::activated;
      const bool held_softly = state == SliceState::reserved || state == SliceState::expired;
      const bool unpaid = is_of_payment(step) || state == SliceState::expired;
      const bool cart =
          is_of_cart(step) && (state == SliceState::reserved || state == SliceState::scheduled);
      OneOrder order(
          {.unpaid = unpaid, .cart = cart, .service = service, .vendor = is_with_vendor(state)});
      if (unpaid && !held_softly) {
        order.go(Step::authorise_payment);
      }
      if (!cart && (!unpaid || state != SliceState::reserved)) {
        for (const Step on_the_way : path) {
          if (unpaid && on_the_way == Step::open_return) {
            order.go(Step::capture_payment);
          }
          order.go(on_the_way);
        }
      }
      if (step == Step::move_units && next_state(state, step) != no_state) {
        order.receive_elsewhere();
      }
      // What lets an order go needs one that is on hold.
      if (step == Step::release_hold && next_state(state, Step::hold) == state &&
          state != SliceState::reserved) {
        order.go(Step::hold);
      }
      if (step == Step::authorise_payment && next_state(state, Step::fail_payment) == state &&
          state != SliceState::reserved) {
        order.go(Step::fail_payment);
      }
      ASSERT_EQ(order.state(), state) << name_of(order.state());
      const std::string before = order.trace();
      const Outcome outcome = order.send(step).outcome;
      const SliceState next = next_state(state, step);
      if (next != no_state && step == Step::hold && state == SliceState::reserved) {
        // It stands already, for this reason.
        EXPECT_EQ(outcome.refusal, Refusal::on_hold) << name_of(outcome.refusal);
        EXPECT_EQ(order.trace(), before);
      } else if (next != no_state) {
        EXPECT_EQ(outcome.status, Status::accepted) << name_of(outcome.refusal);
        EXPECT_EQ(order.state(), next) << name_of(order.state());
      } else {
        // A label names a parcel, and before it is packed nothing is in one.
        const bool is_in_parcel = state == SliceState::packed || has_left(state);
        if (step == Step::create_label && !is_in_parcel) {
          EXPECT_EQ(outcome.refusal, Refusal::no_such_line) << name_of(outcome.refusal);
        } else {
          EXPECT_EQ(outcome.refusal, Refusal::step_not_allowed) << name_of(outcome.refusal);
          const std::uint32_t reason = OneOrder::reason_of(step);
          EXPECT_EQ(outcome.detail, static_cast<std::uint32_t>(state) |
                                        static_cast<std::uint32_t>(step) << 8U | reason << 16U);
        }
        EXPECT_EQ(order.trace(), before);
      }
      EXPECT_EQ(order.audit(), "");
    }
  }
}

TEST(LifeTable, EveryStateOfTheTableIsTried) {
  for (const Transition& row : transitions) {
    EXPECT_TRUE(paths.contains(row.from)) << name_of(row.from);
    EXPECT_TRUE(paths.contains(row.to)) << name_of(row.to);
  }
}

TEST(LifeTable, EveryCellStandsOnce) {
  std::map<std::pair<SliceState, Step>, int> rows;
  for (const Transition& row : transitions) {
    EXPECT_EQ(++rows[std::pair(row.from, row.step)], 1) << name_of(row.from) << name_of(row.step);
    EXPECT_EQ(next_state(row.from, row.step), row.to);
  }
}

/// The table as a picture.
std::string picture() {
  std::map<std::pair<SliceState, SliceState>, std::string> arrows;
  for (const Transition& row : transitions) {
    std::string& steps = arrows[{row.from, row.to}];
    steps += (steps.empty() ? "" : ", ") + std::string(name_of(row.step));
  }
  std::string text = "```mermaid\nstateDiagram-v2\n";
  for (const auto& [states, steps] : arrows) {
    text += std::string("  ") + name_of(states.first) + " --> " + name_of(states.second) + ": " +
            steps + "\n";
  }
  return text + "```\n";
}

TEST(LifeTable, ThePictureInTheDocumentIsTheTables) {
  const std::string path = std::string(MILLRACE_SOURCE_DIR) + "/docs/order-life.md";
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string begin = "<!-- picture: begin -->\n";
  const std::size_t from = text.str().find(begin);
  const std::size_t until = text.str().find("<!-- picture: end -->");
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(until, std::string::npos);
  const std::string found = text.str().substr(from + begin.size(), until - from - begin.size());
  EXPECT_EQ(found, picture()) << "put the expected picture into docs/order-life.md";
}

}  // namespace
}  // namespace millrace
