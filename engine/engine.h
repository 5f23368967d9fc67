// One engine: one partition's tables and the pure stages over them. It has no clock, no disk, no
// socket, no thread; several may live in one process. A pipeline runs its stages on threads;
// replay, tests and what-if call apply().
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/archive.h"
#include "engine/core/batch.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/stage.h"
#include "engine/stages/allocate.h"
#include "engine/stages/validate.h"
#include "engine/stages/wave.h"
#include "engine/state/availability.h"
#include "engine/state/network.h"

namespace millrace {

class Engine {
 public:
  /// `network` must be compiled and outlive the engine. Takes all memory `limits` allow.
  Engine(const Network& network, const Limits& limits);

  /// Refuses by these bounds from the next command on: none above the memory that was taken, none
  /// below what is there, commands_max as it was. Only between batches, with no stage running.
  void set_bounds(const Bounds& bounds);

  /// Runs the pure stages over the batch in the order of the topology, on the calling thread.
  void apply(Batch& batch);

  /// Runs one pure stage; the pipeline's threads call this.
  void run_stage(StageId stage, Batch& batch);

  /// Hash of everything that can influence a later answer (docs/semantics.md, Digest). Only between
  /// batches, with no stage running; as are the functions below.
  [[nodiscard]] std::uint64_t digest() const;

  /// What is wrong with the tables, if anything: buckets against slices, queues, capacity.
  [[nodiscard]] std::optional<std::string> audit() const;

  [[nodiscard]] Sequence last_sequence() const { return allocate_.last_sequence(); }

  [[nodiscard]] Time now() const { return allocate_.now(); }

  /// Where the stream of events is: the next outcome has the number after last_sequence() plus the
  /// events told.
  [[nodiscard]] EventPosition events() const { return allocate_.events(); }

  [[nodiscard]] Stats stats() const { return allocate_.stats(); }

  [[nodiscard]] const Network& network() const { return network_; }

  /// Answers how much of a SKU could be promised, on any thread and beside the stages; good for as
  /// long as the engine.
  [[nodiscard]] AvailabilityReader availability() const {
    return {validate_.catalogue(), allocate_.reserve().stock(), network_.node_count()};
  }

  /// When a stage next wants to see the time; any thread may ask.
  [[nodiscard]] Time deadline() const { return std::min(wave_.deadline(), allocate_.deadline()); }

  /// From now on batches say what changes on the floors, for a wave planner. Before the stages run.
  void tell_floors(FloorsTold which) { allocate_.floor().listen(which); }

  /// Everything that waits where waves are planned, for one that begins to listen.
  void tell_waiting(Batch& batch) const;

  /// Proposes every pending wave again, as after a restart.
  void propose_pending(Batch& batch) const { wave_.propose_pending(batch); }

  /// Where the files are that a snapshot names; before load().
  void attach(std::shared_ptr<Archive> archive) { allocate_.reserve().attach(std::move(archive)); }

  /// Puts away what is over, of a snapshot's engine: which orders, by what id and with what entry;
  /// returns the entry's hash. Then it lets go of them all.
  [[nodiscard]] std::vector<Slot> pick_over(std::uint16_t days) {
    return allocate_.reserve().pick_over(days);
  }

  [[nodiscard]] OrderId order_id(Slot slot) const { return validate_.order_ids()[slot]; }

  [[nodiscard]] std::uint64_t write_entry(Slot slot, std::vector<std::byte>& entry) const;

  void let_go(const Filing& filing) { allocate_.let_go(filing); }

  /// The files that orders were put away into, from the oldest on.
  [[nodiscard]] std::vector<ArchiveFileInfo> archive_files() const {
    return allocate_.reserve().archive_files();
  }

  /// Of a snapshot's engine: forgets the numbers of files that were replaced.
  void number_files_anew() { allocate_.reserve().number_files_anew(); }

  /// Any thread tells a live engine what it may let go of; it does so bit by bit.
  void offer(Filing filing) { allocate_.reserve().offer(std::move(filing)); }

  /// Writes every table as named sections, or fills an empty engine from them. load() returns what
  /// is wrong with the sections, if anything; the engine is then unusable.
  void save(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in);

 private:
  const Network& network_;
  Validate validate_;
  Allocate allocate_;
  Wave wave_;
};

}  // namespace millrace
