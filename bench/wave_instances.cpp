// Reads instances and records.
#include "bench/wave_instances.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace millrace::bench {
namespace {

namespace fs = std::filesystem;

class Numbers {
 public:
  Numbers(std::string text, std::string file) : text_(std::move(text)), file_(std::move(file)) {}

  std::uint64_t next() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc() || value > 0xffffffffU) {
      throw std::runtime_error(file_ + ": no number at byte " + std::to_string(at_));
    }
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  InstanceList list(std::uint32_t item_count) {
    InstanceList pairs;
    for (std::uint64_t left = next(); left > 0; --left) {
      InstancePair pair{};
      pair.item = static_cast<std::uint32_t>(next());
      pair.units = static_cast<std::uint32_t>(next());
      if (pair.item >= item_count) {
        throw std::runtime_error(file_ + ": item " + std::to_string(pair.item) + " is not there");
      }
      pairs.push_back(pair);
    }
    return pairs;
  }

 private:
  std::string text_;
  std::string file_;
  std::size_t at_ = 0;
};

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw std::runtime_error(file.string() + ": cannot be read");
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

WaveInstance read_instance(const fs::path& file) {
  Numbers numbers(content_of(file), file.string());
  WaveInstance instance;
  instance.set = file.parent_path().filename().string();
  instance.name = file.stem().string();
  const std::uint64_t orders = numbers.next();
  instance.item_count = static_cast<std::uint32_t>(numbers.next());
  const std::uint64_t aisles = numbers.next();
  for (std::uint64_t i = 0; i < orders; ++i) {
    instance.orders.push_back(numbers.list(instance.item_count));
  }
  for (std::uint64_t i = 0; i < aisles; ++i) {
    instance.aisles.push_back(numbers.list(instance.item_count));
  }
  instance.units_min = numbers.next();
  instance.units_max = numbers.next();
  return instance;
}

}  // namespace

bool WaveInstance::is_one_line() const {
  return std::all_of(orders.begin(), orders.end(),
                     [](const InstanceList& order) { return order.size() == 1; });
}

std::vector<WaveInstance> read_wave_instances(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.path().extension() == ".txt") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<WaveInstance> instances;
  instances.reserve(files.size());
  for (const fs::path& file : files) {
    instances.push_back(read_instance(file));
  }
  return instances;
}

/// The file names its columns: set, instance and best_objective count.
std::map<std::string, double> read_best_known(const fs::path& directory) {
  std::map<std::string, double> best;
  std::ifstream in(directory / "best_known.csv");
  std::vector<std::string> columns;
  for (std::string line; std::getline(in, line);) {
    std::map<std::string, std::string> row;
    std::istringstream fields(line);
    std::size_t column = 0;
    const bool is_head = columns.empty();
    for (std::string field; std::getline(fields, field, ','); ++column) {
      if (is_head) {
        columns.push_back(field);
      } else if (column < columns.size()) {
        row[columns[column]] = field;
      }
    }
    if (!row["best_objective"].empty()) {
      best[row["set"] + "/" + row["instance"]] = std::stod(row["best_objective"]);
    }
  }
  return best;
}

}  // namespace millrace::bench
