// The table of flaws.
#include "adapters/wire/flaw.h"

#include <array>
#include <cstddef>

#include "engine/core/check.h"

namespace millrace {
namespace {

struct FlawRow {
  Flaw flaw;
  ErrorCode code;
  bool closes;
  std::string_view text;
};

constexpr std::array<FlawRow, flaws> rows{{
    {Flaw::none, ErrorCode::none, false, "no error"},
    {Flaw::too_short, ErrorCode::malformed, true, "the frame is too short to be one"},
    {Flaw::length_mismatch, ErrorCode::malformed, true, "the frame is not as long as it says"},
    {Flaw::wrong_identifier, ErrorCode::malformed, true, "the file identifier is not MLR1"},
    {Flaw::broken_offsets, ErrorCode::malformed, true, "the frame does not follow the schema"},
    {Flaw::frame_too_long, ErrorCode::too_large, true, "the frame is longer than the server takes"},
    {Flaw::hello_too_long, ErrorCode::too_large, true, "the Hello is longer than the server takes"},
    {Flaw::too_many_commands, ErrorCode::too_large, false, "too many commands in one frame"},
    {Flaw::too_many_lines, ErrorCode::too_large, false, "too many lines or slots in one frame"},
    {Flaw::answer_too_large, ErrorCode::too_large, false, "the answer to this frame is too large"},
    {Flaw::misaligned_heads, ErrorCode::misaligned, false, "the commands do not lie at 8 bytes"},
    {Flaw::misaligned_details, ErrorCode::misaligned, false,
     "the lines or slots do not lie at their alignment"},
    {Flaw::wrong_protocol, ErrorCode::bad_version, true, "this server speaks protocol 1"},
    {Flaw::unknown_body, ErrorCode::unknown_command, false, "this server does not know the body"},
    {Flaw::no_body, ErrorCode::unknown_command, false, "the frame has no body"},
    {Flaw::hello_expected, ErrorCode::no_hello, true, "the first frame must be a Hello"},
    {Flaw::hello_repeated, ErrorCode::repeated_hello, false, "the handshake is over"},
    {Flaw::wrong_token, ErrorCode::bad_token, true, "the token is wrong"},
    {Flaw::lines_do_not_add_up, ErrorCode::line_count_mismatch, false,
     "the lines do not add up to the line counts of the orders"},
    {Flaw::slots_do_not_add_up, ErrorCode::line_count_mismatch, false,
     "the slots do not add up to the slot counts of the waves"},
    {Flaw::texts_do_not_add_up, ErrorCode::line_count_mismatch, false,
     "references and names are one a command, or absent"},
    {Flaw::server_only, ErrorCode::forbidden, false, "only the server itself releases waves"},
    {Flaw::reply_as_request, ErrorCode::forbidden, false, "replies are not for clients to send"},
    {Flaw::query_in_journal, ErrorCode::forbidden, false, "a journal holds no queries"},
    {Flaw::no_commands, ErrorCode::empty, false, "the frame holds no command"},
    {Flaw::connections_exhausted, ErrorCode::too_many_connections, true,
     "the server has as many connections as it takes"},
    {Flaw::server_stops, ErrorCode::shutting_down, true, "the server is shutting down"},
    {Flaw::reads_too_slowly, ErrorCode::slow_reader, true, "the answers were not taken in time"},
    {Flaw::handshake_too_late, ErrorCode::idle, true, "no Hello came in time"},
    {Flaw::event_not_kept, ErrorCode::event_not_kept, true, "the event is not kept any more"},
    {Flaw::no_event_log, ErrorCode::unknown_command, false, "this server keeps no events"},
    {Flaw::subscribed_too_early, ErrorCode::forbidden, false,
     "subscribe once every request is answered"},
    {Flaw::subscribed_already, ErrorCode::forbidden, true,
     "a connection that follows events takes EventCredits only"},
    {Flaw::credit_unasked, ErrorCode::forbidden, false, "only a subscriber grants credit"},
    {Flaw::filter_too_long, ErrorCode::too_large, false, "too many values in one filter"},
}};

constexpr bool rows_stand_at_their_index() {
  for (std::size_t at = 0; at < rows.size(); ++at) {
    if (static_cast<std::size_t>(rows[at].flaw) != at) {
      return false;
    }
  }
  return true;
}

static_assert(rows_stand_at_their_index());

constexpr std::array<std::string_view, error_codes> names{"none",
                                                          "malformed",
                                                          "too_large",
                                                          "misaligned",
                                                          "bad_version",
                                                          "unknown_command",
                                                          "no_hello",
                                                          "repeated_hello",
                                                          "bad_token",
                                                          "line_count_mismatch",
                                                          "forbidden",
                                                          "empty",
                                                          "too_many_connections",
                                                          "shutting_down",
                                                          "slow_reader",
                                                          "idle",
                                                          "event_not_kept"};

const FlawRow& row_of(Flaw flaw) {
  const auto at = static_cast<std::size_t>(flaw);
  CHECK(at < rows.size());
  return rows[at];
}

}  // namespace

std::string_view error_name(ErrorCode code) {
  const auto at = static_cast<std::size_t>(code);
  return at < names.size() ? names[at] : "unknown";
}

ErrorCode flaw_code(Flaw flaw) {
  return row_of(flaw).code;
}

std::string_view flaw_text(Flaw flaw) {
  return row_of(flaw).text;
}

bool flaw_closes(Flaw flaw) {
  return row_of(flaw).closes;
}

}  // namespace millrace
