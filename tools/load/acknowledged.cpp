// Ranges stay short enough that a changed answer can be found, and long enough to be few.
#include "tools/load/acknowledged.h"

#include <algorithm>
#include <array>
#include <bit>
#include <sstream>

#include "engine/core/hash.h"

namespace millrace::load {
namespace {

constexpr std::uint64_t range_orders_max = 65'536;
constexpr std::string_view magic = "millrace acknowledged orders 1";

}  // namespace

std::uint64_t answer_digest(std::uint64_t index, const Outcome& outcome) {
  Hasher hasher(index);
  for (const std::uint64_t word : std::bit_cast<std::array<std::uint64_t, 3>>(outcome)) {
    hasher.add(word);
  }
  return hasher.value();
}

void Acknowledged::add(std::span<const std::uint64_t> indexes, std::span<const Outcome> outcomes) {
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const std::uint64_t digest = answer_digest(indexes[i], outcomes[i]);
    if (!ranges_.empty() && ranges_.back().count < range_orders_max &&
        ranges_.back().first + ranges_.back().count == indexes[i]) {
      ++ranges_.back().count;
      ranges_.back().digest += digest;
    } else {
      ranges_.push_back({indexes[i], 1, digest});
    }
  }
}

std::uint64_t Acknowledged::settle() {
  std::sort(cancelled_.begin(), cancelled_.end());
  std::sort(ranges_.begin(), ranges_.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> merged;
  std::uint64_t doubled = 0;
  std::uint64_t end = 0;
  for (const Range& range : ranges_) {
    if (!merged.empty() && range.first < end) {
      doubled += std::min(end - range.first, range.count);
    }
    end = std::max(end, range.first + range.count);
    if (!merged.empty() && merged.back().first + merged.back().count == range.first &&
        merged.back().count + range.count <= range_orders_max) {
      merged.back().count += range.count;
      merged.back().digest += range.digest;
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
  return doubled;
}

std::uint64_t Acknowledged::order_count() const {
  std::uint64_t count = 0;
  for (const Range& range : ranges_) {
    count += range.count;
  }
  return count;
}

std::string Acknowledged::to_text(std::string_view source) const {
  std::ostringstream out;
  out << magic << "\nsource " << source << '\n';
  for (const Range& range : ranges_) {
    out << "orders " << range.first << ' ' << range.count << ' ' << range.digest << '\n';
  }
  for (const std::uint64_t index : cancelled_) {
    out << "cancelled " << index << '\n';
  }
  // A file that was cut short must not pass for a shorter list.
  out << "end\n";
  return out.str();
}

std::optional<AcknowledgedFile> parse_acknowledged(std::string_view text) {
  std::istringstream in{std::string(text)};
  AcknowledgedFile file;
  std::string line;
  std::string word;
  if (!std::getline(in, line) || line != magic || !(in >> word) || word != "source") {
    return std::nullopt;
  }
  std::getline(in >> std::ws, file.source);
  while (in >> word) {
    Acknowledged::Range range{};
    std::uint64_t index = 0;
    if (word == "end") {
      file.orders.settle();
      return file;
    }
    if (word == "orders" && in >> range.first >> range.count >> range.digest) {
      file.orders.add_range(range);
    } else if (word == "cancelled" && in >> index) {
      file.orders.add_cancelled(index);
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace millrace::load
