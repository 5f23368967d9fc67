// A `millrace serve` of its own for a test: started on a free port, killed or stopped at will.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace millrace::test {

class ServerProcess {
 public:
  /// `binary` is the millrace binary; `flags` follow `serve`, without --listen and --port-file.
  /// `scratch` takes the port file and the log.
  ServerProcess(std::string binary, std::filesystem::path scratch, std::vector<std::string> flags);
  /// Kills what still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Starts the process; does not wait for it.
  void spawn();
  /// Waits until it listens; the port, or nothing if it ended before.
  [[nodiscard]] std::optional<std::uint16_t> wait_ready();
  void signal(int number) const;
  /// Waits for the end; the exit code, or minus the signal that ended it.
  int wait_exit();
  [[nodiscard]] bool running();
  /// Everything it logged so far, over all its runs.
  [[nodiscard]] std::string log() const;

 private:
  std::string binary_;
  std::filesystem::path scratch_;
  std::vector<std::string> flags_;
  pid_t pid_ = -1;
  std::optional<int> exit_;
};

}  // namespace millrace::test
