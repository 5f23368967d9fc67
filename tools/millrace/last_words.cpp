// What a server says before it ends because of its disk.
#include "tools/millrace/last_words.h"

#include <unistd.h>

#include <string_view>

#include "tools/millrace/commands.h"

namespace millrace::tools {

void end_for_failed_write(Log& log, const Error& error) {
  log.write(LogLevel::error, "journal.write_failed",
            {{"what", std::string_view(error.text)},
             {"then", std::string_view("nothing more was acknowledged; start again once the disk "
                                       "is well, and the journal is recovered")}});
  ::_exit(exit_disk);
}

void end_for_damaged_archive(Log& log, const Error& error) {
  log.write(LogLevel::error, "archive.damaged",
            {{"what", std::string_view(error.text)},
             {"then", std::string_view("an order in it was named; bring the file back from a "
                                       "backup, or move it away to have it made again")}});
  ::_exit(exit_journal);
}

}  // namespace millrace::tools
