// Frames of the process's own on their way to intake.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/core/batch.h"
#include "engine/runtime/encoders.h"
#include "engine/runtime/port.h"

namespace millrace {

/// Submits a whole frame that the encoders read; its memory goes once intake has copied it.
void submit_own(Port& port, const Encoders& encoders, std::vector<std::byte> frame, Origin origin);

}  // namespace millrace
