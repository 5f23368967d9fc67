// A directory of this machine behind the journal's Disk: O_DIRECT|O_DSYNC where the file system has
// them, else writes through the page cache followed by fdatasync.
#pragma once

#include <memory>
#include <string>

#include "engine/journal/file.h"

namespace millrace {

struct PosixDiskOptions {
  /// Try O_DIRECT. A file system that refuses it is found out at the first writable file.
  bool direct = true;
  /// Make the directory if it is missing (its parent must be there).
  bool create = true;
};

[[nodiscard]] Result<std::unique_ptr<Disk>> open_posix_disk(const std::string& directory,
                                                            const PosixDiskOptions& options = {});

}  // namespace millrace
