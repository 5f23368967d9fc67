// The list of what is wrong.
#include "adapters/config/problem.h"

namespace millrace {

std::string to_string(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line != 0) {
    out += ':' + std::to_string(problem.line);
  }
  if (!problem.field.empty()) {
    out += out.empty() ? problem.field : ": " + problem.field;
  }
  if (problem.severity == Severity::warning) {
    out += ": warning";
  }
  return out + ": " + problem.text;
}

void Problems::add(Problem problem) {
  std::size_t& count = problem.severity == Severity::error ? errors_ : warnings_;
  if (++count <= kept_max_) {
    kept_.push_back(std::move(problem));
  }
}

}  // namespace millrace
