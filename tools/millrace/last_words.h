// What a server says before it ends because of its disk. It ends there, without destructors that
// would wait for other threads.
#pragma once

#include "engine/journal/result.h"
#include "tools/millrace/log.h"

namespace millrace::tools {

/// What the disk holds is now known only to a recovery, so nothing may be answered any more.
[[noreturn]] void end_for_failed_write(Log& log, const Error& error);

/// Without an order that was put away there is no lawful answer.
[[noreturn]] void end_for_damaged_archive(Log& log, const Error& error);

}  // namespace millrace::tools
