// The file that says on which port a server listens.
#include "tools/millrace/port_file.h"

#include <fstream>
#include <system_error>

namespace millrace::tools {

bool write_port_file(const std::filesystem::path& path, std::uint16_t port) {
  const std::filesystem::path temporary = path.native() + ".tmp";
  {
    std::ofstream file(temporary);
    file << port << '\n';
    if (!file.flush()) {
      return false;
    }
  }
  std::error_code failed;
  std::filesystem::rename(temporary, path, failed);
  return !failed;
}

}  // namespace millrace::tools
