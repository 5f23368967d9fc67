// Clients and the record of a live pipeline.
#include "tests/law/live.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/wire/codec.h"
#include "engine/core/check.h"
#include "engine/runtime/encoders.h"
#include "tests/law/generator.h"
#include "tests/support/batch_builder.h"

namespace millrace::law {
namespace {

using test::TestCommand;

/// A frame that frees itself once the pipeline has done with it.
struct OwnFrame : InboundBuffer {
  FrameBuffer frame;

  static void free(InboundBuffer* self) { delete static_cast<OwnFrame*>(self); }
};

template <class Body>
std::vector<Body> bodies_of(std::span<const TestCommand> commands) {
  std::vector<Body> bodies;
  for (const TestCommand& command : commands) {
    bodies.push_back(std::get<Body>(command.body));
  }
  return bodies;
}

std::vector<OrderLine> lines_of(std::span<const TestCommand> commands) {
  std::vector<OrderLine> lines;
  for (const TestCommand& command : commands) {
    lines.insert(lines.end(), command.lines.begin(), command.lines.end());
  }
  return lines;
}

void encode_orders(FrameBuffer& out, std::uint64_t request, std::span<const TestCommand> commands) {
  encode(out, request, bodies_of<OrderHead>(commands), lines_of(commands),
         commands.front().wants_allocations);
}

void encode_releases(FrameBuffer& out, std::uint64_t request,
                     std::span<const TestCommand> commands) {
  std::vector<std::uint32_t> slots;
  for (const TestCommand& command : commands) {
    slots.insert(slots.end(), command.slots.begin(), command.slots.end());
  }
  encode(out, request, bodies_of<ReleaseWave>(commands), slots);
}

/// Commands of one kind.
void encode_frame(FrameBuffer& out, std::uint64_t request, std::span<const TestCommand> commands) {
  switch (kind_of(commands.front())) {
    case CommandKind::place_order:
      return encode_orders(out, request, commands);
    case CommandKind::cancel_order:
      return encode(out, request, bodies_of<CancelOrder>(commands));
    case CommandKind::step_order:
      return encode(out, request, bodies_of<StepOrder>(commands), lines_of(commands));
    case CommandKind::receive_stock:
      return encode(out, request, bodies_of<ReceiveStock>(commands));
    case CommandKind::adjust_stock:
      return encode(out, request, bodies_of<AdjustStock>(commands));
    case CommandKind::stock_change:
      return encode(out, request, bodies_of<StockChange>(commands));
    case CommandKind::define_sku:
      return encode(out, request, bodies_of<DefineSku>(commands));
    case CommandKind::tick:
      return encode(out, request, bodies_of<Tick>(commands));
    case CommandKind::release_wave:
      return encode_releases(out, request, commands);
    case CommandKind::get_order:
      return encode(out, request, bodies_of<GetOrder>(commands));
    case CommandKind::get_stock:
      return encode(out, request, bodies_of<GetStock>(commands));
    case CommandKind::get_stats:
      return encode_get_stats(out, request, false);
    case CommandKind::refused_frame:
      break;
  }
  CHECK(false);
}

bool may_share_frame(const TestCommand& a, const TestCommand& b) {
  return kind_of(a) == kind_of(b) && a.wants_allocations == b.wants_allocations &&
         kind_of(a) != CommandKind::get_stats;
}

}  // namespace

void Recorder::deliver(const Batch& batch) {
  std::vector<TestCommand> commands = test::commands_of(batch);
  batches_.push_back({commands_.size(), test::answers_of(batch), test::proposals_of(batch)});
  commands_.insert(commands_.end(), std::make_move_iterator(commands.begin()),
                   std::make_move_iterator(commands.end()));
  for (const Message& message : batch.in()) {
    if (message.origin.session == own_session) {
      continue;
    }
    std::atomic<std::uint64_t>& answered = answered_.at(message.origin.session);
    disorder_ += message.origin.request == answered.load() ? 0 : 1;
    answered.fetch_add(1);
    answered.notify_all();
  }
}

void Recorder::wait(std::uint64_t session, std::uint64_t submitted, std::uint64_t unanswered) {
  std::atomic<std::uint64_t>& answered = answered_.at(session);
  for (std::uint64_t seen = answered.load(); submitted - seen > unanswered;
       seen = answered.load()) {
    answered.wait(seen);
  }
}

std::string Recorder::difference(const Network& network, const Limits& limits,
                                 History& history) const {
  history = record(network, limits, commands_, {.invariants_every = 500});
  if (!history.wrong.empty()) {
    return history.wrong;
  }
  for (const Delivered& batch : batches_) {
    std::string wrong = law::difference(history, batch.first, batch.answers, batch.proposals);
    if (!wrong.empty()) {
      return wrong;
    }
  }
  return {};
}

Client::Client(const Network& network, Port& port, Recorder& recorder, SharedClock& clock,
               const BatchLimits& limits, const Options& options)
    : network_(network),
      port_(port),
      recorder_(recorder),
      clock_(clock),
      limits_(limits),
      options_(options) {}

void Client::run() {
  constexpr std::uint64_t unanswered_max = 200;
  Generator generator(network_, options_.seed);
  test::Random random(options_.seed);
  std::vector<TestCommand> frame;
  std::size_t frame_size = 1;
  for (std::size_t i = 0; i < options_.commands; ++i) {
    // Waves come back inside the pipeline; the count of orders only makes bogus releases hit.
    TestCommand command = generator.next(i / 2);
    clock_.set(command.time);
    if (!frame.empty() &&
        (frame.size() == frame_size || !may_share_frame(frame.front(), command))) {
      submit(frame);
      frame.clear();
      frame_size = random.between(1, options_.frame_commands_max);
      recorder_.wait(options_.session, submitted_, unanswered_max);
    }
    frame.push_back(std::move(command));
  }
  submit(frame);
  recorder_.wait(options_.session, submitted_, 0);
}

void Client::submit(std::span<const TestCommand> commands) {
  auto buffer = std::make_unique<OwnFrame>();
  buffer->recycle = &OwnFrame::free;
  buffer->references.store(1);
  encode_frame(buffer->frame, submitted_, commands);
  // Releases stand in journals only; the generator's bogus ones are let in as if they did.
  const bool is_release = kind_of(commands.front()) == CommandKind::release_wave;
  Inbound inbound{};
  const Flaw flaw =
      decode(buffer->frame.bytes(), limits_,
             is_release ? FrameSource::journal : FrameSource::client, inbound.message);
  CHECK(flaw == Flaw::none);
  inbound.message.origin = {options_.session, submitted_};
  inbound.bytes = buffer->frame.data();
  inbound.buffer = buffer.release();
  port_.submit({&inbound, 1});
  ++submitted_;
}

}  // namespace millrace::law
