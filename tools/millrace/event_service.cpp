// The events of a running Millrace.
#include "tools/millrace/event_service.h"

#include <string>
#include <string_view>
#include <utility>

#include "adapters/disk/posix.h"
#include "engine/journal/segment.h"
#include "tools/millrace/commands.h"
#include "tools/millrace/journal_exit.h"

namespace millrace::tools {

int EventService::open(Disk& journal) {
  if (!enabled()) {
    return exit_ok;
  }
  const auto fail = [this](const Error& error) {
    log_.write(LogLevel::error, "events.open", {{"what", std::string_view(error.text)}});
    return exit_for(error);
  };
  const Result<std::optional<std::uint32_t>> key = journal_key(journal);
  if (!key.ok()) {
    return fail(key.error());
  }
  auto disk = open_posix_disk(settings_.journal.native() + "/events");
  if (!disk.ok()) {
    return fail(disk.error());
  }
  disk_ = std::move(disk.value());
  EventLogOptions options;
  options.key = key.value().value_or(0);
  options.segment_bytes = settings_.events_segment_bytes;
  options.memory_bytes = settings_.events_memory_bytes;
  options.keep_bytes = settings_.events_keep_bytes;
  options.keep_us = static_cast<std::uint64_t>(settings_.events_keep_age.count()) * 1000;
  if (const auto opened = events_.open(*disk_, options); !opened.ok()) {
    return fail(opened.error());
  }
  return exit_ok;
}

void EventService::prepare(ReplayOptions& options) {
  if (enabled()) {
    catch_up_.emplace(events_);
    options.pass_from = events_.complete();
    options.next_event = events_.next();
    options.on_batch = [this](const Batch& batch) { catch_up_->take(batch); };
  }
}

int EventService::settle(const Engine& engine) {
  if (!enabled()) {
    return exit_ok;
  }
  const auto settled = catch_up_->settle(engine.last_sequence().value + engine.events().told + 1);
  if (!settled.ok() && settled.error().code == DiskError::no_space) {
    // The journal may have room yet, and queries need none.
    behind_ = engine.last_sequence();
    tell_failure(settled.error());
    return exit_ok;
  }
  if (!settled.ok()) {
    log_.write(LogLevel::error, "events.wrong", {{"what", std::string_view(settled.error().text)}});
    return exit_for(settled.error());
  }
  tell(*catch_up_);
  catch_up_.reset();
  log_.write(LogLevel::info, "events.ready",
             {{"oldest", events_.first()}, {"next", events_.next()}});
  return exit_ok;
}

void EventService::tell(const EventCatchUp& done) {
  if (done.appended() > 0) {
    log_.write(LogLevel::info, "events.made_again", {{"events", done.appended()}});
  }
  if (done.missing() > 0) {
    log_.write(LogLevel::warning, "events.gap",
               {{"events_missing", done.missing()},
                {"why", std::string_view("the journal does not go back that far any more; older "
                                         "events were dropped")}});
  }
  if (done.taken_back() > 0) {
    log_.write(LogLevel::warning, "events.taken_back", {{"events", done.taken_back()}});
  }
}

void EventService::tell_failure(const Error& error) {
  log_.write(LogLevel::error, "events.write_failed",
             {{"what", std::string_view(error.text)},
              {"then", std::string_view("orders go on; it is tried again every second")}});
}

Result<void> EventService::make_again(const Source& source, Sequence from, Sequence until,
                                      const std::function<bool()>& stop) {
  EventCatchUp again(events_);
  ReplayOptions options;
  options.until = until;
  options.pass_from = from;
  options.next_event = events_.next();
  options.stop = stop;
  options.on_batch = [&again](const Batch& batch) { again.take(batch); };
  Limits limits = settings_.limits;
  limits.touch = Touch::as_used;
  const auto replayed = recover(source.journal, source.network, limits, source.encoders, options);
  if (!replayed.ok()) {
    return replayed.error();
  }
  if (again.failed()) {
    return *again.failed();
  }
  tell(again);
  return {};
}

void EventService::publish(const Source& source, ReplySink& next, Followers followers) {
  PublisherOptions options;
  options.make_again = [this, source](Sequence from, Sequence until,
                                      const std::function<bool()>& stop) {
    return make_again(source, from, until, stop);
  };
  options.followed = std::move(followers.any);
  options.on_published = std::move(followers.wake);
  options.on_overrun = [this] {
    log_.write(LogLevel::warning, "events.overrun",
               {{"next", events_.next()},
                {"then", std::string_view("the memory was full; the journal is replayed from here, "
                                          "and nothing is lost")}});
  };
  options.behind = behind_;
  options.on_failure = [this](const Error& error) { tell_failure(error); };
  publisher_ = std::make_unique<Publisher>(events_, next, std::move(options));
}

Result<Sequence> EventService::replayable() const {
  return enabled() ? publisher_->make_durable() : Sequence{~std::uint64_t{0}};
}

void EventService::stop() {
  if (publisher_ != nullptr && !std::exchange(stopped_, true)) {
    publisher_->stop();
    log_.write(LogLevel::info, "events.stopped",
               {{"next", events_.next()}, {"overruns", publisher_->overruns()}});
  }
}

}  // namespace millrace::tools
