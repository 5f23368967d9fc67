// millrace journal: looks at a journal directory from outside. `verify` checks every byte that has
// a checksum, `stat` adds up, `cat` prints the commands (docs/journal-format.md).
#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/disk/posix.h"
#include "adapters/wire/codec.h"
#include "engine/core/limits.h"
#include "engine/journal/archive_file.h"
#include "engine/journal/inspect.h"
#include "engine/journal/snapshot.h"
#include "tools/millrace/command_text.h"
#include "tools/millrace/commands.h"
#include "tools/millrace/journal_exit.h"

namespace millrace::tools {
namespace {

struct JournalFlags {
  std::string directory;
  bool json = false;
  std::uint64_t from = 0;
  std::uint64_t until = ~std::uint64_t{0};
};

void complain(const std::string& text) {
  fmt::print(stderr, "journal: {}\n", text);
}

Result<std::unique_ptr<Disk>> open_directory(const JournalFlags& flags) {
  Result<std::unique_ptr<Disk>> disk = open_posix_disk(flags.directory, {.create = false});
  if (!disk.ok()) {
    complain(disk.error().text);
  }
  return disk;
}

/// Whether a server writes here now. Then the end moves while it is read, and a write that is under
/// way looks like a torn tail.
bool is_in_use(const JournalFlags& flags) {
  // A lock lives as long as its disk, so it is taken on one of its own.
  const Result<std::unique_ptr<Disk>> disk = open_posix_disk(flags.directory, {.create = false});
  if (!disk.ok()) {
    return false;
  }
  const Result<void> locked = disk.value()->lock();
  return !locked.ok() && locked.error().code == DiskError::busy;
}

/// Reads the journal through. What moves while it is read can look like damage; damage that is
/// real is found again at the same place.
Inspection inspect_live(Disk& disk, bool in_use, const FrameVisitor& visit) {
  Inspection found = inspect_journal(disk, {}, visit);
  for (int again = 0; in_use && found.damage && again < 5; ++again) {
    Inspection next = inspect_journal(disk, {}, visit);
    const bool same = next.damage && next.damage->text == found.damage->text;
    found = std::move(next);
    if (same) {
      break;
    }
  }
  return found;
}

SegmentSummary total_of(const Inspection& found) {
  SegmentSummary total{};
  if (!found.segments.empty()) {
    total.first_sequence = found.segments.front().first_sequence;
    total.last_sequence = found.segments.back().last_sequence;
    total.first_time = found.segments.front().first_time;
    total.last_time = found.segments.back().last_time;
  }
  for (const SegmentSummary& segment : found.segments) {
    total.frames += segment.frames;
    total.writes += segment.writes;
    total.messages += segment.messages;
    total.commands += segment.commands;
    total.payload_bytes += segment.payload_bytes;
    total.bytes_used += segment.bytes_used;
  }
  return total;
}

std::string summary_json(const SegmentSummary& sum) {
  return fmt::format(R"("first_sequence":{},"last_sequence":{},"first_time":"{}","last_time":"{}",)"
                     R"("frames":{},"writes":{},"messages":{},"commands":{},"payload_bytes":{},)"
                     R"("bytes_used":{})",
                     sum.first_sequence.value, sum.last_sequence.value, time_text(sum.first_time),
                     time_text(sum.last_time), sum.frames, sum.writes, sum.messages, sum.commands,
                     sum.payload_bytes, sum.bytes_used);
}

/// Paths and messages may hold anything.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string torn_json(const Inspection& found) {
  if (!found.tail || !found.tail->torn) {
    return "null";
  }
  const TornTail& torn = *found.tail->torn;
  return fmt::format(R"({{"file":{},"offset":{},"bytes":{}}})", quoted(torn.file), torn.offset,
                     torn.bytes);
}

void print_torn(const Inspection& found, bool in_use) {
  if (found.tail && found.tail->torn) {
    const TornTail& torn = *found.tail->torn;
    fmt::print(
        "torn tail      {} at offset {}: {} bytes of a write that was never acknowledged{}\n",
        torn.file, torn.offset, torn.bytes,
        in_use ? " (or is under way: a server writes here)" : "");
  }
}

// ---- verify

/// Checks that every message can be read by this build and that they hold the commands the header
/// counts; keeps the first flaw.
class MessageCheck {
 public:
  bool operator()(const FrameView& frame) {
    MessageCursor cursor = frame.messages();
    std::uint64_t commands = 0;
    for (std::uint32_t index = 0; const std::optional<Bytes> bytes = cursor.next(); ++index) {
      Message message{};
      const Flaw flaw = decode(*bytes, widest_batch, FrameSource::journal, message);
      if (flaw != Flaw::none) {
        flaw_ = fmt::format("{} at offset {}: message {}: {}", segment_name(frame.segment),
                            frame.offset, index, flaw_text(flaw));
        return false;
      }
      commands += message.count;
    }
    if (commands != frame.header->commands) {
      flaw_ =
          fmt::format("{} at offset {}: {} commands instead of the {} its header counts",
                      segment_name(frame.segment), frame.offset, commands, frame.header->commands);
    }
    return !flaw_;
  }

  [[nodiscard]] const std::optional<std::string>& flaw() const { return flaw_; }

 private:
  std::optional<std::string> flaw_;
};

struct SnapshotCheck {
  SnapshotFile file;
  std::optional<SnapshotInfo> info;
  std::optional<Error> problem;
};

/// Checks a snapshot and the files that it needs, and that the journal goes on from it.
SnapshotCheck check_snapshot(Disk& disk, const SnapshotFile& file) {
  SnapshotCheck check{file, std::nullopt, std::nullopt};
  const Result<SnapshotInfo> verified = verify_snapshot(disk, file.name);
  const Result<void> archive = verify_archive_of(disk, file.name);
  if (!verified.ok() || !archive.ok()) {
    check.problem = verified.ok() ? archive.error() : verified.error();
    return check;
  }
  check.info = verified.value();
  const Sequence next{file.sequence.value + 1};
  ReaderOptions options;
  options.from = next;
  options.until = next;
  options.previous = check.info->previous;
  options.network = check.info->network;
  JournalReader reader;
  const Result<void> opened = reader.open(disk, options);
  FrameView frame{};
  const Result<bool> read = opened.ok() ? reader.next(frame) : Result<bool>(opened.error());
  if (!read.ok()) {
    check.problem = read.error();
  }
  return check;
}

int verify(const JournalFlags& flags) {
  const Result<std::unique_ptr<Disk>> disk = open_directory(flags);
  if (!disk.ok()) {
    return exit_for(disk.error());
  }
  const bool in_use = is_in_use(flags);
  MessageCheck messages;
  const Inspection found = inspect_live(*disk.value(), in_use, std::ref(messages));
  const Result<std::vector<SnapshotFile>> snapshots = list_snapshots(*disk.value());
  if (!snapshots.ok()) {
    complain(snapshots.error().text);
    return exit_for(snapshots.error());
  }
  std::vector<std::string> problems;
  int exit_code = exit_ok;
  if (found.damage) {
    problems.push_back(found.damage->text);
    exit_code = exit_for(*found.damage);
  } else if (messages.flaw()) {
    problems.push_back(flags.directory + "/" + *messages.flaw());
    exit_code = exit_journal;
  }
  for (const SnapshotFile& file : snapshots.value()) {
    const SnapshotCheck check = check_snapshot(*disk.value(), file);
    if (check.problem) {
      problems.push_back(file.name + ": " + check.problem->text);
      exit_code = exit_code == exit_ok ? exit_for(*check.problem) : exit_code;
    }
  }
  const SegmentSummary total = total_of(found);
  if (flags.json) {
    std::string list;
    for (const std::string& problem : problems) {
      list += (list.empty() ? "" : ",") + quoted(problem);
    }
    fmt::print(R"({{{},"segments":{},"snapshots":{},"torn":{},"in_use":{},"problems":[{}]}})"
               "\n",
               summary_json(total), found.segments.size(), snapshots.value().size(),
               torn_json(found), in_use, list);
    return exit_code;
  }
  fmt::print("{}: {} commands in {} frames of {} segments, {} snapshots\n", flags.directory,
             total.commands, total.frames, found.segments.size(), snapshots.value().size());
  print_torn(found, in_use);
  for (const std::string& problem : problems) {
    complain(problem);
  }
  fmt::print("{}\n", problems.empty() ? "ok" : "damaged");
  return exit_code;
}

// ---- stat

void print_stat(const Inspection& found, const SegmentSummary& total) {
  fmt::print("{:>8} {:>14} {:>14} {:>9} {:>9} {:>9} {:>11} {:>13}  {}\n", "segment", "first",
             "last", "writes", "frames", "messages", "commands", "bytes", "begins");
  for (const SegmentSummary& segment : found.segments) {
    fmt::print("{:>8} {:>14} {:>14} {:>9} {:>9} {:>9} {:>11} {:>13}  {}\n", segment.ordinal,
               segment.first_sequence.value, segment.last_sequence.value, segment.writes,
               segment.frames, segment.messages, segment.commands, segment.bytes_used,
               time_text(segment.first_time));
  }
  const auto per = [](std::uint64_t a, std::uint64_t b) {
    return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b);
  };
  fmt::print("commands       {}\n", total.commands);
  fmt::print("frames         {} ({:.1f} commands each)\n", total.frames,
             per(total.commands, total.frames));
  fmt::print("writes         {} ({:.1f} frames each)\n", total.writes,
             per(total.frames, total.writes));
  fmt::print("bytes          {} ({:.1f} a command, {:.1f} of them messages)\n", total.bytes_used,
             per(total.bytes_used, total.commands), per(total.payload_bytes, total.commands));
  fmt::print("openings       {}\n", found.last_epoch);
  if (!found.segments.empty()) {
    fmt::print("limits        ");
    for (const BoundSpec& spec : bound_specs) {
      fmt::print(" {} {}", spec.name, found.segments.back().bounds.*spec.value);
    }
    fmt::print("\n");
  }
}

int stat(const JournalFlags& flags) {
  const Result<std::unique_ptr<Disk>> disk = open_directory(flags);
  if (!disk.ok()) {
    return exit_for(disk.error());
  }
  const bool in_use = is_in_use(flags);
  const Inspection found = inspect_live(*disk.value(), in_use, {});
  const Result<std::vector<SnapshotFile>> snapshots = list_snapshots(*disk.value());
  if (!snapshots.ok()) {
    complain(snapshots.error().text);
    return exit_for(snapshots.error());
  }
  const SegmentSummary total = total_of(found);
  if (flags.json) {
    std::string segments;
    for (const SegmentSummary& segment : found.segments) {
      segments += fmt::format(R"({}{{"ordinal":{},{},"limits":{}}})", segments.empty() ? "" : ",",
                              segment.ordinal, summary_json(segment), bounds_json(segment.bounds));
    }
    std::string names;
    for (const SnapshotFile& file : snapshots.value()) {
      names += (names.empty() ? "\"" : ",\"") + file.name + "\"";
    }
    fmt::print(R"({{{},"epoch":{},"segments":[{}],"snapshots":[{}],"torn":{},"in_use":{}}})"
               "\n",
               summary_json(total), found.last_epoch, segments, names, torn_json(found), in_use);
  } else {
    print_stat(found, total);
    for (const SnapshotFile& file : snapshots.value()) {
      fmt::print("snapshot       {}\n", file.name);
    }
    print_torn(found, in_use);
  }
  if (found.damage) {
    complain(found.damage->text);
    return exit_for(*found.damage);
  }
  return exit_ok;
}

// ---- cat

/// Prints a frame's commands; what is wrong with its messages, if anything.
std::optional<std::string> print_frame(const FrameView& frame, const JournalFlags& flags,
                                       std::string& line) {
  line.clear();
  Sequence next = frame.header->first_sequence;
  MessageCursor cursor = frame.messages();
  while (const std::optional<Bytes> bytes = cursor.next()) {
    Message message{};
    const Flaw flaw = decode(*bytes, widest_batch, FrameSource::journal, message);
    if (flaw != Flaw::none) {
      return fmt::format("{} at offset {}: {}", segment_name(frame.segment), frame.offset,
                         flaw_text(flaw));
    }
    message.time = frame.header->time;
    append_commands(line, message, next, Sequence{flags.from}, Sequence{flags.until},
                    flags.json ? CommandStyle::json : CommandStyle::text);
    next.value += message.count;
  }
  if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) {
    return "cannot write to the output";
  }
  return std::nullopt;
}

int cat(const JournalFlags& flags) {
  const Result<std::unique_ptr<Disk>> disk = open_directory(flags);
  if (!disk.ok()) {
    return exit_for(disk.error());
  }
  ReaderOptions options;
  options.from = Sequence{flags.from};
  options.until = Sequence{flags.until};
  std::string line;
  std::optional<std::string> problem;
  const Inspection found = inspect_journal(*disk.value(), options, [&](const FrameView& frame) {
    problem = print_frame(frame, flags, line);
    return !problem;
  });
  if (std::fflush(stdout) != 0 && !problem) {
    problem = "cannot write to the output";
  }
  if (found.damage) {
    complain(found.damage->text);
    return exit_for(*found.damage);
  }
  if (problem) {
    complain(*problem);
    return exit_journal;
  }
  return exit_ok;
}

CLI::App* add_look(CLI::App& journal, const char* name, const char* what,
                   const std::shared_ptr<JournalFlags>& flags) {
  CLI::App* const command = journal.add_subcommand(name, what);
  command->add_option("directory,--journal", flags->directory, "Journal directory")->required();
  command->add_flag("--json", flags->json, "Print JSON");
  return command;
}

}  // namespace

void add_journal(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<JournalFlags>();
  CLI::App* const journal = app.add_subcommand("journal", "Look at a journal directory");
  journal->require_subcommand(1);
  add_look(*journal, "verify", "Check every frame, message and snapshot", flags)
      ->callback([flags, &exit_code] { exit_code = verify(*flags); });
  add_look(*journal, "stat", "Count segments, writes, frames, commands and bytes", flags)
      ->callback([flags, &exit_code] { exit_code = stat(*flags); });
  CLI::App* const print = add_look(*journal, "cat", "Print the commands, one a line", flags);
  print->add_option("--from", flags->from, "First sequence to print");
  print->add_option("--until", flags->until, "Last sequence to print");
  print->callback([flags, &exit_code] { exit_code = cat(*flags); });
}

}  // namespace millrace::tools
