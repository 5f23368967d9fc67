// Sessions: reads of availability, answered on the spot. They touch neither queue nor ring nor
// journal, and what they are answered may overtake the answers to commands sent before.
#include <algorithm>

#include "adapters/tcp/io_thread.h"
#include "adapters/tcp/session.h"
#include "engine/core/check.h"

namespace millrace {

namespace {

/// Answers that are worth a write of their own, before the rest of what was read is looked at.
constexpr std::size_t write_bytes_min = 64U << 10U;

}  // namespace

void Session::answer_read(const Request& request, Flaw flaw) {
  // Answers of the pipeline are either written or among the pending ones by now.
  CHECK(gathered_.empty());
  const std::uint64_t number = request.message.origin.request;
  const std::optional<AvailabilityReader>& reader = thread_.options().availability;
  if (flaw == Flaw::none && !reader) {
    flaw = Flaw::unknown_body;
  }
  if (flaw != Flaw::none) {
    note_flaw(flaw);
    encode_error(pending_, number, flaw_code(flaw), flaw_text(flaw), flaw_closes(flaw));
  } else {
    reader->answer(request.reads, encode_availabilities(pending_, number, request.reads.size()));
    thread_.counts().availability_reads.add(request.reads.size());
  }
  thread_.counts().answers_out.add(1);
  reads_in_turn_ += std::max<std::size_t>(1, request.reads.size());
  if (pending_.size() - pending_sent_ >= write_bytes_min) {
    write_reads();
  }
}

void Session::write_reads() {
  if (pending_sent_ < pending_.size() && !write_armed_) {
    progress_at_ = Clock::now();
    write_pending();
  }
}

}  // namespace millrace
