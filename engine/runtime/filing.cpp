// Files what is over of a snapshot's engine.
#include "engine/runtime/filing.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/hash.h"
#include "engine/journal/segment.h"

namespace millrace {

namespace {

struct Picked {
  std::uint64_t hash;
  OrderId id;
  Slot slot;
};

std::vector<Picked> pick(Engine& engine, std::uint16_t days) {
  std::vector<Picked> picked;
  for (const Slot slot : engine.pick_over(days)) {
    const OrderId id = engine.order_id(slot);
    picked.push_back({hash_id(id), id, slot});
  }
  std::sort(picked.begin(), picked.end(), [](const Picked& a, const Picked& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.slot < b.slot;
  });
  return picked;
}

}  // namespace

Result<std::optional<Filing>> file_orders(Engine& engine, Disk& disk, std::uint16_t days,
                                          const Throttle& pace, const ArchiveFailure& on_failure) {
  const std::vector<Picked> picked = pick(engine, days);
  if (picked.empty()) {
    return std::optional<Filing>();
  }
  ArchiveWriter writer;
  if (const auto opened = writer.open(disk, engine.last_sequence(), pace); !opened.ok()) {
    return opened.error();
  }
  Filing filing;
  filing.orders.reserve(picked.size());
  std::vector<std::byte> entry;
  for (const Picked& order : picked) {
    if (writer.failed()) {
      break;
    }
    filing.orders.push_back({order.slot, 0, engine.write_entry(order.slot, entry)});
    writer.add(order.id, entry);
  }
  const Result<ArchiveFileInfo> written = writer.finish();
  if (!written.ok()) {
    return written.error();
  }
  std::string problem;
  filing.file = DiskArchive(disk, on_failure).open(written.value(), problem);
  if (filing.file == nullptr) {
    return Error{DiskError::damaged, problem};
  }
  return std::optional(std::move(filing));
}

Result<Limits> limits_beside_archive(Disk& disk, const Limits& wanted) {
  const Result<PutAway> away = newest_put_away(disk);
  if (!away.ok()) {
    return away.error();
  }
  const Result<std::optional<Bounds>> journaled = newest_bounds(disk);
  if (!journaled.ok()) {
    return journaled.error();
  }
  Limits limits = wanted;
  if (away.value().orders == 0 || !journaled.value()) {
    return limits;
  }
  const auto beside = [](std::uint32_t& limit, std::uint32_t& unused, std::uint64_t elsewhere,
                         std::uint32_t bound) {
    const std::uint64_t most = std::min<std::uint64_t>(limit + elsewhere, bound_most);
    limit = std::max(static_cast<std::uint32_t>(most), bound);
    unused = static_cast<std::uint32_t>(elsewhere);
  };
  const Bounds& bounds = *journaled.value();
  beside(limits.orders_max, limits.orders_away, away.value().orders, bounds.orders_max);
  beside(limits.slices_max, limits.slices_away, away.value().slices, bounds.slices_max);
  beside(limits.notes_max, limits.notes_away, away.value().notes, bounds.notes_max);
  return limits;
}

}  // namespace millrace
