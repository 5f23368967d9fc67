// Which exit code an error of the journal or its disk means.
#pragma once

#include "engine/journal/result.h"
#include "tools/millrace/commands.h"

namespace millrace::tools {

[[nodiscard]] inline int exit_for(const Error& error) {
  switch (error.code) {
    case DiskError::io:
    case DiskError::no_space:
    case DiskError::stopped:
      return exit_disk;
    case DiskError::wrong_limits:
      return exit_usage;
    case DiskError::not_found:
    case DiskError::exists:
    case DiskError::busy:
    case DiskError::damaged:
    case DiskError::wrong_network:
    case DiskError::wrong_version:
      return exit_journal;
  }
  return exit_failed;
}

}  // namespace millrace::tools
