// Orders that are over leave memory for a file of the archive, and come back when a command names
// them. No answer tells where an order lies.
#include <algorithm>
#include <utility>

#include "engine/core/check.h"
#include "engine/stages/reserve.h"
#include "engine/state/order_entry.h"

namespace millrace {

bool Reserve::is_over(Slot slot) const {
  const OrderRecord& record = orders_[slot];
  // A hold that nobody released holds nothing any more.
  bool over = true;
  orders_.for_slices(record, [&](const Slice& slice) {
    over &= millrace::is_over(slice.state);
    // The audit counts capacity from the day on that it is taken of.
    over &= slice.head == 0 || !takes_capacity(slice.state) ||
            slice.ship_day() < calendar_.today(slice.node());
  });
  notes_.for_each<AccountNote>(
      slot, [&](const AccountNote& account) { over &= account.entry == ExpiryWheel::none; });
  return over;
}

std::vector<Slot> Reserve::pick_over(std::uint16_t days) {
  const auto today = static_cast<std::uint16_t>(now_.us / us_per_day);
  std::vector<Slot> picked;
  for (std::uint32_t index = 0; index < orders_.size(); ++index) {
    const Slot slot{index};
    if (!orders_.in_memory(slot)) {
      continue;
    }
    if (!is_over(slot)) {
      orders_[slot].over_since = no_day;
      continue;
    }
    Day& since = orders_[slot].over_since;
    since = since == no_day ? Day{today} : since;
    if (today >= since.value + days) {
      picked.push_back(slot);
    }
  }
  return picked;
}

void Reserve::let_go(const Filing& filing, std::size_t from, std::size_t count) {
  if (from == 0 && !filing.replaces.empty()) {
    replace_files(filing);
  }
  const std::uint32_t file = file_number(filing.file);
  for (const FiledOrder& filed : std::span(filing.orders).subspan(from, count)) {
    if (!orders_.in_memory(filed.slot)) {
      continue;
    }
    write_entry(orders_, notes_, filed.slot, entry_);
    // What has changed since it was written stays, and goes with another snapshot.
    if (hash_of_entry(entry_) == filed.hash) {
      leave(filed.slot, file);
    }
  }
}

std::uint32_t Reserve::file_number(const std::shared_ptr<const ArchiveFile>& file) {
  const auto known = std::find(files_.begin(), files_.end(), file);
  if (known != files_.end()) {
    return static_cast<std::uint32_t>(known - files_.begin());
  }
  files_.push_back(file);
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void Reserve::replace_files(const Filing& filing) {
  for (std::shared_ptr<const ArchiveFile>& file : files_) {
    const bool replaced = std::find(filing.replaces.begin(), filing.replaces.end(), file->info()) !=
                          filing.replaces.end();
    file = replaced ? filing.file : file;
  }
}

std::vector<ArchiveFileInfo> Reserve::archive_files() const {
  std::vector<ArchiveFileInfo> infos;
  infos.reserve(files_.size());
  for (const auto& file : files_) {
    infos.push_back(file->info());
  }
  std::sort(infos.begin(), infos.end(), [](const ArchiveFileInfo& a, const ArchiveFileInfo& b) {
    return a.sequence < b.sequence;
  });
  infos.erase(std::unique(infos.begin(), infos.end()), infos.end());
  return infos;
}

void Reserve::number_files_anew() {
  CHECK(guests_.empty());
  std::vector<std::shared_ptr<const ArchiveFile>> before;
  std::swap(before, files_);
  std::vector<std::uint32_t> numbers;
  numbers.reserve(before.size());
  for (const auto& file : before) {
    numbers.push_back(file_number(file));
  }
  orders_.number_files(numbers);
}

void Reserve::let_go_some() {
  constexpr std::size_t at_once = 64;
  if (filings_.empty() && !inbox_.empty()) {
    filings_ = inbox_.take();
  }
  if (filings_.empty()) {
    return;
  }
  const Filing& filing = filings_.back();
  const std::size_t count = std::min(at_once, filing.orders.size() - let_go_);
  let_go(filing, let_go_, count);
  let_go_ += count;
  if (let_go_ == filing.orders.size()) {
    filings_.pop_back();
    let_go_ = 0;
  }
}

void Reserve::bring_back(Slot slot) {
  const OrderId id = ids_[slot];
  const std::uint32_t file = orders_.file_of(slot);
  files_[file]->read(id, entry_);
  guests_.push_back({slot, file, hash_of_entry(entry_)});
  restore_entry(entry_, slot, orders_, notes_);
  put_away_hashes_ -= hash_of_order(orders_, notes_, id, slot);
}

void Reserve::leave(Slot slot, std::uint32_t file) {
  put_away_hashes_ += hash_of_order(orders_, notes_, ids_[slot], slot);
  notes_.for_each<CartNote>(slot, [&](const CartNote& note) {
    carts_left_.push_back({slot, note.cart});
  });
  notes_.release(slot);
  orders_.put_away(slot, file);
}

void Reserve::return_unchanged() {
  for (const Guest& guest : guests_) {
    write_entry(orders_, notes_, guest.slot, entry_);
    if (hash_of_entry(entry_) == guest.hash) {
      leave(guest.slot, guest.file);
    }
  }
  guests_.clear();
}

std::uint64_t Reserve::archive_bytes() const {
  std::uint64_t bytes = 0;
  for (const ArchiveFileInfo& info : archive_files()) {
    bytes += info.bytes;
  }
  return bytes;
}

std::uint64_t Reserve::hash_of_orders() const {
  std::uint64_t sum = put_away_hashes_;
  for (std::uint32_t index = 0; index < orders_.size(); ++index) {
    if (orders_.in_memory(Slot{index})) {
      sum += hash_of_order(orders_, notes_, ids_[Slot{index}], Slot{index});
    }
  }
  return sum;
}

void Reserve::save_archive(SectionWriter& out) const {
  std::vector<ArchiveFileInfo> infos;
  infos.reserve(files_.size());
  for (const auto& file : files_) {
    infos.push_back(file->info());
  }
  out.table<ArchiveFileInfo>("archive", infos);
  const PutAway away{put_away_hashes_, orders_.put_away_count(), orders_.slices_away(),
                     notes_.away()};
  out.table<PutAway>("orders put away", std::span(&away, 1));
}

std::optional<std::string> Reserve::load_archive(SectionReader& in) {
  std::vector<ArchiveFileInfo> infos;
  std::vector<PutAway> away;
  if (!in.table("archive", infos, archive_files_max) || !in.table("orders put away", away, 1) ||
      away.size() != 1) {
    return "section archive or orders put away: damaged";
  }
  put_away_hashes_ = away[0].hashes;
  for (const ArchiveFileInfo& info : infos) {
    std::string problem = "no archive was given";
    std::shared_ptr<const ArchiveFile> file =
        archive_ == nullptr ? nullptr : archive_->open(info, problem);
    if (file == nullptr) {
      return problem;
    }
    files_.push_back(std::move(file));
  }
  return std::nullopt;
}

}  // namespace millrace
