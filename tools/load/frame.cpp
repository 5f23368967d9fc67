// Sources cut their orders into frames.
#include "tools/load/frame.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

#include "engine/core/hash.h"

namespace millrace::load {
namespace {

struct HashId {
  std::size_t operator()(Id128 id) const { return hash_id(id); }
};

}  // namespace

void Frame::clear() {
  kind = FrameKind::orders;
  indexes.clear();
  heads.clear();
  lines.clear();
  cancels.clear();
  steps.clear();
  receipts.clear();
  looks.clear();
  intended_ns = 0;
  request = 0;
}

GeneratorSource::GeneratorSource(OrderGenerator generator, std::optional<std::uint64_t> total,
                                 std::uint32_t connections)
    : generator_(std::move(generator)), total_(total), to_cancel_(connections) {}

std::string GeneratorSource::name() const {
  return "generator seed=" + std::to_string(generator_.options().seed);
}

bool GeneratorSource::next(std::uint32_t connection, const FrameBounds& bounds, Frame& frame) {
  const std::uint64_t seed = generator_.options().seed;
  std::vector<std::uint64_t>& cancels = to_cancel_[connection];
  if (!cancels.empty()) {
    const std::size_t count = std::min<std::size_t>(cancels.size(), bounds.commands_max);
    frame.kind = FrameKind::cancels;
    for (const std::uint64_t index : std::span(cancels).first(count)) {
      frame.indexes.push_back(index);
      frame.cancels.push_back({cancel_id(seed, index), order_id(seed, index), 0, {}});
    }
    cancels.erase(cancels.begin(), cancels.begin() + static_cast<std::ptrdiff_t>(count));
    return true;
  }
  const std::uint64_t left = total_.value_or(~0ULL) - next_index_;
  const auto wanted =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(left, bounds.commands_max));
  const std::uint32_t made =
      generator_.append(next_index_, wanted, bounds.lines_max, frame.heads, frame.lines);
  for (std::uint32_t i = 0; i < made; ++i) {
    frame.indexes.push_back(next_index_ + i);
  }
  next_index_ += made;
  return made > 0;
}

void GeneratorSource::answered(std::uint32_t connection, const Frame& frame,
                               const FrameAnswer& /*answer*/, Failures& /*failures*/) {
  if (frame.kind != FrameKind::orders || !generator_.cancels_any()) {
    return;
  }
  for (const std::uint64_t index : frame.indexes) {
    if (generator_.is_cancelled(index)) {
      to_cancel_[connection].push_back(index);
    }
  }
}

FileSource::FileSource(OrderFile file, std::string path, std::optional<std::uint64_t> total,
                       std::uint32_t connections)
    : file_(std::move(file)), path_(std::move(path)), mine_(connections), next_(connections) {
  if (total && *total < file_.heads.size()) {
    const auto past = std::find_if(
        file_.entries.begin(), file_.entries.end(),
        [total](const OrderFile::Entry& entry) { return !entry.is_cancel && entry.at == *total; });
    file_.entries.erase(past, file_.entries.end());
    file_.heads.resize(*total);
  }
  std::unordered_map<Id128, std::uint64_t, HashId> number_of;
  number_of.reserve(file_.heads.size());
  for (std::size_t i = 0; i < file_.heads.size(); ++i) {
    number_of.try_emplace(file_.heads[i].id, i);
  }
  for (const CancelOrder& cancel : file_.cancels) {
    const auto found = number_of.find(cancel.order);
    cancelled_order_.push_back(found == number_of.end() ? no_order : found->second);
  }
  for (std::uint32_t at = 0; at < file_.entries.size(); ++at) {
    const OrderFile::Entry& entry = file_.entries[at];
    const Id128 order = entry.is_cancel ? file_.cancels[entry.at].order : file_.heads[entry.at].id;
    mine_[hash_id(order) % connections].push_back(at);
  }
}

bool FileSource::fits(const OrderFile::Entry& entry, const FrameBounds& bounds,
                      const Frame& frame) const {
  if (frame.count() == 0) {
    return true;
  }
  return entry.is_cancel == (frame.kind == FrameKind::cancels) &&
         frame.count() < bounds.commands_max &&
         (entry.is_cancel ||
          frame.lines.size() + file_.heads[entry.at].line_count <= bounds.lines_max);
}

bool FileSource::next(std::uint32_t connection, const FrameBounds& bounds, Frame& frame) {
  const std::vector<std::uint32_t>& mine = mine_[connection];
  std::size_t& at = next_[connection];
  for (; at < mine.size() && fits(file_.entries[mine[at]], bounds, frame); ++at) {
    const OrderFile::Entry entry = file_.entries[mine[at]];
    frame.kind = entry.is_cancel ? FrameKind::cancels : FrameKind::orders;
    if (entry.is_cancel) {
      frame.indexes.push_back(cancelled_order_[entry.at]);
      frame.cancels.push_back(file_.cancels[entry.at]);
    } else {
      const auto lines = file_.lines_of(entry.at);
      frame.indexes.push_back(entry.at);
      frame.heads.push_back(file_.heads[entry.at]);
      frame.lines.insert(frame.lines.end(), lines.begin(), lines.end());
    }
  }
  return frame.count() > 0;
}

}  // namespace millrace::load
