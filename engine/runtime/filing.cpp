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

/// What goes into a file, in rising hash: orders that are over, and what older files have. Of an
/// order the newest entry counts.
class Merge {
 public:
  Merge(Engine& engine, std::vector<Picked> picked, Filing& filing)
      : engine_(engine), picked_(std::move(picked)), filing_(filing) {}

  /// The newest file first.
  Result<void> add_file(Disk& disk, const ArchiveFileInfo& info) {
    return files_.emplace_back().open(disk, info);
  }

  Result<void> write(ArchiveWriter& writer) {
    while (!writer.failed() && find_lowest()) {
      written_.clear();
      for (; next_ < picked_.size() && picked_[next_].hash == lowest_; ++next_) {
        const Picked& order = picked_[next_];
        filing_.orders.push_back({order.slot, 0, engine_.write_entry(order.slot, entry_)});
        put(writer, order.id, entry_);
      }
      for (ArchiveCursor& file : files_) {
        for (; !file.at_end() && file.hash() == lowest_;) {
          put(writer, file.id(), file.entry());
          if (auto moved = file.next(); !moved.ok()) {
            return moved;
          }
        }
      }
    }
    return {};
  }

 private:
  bool find_lowest() {
    bool any = next_ < picked_.size();
    lowest_ = any ? picked_[next_].hash : ~std::uint64_t{0};
    for (const ArchiveCursor& file : files_) {
      if (!file.at_end()) {
        lowest_ = std::min(lowest_, file.hash());
        any = true;
      }
    }
    return any;
  }

  void put(ArchiveWriter& writer, OrderId id, Bytes entry) {
    if (std::find(written_.begin(), written_.end(), id) == written_.end()) {
      written_.push_back(id);
      writer.add(id, entry);
    }
  }

  Engine& engine_;
  std::vector<Picked> picked_;
  Filing& filing_;
  std::vector<ArchiveCursor> files_;
  std::size_t next_ = 0;          ///< of the picked orders
  std::uint64_t lowest_ = 0;      ///< hash that comes next
  std::vector<OrderId> written_;  ///< of that hash
  std::vector<std::byte> entry_;
};

}  // namespace

Result<std::optional<Filing>> file_orders(Engine& engine, Disk& disk, std::uint16_t days,
                                          const Throttle& pace, const ArchiveFailure& on_failure) {
  std::vector<Picked> picked = pick(engine, days);
  const std::vector<ArchiveFileInfo> files = engine.archive_files();
  const std::size_t merged = files_to_merge(files);
  if (picked.empty() && merged == 0) {
    return std::optional<Filing>();
  }
  Filing filing;
  filing.orders.reserve(picked.size());
  filing.replaces.assign(files.rbegin(), files.rbegin() + static_cast<std::ptrdiff_t>(merged));
  Merge merge(engine, std::move(picked), filing);
  for (const ArchiveFileInfo& info : filing.replaces) {
    if (const auto added = merge.add_file(disk, info); !added.ok()) {
      return added.error();
    }
  }
  ArchiveWriter writer;
  if (const auto opened = writer.open(disk, engine.last_sequence(), pace); !opened.ok()) {
    return opened.error();
  }
  if (const auto wrote = merge.write(writer); !wrote.ok()) {
    return wrote.error();
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
