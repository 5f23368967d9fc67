// The file that says on which port a server listens.
#pragma once

#include <cstdint>
#include <filesystem>

namespace millrace::tools {

/// Writes the port in one step, so that nobody reads half of it.
[[nodiscard]] bool write_port_file(const std::filesystem::path& path, std::uint16_t port);

}  // namespace millrace::tools
