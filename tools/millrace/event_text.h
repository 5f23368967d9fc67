// Events as lines of text or JSON.
#pragma once

#include <string>

#include "adapters/wire/codec.h"
#include "engine/core/event.h"

namespace millrace::tools {

/// One line, without its end. Nodes and channels are named as the server names them; what means
/// nothing is left out.
[[nodiscard]] std::string event_as_text(const Event& event, const Welcome& server);
[[nodiscard]] std::string event_as_json(const Event& event, const Welcome& server);

}  // namespace millrace::tools
