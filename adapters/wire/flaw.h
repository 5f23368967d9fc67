// What can be wrong with a frame: the error codes of the wire, and the finer flaws behind them,
// each with the one sentence that a client gets to read.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

/// Error codes as they stand on the wire; schemas/millrace.fbs declares the same numbers.
enum class ErrorCode : std::uint8_t {
  none = 0,
  malformed = 1,
  too_large = 2,
  misaligned = 3,
  bad_version = 4,
  unknown_command = 5,
  no_hello = 6,
  repeated_hello = 7,
  bad_token = 8,
  line_count_mismatch = 9,
  forbidden = 10,
  empty = 11,
  too_many_connections = 12,
  shutting_down = 13,
  slow_reader = 14,
  idle = 15,
  event_not_kept = 16,
};
inline constexpr std::uint8_t error_codes = 17;

std::string_view error_name(ErrorCode code);

/// Why a frame was refused. Several flaws share one error code; the text tells them apart.
enum class Flaw : std::uint8_t {
  none = 0,
  too_short,
  length_mismatch,
  wrong_identifier,
  broken_offsets,
  frame_too_long,
  hello_too_long,
  too_many_commands,
  too_many_lines,
  answer_too_large,
  misaligned_heads,
  misaligned_details,
  wrong_protocol,
  unknown_body,
  no_body,
  hello_expected,
  hello_repeated,
  wrong_token,
  lines_do_not_add_up,
  slots_do_not_add_up,
  texts_do_not_add_up,
  server_only,
  reply_as_request,
  query_in_journal,
  no_commands,
  connections_exhausted,
  server_stops,
  reads_too_slowly,
  handshake_too_late,
  event_not_kept,
  no_event_log,
  subscribed_too_early,
  subscribed_already,
  credit_unasked,
  filter_too_long,
};
inline constexpr std::uint8_t flaws = 35;

ErrorCode flaw_code(Flaw flaw);
std::string_view flaw_text(Flaw flaw);

/// Whether the connection ends after this flaw: the stream of frames is lost, or the peer is not
/// one to talk to. After the others the next frame is read as if nothing had happened.
bool flaw_closes(Flaw flaw);

}  // namespace millrace
