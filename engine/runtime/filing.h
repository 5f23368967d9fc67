// Files what is over of a snapshot's engine, so that it and the live engine may let go of it.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/core/archive.h"
#include "engine/core/limits.h"
#include "engine/engine.h"
#include "engine/journal/archive_file.h"
#include "engine/journal/file.h"
#include "engine/journal/result.h"
#include "engine/journal/snapshot.h"

namespace millrace {

/// Writes the orders that have been over for so many days to one file of the archive, named by the
/// engine's last sequence, and with them everything of the newest files where there are many of
/// their size. Returns what this engine, or one that has gone on from here, may let go of once the
/// file was read back; nothing where nothing is to be written. `on_failure` is for those who read
/// it later.
[[nodiscard]] Result<std::optional<Filing>> file_orders(Engine& engine, Disk& disk,
                                                        std::uint16_t days, const Throttle& pace,
                                                        const ArchiveFailure& on_failure = {});

/// The limits for a start: what is put away takes no place of what is wanted for orders in memory,
/// and the journal's own bounds are not undercut by what came back since.
[[nodiscard]] Result<Limits> limits_beside_archive(Disk& disk, const Limits& wanted);

}  // namespace millrace
