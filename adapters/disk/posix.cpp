// The POSIX side of file.h. Every failure becomes an Error that names file, operation and errno.
#include "adapters/disk/posix.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/aligned.h"

namespace millrace {
namespace {

DiskError code_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return DiskError::no_space;
    case ENOENT:
      return DiskError::not_found;
    case EEXIST:
      return DiskError::exists;
    case EWOULDBLOCK:
      return DiskError::busy;
    default:
      return DiskError::io;
  }
}

Error system_error(const std::string& path, std::string_view operation, int number) {
  return Error{code_of(number), path + ": " + std::string(operation) + ": " +
                                    std::generic_category().message(number)};
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;

  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

class PosixFile final : public File {
 public:
  PosixFile(Descriptor fd, std::string path, Access access, bool direct)
      : fd_(std::move(fd)), path_(std::move(path)), access_(access), direct_(direct) {}

  Result<void> write(std::uint64_t offset, std::span<const Bytes> parts) override {
    CHECK(access_ != Access::read);
    CHECK(offset % disk_block == 0);
    CHECK(parts.size() <= write_parts_max);
    std::array<iovec, write_parts_max> vectors{};
    std::size_t count = 0;
    for (const Bytes part : parts) {
      CHECK(reinterpret_cast<std::uintptr_t>(part.data()) % disk_block == 0);
      CHECK(part.size() % disk_block == 0);
      vectors[count++] = {const_cast<std::byte*>(part.data()), part.size()};
    }
    const std::uint64_t begin = offset;
    Result<void> written = write_all(offset, std::span(vectors).first(count));
    if (!written.ok() || direct_) {
      return written;
    }
    if (access_ == Access::durable) {
      return sync();
    }
    // Without this the cache fills up and the final sync blocks the disk for seconds.
    ::sync_file_range(fd_.get(), static_cast<off64_t>(begin), static_cast<off64_t>(offset - begin),
                      SYNC_FILE_RANGE_WRITE);
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(fd_.get()) != 0) {
      return system_error(path_, "fdatasync", errno);
    }
    return {};
  }

  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override {
    CHECK(access_ == Access::read);
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t got = ::pread(fd_.get(), into.data() + done, into.size() - done,
                                  static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return system_error(path_, "pread at offset " + std::to_string(offset + done), errno);
      }
      if (got == 0) {
        break;
      }
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Result<std::uint64_t> size() override {
    struct stat status {};

    if (::fstat(fd_.get(), &status) != 0) {
      return system_error(path_, "fstat", errno);
    }
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<void> reserve(std::uint64_t bytes) override {
    while (::fallocate(fd_.get(), 0, 0, static_cast<off_t>(bytes)) != 0) {
      if (errno == EOPNOTSUPP || errno == ENOSYS) {
        return {};
      }
      if (errno != EINTR) {
        return system_error(path_, "fallocate", errno);
      }
    }
    return {};
  }

  void read_ahead(std::uint64_t offset, std::uint64_t bytes) override {
    ::posix_fadvise(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                    POSIX_FADV_WILLNEED);
  }

  void forget(std::uint64_t offset, std::uint64_t bytes) override {
    ::posix_fadvise(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                    POSIX_FADV_DONTNEED);
  }

  [[nodiscard]] bool direct() const override { return direct_; }

  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  /// Moves `offset` past what is written. A short write goes on with what is left of it.
  Result<void> write_all(std::uint64_t& offset, std::span<iovec> left) {
    while (!left.empty()) {
      const ssize_t wrote = ::pwritev(fd_.get(), left.data(), static_cast<int>(left.size()),
                                      static_cast<off_t>(offset));
      if (wrote < 0 && errno == EINTR) {
        continue;
      }
      if (wrote <= 0) {
        return system_error(path_, "pwritev at offset " + std::to_string(offset),
                            wrote == 0 ? EIO : errno);
      }
      std::size_t step = static_cast<std::size_t>(wrote);
      offset += step;
      while (!left.empty() && step >= left.front().iov_len) {
        step -= left.front().iov_len;
        left = left.subspan(1);
      }
      if (step > 0) {
        left.front().iov_base = static_cast<std::byte*>(left.front().iov_base) + step;
        left.front().iov_len -= step;
      }
    }
    return {};
  }

  Descriptor fd_;
  std::string path_;
  Access access_;
  bool direct_;
};

class PosixDisk final : public Disk {
 public:
  PosixDisk(Descriptor directory, std::string path, bool direct)
      : directory_(std::move(directory)), path_(std::move(path)), direct_(direct) {}

  Result<std::unique_ptr<File>> create(std::string_view name, Access access) override {
    return open_file(name, access, O_CREAT | O_EXCL);
  }

  Result<std::unique_ptr<File>> open(std::string_view name, Access access) override {
    return open_file(name, access, 0);
  }

  Result<std::vector<std::string>> list() override {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entry(path_, error);
    while (!error && entry != std::filesystem::directory_iterator()) {
      if (entry->is_regular_file(error) && !error) {
        names.push_back(entry->path().filename().string());
      }
      if (error == std::errc::no_such_file_or_directory) {
        error.clear();  // Removed since it was listed, as by a prune beside us.
      }
      if (!error) {
        entry.increment(error);
      }
    }
    if (error) {
      return system_error(path_, "readdir", error.value());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<void> remove(std::string_view name) override {
    if (::unlinkat(directory_.get(), std::string(name).c_str(), 0) != 0) {
      return system_error(path_of(name), "unlink", errno);
    }
    return {};
  }

  Result<void> rename(std::string_view from, std::string_view to) override {
    if (::renameat(directory_.get(), std::string(from).c_str(), directory_.get(),
                   std::string(to).c_str()) != 0) {
      return system_error(path_of(from), "rename to " + std::string(to), errno);
    }
    return {};
  }

  Result<void> sync_directory() override {
    if (::fsync(directory_.get()) != 0) {
      return system_error(path_, "fsync of the directory", errno);
    }
    return {};
  }

  Result<std::uint64_t> free_bytes() override {
    struct statvfs status {};

    if (::fstatvfs(directory_.get(), &status) != 0) {
      return system_error(path_, "statvfs", errno);
    }
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  }

  Result<void> lock() override {
    if (::flock(directory_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        return Error{DiskError::busy, path_ + ": another process writes here"};
      }
      return system_error(path_, "flock", errno);
    }
    return {};
  }

  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

  [[nodiscard]] Result<std::unique_ptr<File>> open_file(std::string_view name, Access access,
                                                        int create_flags) {
    int flags = O_CLOEXEC | create_flags | (access == Access::read ? O_RDONLY : O_RDWR);
    const bool direct = access != Access::read && writes_are_direct();
    if (direct) {
      flags |= O_DIRECT | (access == Access::durable ? O_DSYNC : 0);
    }
    Descriptor fd(::openat(directory_.get(), std::string(name).c_str(), flags, 0640));
    if (!fd.valid()) {
      return system_error(path_of(name), create_flags != 0 ? "create" : "open", errno);
    }
    return std::unique_ptr<File>(
        std::make_unique<PosixFile>(std::move(fd), path_of(name), access, direct));
  }

  /// Some file systems take O_DIRECT at open and refuse the write, so only a write tells.
  [[nodiscard]] bool writes_are_direct() {
    std::call_once(probed_, [this] {
      if (!direct_) {
        return;
      }
      constexpr const char* name = "direct-probe.tmp";
      Descriptor fd(::openat(directory_.get(), name,
                             O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_DIRECT | O_DSYNC, 0640));
      if (!fd.valid()) {
        direct_ = errno != EINVAL;
        return;
      }
      ::unlinkat(directory_.get(), name, 0);
      const AlignedBuffer block(disk_block);
      if (::pwrite(fd.get(), block.data(), block.size(), 0) < 0) {
        direct_ = errno != EINVAL;
      }
    });
    return direct_;
  }

  Descriptor directory_;
  std::string path_;
  std::once_flag probed_;
  bool direct_;
};

/// Makes a directory and its entry durable.
Result<void> make_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0750) != 0) {
    if (errno == EEXIST) {
      return {};
    }
    return system_error(directory, "mkdir", errno);
  }
  const std::filesystem::path parent = std::filesystem::path(directory).parent_path();
  const Descriptor fd(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) {
    return system_error(parent.string(), "fsync of the directory", errno);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Disk>> open_posix_disk(const std::string& directory,
                                              const PosixDiskOptions& options) {
  // A trailing slash would make the parent the directory itself.
  std::string path = directory;
  while (path.size() > 1 && path.back() == '/') {
    path.pop_back();
  }
  if (options.create) {
    Result<void> made = make_directory(path);
    if (!made.ok()) {
      return made.error();
    }
  }
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    return system_error(path, "open", errno);
  }
  return std::unique_ptr<Disk>(
      std::make_unique<PosixDisk>(std::move(fd), std::move(path), options.direct));
}

}  // namespace millrace
