// Steps of orders where a table is nearly full: they are refused, or leave out what can wait, and
// nothing is ever written beyond a bound.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "engine/core/life.h"
#include "tests/support/small_network.h"
#include "tests/support/subject.h"

namespace millrace::test {
namespace {

constexpr OrderId first{0, 1};
constexpr OrderId second{0, 2};

/// An engine of little room, with enough stock of two SKUs at one node, and a service.
class Shop {
 public:
  explicit Shop(const Limits& limits)
      : network_(small_network([](Network& network) { network.wave.orders_max = 1; })),
        subject_(make_engine_subject(network_, limits)) {
    for (const std::uint64_t sku : {7U, 8U}) {
      take(DefineSku{next_id(), Sku{sku}, 100, 0, 0});
      take(ReceiveStock{next_id(), Sku{sku}, Units{100}, NodeIndex{0}, 0});
    }
    take(DefineSku{next_id(), Sku{9}, 0, static_cast<std::uint16_t>(SkuFlag::service), 0});
  }

  Outcome order(OrderId id, std::vector<OrderLine> lines) {
    OrderHead head{};
    head.id = id;
    head.postal = make_postal("10001", 5);
    head.country = make_country('U', 'S');
    head.policy = static_cast<std::uint8_t>(Policy::allow_backorder);
    return subject_->apply(make_order(monday_morning, head, std::move(lines))).outcome;
  }

  Outcome step(OrderId order, Step step, const std::function<void(StepOrder&)>& fill = {}) {
    StepOrder body{};
    body.command = next_id();
    body.order = order;
    body.node = no_node;
    body.line = any_line;
    body.step = static_cast<std::uint8_t>(step);
    if (fill) {
      fill(body);
    }
    return take(body);
  }

  /// The newest wave is released.
  void release() {
    const std::vector<Proposal> proposals = subject_->take_proposals();
    ASSERT_FALSE(proposals.empty());
    EXPECT_EQ(subject_->apply(release_of(monday_morning, proposals.back())).outcome.status,
              Status::accepted);
  }

  [[nodiscard]] std::string audit() const { return subject_->audit().value_or(""); }

 private:
  CommandId next_id() { return {1, ++ids_}; }

  template <class Body>
  Outcome take(const Body& body) {
    return subject_->apply({monday_morning, body, {}, {}, false}).outcome;
  }

  Network network_;
  std::unique_ptr<Subject> subject_;
  std::uint64_t ids_ = 0;
};

TEST(Bounds, AShipmentThatChangesItsWavesCountsOnceMoreEachTime) {
  // The pool of waves has room for as many shipments as slices may be made.
  Shop shop(Limits{.slices_max = 4});
  ASSERT_EQ(shop.order(first, {{Sku{7}, Units{1}, 100}}).status, Status::allocated);
  for (std::uint16_t turn = 1; turn <= 3; ++turn) {
    const Outcome changed =
        shop.step(first, Step::change_service, [&](StepOrder& body) { body.code = turn % 2; });
    EXPECT_EQ(changed.status, Status::accepted) << turn;
  }
  const Outcome refused =
      shop.step(first, Step::change_service, [](StepOrder& body) { body.code = 0; });
  EXPECT_EQ(refused.refusal, Refusal::slices_exhausted);
  EXPECT_EQ(shop.audit(), "");
}

TEST(Bounds, AnAmendmentThatEndsTheWaitingDoesWithoutAnAccount) {
  // A parcel, and a node that was tried: there is no note left for the order's timer.
  Shop shop(Limits{.notes_max = 2});
  ASSERT_EQ(shop.order(first, {{Sku{7}, Units{1}, 100}, {Sku{8}, Units{1}, 100}}).status,
            Status::allocated);
  shop.release();
  const auto of_first_line = [](StepOrder& body) { body.line = 0; };
  EXPECT_EQ(shop.step(first, Step::start_pick, of_first_line).status, Status::accepted);
  EXPECT_EQ(shop.step(first, Step::confirm_pick).status, Status::accepted);
  const auto in_parcel = [](StepOrder& body) { body.parcel = 1; };
  EXPECT_EQ(shop.step(first, Step::confirm_pack, in_parcel).status, Status::accepted);
  EXPECT_EQ(shop.step(first, Step::create_label, in_parcel).status, Status::accepted);
  EXPECT_EQ(shop.step(first, Step::confirm_ship).status, Status::accepted);
  EXPECT_EQ(shop.step(first, Step::deliver).status, Status::accepted);
  ASSERT_EQ(shop.order(second, {{Sku{8}, Units{1}, 100}}).status, Status::allocated);
  EXPECT_EQ(shop.step(second, Step::reject_node).status, Status::accepted);
  const Outcome changed = shop.step(first, Step::change_units, [](StepOrder& body) {
    body.line = 1;
    body.units = Units{0};
  });
  EXPECT_EQ(changed.status, Status::accepted) << name_of(changed.refusal);
  EXPECT_EQ(shop.audit(), "");
}

TEST(Bounds, AServiceThatIsDoneNeedsRoomForItsAccount) {
  Shop shop(Limits{.notes_max = 1});
  ASSERT_EQ(shop.order(first, {{Sku{9}, Units{1}, 100}}).status, Status::allocated);
  ASSERT_EQ(shop.order(second, {{Sku{8}, Units{1}, 100}}).status, Status::allocated);
  EXPECT_EQ(shop.step(second, Step::reject_node).status, Status::accepted);
  EXPECT_EQ(shop.step(first, Step::activate).refusal, Refusal::notes_exhausted);
  EXPECT_EQ(shop.audit(), "");
}

TEST(Bounds, LinesChangeWhereThereIsRoomForAllThatTheyMayNeed) {
  Shop shop(Limits{.slices_max = 30});
  ASSERT_EQ(shop.order(first, {{Sku{7}, Units{3}, 100}}).status, Status::allocated);
  const auto more = [](StepOrder& body) {
    body.line = 0;
    body.units = Units{4};
  };
  // A waiting slice and one at each of eight nodes, twice.
  EXPECT_EQ(shop.step(first, Step::change_units, more).status, Status::accepted);
  ASSERT_EQ(shop.order(second, {{Sku{8}, Units{1}, 100}, {Sku{7}, Units{1}, 100}}).status,
            Status::allocated);
  for (std::uint64_t id = 3; id < 12; ++id) {
    ASSERT_EQ(shop.order({0, id}, {{Sku{7}, Units{1}, 0}}).status, Status::allocated);
  }
  EXPECT_EQ(shop.step(first, Step::change_units,
                      [](StepOrder& body) {
                        body.line = 0;
                        body.units = Units{5};
                      })
                .refusal,
            Refusal::slices_exhausted);
  EXPECT_EQ(shop.audit(), "");
}

}  // namespace
}  // namespace millrace::test
