// What allocate tells a wave planner that listens: floor notes of a batch, each the state of an
// order at a node when it is written, so that notes may be late and repeat each other.
#pragma once

#include <span>

#include "engine/core/batch.h"
#include "engine/stages/reserve.h"
#include "engine/state/network.h"

namespace millrace {

enum class FloorsTold : std::uint8_t {
  none,
  planned,  ///< of nodes whose waves are planned
  all,
};

class FloorNotes {
 public:
  FloorNotes(const Network& network, const Reserve& reserve)
      : network_(network), reserve_(reserve) {}

  void listen(FloorsTold which) { told_ = which; }

  /// Whether anybody does: the others are not to be called without.
  [[nodiscard]] bool listens() const { return told_ != FloorsTold::none; }

  /// What of the order waits at the node now.
  void tell_waiting(Slot slot, NodeIndex node, Time time, Batch& batch) const;

  /// Before a release is carried out: what will be in the wave.
  void tell_waved(const ReleaseWave& wave, std::span<const std::uint32_t> slots, Sequence sequence,
                  Time time, Batch& batch) const;

  /// And after it.
  void tell_released(const ReleaseWave& wave, std::span<const std::uint32_t> details,
                     Sequence sequence, Time time, const Outcome& outcome, Batch& batch) const;

  /// When the batch is decided: all else.
  void tell_rest(Time now, Batch& batch) const;

 private:
  [[nodiscard]] bool plans(NodeIndex node) const {
    return node.value < network_.nodes.size() &&
           (told_ == FloorsTold::all || network_.nodes[node.value].plans_waves);
  }

  [[nodiscard]] FloorNote note_of(Slot slot, NodeIndex node, FloorNoteKind kind, Time time) const;
  void add_line(const Slice& slice, Batch& batch) const;
  void tell_picks(const Message& message, Time now, Batch& batch) const;
  void tell_cancels(const Message& message, Time now, Batch& batch) const;
  void tell_receipts(const Message& message, Time now, Batch& batch) const;

  const Network& network_;
  const Reserve& reserve_;
  FloorsTold told_ = FloorsTold::none;
};

}  // namespace millrace
