// The events of a running Millrace: their log in the journal directory, what a recovery adds to it,
// and the publisher that goes on from there.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "adapters/config/serve_settings.h"
#include "engine/engine.h"
#include "engine/journal/event_log.h"
#include "engine/runtime/event_catch_up.h"
#include "engine/runtime/publisher.h"
#include "engine/runtime/recovery.h"
#include "tools/millrace/log.h"

namespace millrace::tools {

class EventService {
 public:
  EventService(const ServeSettings& settings, Log& log) : settings_(settings), log_(log) {}

  /// Opens the log. Returns an exit code, as do the others.
  [[nodiscard]] int open(Disk& journal);

  /// Lets the recovery make what the log lacks.
  void prepare(ReplayOptions& options);

  /// After it: the log ends where the engine does, unless there is no room for it now.
  [[nodiscard]] int settle(const Engine& engine);

  /// The journal's key, which a new one has only once it is written.
  void set_key(std::uint32_t key) { events_.set_key(key); }

  /// What the publisher needs of the journal, should its ring ever be full.
  struct Source {
    Disk& journal;
    const Network& network;
    const Encoders& encoders;
  };

  /// Those who follow.
  struct Followers {
    std::function<bool()> any;
    std::function<void()> wake;  ///< there are more events
  };

  /// Publishes the events of what is delivered from now on; pass batches to sink(), which passes
  /// them on to `next`.
  void publish(const Source& source, ReplySink& next, Followers followers);

  /// Once everything that publish() was given is there.
  void start() { publisher_->start(); }

  [[nodiscard]] ReplySink& sink() { return *publisher_; }

  [[nodiscard]] bool enabled() const { return settings_.events; }

  [[nodiscard]] const EventLog* log() const { return enabled() ? &events_ : nullptr; }

  /// What must stay replayable when a snapshot is taken.
  [[nodiscard]] Result<Sequence> replayable() const;

  /// Writes what is left.
  void stop();

 private:
  [[nodiscard]] Result<void> make_again(const Source& source, Sequence from, Sequence until,
                                        const std::function<bool()>& stop);
  void tell(const EventCatchUp& done);
  void tell_failure(const Error& error);

  const ServeSettings& settings_;
  Log& log_;
  std::unique_ptr<Disk> disk_;
  EventLog events_;
  std::optional<EventCatchUp> catch_up_;
  std::unique_ptr<Publisher> publisher_;
  std::optional<Sequence> behind_;  ///< events up to this command are not in the log yet
  bool stopped_ = false;
};

}  // namespace millrace::tools
