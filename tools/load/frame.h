// What a run sends: frames of commands, and the sources they come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/outcome.h"
#include "tools/load/failures.h"
#include "tools/load/generator.h"
#include "tools/load/order_file.h"

namespace millrace::load {

enum class FrameKind : std::uint8_t { orders, cancels, steps, receipts, looks };

/// Commands of one kind that go out together, kept until they are answered.
struct Frame {
  FrameKind kind = FrameKind::orders;
  /// The source's number of each order; of a cancellation, the number of the order it cancels; of
  /// anything else, whatever the source likes.
  std::vector<std::uint64_t> indexes;
  std::vector<OrderHead> heads;
  std::vector<OrderLine> lines;
  std::vector<CancelOrder> cancels;
  std::vector<StepOrder> steps;
  std::vector<ReceiveStock> receipts;
  std::vector<GetOrder> looks;
  /// When the frame was to be sent, by the run's clock; latency counts from here.
  std::uint64_t intended_ns = 0;
  std::uint64_t request = 0;  ///< number of the request that carries it

  [[nodiscard]] std::size_t count() const { return indexes.size(); }

  void clear();
};

/// How large a frame may be.
struct FrameBounds {
  std::uint32_t commands_max = 0;
  std::uint32_t lines_max = 0;
  std::uint32_t steps_max = 0;
};

/// What a frame was answered: orders and slices if it looked, else outcomes.
struct FrameAnswer {
  std::uint64_t first_sequence = 0;
  std::span<const Outcome> outcomes;
  std::span<const OrderView> orders;
  std::span<const SliceView> slices;
};

/// The number of an order that a source does not know: a cancellation may name any.
inline constexpr std::uint64_t no_order = ~0ULL;

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Fills an empty frame with what the connection sends next; false if there is nothing now.
  /// An order and what follows it stay on one connection, so that the order comes first.
  virtual bool next(std::uint32_t connection, const FrameBounds& bounds, Frame& frame) = 0;

  /// Hears of a frame's answer, and says what of it cannot be true.
  virtual void answered(std::uint32_t connection, const Frame& frame, const FrameAnswer& answer,
                        Failures& failures) = 0;

  /// When the connection may have more to send though nothing was answered meanwhile, by the run's
  /// clock; nothing if only an answer can bring it about.
  [[nodiscard]] virtual std::optional<std::uint64_t> next_ns(std::uint32_t /*connection*/) const {
    return std::nullopt;
  }

  /// Orders in all, where they have an end.
  [[nodiscard]] virtual std::optional<std::uint64_t> order_count() const = 0;

  /// Where orders come from, to be noted with those acknowledged.
  [[nodiscard]] virtual std::string name() const = 0;
};

/// Orders of a generator, `total` of them or without end, and the cancellations it asks for: each
/// follows once its order's frame is answered.
class GeneratorSource final : public Source {
 public:
  GeneratorSource(OrderGenerator generator, std::optional<std::uint64_t> total,
                  std::uint32_t connections);

  bool next(std::uint32_t connection, const FrameBounds& bounds, Frame& frame) override;
  void answered(std::uint32_t connection, const Frame& frame, const FrameAnswer& answer,
                Failures& failures) override;

  [[nodiscard]] std::optional<std::uint64_t> order_count() const override { return total_; }

  [[nodiscard]] std::string name() const override;

 private:
  OrderGenerator generator_;
  std::optional<std::uint64_t> total_;
  std::uint64_t next_index_ = 0;
  std::vector<std::vector<std::uint64_t>> to_cancel_;  ///< orders, by connection
};

/// The commands of an order file, up to its first `total` orders, dealt to the connections by order
/// id.
class FileSource final : public Source {
 public:
  FileSource(OrderFile file, std::string path, std::optional<std::uint64_t> total,
             std::uint32_t connections);

  bool next(std::uint32_t connection, const FrameBounds& bounds, Frame& frame) override;

  void answered(std::uint32_t /*connection*/, const Frame& /*frame*/, const FrameAnswer& /*answer*/,
                Failures& /*failures*/) override {}

  [[nodiscard]] std::optional<std::uint64_t> order_count() const override {
    return file_.heads.size();
  }

  [[nodiscard]] std::string name() const override { return "file " + path_; }

 private:
  /// Whether the entry fits into the frame as it is so far.
  [[nodiscard]] bool fits(const OrderFile::Entry& entry, const FrameBounds& bounds,
                          const Frame& frame) const;

  OrderFile file_;
  std::string path_;
  std::vector<std::uint64_t> cancelled_order_;    ///< number of the order of each cancellation
  std::vector<std::vector<std::uint32_t>> mine_;  ///< entries, by connection
  std::vector<std::size_t> next_;                 ///< in mine_, by connection
};

}  // namespace millrace::load
