// Errors of the journal as values: a code to decide by, and a text for the operator that names the
// file, the operation and what the system said.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "engine/core/check.h"

namespace millrace {

enum class DiskError : std::uint8_t {
  io,             ///< the disk failed
  no_space,       ///< the disk is full
  not_found,      ///< no such file
  exists,         ///< a file of that name is there already
  busy,           ///< another process holds the directory
  damaged,        ///< bytes on disk are not what was written
  wrong_network,  ///< the file belongs to another network
  wrong_version,  ///< the file was written by a format this build does not read
  wrong_limits,   ///< the journal cannot go on with the limits that are wanted
  stopped,        ///< an earlier write failed, or the work was told to stop
};

struct Error {
  DiskError code;
  std::string text;
};

/// A value or an error.
template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that `return value;` and `return Error{...};` both read well.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }

  [[nodiscard]] T& value() & {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }

  [[nodiscard]] const T& value() const& {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }

  /// By value, so that a loop over f().value() does not walk a vector that is gone.
  [[nodiscard]] T value() && {
    CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }

  [[nodiscard]] const Error& error() const {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// Done, or an error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;

  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }

  [[nodiscard]] const Error& error() const {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace millrace
