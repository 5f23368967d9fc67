// The first commands of a new journal.
#include "tools/millrace/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "adapters/wire/codec.h"
#include "adapters/wire/wire_encoders.h"
#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/journal/reader.h"

namespace millrace::tools {

namespace {

constexpr std::size_t commands_per_message = 1024;

constexpr std::uint64_t bootstrap_mark = 0x6d696c6c72616365ULL;
constexpr unsigned node_bits = 16;

/// The id of a bootstrap command follows from what it is about, so that a bootstrap that was cut
/// off by a crash can be done over: what is there already is only answered again.
CommandId id_for(Sku sku, NodeIndex node) {
  static_assert(sizeof(node.value) * 8 == node_bits);
  return CommandId{bootstrap_mark ^ node.value, mix64(sku.value) | 1U};
}

bool is_marked(CommandId id) {
  return id.high >> node_bits == bootstrap_mark >> node_bits;
}

/// Whether the message tells that the bootstrap it may stand behind is complete.
bool tells_end(const Message& message) {
  if (message.kind == CommandKind::tick) {
    return message.origin.request == bootstrap_mark;
  }
  if (message.kind == CommandKind::define_sku) {
    return !is_marked(message.commands<DefineSku>().front().command);
  }
  if (message.kind == CommandKind::receive_stock) {
    return !is_marked(message.commands<ReceiveStock>().front().command);
  }
  return true;
}

void submit(const FrameBuffer& frame, Port& port, OwnFrames& frames, std::uint64_t request) {
  // The limits of a client's frames are not those of our own; that they fit a batch is enough.
  const WireEncoders encoders(widest_batch);
  frames.blank().assign(frame.bytes().begin(), frame.bytes().end());
  frames.submit(port, encoders, Origin{BootstrapSink::session, request});
}

template <class Command>
std::uint64_t submit_all(std::span<const Command> commands, Port& port, OwnFrames& frames,
                         const BatchLimits& limits, std::uint64_t first_request) {
  std::uint64_t messages = 0;
  const std::size_t step = std::min<std::size_t>(
      {commands_per_message, limits.commands_max, limits.bytes_max / (2 * sizeof(Command))});
  for (std::size_t at = 0; at < commands.size(); at += step) {
    FrameBuffer frame;
    const std::uint64_t request = first_request + messages++;
    encode(frame, request, commands.subspan(at, std::min(step, commands.size() - at)));
    submit(frame, port, frames, request);
  }
  return messages;
}

}  // namespace

std::uint64_t bootstrap_commands(const NetworkFiles& files) {
  const auto stocked =
      std::count_if(files.stock.begin(), files.stock.end(),
                    [](const StockLevel& level) { return level.units > Units{0}; });
  return files.catalogue.size() + static_cast<std::uint64_t>(stocked);
}

Result<bool> bootstrap_is_done(Disk& disk, const Encoders& encoders, Sequence last) {
  if (last.value == 0) {
    return false;
  }
  JournalReader reader;
  if (const auto opened = reader.open(disk, {.until = last}); !opened.ok()) {
    return opened.error();
  }
  FrameView frame{};
  while (true) {
    const Result<bool> more = reader.next(frame);
    if (!more.ok() || !more.value()) {
      return more;
    }
    MessageCursor cursor = frame.messages();
    while (const auto bytes = cursor.next()) {
      Message message{};
      CHECK(encoders.decode(*bytes, message));
      if (tells_end(message)) {
        return true;
      }
    }
  }
}

void BootstrapSink::deliver(const Batch& batch) {
  for (const Message& message : batch.in()) {
    if (message.origin.session != session) {
      continue;
    }
    const auto outcomes = std::span(batch.outcomes).subspan(message.first_command, message.count);
    refused_ += static_cast<std::uint64_t>(
        std::count_if(outcomes.begin(), outcomes.end(),
                      [](const Outcome& outcome) { return outcome.status == Status::refused; }));
    ++answered_;
    answered_.notify_all();
  }
  next_.deliver(batch);
}

void BootstrapSink::wait_for(std::uint64_t messages, const std::atomic<bool>& failed) {
  for (std::uint64_t now = answered_; now < messages && !failed; now = answered_) {
    answered_.wait(now);
  }
}

std::optional<std::string> bootstrap(const NetworkFiles& files, Port& port,
                                     const BatchLimits& limits, BootstrapSink& sink,
                                     const std::atomic<bool>& failed) {
  std::vector<DefineSku> skus;
  for (const CatalogueItem& item : files.catalogue) {
    skus.push_back(
        DefineSku{id_for(item.sku, no_node), item.sku, item.weight_grams, item.flags, 0});
  }
  std::vector<ReceiveStock> receipts;
  for (const StockLevel& level : files.stock) {
    if (level.units == Units{0}) {
      continue;
    }
    const Sku sku = files.catalogue[level.item].sku;
    receipts.push_back(ReceiveStock{id_for(sku, level.node), sku, level.units, level.node, 0});
  }
  std::uint64_t messages = submit_all<DefineSku>(skus, port, sink.frames(), limits, 1);
  messages += submit_all<ReceiveStock>(receipts, port, sink.frames(), limits, messages + 1);
  sink.wait_for(messages, failed);
  if (failed) {
    return "the journal failed";
  }
  if (sink.refused() > 0) {
    return fmt::format(
        "{} of {} commands were refused: skus-max is too small, or the files are not those that "
        "the journal was begun with; it holds nothing else, so remove it and start again",
        sink.refused(), skus.size() + receipts.size());
  }
  const Tick end{};
  FrameBuffer frame;
  encode(frame, bootstrap_mark, std::span(&end, 1));
  submit(frame, port, sink.frames(), ++messages);
  sink.wait_for(messages, failed);
  return failed ? std::optional<std::string>("the journal failed") : std::nullopt;
}

}  // namespace millrace::tools
