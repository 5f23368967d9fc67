// Sample commands.
#include "tests/wire/samples.h"

#include <algorithm>

#include "engine/core/life.h"

namespace millrace::samples {

Orders orders(std::size_t count) {
  Orders made;
  for (std::size_t at = 0; at < count; ++at) {
    OrderHead head = counting<OrderHead>(static_cast<unsigned>(3 * at + 1));
    head.line_count = static_cast<std::uint8_t>(1 + at % 5);
    made.heads.push_back(head);
    for (std::uint8_t line = 0; line < head.line_count; ++line) {
      made.lines.push_back(counting<OrderLine>(static_cast<unsigned>(5 * at + line)));
    }
  }
  return made;
}

Waves waves(std::size_t count) {
  Waves made;
  for (std::size_t at = 0; at < count; ++at) {
    ReleaseWave head = counting<ReleaseWave>(static_cast<unsigned>(3 * at + 1));
    head.slot_count = static_cast<std::uint32_t>(1 + at % 3);
    made.heads.push_back(head);
    for (std::uint32_t slot = 0; slot < head.slot_count; ++slot) {
      made.slots.push_back(static_cast<std::uint32_t>(100 * at + slot));
    }
  }
  return made;
}

namespace {

template <class T>
FrameBuffer frame_of(std::size_t count) {
  FrameBuffer frame;
  const std::vector<T> commands = counting_many<T>(count);
  encode(frame, 17, std::span<const T>(commands));
  return frame;
}

}  // namespace

std::vector<FrameBuffer> client_frames() {
  std::vector<FrameBuffer> frames;
  const Orders some = orders(3);
  encode(frames.emplace_back(), 17, some.heads, some.lines, true);
  const std::vector<std::string_view> references{"one", "", "three"};
  encode_with_references(frames.emplace_back(), 17, some.heads, some.lines, false, references);
  frames.push_back(frame_of<CancelOrder>(2));
  frames.push_back(frame_of<StepOrder>(2));
  std::vector<StepOrder> changes = counting_many<StepOrder>(2);
  for (StepOrder& change : changes) {
    change.step = static_cast<std::uint8_t>(Step::change_lines);
    change.parcel = 2;
  }
  encode(frames.emplace_back(), 17, std::span<const StepOrder>(changes),
         counting_many<OrderLine>(4));
  frames.push_back(frame_of<ReceiveStock>(2));
  frames.push_back(frame_of<AdjustStock>(2));
  frames.push_back(frame_of<StockChange>(2));
  frames.push_back(frame_of<DefineSku>(2));
  const std::vector<DefineSku> skus = counting_many<DefineSku>(2);
  const std::vector<std::string_view> names{"a bolt", "a nut"};
  encode_with_names(frames.emplace_back(), 17, skus, names);
  frames.push_back(frame_of<Tick>(1));
  frames.push_back(frame_of<GetOrder>(2));
  frames.push_back(frame_of<GetStock>(3));
  encode_get_stats(frames.emplace_back(), 17, true);
  frames.push_back(frame_of<GetAvailability>(3));
  return frames;
}

namespace {

std::size_t head_bytes(CommandKind kind) {
  switch (kind) {
    case CommandKind::place_order:
      return sizeof(OrderHead);
    case CommandKind::cancel_order:
      return sizeof(CancelOrder);
    case CommandKind::step_order:
      return sizeof(StepOrder);
    case CommandKind::receive_stock:
      return sizeof(ReceiveStock);
    case CommandKind::adjust_stock:
      return sizeof(AdjustStock);
    case CommandKind::stock_change:
      return sizeof(StockChange);
    case CommandKind::define_sku:
      return sizeof(DefineSku);
    case CommandKind::tick:
      return sizeof(Tick);
    case CommandKind::release_wave:
      return sizeof(ReleaseWave);
    case CommandKind::get_order:
      return sizeof(GetOrder);
    case CommandKind::get_stock:
      return sizeof(GetStock);
    case CommandKind::get_stats:
    case CommandKind::refused_frame:
      break;
  }
  return 0;
}

bool lies_within(const void* at, std::size_t bytes, std::span<const std::byte> frame,
                 std::size_t alignment) {
  const auto* const begin = static_cast<const std::byte*>(at);
  return begin >= frame.data() && begin + bytes <= frame.data() + frame.size() &&
         reinterpret_cast<std::uintptr_t>(begin) % alignment == 0;
}

std::uint64_t details_asked(const Message& message) {
  std::uint64_t sum = 0;
  if (message.kind == CommandKind::place_order) {
    for (const OrderHead& head : message.commands<OrderHead>()) {
      sum += head.line_count;
    }
  } else if (message.kind == CommandKind::step_order) {
    for (const StepOrder& step : message.commands<StepOrder>()) {
      sum += line_count_of(step);
    }
  } else if (message.kind == CommandKind::release_wave) {
    for (const ReleaseWave& wave : message.commands<ReleaseWave>()) {
      sum += wave.slot_count;
    }
  }
  return sum;
}

}  // namespace

bool is_sound(const Message& message, std::span<const std::byte> frame, const BatchLimits& limits) {
  if (message.count == 0 || message.count > limits.commands_max ||
      message.detail_count > limits.lines_max || message.byte_count != frame.size() ||
      message.byte_count % 8 != 0) {
    return false;
  }
  if (message.kind == CommandKind::get_stats) {
    return message.count == 1 && message.heads == nullptr && message.detail_count == 0;
  }
  if (!lies_within(message.heads, message.count * head_bytes(message.kind), frame, 8)) {
    return false;
  }
  if (message.detail_count != details_asked(message)) {
    return false;
  }
  const bool slots = message.kind == CommandKind::release_wave;
  const std::size_t detail_bytes = slots ? sizeof(std::uint32_t) : sizeof(OrderLine);
  return message.detail_count == 0 ||
         lies_within(message.details, message.detail_count * detail_bytes, frame,
                     slots ? alignof(std::uint32_t) : alignof(OrderLine));
}

bool is_sound(const Request& request, std::span<const std::byte> frame, const BatchLimits& limits) {
  if (request.is_subscription) {
    Subscribe subscribe;
    // Filters may still be too long for it; what passes is a copy.
    return decode_subscribe(frame, limits.frame_bytes_max, subscribe) != Flaw::none ||
           std::max({subscribe.channels.size(), subscribe.nodes.size(), subscribe.kinds.size(),
                     subscribe.orders.size()}) <= filter_values_max;
  }
  if (!request.is_read) {
    return request.reads.empty() && is_sound(request.message, frame, limits);
  }
  return !request.reads.empty() && request.reads.size() <= limits.commands_max &&
         lies_within(request.reads.data(), request.reads.size_bytes(), frame, 8);
}

}  // namespace millrace::samples
