// What must hold of orders' lives after every command: money, parcels, requests, timers. Plain
// loops over everything; for tests, and for operators who ask.
#include <string>

#include "engine/stages/life.h"

namespace millrace {

std::optional<std::string> Life::audit_requests(Slot slot, std::uint32_t& timers) const {
  std::uint32_t running = 0;
  bool fits = true;
  reserve_.notes_.for_each<RequestNote>(slot, [&](const RequestNote& request) {
    const Slice& slice = orders().slice(request.slice);
    const bool asked = slice.state == SliceState::dropship_requested;
    running += static_cast<std::uint32_t>(request.entry != ExpiryWheel::none);
    fits &= asked == (request.entry != ExpiryWheel::none) && asked == (request.due > Time{0});
    fits &= !asked || request.head.code == slice.node().value;
  });
  std::uint32_t asked = 0;
  orders().for_slices(orders()[slot], [&](const Slice& slice) {
    asked += static_cast<std::uint32_t>(slice.state == SliceState::dropship_requested);
    fits &= !is_with_vendor(slice.state) || network_.is_vendor(slice.node());
  });
  timers += running;
  return fits && asked == running ? std::nullopt
                                  : std::optional("requests of slot " + std::to_string(slot.value) +
                                                  " do not fit the notes of them");
}

std::optional<std::string> Life::audit_money(Slot slot) const {
  const OrderRecord& record = orders()[slot];
  std::uint64_t units = 0;
  orders().for_slices(record, [&](const Slice& slice) {
    units += slice.state == SliceState::rerouted ? 0 : slice.units.value;
  });
  const Outcome& placed = record.outcome;
  const std::uint64_t dropped = placed.status == Status::partial ? placed.detail : 0;
  if (units != dropped + placed.allocated.value + placed.backordered.value + record.added.value) {
    return "units were lost or made in slot " + std::to_string(slot.value);
  }
  const std::uint32_t at = find_account(slot);
  if (at == no_note) {
    return std::nullopt;
  }
  const AccountNote account = reserve_.notes_.get<AccountNote>(at);
  if (account.refunded > paid(record, account) || account.captured > account.authorised) {
    return "more was paid back than paid, or more paid than authorised, in slot " +
           std::to_string(slot.value);
  }
  return std::nullopt;
}

std::optional<std::string> Life::audit() const {
  std::uint32_t timers = 0;
  for (std::uint32_t index = 0; index < orders().size(); ++index) {
    const Slot slot{index};
    if (!orders().in_memory(slot)) {
      continue;
    }
    std::uint32_t accounts = 0;
    reserve_.notes_.for_each<AccountNote>(slot, [&](const AccountNote& account) {
      ++accounts;
      timers += static_cast<std::uint32_t>(account.entry != ExpiryWheel::none);
    });
    if (auto problem = audit_money(slot)) {
      return problem;
    }
    if (auto problem = audit_requests(slot, timers)) {
      return problem;
    }
    if (accounts > 1) {
      return "slot " + std::to_string(index) + " has two accounts";
    }
    bool parcels_fit = true;
    orders().for_slices(orders()[slot], [&](const Slice& slice) {
      const std::uint32_t at = slice.parcel == 0 ? no_note : find_parcel(slot, slice.parcel);
      const bool service = is_service(reserve_.sku(slice.row).flags);
      const bool packed = !service && (slice.state == SliceState::packed || has_left(slice.state));
      parcels_fit &= packed ? at != no_note : true;
      parcels_fit &=
          at == no_note || reserve_.notes_.get<ParcelNote>(at).node == slice.node() || !packed;
    });
    if (!parcels_fit) {
      return "a packed slice of slot " + std::to_string(index) + " is in no parcel of its node";
    }
  }
  reserve_.outages_.for_each(
      [&](const Outage& outage) { timers += static_cast<std::uint32_t>(outage.due > Time{0}); });
  return timers == wheel_.size() ? std::nullopt
                                 : std::optional<std::string>("timers do not add up to the wheel");
}

}  // namespace millrace
