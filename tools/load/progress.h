// One line about something long: a bar with rate and time left on a terminal, drawn over itself;
// plain lines now and then anywhere else. Goes to stderr, since stdout is for results.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::load {

class ProgressLine {
 public:
  struct Options {
    bool quiet = false;
    std::chrono::milliseconds plain_every{2000};  ///< between lines, where there is no terminal
  };

  /// `what` is counted, as "orders".
  ProgressLine(std::string what, const Options& options);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  /// `share` of the whole that is done, if that is known; `note` says what else there is to say.
  void show(std::uint64_t done, std::optional<double> share, std::string_view note = "");

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string text(std::uint64_t done, std::optional<double> share,
                                 std::string_view note, Clock::time_point now);

  std::string what_;
  Options options_;
  bool is_terminal_;
  bool is_drawn_ = false;
  Clock::time_point start_;
  Clock::time_point shown_;
  std::uint64_t shown_done_ = 0;
};

}  // namespace millrace::load
