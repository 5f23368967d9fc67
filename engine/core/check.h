// CHECK: what must hold, in every build. A broken invariant stops the process, because an engine
// that goes on with wrong stock is worse than one that recovers from its journal.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace millrace {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "CHECK failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace millrace

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) [[unlikely]] {                            \
      ::millrace::check_failed(#condition, __FILE__, __LINE__); \
    }                                                           \
  } while (false)
