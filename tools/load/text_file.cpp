// Plain streams, and liblzma for packed files.
#include "tools/load/text_file.h"

#include <lzma.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace millrace::load {
namespace {

std::string unpack(const std::string& packed, const std::filesystem::path& path) {
  lzma_stream stream = LZMA_STREAM_INIT;
  const std::unique_ptr<lzma_stream, decltype(&lzma_end)> guard(&stream, &lzma_end);
  lzma_ret result = lzma_stream_decoder(&stream, UINT64_MAX, LZMA_CONCATENATED);
  std::array<char, 1U << 16U> chunk{};
  std::string text;
  stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
  stream.avail_in = packed.size();
  while (result == LZMA_OK) {
    stream.next_out = reinterpret_cast<std::uint8_t*>(chunk.data());
    stream.avail_out = chunk.size();
    result = lzma_code(&stream, LZMA_FINISH);
    text.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  if (result != LZMA_STREAM_END) {
    throw std::runtime_error(path.native() + ": is no whole xz file");
  }
  return text;
}

}  // namespace

std::string read_text_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw std::runtime_error(path.native() + ": " + std::strerror(errno));
  }
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return path.extension() == ".xz" ? unpack(text, path) : text;
}

void write_text_file(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path beside = path.native() + ".new";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << text << std::flush;
    if (!out) {
      throw std::runtime_error(beside.native() + ": " + std::strerror(errno));
    }
  }
  std::filesystem::rename(beside, path);
}

}  // namespace millrace::load
