// How a table gives its bytes to a snapshot and takes them back: named sections of plain structs.
// engine/journal/snapshot.h puts them on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace millrace {

class SectionWriter {
 public:
  SectionWriter() = default;
  SectionWriter(const SectionWriter&) = delete;
  SectionWriter& operator=(const SectionWriter&) = delete;
  virtual ~SectionWriter() = default;

  /// Writes a whole section. Names are unique within a snapshot.
  virtual void section(std::string_view name, std::span<const std::byte> bytes) = 0;

  template <class T>
  void table(std::string_view name, std::span<const T> rows) {
    static_assert(std::has_unique_object_representations_v<T>);
    section(name, std::as_bytes(rows));
  }
};

class SectionReader {
 public:
  SectionReader() = default;
  SectionReader(const SectionReader&) = delete;
  SectionReader& operator=(const SectionReader&) = delete;
  virtual ~SectionReader() = default;

  /// Bytes of the next section, which must have this name; nothing if it has not.
  virtual bool begin(std::string_view name, std::uint64_t& byte_count) = 0;
  /// Reads the bytes of the section just begun; false if they are damaged.
  virtual bool read(std::span<std::byte> into) = 0;

  /// Reads a whole section into `rows`, which is resized; false if the name, the element size or
  /// the checksum does not fit, or there are more than `rows_max`.
  template <class T>
  bool table(std::string_view name, std::vector<T>& rows, std::uint64_t rows_max) {
    static_assert(std::has_unique_object_representations_v<T>);
    std::uint64_t bytes = 0;
    if (!begin(name, bytes) || bytes % sizeof(T) != 0 || bytes / sizeof(T) > rows_max) {
      return false;
    }
    rows.resize(bytes / sizeof(T));
    return read(std::as_writable_bytes(std::span(rows)));
  }
};

}  // namespace millrace
