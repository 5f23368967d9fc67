// Whole files as text. Files whose name ends with .xz are unpacked on the way.
#pragma once

#include <filesystem>
#include <string>

namespace millrace::load {

/// Throws std::runtime_error with the path and the reason where the file cannot be read.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path);

/// Writes beside the path and renames, so that a reader sees the old file or the whole new one.
/// Throws as above.
void write_text_file(const std::filesystem::path& path, const std::string& text);

}  // namespace millrace::load
