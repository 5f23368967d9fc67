// Barcodes against what ISO/IEC 15417 demands of them, and a reader of its own.
#include "tools/millrace/code128.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>
#include <string>

namespace millrace::tools {
namespace {

using Values = std::vector<std::uint8_t>;

TEST(Code128, PatternsAreThoseOfTheStandard) {
  std::set<std::string_view> seen;
  for (std::size_t value = 0; value < 106; ++value) {
    const std::string_view pattern = code128_pattern(value);
    ASSERT_EQ(pattern.size(), 6U);
    int modules = 0;
    int bars = 0;
    for (std::size_t at = 0; at < 6; ++at) {
      modules += pattern[at] - '0';
      bars += at % 2 == 0 ? pattern[at] - '0' : 0;
    }
    EXPECT_EQ(modules, 11) << value;
    EXPECT_EQ(bars % 2, 0) << value;
    EXPECT_TRUE(seen.insert(pattern).second) << value;
  }
  EXPECT_EQ(code128_pattern(0), "212222");
  EXPECT_EQ(code128_pattern(33), "111323");
  EXPECT_EQ(code128_pattern(64), "111422");
  EXPECT_EQ(code128_pattern(102), "411131");
  EXPECT_EQ(code128_pattern(104), "211214");
  EXPECT_EQ(code128_pattern(105), "211232");
  EXPECT_EQ(code128_pattern(106), "2331112");
}

TEST(Code128, CheckSymbolsAreKnownOnes) {
  // In code set A, which begins with 103, this text has 54; set B begins with one more.
  EXPECT_EQ(code128_values("PJJ123C"), (Values{104, 48, 42, 42, 17, 18, 19, 35, 55}));
  EXPECT_EQ(code128_values("1234"), (Values{105, 12, 34, 82}));
  // Pairs in code set C, an odd digit in front of them in B.
  EXPECT_EQ(code128_values("12345"), (Values{104, 17, 99, 23, 45, 53}));
  EXPECT_EQ(code128_values("A01-07"), (Values{104, 33, 16, 17, 13, 16, 23, 78}));
}

/// The text of the bars, by the widths alone.
std::string read(const Values& widths) {
  std::map<std::string, std::size_t> value_of;
  for (std::size_t value = 0; value < 106; ++value) {
    value_of.emplace(code128_pattern(value), value);
  }
  std::vector<std::size_t> values;
  for (std::size_t at = 0; at + 7 < widths.size(); at += 6) {
    std::string pattern;
    for (std::size_t i = 0; i < 6; ++i) {
      pattern += static_cast<char>('0' + widths[at + i]);
    }
    values.push_back(value_of.at(pattern));
  }
  std::size_t sum = values.front();
  for (std::size_t at = 1; at + 1 < values.size(); ++at) {
    sum += at * values[at];
  }
  EXPECT_EQ(sum % 103, values.back());
  std::string text;
  bool in_c = values.front() == 105;
  for (std::size_t at = 1; at + 1 < values.size(); ++at) {
    if ((in_c && values[at] == 100) || (!in_c && values[at] == 99)) {
      in_c = !in_c;
    } else if (in_c) {
      text += static_cast<char>('0' + values[at] / 10);
      text += static_cast<char>('0' + values[at] % 10);
    } else {
      text += static_cast<char>(' ' + values[at]);
    }
  }
  return text;
}

TEST(Code128, WhatIsWrittenIsRead) {
  for (const std::string text :
       {"", "A", "A08", "2000079191775", "000000000000002a00000000000001f4", "a1234b56", "12",
        "123", "TCY-A-A01-07", "~ !", "99999999999999999999"}) {
    const Values widths = code128_widths(code128_values(text));
    EXPECT_EQ(read(widths), text);
    EXPECT_EQ(std::accumulate(widths.begin(), widths.end(), 0U) % 11, 2U);
  }
  EXPECT_EQ(read(code128_widths(code128_values("\x01"))), "?");
}

}  // namespace
}  // namespace millrace::tools
