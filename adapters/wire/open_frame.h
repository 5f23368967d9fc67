// What decoding requests and decoding replies have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "adapters/wire/flaw.h"
#include "schemas/millrace_generated.h"

namespace millrace {

/// Checks that the bytes are a frame of the schema; `root` and what hangs from it may be read then.
[[nodiscard]] Flaw open_frame(std::span<const std::byte> frame, std::size_t bytes_max,
                              const wire::Frame*& root);

template <class Struct>
[[nodiscard]] bool is_aligned(const flatbuffers::Vector<const Struct*>* vector) {
  return reinterpret_cast<std::uintptr_t>(vector->Data()) % alignof(Struct) == 0;
}

[[nodiscard]] inline bool is_aligned(const flatbuffers::Vector<std::uint32_t>* vector) {
  return reinterpret_cast<std::uintptr_t>(vector->Data()) % alignof(std::uint32_t) == 0;
}

[[nodiscard]] inline std::string_view view_of(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view{} : std::string_view(text->c_str(), text->size());
}

}  // namespace millrace
