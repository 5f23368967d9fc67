// Reads RFC 4180 byte by byte. A fault ends its record only: the reader goes on with the next line,
// so that one pass finds every fault of a file.
#include "adapters/config/csv.h"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with(byte_order_mark)) {
    at_ = byte_order_mark.size();
  }
}

CsvReader::Result CsvReader::next() {
  while (skip_line_end()) {
  }
  line_ = line_next_;
  spans_.clear();
  unquoted_.clear();
  fields_.clear();
  if (at_ == text_.size()) {
    return Result::end;
  }
  do {
    if (!read_field()) {
      return Result::broken;
    }
    if (at(',')) {
      ++at_;
      continue;
    }
    if (at_ == text_.size() || skip_line_end()) {
      break;
    }
    fail("a line ends with a lone carriage return");
    return Result::broken;
  } while (true);
  for (const Span& span : spans_) {
    const std::string_view whole = span.is_unquoted ? std::string_view{unquoted_} : text_;
    fields_.push_back(whole.substr(span.begin, span.size));
  }
  return Result::record;
}

bool CsvReader::read_field() {
  return at('"') ? read_quoted() : read_plain();
}

bool CsvReader::read_plain() {
  const std::size_t begin = at_;
  at_ = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
  if (at('"')) {
    return fail("a quote stands inside a field that does not begin with one");
  }
  spans_.push_back({begin, at_ - begin, false});
  return true;
}

bool CsvReader::read_quoted() {
  const std::size_t open = at_;
  const std::uint32_t line_open = line_next_;
  ++at_;
  const std::size_t begin = unquoted_.size();
  while (true) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == std::string_view::npos) {
      // The reader goes on after the line with the open quote: what follows may be in order.
      at_ = open;
      line_next_ = line_open;
      return fail("a quoted field is not closed");
    }
    const std::string_view part = text_.substr(at_, quote - at_);
    unquoted_ += part;
    line_next_ += static_cast<std::uint32_t>(std::ranges::count(part, '\n'));
    at_ = quote + 1;
    if (!at('"')) {
      break;
    }
    unquoted_ += '"';
    ++at_;
  }
  if (at_ < text_.size() && !at(',') && !at('\r') && !at('\n')) {
    return fail("characters follow a closing quote");
  }
  spans_.push_back({begin, unquoted_.size() - begin, true});
  return true;
}

bool CsvReader::skip_line_end() {
  if (at('\n')) {
    at_ += 1;
  } else if (text_.substr(at_, 2) == "\r\n") {
    at_ += 2;
  } else {
    return false;
  }
  ++line_next_;
  return true;
}

bool CsvReader::fail(std::string_view what) {
  error_ = what;
  line_ = line_next_;
  const std::size_t line_end = text_.find('\n', at_);
  at_ = line_end == std::string_view::npos ? text_.size() : line_end + 1;
  ++line_next_;
  return false;
}

CsvTable::CsvTable(std::string_view text, const CsvColumns& columns) : reader_(text) {
  position_.resize(columns.required.size() + columns.optional.size());
  switch (reader_.next()) {
    case CsvReader::Result::record:
      read_header(columns);
      break;
    case CsvReader::Result::broken:
      faults_.push_back({reader_.line(), "", reader_.error()});
      break;
    case CsvReader::Result::end:
      faults_.push_back({1, "", "the file is empty: a header line is missing"});
      break;
  }
}

void CsvTable::read_header(const CsvColumns& columns) {
  width_ = reader_.fields().size();
  std::vector<std::string_view> names = columns.required;
  names.insert(names.end(), columns.optional.begin(), columns.optional.end());
  std::vector<std::string_view> seen;
  for (std::size_t at = 0; at < width_; ++at) {
    const std::string_view name = reader_.fields()[at];
    const std::size_t known =
        static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    if (std::ranges::find(seen, name) != seen.end()) {
      faults_.push_back({reader_.line(), std::string{name}, "the column appears twice"});
    } else if (known < names.size()) {
      position_[known] = at;
    } else if (columns.others) {
      others_.emplace_back(name);
      other_position_.push_back(at);
    } else {
      faults_.push_back({reader_.line(), std::string{name}, "there is no such column"});
    }
    seen.push_back(name);
  }
  for (std::size_t i = 0; i < columns.required.size(); ++i) {
    if (!position_[i].has_value()) {
      faults_.push_back(
          {reader_.line(), std::string{columns.required[i]}, "the column is missing"});
    }
  }
  is_usable_ = faults_.empty();
}

bool CsvTable::next() {
  while (is_usable_) {
    switch (reader_.next()) {
      case CsvReader::Result::end:
        return false;
      case CsvReader::Result::broken:
        faults_.push_back({reader_.line(), "", reader_.error()});
        break;
      case CsvReader::Result::record:
        if (reader_.fields().size() == width_) {
          return true;
        }
        faults_.push_back({reader_.line(), "",
                           "the line has " + std::to_string(reader_.fields().size()) +
                               " fields where the header has " + std::to_string(width_)});
        break;
    }
  }
  return false;
}

std::string_view CsvTable::field(std::size_t column) const {
  const std::optional<std::size_t> position = position_[column];
  return position.has_value() ? reader_.fields()[*position] : std::string_view{};
}

std::string_view CsvTable::other(std::size_t index) const {
  return reader_.fields()[other_position_[index]];
}

}  // namespace millrace
