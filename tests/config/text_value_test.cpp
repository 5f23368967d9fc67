// Values as people write them: what is taken, and what is not.
#include "adapters/config/text_value.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using std::chrono::milliseconds;

TEST(TextValue, WholeNumbersAreDigits) {
  EXPECT_EQ(parse_whole("0"), 0U);
  EXPECT_EQ(parse_whole("18446744073709551615"), ~std::uint64_t{0});
  for (const char* text :
       {"", " 1", "1 ", "-1", "+1", "1.0", "1e3", "0x10", "1_000", "18446744073709551616"}) {
    EXPECT_EQ(parse_whole(text), std::nullopt) << text;
  }
}

TEST(TextValue, SignedNumbersMayHaveEitherSign) {
  EXPECT_EQ(parse_signed("-480"), -480);
  EXPECT_EQ(parse_signed("+330"), 330);
  EXPECT_EQ(parse_signed("0"), 0);
  for (const char* text : {"", "-", "+", "+-1", "--1", "1.5"}) {
    EXPECT_EQ(parse_signed(text), std::nullopt) << text;
  }
}

TEST(TextValue, DecimalsAreFinite) {
  EXPECT_EQ(parse_decimal("-73.5"), -73.5);
  EXPECT_EQ(parse_decimal("40"), 40.0);
  for (const char* text : {"", "nan", "inf", "1,5", "1.5x", "1e999"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
  }
}

TEST(TextValue, SizesArePowersOf1024) {
  EXPECT_EQ(parse_bytes("4096"), 4096U);
  EXPECT_EQ(parse_bytes("64K"), 65'536U);
  EXPECT_EQ(parse_bytes("64 KiB"), 65'536U);
  EXPECT_EQ(parse_bytes("1M"), 1'048'576U);
  EXPECT_EQ(parse_bytes("2GiB"), 2'147'483'648U);
  for (const char* text : {"", "K", "1.5M", "1k", "1KB", "-1K", "17179869184G"}) {
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
  }
  EXPECT_EQ(format_bytes(65'536), "64K");
  EXPECT_EQ(format_bytes(3ULL << 30U), "3G");
  EXPECT_EQ(format_bytes(1000), "1000");
}

TEST(TextValue, DurationsNeedTheirUnit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds{250});
  EXPECT_EQ(parse_duration("5s"), milliseconds{5000});
  EXPECT_EQ(parse_duration("2m"), milliseconds{120'000});
  EXPECT_EQ(parse_duration("1h"), milliseconds{3'600'000});
  for (const char* text : {"", "5", "s", "1.5s", "-1s", "5 sec", "9223372036854775807s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
  EXPECT_EQ(format_duration(milliseconds{90'000}), "90s");
  EXPECT_EQ(format_duration(milliseconds{120'000}), "2m");
  EXPECT_EQ(format_duration(milliseconds{1500}), "1500ms");
}

TEST(TextValue, TimesOfDayHaveFourDigits) {
  EXPECT_EQ(parse_clock("00:00"), 0);
  EXPECT_EQ(parse_clock("14:30"), 870);
  EXPECT_EQ(parse_clock("24:00"), 1440);
  for (const char* text : {"", "9:00", "14:60", "24:01", "25:00", "14.30", "14:30 ", "-1:00"}) {
    EXPECT_EQ(parse_clock(text), std::nullopt) << text;
  }
  EXPECT_EQ(format_clock(0), "00:00");
  EXPECT_EQ(format_clock(605), "10:05");
  EXPECT_EQ(format_clock(1440), "24:00");
}

TEST(TextValue, WeekdaysAreNamesAndRanges) {
  EXPECT_EQ(parse_weekdays("mon-fri"), 0x1f);
  EXPECT_EQ(parse_weekdays("mon-sun"), 0x7f);
  EXPECT_EQ(parse_weekdays("mon wed fri"), 0b0010101);
  EXPECT_EQ(parse_weekdays("sat-mon"), 0b1100001);
  EXPECT_EQ(parse_weekdays("tue-tue"), 0b0000010);
  for (const char* text :
       {"", " ", "monday", "Mon", "mon,tue", "mon-", "-fri", "mon  tue", "mon-fri-sat"}) {
    EXPECT_EQ(parse_weekdays(text), std::nullopt) << text;
  }
}

TEST(TextValue, EveryWeekIsWrittenSoThatItReadsBack) {
  EXPECT_EQ(format_weekdays(0x3f), "mon-sat");
  EXPECT_EQ(format_weekdays(0b0010101), "mon wed fri");
  EXPECT_EQ(format_weekdays(0b0000011), "mon tue");
  for (std::uint8_t days = 1; days <= 0x7f; ++days) {
    EXPECT_EQ(parse_weekdays(format_weekdays(days)), days);
  }
}

TEST(TextValue, WeightsAreRoundedDownToGrams) {
  EXPECT_EQ(parse_weight("500"), 500U);
  EXPECT_EQ(parse_weight("500 g"), 500U);
  EXPECT_EQ(parse_weight("1.5kg"), 1500U);
  EXPECT_EQ(parse_weight("4 oz"), 113U) << "113.398 g";
  EXPECT_EQ(parse_weight("15.999 oz"), 453U);
  EXPECT_EQ(parse_weight("1 lb"), 453U) << "453.592 g";
  EXPECT_EQ(parse_weight("70 lb"), 31'751U);
  EXPECT_EQ(parse_weight("16 oz"), parse_weight("1 lb"));
  EXPECT_EQ(parse_weight("0.5 lb"), 226U);
  for (const char* text :
       {"", "lb", "1 pound", "-1 g", "1.2345 kg", "1.", ".5 kg", "1.2.3 g", "99999999 kg"}) {
    EXPECT_EQ(parse_weight(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace millrace
