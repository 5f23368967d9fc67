// Sockets for the client: connecting within a deadline, and waiting for one to be ready.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "adapters/tcp/client.h"

namespace millrace {

using Deadline = std::chrono::steady_clock::time_point;

/// A connected, non-blocking socket to the first address of the host that takes it.
ClientResult<int> dial(const std::string& host, std::uint16_t port, Deadline deadline);

/// Milliseconds left for poll: rounded up, so that waiting never turns into spinning.
int left_ms(Deadline deadline);

/// Waits until the socket is ready for one of the events; false if the deadline comes first.
bool wait_ready(int fd, short events, Deadline deadline);

/// What an errno means.
std::string system_text(int code);

}  // namespace millrace
