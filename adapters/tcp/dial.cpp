// Sockets for the client.
#include "adapters/tcp/dial.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace millrace {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

/// The socket, or -1 and what went wrong.
int dial_address(const addrinfo& address, Deadline deadline, std::string& problem) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    problem = system_text(errno);
    return -1;
  }
  int code = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (code == EINPROGRESS) {
    if (wait_ready(fd, POLLOUT, deadline)) {
      socklen_t length = sizeof(code);
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length);
    } else {
      code = ETIMEDOUT;
    }
  }
  if (code != 0) {
    problem = system_text(code);
    ::close(fd);
    return -1;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

}  // namespace

ClientResult<int> dial(const std::string& host, std::uint16_t port, Deadline deadline) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (code != 0) {
    return ClientError{ClientError::Kind::resolve, ErrorCode::none,
                       host + ": " + ::gai_strerror(code)};
  }
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(list);
  std::string problem = "no address";
  for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
    const int fd = dial_address(*address, deadline, problem);
    if (fd >= 0) {
      return fd;
    }
  }
  return ClientError{ClientError::Kind::connect, ErrorCode::none,
                     host + ":" + std::to_string(port) + ": " + problem};
}

int left_ms(Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
          .count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

bool wait_ready(int fd, short events, Deadline deadline) {
  while (true) {
    pollfd watched{fd, events, 0};
    const int ready = ::poll(&watched, 1, left_ms(deadline));
    if (ready > 0) {
      return true;
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return false;
    }
  }
}

std::string system_text(int code) {
  return std::strerror(code);
}

}  // namespace millrace
