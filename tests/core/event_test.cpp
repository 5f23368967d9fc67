// The vocabulary of events: what docs/events.md lists is what there is.
#include "engine/core/event.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <string>

namespace millrace {
namespace {

/// Names by number, of the tables whose rows begin `| 1 | `order_allocated` |`.
std::map<int, std::string> kinds_of_document() {
  std::ifstream file(std::string(MILLRACE_SOURCE_DIR) + "/docs/events.md");
  std::map<int, std::string> kinds;
  std::string line;
  const std::regex row("^\\| ([0-9]+) \\| `([a-z_]+)` \\|.*");
  std::smatch found;
  while (std::getline(file, line)) {
    if (std::regex_match(line, found, row)) {
      kinds[std::stoi(found[1])] = found[2];
    }
  }
  return kinds;
}

TEST(EventKinds, AreThoseOfTheDocument) {
  std::map<int, std::string> kinds;
  for (const EventKind kind : event_kinds) {
    kinds[static_cast<int>(kind)] = name_of(kind);
  }
  EXPECT_EQ(kinds.size(), std::size(event_kinds));
  EXPECT_EQ(kinds, kinds_of_document());
}

TEST(EventColumn, NumbersWhatIsToldBehindTheOutcomes) {
  EventColumn column;
  column.begin({.told = 10, .time = Time{5}});
  // The batch's second message; a query of three came first.
  column.begin_message(Sequence{100}, 3, Time{7});
  column.tell(3, blank_event(EventKind::backorder_filled));
  column.tell(3, blank_event(EventKind::backorder_filled));
  column.tell(5, blank_event(EventKind::shipment_planned));
  ASSERT_EQ(column.told().size(), 3U);
  EXPECT_EQ(column.told()[0].number, 111U);
  EXPECT_EQ(column.told()[1].number, 112U);
  EXPECT_EQ(column.told()[1].sequence, Sequence{100});
  // The outcomes of 101 and 102 stand between.
  EXPECT_EQ(column.told()[2].number, 115U);
  EXPECT_EQ(column.told()[2].sequence, Sequence{102});
  EXPECT_EQ(column.told()[2].time, Time{7});
}

}  // namespace
}  // namespace millrace
