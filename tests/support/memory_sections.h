// The sections of a snapshot in memory: what an engine saves, another loads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/section.h"

namespace millrace::test {

using Sections = std::vector<std::pair<std::string, std::vector<std::byte>>>;

class MemorySectionWriter final : public SectionWriter {
 public:
  void section(std::string_view name, std::span<const std::byte> bytes) override {
    sections_.emplace_back(name, std::vector<std::byte>(bytes.begin(), bytes.end()));
  }

  [[nodiscard]] const Sections& sections() const { return sections_; }

 private:
  Sections sections_;
};

class MemorySectionReader final : public SectionReader {
 public:
  /// `sections` must outlive the reader.
  explicit MemorySectionReader(const Sections& sections) : sections_(sections) {}

  bool begin(std::string_view name, std::uint64_t& byte_count) override {
    if (next_ >= sections_.size() || sections_[next_].first != name) {
      return false;
    }
    rest_ = sections_[next_].second;
    ++next_;
    byte_count = rest_.size();
    return true;
  }

  bool read(std::span<std::byte> into) override {
    if (into.size() > rest_.size()) {
      return false;
    }
    std::copy_n(rest_.begin(), into.size(), into.begin());
    rest_ = rest_.subspan(into.size());
    return true;
  }

 private:
  const Sections& sections_;
  std::size_t next_ = 0;
  std::span<const std::byte> rest_;
};

}  // namespace millrace::test
