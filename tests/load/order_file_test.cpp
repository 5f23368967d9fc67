// Order files: what is written is read again, and what is wrong is named with line and field.
#include "tools/load/order_file.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::load {
namespace {

const OrderNames names{{"web", "shop"}, {"ground", "express"}};

OrderHead a_head() {
  OrderHead head{};
  head.id = {0x0123456789abcdefULL, 42};
  head.group = 0xbeef;
  head.postal = make_postal("60601", 5);
  head.country = make_country('U', 'S');
  head.channel = ChannelIndex{1};
  head.service = ServiceIndex{1};
  head.policy = 3;
  head.line_count = 2;
  return head;
}

const std::vector<OrderLine> two_lines{{Sku{~0ULL}, Units{3}, 199}, {Sku{7}, Units{0}, 0}};

TEST(OrderFile, WhatIsWrittenIsReadAgain) {
  std::string text = order_file_header();
  write_order(text, a_head(), two_lines, names, "2009-12-01 07:45:00");
  OrderHead plain = a_head();
  plain.group = 0;
  plain.policy = 0;
  plain.line_count = 0;
  write_order(text, plain, {}, names, "");
  CancelOrder cancel{};
  cancel.command = {1, 2};
  cancel.order = a_head().id;
  write_cancel(text, cancel, "");

  Problems problems;
  const OrderFile file = parse_orders(text, names, "orders.csv", problems);
  EXPECT_EQ(problems.errors(), 0U) << to_string(problems.kept().front());
  ASSERT_EQ(file.entries.size(), 3U);
  EXPECT_FALSE(file.entries[1].is_cancel);
  EXPECT_TRUE(file.entries[2].is_cancel);
  const OrderHead& head = file.heads[0];
  EXPECT_EQ(head.id, a_head().id);
  EXPECT_EQ(head.group, 0xbeefU);
  EXPECT_EQ(head.postal, a_head().postal);
  EXPECT_EQ(head.country, a_head().country);
  EXPECT_EQ(head.channel, ChannelIndex{1});
  EXPECT_EQ(head.service, ServiceIndex{1});
  EXPECT_EQ(head.policy, 3);
  ASSERT_EQ(file.lines_of(0).size(), 2U);
  EXPECT_EQ(file.lines_of(0)[0].sku, Sku{~0ULL});
  EXPECT_EQ(file.lines_of(0)[0].unit_price, 199U);
  EXPECT_EQ(file.lines_of(0)[1].quantity, Units{0}) << "the engine refuses it, not the reader";
  EXPECT_EQ(file.heads[1].group, 0U);
  EXPECT_EQ(file.heads[1].policy, 0);
  EXPECT_TRUE(file.lines_of(1).empty());
  EXPECT_EQ(file.cancels[0].command, (Id128{1, 2}));
  EXPECT_EQ(file.cancels[0].order, a_head().id);
}

std::vector<std::string> faults_of(const std::string& text) {
  Problems problems;
  static_cast<void>(parse_orders(text, names, "orders.csv", problems));
  std::vector<std::string> faults;
  for (const Problem& problem : problems.kept()) {
    faults.push_back(to_string(problem));
  }
  return faults;
}

struct Wrong {
  const char* row;
  const char* fault;
};

TEST(OrderFile, FaultsNameLineAndField) {
  const std::string id = to_hex({1, 1});
  for (const auto& [row, fault] : {
           Wrong{"buy,ID,,,,US,60601,web,ground,split,1:1", "orders.csv:2: command: 'buy'"},
           Wrong{"order,12,,,,US,60601,web,ground,split,1:1", "orders.csv:2: id: '12'"},
           Wrong{"order,ID,,xyz,,US,60601,web,ground,split,1:1", "orders.csv:2: group: 'xyz'"},
           Wrong{"order,ID,,,,USA,60601,web,ground,split,1:1", "orders.csv:2: country: 'USA'"},
           Wrong{"order,ID,,,,US,123456789,web,ground,split,1:1",
                 "orders.csv:2: postal: '123456789'"},
           Wrong{"order,ID,,,,US,60601,fax,ground,split,1:1", "orders.csv:2: channel: 'fax'"},
           Wrong{"order,ID,,,,US,60601,web,mule,split,1:1", "orders.csv:2: service: 'mule'"},
           Wrong{"order,ID,,,,US,60601,web,ground,mixed,1:1", "orders.csv:2: policy: 'mixed'"},
           Wrong{"order,ID,,,,US,60601,web,ground,split,1:1:x", "orders.csv:2: lines: '1:1:x'"},
           Wrong{"order,ID,,,,US,60601,web,ground,split,1", "orders.csv:2: lines: '1'"},
           Wrong{"order,ID,,,,US,60601,web,ground,split,1:-1", "orders.csv:2: lines: '1:-1'"},
           Wrong{"order,ID,,,,US,60601,web,ground,split,1:1|", nullptr},
           Wrong{"cancel,ID,5,,,,,,,,", "orders.csv:2: order: '5'"},
           Wrong{"order,ID,,,", "orders.csv:2: the line has 5 fields where the header has 11"},
       }) {
    std::string text = row;
    if (const std::size_t at = text.find("ID"); at != std::string::npos) {
      text.replace(at, 2, id);
    }
    const std::vector<std::string> faults = faults_of(order_file_header() + text + "\n");
    if (fault == nullptr) {
      EXPECT_TRUE(faults.empty()) << row;
      continue;
    }
    ASSERT_EQ(faults.size(), 1U) << row;
    EXPECT_EQ(faults[0].substr(0, std::string(fault).size()), fault);
  }
}

TEST(OrderFile, MoreLinesThanAByteCountsAreAFault) {
  std::string row = "order," + to_hex({1, 1}) + ",,,,US,60601,web,ground,split,";
  for (int i = 0; i < 256; ++i) {
    row += "1:1|";
  }
  EXPECT_EQ(faults_of(order_file_header() + row).size(), 1U);
}

TEST(OrderFile, AMissingColumnIsAFault) {
  EXPECT_EQ(faults_of("command,id\n").size(), 9U);
}

}  // namespace
}  // namespace millrace::load
