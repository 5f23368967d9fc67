// The twin as a subject of scenarios. The network must outlive it.
#pragma once

#include <memory>

#include "tests/support/subject.h"

namespace millrace::reference {

[[nodiscard]] std::unique_ptr<test::Subject> make_twin_subject(const Network& network,
                                                               const Limits& limits);

}  // namespace millrace::reference
