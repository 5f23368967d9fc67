// In the warehouse, and with the carrier.
#include "engine/core/hash.h"
#include "tools/load/life_turn.h"

namespace millrace::load {

namespace {

constexpr std::uint8_t parcels_max = 250;
constexpr std::uint64_t parcel_grams = 750;
/// 300 by 200 by 100 millimetres, 16 bits each from the lowest.
constexpr std::uint64_t parcel_size = 300 | 200ULL << 16U | 100ULL << 32U;
constexpr std::uint8_t marked_fragile = 1;
constexpr std::uint32_t carriers = 4;

}  // namespace

void LifeBehaviour::Turn::work(NodeIndex node) {
  if (const Units waved = sight_.units_at(node, SliceState::waved); waved > Units{0}) {
    pick(node, waved);
  } else if (const Units picking = sight_.units_at(node, SliceState::picking); picking > Units{0}) {
    confirm(node, picking);
  }
  if (const Units picked = sight_.units_at(node, SliceState::picked); picked > Units{0}) {
    pack(node, picked);
  }
}

void LifeBehaviour::Turn::pick(NodeIndex node, Units units) {
  if (draw(shares_.mistaken) && sight_.units_at(node, SliceState::picked) == Units{0}) {
    push(Step::confirm_pack, units, node).parcel = parcels_max;
    last() = {.refusal = Refusal::step_not_allowed};
  }
  push(Step::start_pick, units, node);
  const Units picking = sight_.units_at(node, SliceState::picking);
  if (draw(shares_.rejected)) {
    push(Step::reject_node, units, node);
  } else {
    confirm(node, picking + units);
  }
}

/// What is being picked at a node is found, but for some units of one line.
void LifeBehaviour::Turn::confirm(NodeIndex node, Units picking) {
  Units missing{0};
  if (draw(shares_.short_picked)) {
    for (const SliceView& slice : sight_.slices()) {
      const bool is_picked = slice.state == SliceState::waved || slice.state == SliceState::picking;
      if (slice.node == node && is_picked && missing == Units{0}) {
        missing = some(slice.units);
        const std::uint32_t why = random_.below(10);
        StepOrder& body = push(Step::short_pick, missing, node);
        body.line = slice.line;
        // Another slice of it may have come into a wave since.
        last().may_be_late = sight_.units_at(node, SliceState::allocated) > Units{0};
        body.reason = static_cast<std::uint8_t>(why == 0  ? ShortReason::not_in_stock
                                                : why < 8 ? ShortReason::mismatch
                                                          : ShortReason::damage);
      }
    }
  }
  if (picking > missing) {
    push(Step::confirm_pick, picking - missing, node);
  }
}

void LifeBehaviour::Turn::pack(NodeIndex node, Units units) {
  if (life_.parcel_count >= parcels_max - 2) {
    push(Step::cancel, units, node);
    return;
  }
  const Units first =
      units > Units{1} && draw(shares_.two_parcels) ? some(units - Units{1}) : units;
  send_parcel(node, first);
  if (units > first) {
    send_parcel(node, units - first);
  }
}

void LifeBehaviour::Turn::send_parcel(NodeIndex node, Units units) {
  const std::uint8_t parcel = ++life_.parcel_count;
  StepOrder pack = step(Step::confirm_pack);
  pack.node = node;
  pack.units = units;
  pack.parcel = parcel;
  pack.value = parcel_grams;
  pack.other.low = parcel_size;
  pack.flags = marked_fragile;
  push(pack, {.units = units});
  if (draw(shares_.mistaken)) {
    push(Step::confirm_ship, units, node).parcel = parcel;
    last() = {.refusal = Refusal::label_missing};
  }
  StepOrder label = step(Step::create_label);
  label.node = node;
  label.parcel = parcel;
  label.code = static_cast<std::uint16_t>(1 + random_.below(carriers));
  label.other = {random_.next(), random_.next()};
  label.value = random_.next();
  push(label, {.units = units});
  if (draw(shares_.mistaken)) {
    // The same command once more.
    push(label, {.units = units, .repeats = true});
  }
  const bool is_cancelled = draw(shares_.cancelled_packed);
  push(is_cancelled ? Step::cancel : Step::confirm_ship, units, node).parcel = parcel;
}

/// What was shipped of an order that was placed unpaid is taken from the customer's account.
void LifeBehaviour::Turn::capture() {
  if (life_.capture_due == 0) {
    return;
  }
  StepOrder take = step(Step::capture_payment);
  const std::uint64_t left = life_.authorised - life_.captured;
  if (draw(shares_.mistaken)) {
    take.value = left + 1;
    push(take, {.refusal = Refusal::wrong_amount});
  }
  take.value = life_.capture_due;
  life_.capture_due = 0;
  push(take, {.counts = false});
}

void LifeBehaviour::Turn::carry(LifeParcel& parcel) {
  if (parcel.stage == ParcelStage::failed && draw(shares_.sent_back)) {
    StepOrder& body = push(Step::open_return, parcel.units);
    body.parcel = parcel.number;
    body.reason = static_cast<std::uint8_t>(ReturnReason::too_late);
    return;
  }
  if (parcel.stage == ParcelStage::failed) {
    push(Step::in_transit, parcel.units).parcel = parcel.number;
    push(Step::deliver, parcel.units).parcel = parcel.number;
    return;
  }
  if (parcel.stage != ParcelStage::shipped) {
    return;
  }
  if (draw(shares_.news)) {
    push(Step::in_transit, parcel.units).parcel = parcel.number;
  }
  if (draw(shares_.delayed)) {
    push(Step::delay, parcel.units).parcel = parcel.number;
  }
  const bool fails = draw(shares_.undelivered);
  push(fails ? Step::fail_delivery : Step::deliver, parcel.units).parcel = parcel.number;
}

}  // namespace millrace::load
