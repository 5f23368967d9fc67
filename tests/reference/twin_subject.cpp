// The twin as a subject. It loses nothing in a restart but the proposals that were not yet taken,
// and proposes every pending wave again.
#include "tests/reference/twin_subject.h"

#include <utility>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

class TwinSubject final : public test::Subject {
 public:
  TwinSubject(const Network& network, const Limits& limits) : twin_(network, limits) {}

  test::Answer apply(const test::TestCommand& command) override {
    test::Answer answer = twin_.apply(command);
    for (test::Proposal& proposal : twin_.take_proposals()) {
      proposals_.push_back(std::move(proposal));
    }
    return answer;
  }

  std::vector<test::Proposal> take_proposals() override { return std::exchange(proposals_, {}); }

  void restart() override { proposals_ = twin_.pending_waves(); }

  std::uint64_t digest() const override { return twin_.digest(); }

  std::optional<std::string> audit() const override { return twin_.invariants(); }

 private:
  Twin twin_;
  std::vector<test::Proposal> proposals_;
};

}  // namespace

std::unique_ptr<test::Subject> make_twin_subject(const Network& network, const Limits& limits) {
  return std::make_unique<TwinSubject>(network, limits);
}

}  // namespace millrace::reference
