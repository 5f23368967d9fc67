// A `millrace serve` of its own for a test.
#include "tests/support/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "engine/core/check.h"

namespace millrace::test {

namespace {

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

ServerProcess::ServerProcess(std::string binary, std::filesystem::path scratch,
                             std::vector<std::string> flags)
    : binary_(std::move(binary)), scratch_(std::move(scratch)), flags_(std::move(flags)) {}

ServerProcess::~ServerProcess() {
  if (running()) {
    signal(SIGKILL);
    wait_exit();
  }
}

void ServerProcess::spawn() {
  CHECK(!running());
  exit_.reset();
  std::filesystem::remove(scratch_ / "port");
  std::vector<std::string> words{
      binary_,        "serve", "--listen",    "127.0.0.1:0",
      "--log-format", "json",  "--port-file", (scratch_ / "port").native()};
  words.insert(words.end(), flags_.begin(), flags_.end());
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const std::string log_path = (scratch_ / "log").native();
  pid_ = ::fork();
  CHECK(pid_ >= 0);
  if (pid_ == 0) {
    const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(log, STDERR_FILENO);
    // Most tests end long before a spare would be of use; those about them give the flag.
    ::setenv("MILLRACE_SPARE_SEGMENTS", "0", 1);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
}

std::optional<std::uint16_t> ServerProcess::wait_ready() {
  while (running()) {
    std::ifstream file(scratch_ / "port");
    std::uint16_t port = 0;
    if (file >> port) {
      return port;
    }
    ::poll(nullptr, 0, 2);
  }
  return std::nullopt;
}

void ServerProcess::signal(int number) const {
  ::kill(pid_, number);
}

bool ServerProcess::running() {
  if (pid_ < 0 || exit_) {
    return false;
  }
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_ = code_of(status);
  }
  return !exit_;
}

int ServerProcess::wait_exit() {
  if (!exit_) {
    int status = 0;
    CHECK(::waitpid(pid_, &status, 0) == pid_);
    exit_ = code_of(status);
  }
  return *exit_;
}

std::string ServerProcess::log() const {
  std::ifstream file(scratch_ / "log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace millrace::test
