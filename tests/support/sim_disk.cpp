// The simulated disk. Each file has its bytes as a reader sees them and as a crash would leave
// them.
#include "tests/support/sim_disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/core/check.h"

namespace millrace::test {

class SimFile final : public File {
 public:
  SimFile(SimDisk& disk, SimDisk::InodePtr inode, std::string path, Access access)
      : disk_(disk), inode_(std::move(inode)), path_(std::move(path)), access_(access) {}

  Result<void> write(std::uint64_t offset, std::span<const Bytes> parts) override {
    CHECK(access_ != Access::read);
    CHECK(offset % disk_block == 0);
    CHECK(parts.size() <= write_parts_max);
    for (const Bytes part : parts) {
      CHECK(reinterpret_cast<std::uintptr_t>(part.data()) % disk_block == 0);
      CHECK(part.size() % disk_block == 0);
    }
    return disk_.write_file(inode_, path_, access_, offset, parts);
  }

  Result<void> sync() override {
    const std::lock_guard lock(disk_.mutex_);
    if (std::optional<Error> error = disk_.counted(SimDisk::Operation::sync, path_)) {
      return *error;
    }
    inode_->durable = inode_->now;
    return {};
  }

  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override {
    CHECK(access_ == Access::read);
    const std::lock_guard lock(disk_.mutex_);
    if (std::optional<Error> error = disk_.counted(SimDisk::Operation::read, path_)) {
      return *error;
    }
    const std::vector<std::byte>& bytes = inode_->now;
    if (offset >= bytes.size()) {
      return std::size_t{0};
    }
    const std::size_t count = std::min<std::size_t>(into.size(), bytes.size() - offset);
    std::memcpy(into.data(), bytes.data() + offset, count);
    return count;
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard lock(disk_.mutex_);
    return std::uint64_t{inode_->now.size()};
  }

  Result<void> reserve(std::uint64_t bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.used_bytes() + bytes > disk_.capacity_) {
      return Error{DiskError::no_space, path_ + ": fallocate: simulated"};
    }
    inode_->reserved = bytes;
    return {};
  }

  void read_ahead(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) override {}

  void forget(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) override {}

  [[nodiscard]] bool direct() const override { return true; }

  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  SimDisk& disk_;
  SimDisk::InodePtr inode_;
  std::string path_;
  Access access_;
};

Result<std::unique_ptr<File>> SimDisk::create(std::string_view name, Access access) {
  const std::lock_guard lock(mutex_);
  if (now_.contains(name)) {
    return Error{DiskError::exists, full_path(name) + ": create: simulated"};
  }
  const InodePtr inode = std::make_shared<Inode>();
  now_.emplace(name, inode);
  changes_.push_back({"", std::string(name), inode});
  return std::unique_ptr<File>(std::make_unique<SimFile>(*this, inode, full_path(name), access));
}

Result<std::unique_ptr<File>> SimDisk::open(std::string_view name, Access access) {
  const std::lock_guard lock(mutex_);
  const auto found = now_.find(name);
  if (found == now_.end()) {
    return Error{DiskError::not_found, full_path(name) + ": open: simulated"};
  }
  return std::unique_ptr<File>(
      std::make_unique<SimFile>(*this, found->second, full_path(name), access));
}

Result<std::vector<std::string>> SimDisk::list() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, inode] : now_) {
    names.push_back(name);
  }
  return names;
}

Result<void> SimDisk::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = now_.find(name);
  if (found == now_.end()) {
    return Error{DiskError::not_found, full_path(name) + ": unlink: simulated"};
  }
  changes_.push_back({found->first, "", nullptr});
  now_.erase(found);
  return {};
}

Result<void> SimDisk::rename(std::string_view from, std::string_view to) {
  const std::lock_guard lock(mutex_);
  if (std::optional<Error> error = counted(Operation::rename, full_path(from))) {
    return *error;
  }
  const auto found = now_.find(from);
  if (found == now_.end()) {
    return Error{DiskError::not_found, full_path(from) + ": rename: simulated"};
  }
  changes_.push_back({found->first, std::string(to), found->second});
  now_.insert_or_assign(std::string(to), found->second);
  now_.erase(found);
  return {};
}

Result<void> SimDisk::sync_directory() {
  const std::lock_guard lock(mutex_);
  if (std::optional<Error> error = counted(Operation::sync_directory, path_)) {
    return *error;
  }
  durable_ = now_;
  changes_.clear();
  return {};
}

Result<std::uint64_t> SimDisk::free_bytes() {
  const std::lock_guard lock(mutex_);
  return capacity_ - std::min(capacity_, used_bytes());
}

Result<void> SimDisk::lock() {
  if (busy_) {
    return Error{DiskError::busy, path_ + ": another process writes here"};
  }
  return {};
}

void SimDisk::fail(Operation operation, std::uint64_t after, DiskError code, KeepBlock keep) {
  const std::lock_guard lock(mutex_);
  faults_[static_cast<std::size_t>(operation)] = Fault{after, code, std::move(keep)};
}

void SimDisk::heal() {
  const std::lock_guard lock(mutex_);
  faults_.fill(std::nullopt);
  capacity_ = UINT64_MAX;
}

void SimDisk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

std::unique_ptr<SimDisk> SimDisk::crash(const KeepUnsynced& keep,
                                        const KeepEntry& keep_entry) const {
  const std::lock_guard lock(mutex_);
  Directory entries = durable_;
  for (std::size_t change = 0; keep_entry && change < changes_.size(); ++change) {
    if (!keep_entry(change)) {
      continue;
    }
    entries.erase(changes_[change].removed);
    if (changes_[change].inode != nullptr) {
      entries.insert_or_assign(changes_[change].added, changes_[change].inode);
    }
  }
  auto after = std::make_unique<SimDisk>();
  for (const auto& [name, inode] : entries) {
    const InodePtr survivor = std::make_shared<Inode>();
    survivor->now = inode->durable;
    const std::size_t blocks = (inode->now.size() + disk_block - 1) / disk_block;
    for (std::size_t block = 0; keep && block < blocks; ++block) {
      const std::size_t begin = block * disk_block;
      const std::size_t end = std::min(begin + disk_block, inode->now.size());
      if (keep(name, block)) {
        survivor->now.resize(std::max(survivor->now.size(), end));
        std::copy(inode->now.begin() + static_cast<std::ptrdiff_t>(begin),
                  inode->now.begin() + static_cast<std::ptrdiff_t>(end),
                  survivor->now.begin() + static_cast<std::ptrdiff_t>(begin));
      }
    }
    survivor->durable = survivor->now;
    after->now_.emplace(name, survivor);
  }
  after->durable_ = after->now_;
  return after;
}

std::unique_ptr<SimDisk> SimDisk::crash_in_last_write(const KeepBlock& keep) const {
  CHECK(last_write_.inode != nullptr);
  // The blocks that were lost go back for the time of the crash.
  Inode& inode = *last_write_.inode;
  const std::vector<std::byte> whole = inode.durable;
  for (std::size_t block = 0; block * disk_block < last_write_.bytes; ++block) {
    if (!keep(block)) {
      std::memcpy(inode.durable.data() + last_write_.offset + block * disk_block,
                  last_write_.old_bytes.data() + block * disk_block, disk_block);
    }
  }
  std::unique_ptr<SimDisk> after = crash();
  inode.durable = whole;
  return after;
}

std::size_t SimDisk::last_write_blocks() const {
  return last_write_.bytes / disk_block;
}

std::unique_ptr<SimDisk> SimDisk::copy() const {
  const std::lock_guard lock(mutex_);
  auto other = std::make_unique<SimDisk>();
  for (const auto& [name, inode] : now_) {
    other->now_.emplace(name, std::make_shared<Inode>(*inode));
  }
  other->durable_ = other->now_;
  return other;
}

std::uint64_t SimDisk::count(Operation operation) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<std::size_t>(operation)];
}

std::vector<std::byte> SimDisk::bytes(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return now_.at(name)->now;
}

void SimDisk::set_bytes(const std::string& name, std::vector<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  const InodePtr inode = std::make_shared<Inode>();
  inode->now = std::move(bytes);
  inode->durable = inode->now;
  now_.insert_or_assign(name, inode);
  durable_.insert_or_assign(name, inode);
}

void SimDisk::flip(const std::string& name, std::uint64_t offset, std::byte mask) {
  const std::lock_guard lock(mutex_);
  Inode& inode = *now_.at(name);
  inode.now.at(offset) ^= mask;
  inode.durable.at(offset) ^= mask;
}

std::optional<Error> SimDisk::counted(Operation operation, const std::string& file) {
  const std::size_t index = static_cast<std::size_t>(operation);
  ++counts_[index];
  std::optional<Fault>& fault = faults_[index];
  if (!fault) {
    return std::nullopt;
  }
  if (fault->after > 0) {
    --fault->after;
    return std::nullopt;
  }
  return Error{fault->code, file + ": operation " + std::to_string(index) + ": simulated"};
}

std::uint64_t SimDisk::used_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [name, inode] : now_) {
    used += std::max<std::uint64_t>(inode->now.size(), inode->reserved);
  }
  return used;
}

std::string SimDisk::full_path(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

Result<void> SimDisk::write_file(const InodePtr& inode, const std::string& file, Access access,
                                 std::uint64_t offset, std::span<const Bytes> parts) {
  const std::lock_guard lock(mutex_);
  std::vector<std::byte> bytes;
  for (const Bytes part : parts) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t held = std::max<std::uint64_t>(inode->now.size(), inode->reserved);
  if (end > held && used_bytes() + (end - held) > capacity_) {
    return Error{DiskError::no_space,
                 file + ": pwritev at offset " + std::to_string(offset) + ": simulated"};
  }
  const bool durable = access == Access::durable;
  const Operation operation = durable ? Operation::durable_write : Operation::stream_write;
  const std::optional<Error> error = counted(operation, file);
  const std::optional<Fault>& fault = faults_[static_cast<std::size_t>(operation)];
  if (error && (!durable || !fault->keep)) {
    return *error;
  }
  inode->now.resize(std::max<std::size_t>(inode->now.size(), end));
  const auto at = static_cast<std::ptrdiff_t>(offset);
  if (durable) {
    inode->durable.resize(std::max<std::size_t>(inode->durable.size(), end));
    last_write_ = {inode,
                   offset,
                   {inode->durable.begin() + at,
                    inode->durable.begin() + at + static_cast<std::ptrdiff_t>(bytes.size())},
                   bytes.size()};
  }
  for (std::size_t block = 0; block * disk_block < bytes.size(); ++block) {
    if (error && !fault->keep(block)) {
      continue;
    }
    const std::size_t begin = block * disk_block;
    std::memcpy(inode->now.data() + offset + begin, bytes.data() + begin, disk_block);
    if (durable) {
      std::memcpy(inode->durable.data() + offset + begin, bytes.data() + begin, disk_block);
    }
  }
  return error ? Result<void>(*error) : Result<void>();
}

}  // namespace millrace::test
