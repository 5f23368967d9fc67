// Greedy shrinking, and child processes to do it in.
#include "tests/law/shrink.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "engine/core/check.h"

namespace millrace::law {
namespace {

Commands without(const Commands& commands, std::size_t first, std::size_t count) {
  Commands rest(commands.begin(), commands.begin() + static_cast<std::ptrdiff_t>(first));
  const std::size_t after = std::min(commands.size(), first + count);
  rest.insert(rest.end(), commands.begin() + static_cast<std::ptrdiff_t>(after), commands.end());
  return rest;
}

[[noreturn]] void report(int pipe, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t count = write(pipe, text.data() + sent, text.size() - sent);
    if (count <= 0) {
      break;
    }
    sent += static_cast<std::size_t>(count);
  }
  _exit(0);
}

}  // namespace

Commands shrink(Commands commands, const std::function<bool(const Commands&)>& fails) {
  for (std::size_t piece = commands.size() / 2; piece > 0; piece /= 2) {
    bool removed = true;
    while (removed) {
      removed = false;
      for (std::size_t first = 0; first < commands.size();) {
        Commands fewer = without(commands, first, piece);
        if (fails(fewer)) {
          commands = std::move(fewer);
          removed = true;
        } else {
          first += piece;
        }
      }
    }
  }
  return commands;
}

std::string in_child(const std::function<std::string()>& check) {
  std::array<int, 2> ends{};
  CHECK(pipe(ends.data()) == 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    close(ends[0]);
    report(ends[1], check());
  }
  close(ends[1]);
  std::string text;
  std::array<char, 4096> piece{};
  ssize_t count = 0;
  while ((count = read(ends[0], piece.data(), piece.size())) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return text + "the process died, status " + std::to_string(status) + "\n";
  }
  return text;
}

}  // namespace millrace::law
