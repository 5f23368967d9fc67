// Tells the code of a source from its comments and literals.
#include <cctype>
#include <utility>

#include "tests/law/source_check.h"

namespace millrace::law {
namespace {

/// Walks over a source once and copies each character to where it belongs; elsewhere it is a blank.
class Splitter {
 public:
  explicit Splitter(Source& source) : source_(source), text_(source.text) {}

  void run() {
    while (at_ < text_.size()) {
      if (starts_with("//")) {
        line_comment();
      } else if (starts_with("/*")) {
        block_comment();
      } else if (starts_with("R\"") && !is_word(at_ == 0 ? ' ' : text_[at_ - 1])) {
        raw_string();
      } else if (text_[at_] == '"') {
        quoted('"');
      } else if (text_[at_] == '\'' && !is_digit_separator()) {
        quoted('\'');
      } else {
        put(Part::code);
      }
    }
  }

 private:
  enum class Part { code, literal, comment };

  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }

  [[nodiscard]] bool starts_with(std::string_view what) const {
    return std::string_view(text_).substr(at_).starts_with(what);
  }

  /// As in 1'000: between two characters of a number.
  [[nodiscard]] bool is_digit_separator() const {
    return at_ > 0 && at_ + 1 < text_.size() &&
           std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0 &&
           std::isxdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0;
  }

  void put(Part part) {
    const char c = text_[at_++];
    const char blank = c == '\n' ? '\n' : ' ';
    source_.code += part == Part::code ? c : blank;
    source_.without_comments += part == Part::comment ? blank : c;
    source_.comments += part == Part::comment ? c : blank;
  }

  void put(Part part, std::size_t count) {
    for (std::size_t i = 0; i < count && at_ < text_.size(); ++i) {
      put(part);
    }
  }

  void line_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') {
      put(Part::comment);
    }
  }

  void block_comment() {
    put(Part::comment, 2);
    while (at_ < text_.size() && !starts_with("*/")) {
      put(Part::comment);
    }
    put(Part::comment, 2);
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string::npos) {
      put(Part::code);
      return;
    }
    const std::string close = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
    const std::size_t end = text_.find(close, open);
    const std::size_t stop = end == std::string::npos ? text_.size() : end + close.size();
    put(Part::literal, stop - at_);
  }

  void quoted(char quote) {
    put(Part::literal);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      put(Part::literal, text_[at_] == '\\' ? 2 : 1);
    }
    put(Part::literal);
  }

  Source& source_;
  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

Source make_source(std::string file, std::string text) {
  Source source{std::move(file), std::move(text), {}, {}, {}};
  Splitter(source).run();
  return source;
}

std::string to_text(const Finding& finding) {
  return finding.file + ":" + std::to_string(finding.line) + ": " + finding.what;
}

}  // namespace millrace::law
