// Subscriptions to events, from and to frames.
#include "adapters/wire/subscription.h"

#include <cstring>

#include "adapters/wire/codec.h"
#include "adapters/wire/open_frame.h"
#include "schemas/millrace_generated.h"

namespace millrace {
namespace {

/// Copies the values of a filter, whose elements have the bytes of ours.
template <class Ours, class Vector>
Flaw take_filter(const Vector* values, std::vector<Ours>& out) {
  if (values == nullptr) {
    return Flaw::none;
  }
  if (values->size() > filter_values_max) {
    return Flaw::filter_too_long;
  }
  out.resize(values->size());
  if (!out.empty()) {
    // Copied as bytes, so that it does not matter how they are aligned.
    std::memcpy(static_cast<void*>(out.data()), values->Data(), out.size() * sizeof(Ours));
  }
  return Flaw::none;
}

template <class Theirs, class Ours>
auto filter_of(flatbuffers::FlatBufferBuilder& builder, const std::vector<Ours>& values) {
  static_assert(sizeof(Theirs) == sizeof(Ours));
  return builder.CreateVector(reinterpret_cast<const Theirs*>(values.data()), values.size());
}

}  // namespace

Flaw decode_subscribe(std::span<const std::byte> frame, std::size_t bytes_max, Subscribe& out) {
  out = Subscribe{};
  const wire::Frame* root = nullptr;
  Flaw flaw = open_frame(frame, bytes_max, root);
  if (flaw != Flaw::none) {
    return flaw;
  }
  const wire::Subscribe* const body = root->body_as_Subscribe();
  if (body == nullptr) {
    return Flaw::no_body;
  }
  out.request = root->request();
  out.from = body->from();
  out.credit = body->credit();
  flaw = take_filter(body->channels(), out.channels);
  flaw = flaw != Flaw::none ? flaw : take_filter(body->nodes(), out.nodes);
  flaw = flaw != Flaw::none ? flaw : take_filter(body->kinds(), out.kinds);
  return flaw != Flaw::none ? flaw : take_filter(body->orders(), out.orders);
}

Flaw decode_event_credit(std::span<const std::byte> frame, std::size_t bytes_max,
                         std::uint32_t& events) {
  const wire::Frame* root = nullptr;
  const Flaw flaw = open_frame(frame, bytes_max, root);
  if (flaw != Flaw::none) {
    return flaw;
  }
  const wire::EventCredit* const body = root->body_as_EventCredit();
  if (body == nullptr) {
    return Flaw::subscribed_already;
  }
  events = body->events();
  return Flaw::none;
}

void encode_subscribe(FrameBuffer& out, const Subscribe& subscribe) {
  flatbuffers::FlatBufferBuilder builder;
  const auto channels = filter_of<std::uint16_t>(builder, subscribe.channels);
  const auto nodes = filter_of<std::uint16_t>(builder, subscribe.nodes);
  const auto kinds = filter_of<std::uint8_t>(builder, subscribe.kinds);
  const auto orders = builder.CreateVectorOfStructs(
      reinterpret_cast<const wire::Id128*>(subscribe.orders.data()), subscribe.orders.size());
  const auto body = wire::CreateSubscribe(builder, subscribe.from, subscribe.credit, channels,
                                          nodes, kinds, orders);
  builder.TrackMinAlign(8);
  builder.FinishSizePrefixed(
      wire::CreateFrame(builder, subscribe.request, wire::Body::Subscribe, body.Union()), "MLR1");
  out.append(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
}

}  // namespace millrace
