// Bringing memory near before it is needed.
#pragma once

#include <cstdint>

namespace millrace {

/// Loads from the cache line and forgets what it read, so that many lines are on their way at once.
/// A prefetch instruction says the same, but where the page's translation is not at hand either
/// (tables far larger than the TLB reaches, the more so under nested paging) it was measured to do
/// nothing: the first use then waited as long as without. Any thread may write the line meanwhile.
inline void fetch(const std::uint32_t* in_line) {
  const std::uint32_t word = __atomic_load_n(in_line, __ATOMIC_RELAXED);
  asm volatile("" ::"r"(word));
}

}  // namespace millrace
