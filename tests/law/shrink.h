// Makes a failing list of commands short enough to read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/test_command.h"

namespace millrace::law {

using Commands = std::vector<test::TestCommand>;

/// Leaves out as many commands as it can with `fails` still true, in ever smaller pieces.
[[nodiscard]] Commands shrink(Commands commands, const std::function<bool(const Commands&)>& fails);

/// Runs `check` in a child process, so that a broken CHECK is a failure like any other; what it
/// returned, or how it died.
[[nodiscard]] std::string in_child(const std::function<std::string()>& check);

}  // namespace millrace::law
