// The rate is that since the last line, the time left follows from the share done so far.
#include "tools/load/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace millrace::load {
namespace {

constexpr std::size_t bar_width = 30;
constexpr std::chrono::milliseconds terminal_every{200};

std::string bar(double share) {
  const auto full =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(bar_width));
  return "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "] ";
}

}  // namespace

ProgressLine::ProgressLine(std::string what, const Options& options)
    : what_(std::move(what)),
      options_(options),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      shown_(start_) {}

ProgressLine::~ProgressLine() {
  if (is_drawn_) {
    std::fputs("\r\x1b[K", stderr);
  }
}

void ProgressLine::show(std::uint64_t done, std::optional<double> share, std::string_view note) {
  const auto now = Clock::now();
  if (options_.quiet || now - shown_ < (is_terminal_ ? terminal_every : options_.plain_every)) {
    return;
  }
  const std::string line = text(done, share, note, now);
  if (is_terminal_) {
    std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
    is_drawn_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
  shown_ = now;
  shown_done_ = done;
}

std::string ProgressLine::text(std::uint64_t done, std::optional<double> share,
                               std::string_view note, Clock::time_point now) {
  const double since = std::chrono::duration<double>(now - shown_).count();
  const double rate = static_cast<double>(done - std::min(done, shown_done_)) / since;
  std::array<char, 160> figures{};
  std::snprintf(figures.data(), figures.size(), "%llu %s, %.0f/s",
                static_cast<unsigned long long>(done), what_.c_str(), rate);
  std::string line = (is_terminal_ && share ? bar(*share) : "") + figures.data();
  if (share && *share > 0) {
    const double left = std::chrono::duration<double>(now - start_).count() * (1 / *share - 1);
    std::snprintf(figures.data(), figures.size(), ", %.0f %%, %.0f s left", *share * 100,
                  std::max(left, 0.0));
    line += figures.data();
  }
  if (!note.empty()) {
    line += ", ";
    line += note;
  }
  return line;
}

}  // namespace millrace::load
