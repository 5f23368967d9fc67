// The first commands of a new journal.
#include "tools/millrace/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "adapters/wire/codec.h"
#include "engine/core/check.h"
#include "engine/core/hash.h"

namespace millrace::tools {

namespace {

constexpr std::size_t commands_per_message = 1024;

/// The id of a bootstrap command follows from what it is about, so that a bootstrap that was cut
/// off by a crash can be done over: what is there already is only answered again.
CommandId id_for(Sku sku, NodeIndex node) {
  constexpr std::uint64_t bootstrap_mark = 0x6d696c6c72616365ULL;
  return CommandId{bootstrap_mark ^ node.value, mix64(sku.value) | 1U};
}

struct OwnedFrame : InboundBuffer {
  FrameBuffer bytes;

  static void free(InboundBuffer* self) { delete static_cast<OwnedFrame*>(self); }
};

void submit(FrameBuffer frame, Port& port, const BatchLimits& limits, std::uint64_t request) {
  auto owned = std::make_unique<OwnedFrame>();
  owned->bytes = std::move(frame);
  owned->recycle = &OwnedFrame::free;
  owned->references.store(1);
  Inbound inbound{};
  CHECK(decode(owned->bytes.bytes(), limits, FrameSource::journal, inbound.message) == Flaw::none);
  inbound.message.origin = Origin{BootstrapSink::session, request};
  inbound.bytes = owned->bytes.data();
  inbound.buffer = owned.release();
  port.submit(std::span(&inbound, 1));
}

template <class Command>
std::uint64_t submit_all(std::span<const Command> commands, Port& port, const BatchLimits& limits,
                         std::uint64_t first_request) {
  std::uint64_t messages = 0;
  const std::size_t step = std::min<std::size_t>(commands_per_message, limits.commands_max);
  for (std::size_t at = 0; at < commands.size(); at += step) {
    FrameBuffer frame;
    const std::uint64_t request = first_request + messages++;
    encode(frame, request, commands.subspan(at, std::min(step, commands.size() - at)));
    submit(std::move(frame), port, limits, request);
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

void BootstrapSink::wake() {
  // A value that no count reaches ends every wait.
  answered_ = ~std::uint64_t{0};
  answered_.notify_all();
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
  std::uint64_t messages = submit_all<DefineSku>(skus, port, limits, 1);
  messages += submit_all<ReceiveStock>(receipts, port, limits, messages + 1);
  sink.wait_for(messages, failed);
  if (failed) {
    return "the journal failed";
  }
  if (sink.refused() > 0) {
    return fmt::format(
        "{} of {} commands were refused; are skus-max and commands-max large enough?",
        sink.refused(), skus.size() + receipts.size());
  }
  return std::nullopt;
}

}  // namespace millrace::tools
