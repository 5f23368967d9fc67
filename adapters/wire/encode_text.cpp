// Frames with text in them: rare, and built by FlatBuffers' own builder.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapters/wire/codec.h"
#include "schemas/millrace_generated.h"

namespace millrace {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;

template <class T>
void finish(FrameBuffer& out, Builder& builder, std::uint64_t request, wire::Body type,
            flatbuffers::Offset<T> body) {
  // Without it a frame whose request is 0 might be no multiple of 8.
  builder.TrackMinAlign(8);
  builder.FinishSizePrefixed(wire::CreateFrame(builder, request, type, body.Union()), "MLR1");
  out.append(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
}

flatbuffers::Offset<flatbuffers::String> text_of(Builder& builder, std::string_view text) {
  return builder.CreateString(text.data(), text.size());
}

flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> texts_of(
    Builder& builder, std::span<const std::string_view> texts) {
  std::vector<flatbuffers::Offset<flatbuffers::String>> offsets;
  offsets.reserve(texts.size());
  for (const std::string_view text : texts) {
    offsets.push_back(text_of(builder, text));
  }
  return builder.CreateVector(offsets);
}

flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> texts_of(
    Builder& builder, const std::vector<std::string>& texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return texts_of(builder, std::span(views));
}

/// A vector of structs from the engine's twin of the struct.
template <class Theirs, class Ours>
flatbuffers::Offset<flatbuffers::Vector<const Theirs*>> structs_of(Builder& builder,
                                                                   std::span<const Ours> elements) {
  static_assert(sizeof(Theirs) == sizeof(Ours));
  return builder.CreateVectorOfStructs(reinterpret_cast<const Theirs*>(elements.data()),
                                       elements.size());
}

}  // namespace

void encode_hello(FrameBuffer& out, const Hello& hello) {
  Builder builder;
  const auto client = text_of(builder, hello.client);
  const auto token = text_of(builder, hello.token);
  wire::HelloBuilder body(builder);
  body.add_client(client);
  body.add_token(token);
  body.add_credit(hello.credit);
  body.add_protocol(hello.protocol);
  finish(out, builder, hello.request, wire::Body::Hello, body.Finish());
}

void encode_with_references(FrameBuffer& out, std::uint64_t request,
                            std::span<const OrderHead> heads, std::span<const OrderLine> lines,
                            bool want_allocations, std::span<const std::string_view> references) {
  Builder builder(heads.size_bytes() + lines.size_bytes() + 4096);
  const auto texts = texts_of(builder, references);
  const auto all_lines = structs_of<wire::OrderLine>(builder, lines);
  const auto all_heads = structs_of<wire::OrderHead>(builder, heads);
  finish(out, builder, request, wire::Body::PlaceOrders,
         wire::CreatePlaceOrders(builder, all_heads, all_lines, want_allocations, texts));
}

void encode_with_names(FrameBuffer& out, std::uint64_t request, std::span<const DefineSku> skus,
                       std::span<const std::string_view> names) {
  Builder builder(skus.size_bytes() + 4096);
  const auto texts = texts_of(builder, names);
  const auto all_skus = structs_of<wire::DefineSku>(builder, skus);
  finish(out, builder, request, wire::Body::DefineSkus,
         wire::CreateDefineSkus(builder, all_skus, texts));
}

void encode_welcome(FrameBuffer& out, std::uint64_t request, const Welcome& welcome) {
  Builder builder;
  const auto server = text_of(builder, welcome.server);
  const auto nodes = texts_of(builder, welcome.nodes);
  const auto channels = texts_of(builder, welcome.channels);
  const auto services = texts_of(builder, welcome.services);
  wire::WelcomeBuilder body(builder);
  body.add_server(server);
  body.add_credit(welcome.credit);
  body.add_frame_bytes_max(welcome.frame_bytes_max);
  body.add_commands_per_frame_max(welcome.commands_per_frame_max);
  body.add_lines_per_frame_max(welcome.lines_per_frame_max);
  body.add_nodes(nodes);
  body.add_channels(channels);
  body.add_services(services);
  body.add_protocol(welcome.protocol);
  finish(out, builder, request, wire::Body::Welcome, body.Finish());
}

void encode_error(FrameBuffer& out, std::uint64_t request, ErrorCode code, std::string_view text,
                  bool closes) {
  Builder builder(256);
  const auto written = text_of(builder, text);
  finish(out, builder, request, wire::Body::Error,
         wire::CreateError(builder, static_cast<wire::ErrorCode>(code), written, closes));
}

}  // namespace millrace
