// The keys of one table of a TOML file of a network directory. Not for use outside this folder.
#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/config/network_reader.h"
#include "adapters/config/text_value.h"

namespace millrace::network_reader {

/// A table of a TOML file: typed getters that report, and a memory of the keys that were asked for.
class Keys {
 public:
  Keys(Loading& loading, const char* file, const toml::table& table, std::string prefix)
      : loading_(loading), file_(file), table_(table), prefix_(std::move(prefix)) {}

  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  [[nodiscard]] std::uint32_t line() const { return table_.source().begin.line; }

  const toml::node* find(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
  }

  const toml::node* need(std::string_view key) {
    const toml::node* const node = find(key);
    if (node == nullptr) {
      error(line(), key, "the key is missing");
    }
    return node;
  }

  std::optional<std::string> text(std::string_view key) {
    const toml::node* const node = need(key);
    return node == nullptr ? std::nullopt : text_of(*node, key);
  }

  std::optional<std::string> text_of(const toml::node& node, std::string_view key) {
    const std::optional<std::string> value = node.value_exact<std::string>();
    if (!value.has_value() || value->empty()) {
      error(node.source().begin.line, key, "a text is wanted here");
      return std::nullopt;
    }
    return value;
  }

  std::optional<std::uint64_t> whole_of(const toml::node& node, std::string_view key,
                                        std::int64_t min, std::int64_t max) {
    const std::optional<std::int64_t> value = node.value_exact<std::int64_t>();
    if (!value.has_value() || *value < min || *value > max) {
      error(node.source().begin.line, key,
            "a whole number within " + std::to_string(min) + " and " + std::to_string(max) +
                " is wanted here");
      return std::nullopt;
    }
    return static_cast<std::uint64_t>(*value);
  }

  std::optional<std::uint64_t> whole(std::string_view key, std::int64_t min, std::int64_t max) {
    const toml::node* const node = need(key);
    return node == nullptr ? std::nullopt : whole_of(*node, key, min, max);
  }

  std::optional<std::uint64_t> duration_us(std::string_view key) {
    const toml::node* const node = need(key);
    return node == nullptr ? std::nullopt : duration_us_of(*node, key);
  }

  std::optional<std::uint64_t> duration_us_of(const toml::node& node, std::string_view key) {
    const std::optional<std::chrono::milliseconds> value =
        parse_duration(node.value_exact<std::string>().value_or(""));
    constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
    if (!value.has_value() || *value > longest) {
      error(node.source().begin.line, key,
            "a duration of at most a year such as \"30m\" is wanted here");
      return std::nullopt;
    }
    return static_cast<std::uint64_t>(value->count()) * 1000;
  }

  /// Calls `use` for every element of a list.
  void each(std::string_view key, const std::function<void(const toml::node&)>& use) {
    const toml::node* const node = need(key);
    if (node == nullptr) {
      return;
    }
    const toml::array* const list = node->as_array();
    if (list == nullptr || list->empty()) {
      error(node->source().begin.line, key, "a list with at least one entry is wanted here");
      return;
    }
    for (const toml::node& element : *list) {
      use(element);
    }
  }

  void reject_others() {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known_, key.str()) == known_.end()) {
        error(key.source().begin.line, key.str(), "there is no such key");
      }
    }
  }

  void error(std::uint32_t at, std::string_view key, std::string text) {
    loading_.problems.add({.file = display_name(loading_, file_),
                           .line = at,
                           .field = prefix_ + std::string{key},
                           .text = std::move(text)});
  }

 private:
  Loading& loading_;
  const char* file_;
  const toml::table& table_;
  std::string prefix_;
  std::vector<std::string> known_;
};

}  // namespace millrace::network_reader
