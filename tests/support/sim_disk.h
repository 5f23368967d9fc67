// A disk in memory that can do what real ones do: fail, fill up, tear a write, and forget on a
// crash what was not synced. Nothing in it is left to chance; the test decides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/journal/file.h"

namespace millrace::test {

class SimDisk final : public Disk {
 public:
  enum class Operation : std::uint8_t {
    durable_write,
    stream_write,
    sync,
    sync_directory,
    read,
    rename,
  };
  static constexpr std::size_t operations = 6;

  /// Whether a block of 4 KiB reached the disk; blocks count from the start of the write.
  using KeepBlock = std::function<bool(std::size_t block)>;
  /// The same for blocks of a file that were written and not synced.
  using KeepUnsynced = std::function<bool(const std::string& name, std::size_t block)>;
  /// The same for creations, removals and renamings since the directory was synced, in their order.
  using KeepEntry = std::function<bool(std::size_t change)>;

  SimDisk() = default;

  // Disk
  [[nodiscard]] Result<std::unique_ptr<File>> create(std::string_view name, Access access) override;
  [[nodiscard]] Result<std::unique_ptr<File>> open(std::string_view name, Access access) override;
  [[nodiscard]] Result<std::vector<std::string>> list() override;
  Result<void> remove(std::string_view name) override;
  Result<void> rename(std::string_view from, std::string_view to) override;
  Result<void> sync_directory() override;
  [[nodiscard]] Result<std::uint64_t> free_bytes() override;
  Result<void> lock() override;

  [[nodiscard]] const std::string& path() const override { return path_; }

  // Faults

  /// Lets `after` operations of the kind pass and fails the next one, and every one after it. Of a
  /// durable write that fails, the blocks that `keep` names are on disk all the same.
  void fail(Operation operation, std::uint64_t after, DiskError code, KeepBlock keep = {});
  void heal();
  void set_capacity(std::uint64_t bytes);

  /// Another process holds the directory.
  void set_busy(bool busy) { busy_ = busy; }

  // Crashes

  /// The disk as it is after a crash now: synced directory entries, synced bytes, and those
  /// unsynced blocks and changes of the directory that the arguments name.
  [[nodiscard]] std::unique_ptr<SimDisk> crash(const KeepUnsynced& keep = {},
                                               const KeepEntry& keep_entry = {}) const;
  /// The disk as it is after a crash in the midst of the last durable write: only the blocks that
  /// `keep` names are of that write.
  [[nodiscard]] std::unique_ptr<SimDisk> crash_in_last_write(const KeepBlock& keep) const;
  /// Blocks of the last durable write.
  [[nodiscard]] std::size_t last_write_blocks() const;
  /// Everything as it stands, without a crash.
  [[nodiscard]] std::unique_ptr<SimDisk> copy() const;

  // Looking inside

  [[nodiscard]] std::uint64_t count(Operation operation) const;
  [[nodiscard]] std::vector<std::byte> bytes(const std::string& name) const;
  void set_bytes(const std::string& name, std::vector<std::byte> bytes);
  void flip(const std::string& name, std::uint64_t offset, std::byte mask);

 private:
  friend class SimFile;

  struct Inode {
    std::vector<std::byte> now;
    std::vector<std::byte> durable;
    std::uint64_t reserved = 0;
  };

  using InodePtr = std::shared_ptr<Inode>;
  using Directory = std::map<std::string, InodePtr, std::less<>>;

  struct Change {
    std::string removed;  ///< empty if none
    std::string added;    ///< empty if none
    InodePtr inode;
  };

  struct Fault {
    std::uint64_t after;
    DiskError code;
    KeepBlock keep;
  };

  struct LastWrite {
    InodePtr inode;
    std::uint64_t offset = 0;
    std::vector<std::byte> old_bytes;  ///< what the write replaced; zeros beyond the old end
    std::size_t bytes = 0;
  };

  [[nodiscard]] std::optional<Error> counted(Operation operation, const std::string& file);
  [[nodiscard]] std::uint64_t used_bytes() const;
  [[nodiscard]] std::string full_path(std::string_view name) const;
  Result<void> write_file(const InodePtr& inode, const std::string& file, Access access,
                          std::uint64_t offset, std::span<const Bytes> parts);

  mutable std::mutex mutex_;
  std::string path_ = "sim";
  Directory now_;
  Directory durable_;
  std::vector<Change> changes_;  ///< from durable_ to now_
  std::uint64_t capacity_ = UINT64_MAX;
  bool busy_ = false;
  std::array<std::uint64_t, operations> counts_{};
  std::array<std::optional<Fault>, operations> faults_;
  LastWrite last_write_;
};

}  // namespace millrace::test
