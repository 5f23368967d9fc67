// The orders that a server has acknowledged, to be asked for later, after a crash at the latest.
// Kept as ranges of order numbers with a digest of their answers, so that ten million orders are a
// few hundred lines of text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/outcome.h"

namespace millrace::load {

class Acknowledged {
 public:
  struct Range {
    std::uint64_t first;
    std::uint64_t count;
    std::uint64_t digest;  ///< sum of answer_digest() over the range
  };

  /// Orders and their answers, as many of both.
  void add(std::span<const std::uint64_t> indexes, std::span<const Outcome> outcomes);

  void add_range(const Range& range) { ranges_.push_back(range); }

  /// An order whose cancellation was acknowledged.
  void add_cancelled(std::uint64_t index) { cancelled_.push_back(index); }

  /// Sorts and merges what was added. Says how many orders were acknowledged more than once.
  std::uint64_t settle();

  /// Rising and apart. Only once settled.
  [[nodiscard]] std::span<const Range> ranges() const { return ranges_; }

  [[nodiscard]] std::span<const std::uint64_t> cancelled() const { return cancelled_; }

  [[nodiscard]] std::uint64_t order_count() const;

  /// A text that parse() reads again. `source` says where the orders come from (Source::name).
  [[nodiscard]] std::string to_text(std::string_view source) const;

 private:
  std::vector<Range> ranges_;
  std::vector<std::uint64_t> cancelled_;
};

struct AcknowledgedFile {
  std::string source;
  Acknowledged orders;
};

/// Nothing if the text is not one of to_text() in full.
[[nodiscard]] std::optional<AcknowledgedFile> parse_acknowledged(std::string_view text);

[[nodiscard]] std::uint64_t answer_digest(std::uint64_t index, const Outcome& outcome);

}  // namespace millrace::load
