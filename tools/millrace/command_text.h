// Journaled commands as lines a person reads or a program parses: what `millrace journal cat`
// prints.
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/batch.h"
#include "engine/core/limits.h"
#include "engine/core/types.h"

namespace millrace::tools {

enum class CommandStyle : std::uint8_t {
  text,  ///< sequence, time and kind, then name=value
  json,  ///< one object a line
};

/// Appends one line for each command of a decoded message whose sequence lies within [from, until].
/// `first` is the sequence of the message's first command.
void append_commands(std::string& out, const Message& message, Sequence first, Sequence from,
                     Sequence until, CommandStyle style);

/// UTC with microseconds, as in 2026-01-31T23:59:59.000001Z.
[[nodiscard]] std::string time_text(Time time);

[[nodiscard]] const char* kind_name(CommandKind kind);

/// The limits of a segment as a JSON object.
[[nodiscard]] std::string bounds_json(const Bounds& bounds);

}  // namespace millrace::tools
