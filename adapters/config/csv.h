// A strict reader for comma separated values as RFC 4180 describes them: fields may be quoted, a
// quote within quotes is doubled, records end with LF or CRLF, a UTF-8 byte order mark may come
// first. Empty lines are passed over. Whatever else deviates is an error with its line, never
// guessed at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Reads records one by one from text that outlives the reader. Fields are views into the text or,
/// where quotes had to be undone, into the reader; they hold until the next call of next().
class CsvReader {
 public:
  enum class Result : std::uint8_t {
    record,  ///< fields() and line() describe it
    broken,  ///< error() and line() say what is wrong; the next call goes on after that line
    end,
  };

  explicit CsvReader(std::string_view text);

  Result next();

  [[nodiscard]] const std::vector<std::string_view>& fields() const { return fields_; }

  /// Line on which the record begins, from 1; of a broken record the line of the fault.
  [[nodiscard]] std::uint32_t line() const { return line_; }

  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  /// Where a field lies: in the text, or in unquoted_ where that had to be built.
  struct Span {
    std::size_t begin;
    std::size_t size;
    bool is_unquoted;
  };

  bool read_field();
  bool read_quoted();
  bool read_plain();
  /// Steps over one line end and says whether there was one.
  bool skip_line_end();
  bool fail(std::string_view what);

  [[nodiscard]] bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t line_next_ = 1;
  std::vector<Span> spans_;
  std::string unquoted_;
  std::vector<std::string_view> fields_;
  std::string error_;
};

/// The columns a table must or may have, by name of the header, in any order.
struct CsvColumns {
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional;
  /// Whether other columns are welcome; they are reached by their position.
  bool others = false;
};

/// A table with a header line. Fields are asked for by position in CsvColumns: first the required
/// columns, then the optional ones.
class CsvTable {
 public:
  struct Fault {
    std::uint32_t line;
    std::string column;  ///< empty where it is about the line as a whole
    std::string text;
  };

  CsvTable(std::string_view text, const CsvColumns& columns);

  /// Moves to the next record that has as many fields as the header; false at the end. What is
  /// wrong with records on the way, or with the header, is added to faults().
  bool next();

  [[nodiscard]] std::uint32_t line() const { return reader_.line(); }

  /// A field by position in CsvColumns; empty where the table does not have the column.
  [[nodiscard]] std::string_view field(std::size_t column) const;

  /// Names of the other columns, in the order of the header.
  [[nodiscard]] const std::vector<std::string>& others() const { return others_; }

  [[nodiscard]] std::string_view other(std::size_t index) const;

  [[nodiscard]] bool has(std::size_t column) const { return position_[column].has_value(); }

  /// Whether the header names every required column; without, there are no records.
  [[nodiscard]] bool is_usable() const { return is_usable_; }

  [[nodiscard]] std::vector<Fault>& faults() { return faults_; }

 private:
  void read_header(const CsvColumns& columns);

  CsvReader reader_;
  std::size_t width_ = 0;
  std::vector<std::optional<std::size_t>> position_;
  std::vector<std::string> others_;
  std::vector<std::size_t> other_position_;
  std::vector<Fault> faults_;
  bool is_usable_ = false;
};

}  // namespace millrace
