// Reads sources and finds what they must not say: a clock, chance, threads, files or floats in the
// deterministic part, and includes against the direction of the layers (DESIGN, sections 1 and 7).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::law {

struct Finding {
  std::string file;  ///< from the repository's root
  std::size_t line;
  std::string what;
};

/// A source, and what is left of it when parts are blanked; lines stay where they are.
struct Source {
  std::string file;
  std::string text;
  std::string without_comments;  ///< string literals as they are
  std::string code;              ///< without comments and without what literals say
  std::string comments;          ///< nothing but the text of comments
};

[[nodiscard]] Source make_source(std::string file, std::string text);

/// The words a deterministic source may not use; nothing for sources of other parts.
[[nodiscard]] std::vector<Finding> check_words(const Source& source);

/// The directions of includes, and which of the system's headers the deterministic part may see.
[[nodiscard]] std::vector<Finding> check_includes(const Source& source);

/// Work left for later, and code in comments.
[[nodiscard]] std::vector<Finding> check_comments(const Source& source);

[[nodiscard]] std::string to_text(const Finding& finding);

/// Whether the file belongs to the part whose outcomes must not depend on anything but the journal.
[[nodiscard]] bool is_deterministic(std::string_view file);

}  // namespace millrace::law
