// The CSV reader: what RFC 4180 allows is read, everything else is named with its line.
#include "adapters/config/csv.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace millrace {
namespace {

using Fields = std::vector<std::string>;

/// Every record and every fault, as "line: field|field" and "line! fault".
Fields read_all(std::string_view text) {
  CsvReader reader{text};
  Fields out;
  while (true) {
    switch (reader.next()) {
      case CsvReader::Result::end:
        return out;
      case CsvReader::Result::broken:
        out.push_back(std::to_string(reader.line()) + "! " + reader.error());
        break;
      case CsvReader::Result::record: {
        std::string record = std::to_string(reader.line()) + ": ";
        for (std::size_t i = 0; i < reader.fields().size(); ++i) {
          record += i == 0 ? "" : "|";
          record += reader.fields()[i];
        }
        out.push_back(record);
        break;
      }
    }
  }
}

TEST(Csv, ReadsPlainRecords) {
  EXPECT_EQ(read_all("a,b\nc,d\n"), (Fields{"1: a|b", "2: c|d"}));
  EXPECT_EQ(read_all("a,b\nc,d"), (Fields{"1: a|b", "2: c|d"})) << "the last line end may miss";
  EXPECT_EQ(read_all("a,,\n,b,"), (Fields{"1: a||", "2: |b|"}));
  EXPECT_EQ(read_all(" a , b \n"), (Fields{"1:  a | b "})) << "blanks belong to the field";
}

TEST(Csv, AnEmptyTextHasNoRecords) {
  EXPECT_EQ(read_all(""), Fields{});
  EXPECT_EQ(read_all("\n\r\n\n"), Fields{});
  EXPECT_EQ(read_all("\xEF\xBB\xBF"), Fields{});
}

TEST(Csv, PassesOverTheByteOrderMarkAndEmptyLines) {
  EXPECT_EQ(read_all("\xEF\xBB\xBF"
                     "a,b\r\n\r\nc,d\r\n"),
            (Fields{"1: a|b", "3: c|d"}));
}

TEST(Csv, UndoesQuotes) {
  EXPECT_EQ(read_all("\"a,b\",\"c\"\"d\"\n"), (Fields{"1: a,b|c\"d"}));
  EXPECT_EQ(read_all("\"\",\"\"\n"), (Fields{"1: |"}));
  EXPECT_EQ(read_all("\"\"\"\"\n"), (Fields{"1: \""}));
  EXPECT_EQ(read_all("\"a\r\nb\",c\r\nd,e\r\n"), (Fields{"1: a\r\nb|c", "3: d|e"}))
      << "lines within quotes count";
}

TEST(Csv, NamesTheLineOfAFaultAndGoesOn) {
  EXPECT_EQ(
      read_all("a\nb\"c\nd\n"),
      (Fields{"1: a", "2! a quote stands inside a field that does not begin with one", "3: d"}));
  EXPECT_EQ(read_all("\"a\"b\nc\n"), (Fields{"1! characters follow a closing quote", "2: c"}));
  EXPECT_EQ(read_all("a\rb\nc\n"), (Fields{"1! a line ends with a lone carriage return", "2: c"}));
  EXPECT_EQ(read_all("a\n\"b,\nc\n"), (Fields{"1: a", "2! a quoted field is not closed", "3: c"}));
  EXPECT_EQ(read_all("a\n\"b\"\"\nc\n"),
            (Fields{"1: a", "2! a quoted field is not closed", "3: c"}));
  EXPECT_EQ(read_all("a\n\"b\n\"\"c\nd\n"),
            (Fields{"1: a", "2! a quoted field is not closed",
                    "3! characters follow a closing quote", "4: d"}))
      << "it goes on after the line with the open quote, however far it had to look";
  EXPECT_EQ(read_all("\"a"), (Fields{"1! a quoted field is not closed"}));
}

std::string random_field(std::mt19937_64& random) {
  std::string field;
  for (std::size_t left = random() % 6; left > 0; --left) {
    field += "ab,\"\n\r "[random() % 7];
  }
  return field;
}

TEST(Csv, ReadsBackWhateverIsQuoted) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Fields> records;
    std::string text;
    for (std::size_t left = random() % 5; left > 0; --left) {
      Fields& fields = records.emplace_back();
      for (std::size_t count = 1 + random() % 4; count > 0; --count) {
        const std::string field = random_field(random);
        text += fields.empty() ? "\"" : ",\"";
        for (const char c : field) {
          text += c == '"' ? "\"\"" : std::string(1, c);
        }
        text += '"';
        fields.push_back(field);
      }
      text += random() % 2 == 0 ? "\n" : "\r\n";
    }
    CsvReader reader{text};
    for (const Fields& fields : records) {
      ASSERT_EQ(reader.next(), CsvReader::Result::record) << text << reader.error();
      ASSERT_EQ(Fields(reader.fields().begin(), reader.fields().end()), fields) << text;
    }
    ASSERT_EQ(reader.next(), CsvReader::Result::end);
  }
}

TEST(Csv, EndsOnAnyBytes) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (std::size_t left = random() % 40; left > 0; --left) {
      text += "a,\"\n\r\xEF"[random() % 6];
    }
    ASSERT_LE(read_all(text).size(), text.size());
  }
}

Fields faults_of(std::string_view text, const CsvColumns& columns) {
  CsvTable table{text, columns};
  while (table.next()) {
  }
  Fields out;
  for (const CsvTable::Fault& fault : table.faults()) {
    out.push_back(std::to_string(fault.line) + ": " + fault.column + ": " + fault.text);
  }
  return out;
}

TEST(CsvTable, FindsColumnsByNameInAnyOrder) {
  CsvTable table{"b,x,a\n1,2,3\n", {{"a", "b"}, {"c"}, true}};
  ASSERT_TRUE(table.next());
  EXPECT_EQ(table.field(0), "3");
  EXPECT_EQ(table.field(1), "1");
  EXPECT_EQ(table.field(2), "");
  EXPECT_FALSE(table.has(2));
  ASSERT_EQ(table.others(), Fields{"x"});
  EXPECT_EQ(table.other(0), "2");
  EXPECT_EQ(table.line(), 2U);
  EXPECT_FALSE(table.next());
  EXPECT_TRUE(table.faults().empty());
}

TEST(CsvTable, NamesWhatIsWrongWithTheHeader) {
  EXPECT_EQ(faults_of("", {{"a"}, {}}),
            (Fields{"1: : the file is empty: a header line is missing"}));
  EXPECT_EQ(faults_of("b\n1\n", {{"a"}, {}}),
            (Fields{"1: b: there is no such column", "1: a: the column is missing"}));
  EXPECT_EQ(faults_of("a,a\n1,2\n", {{"a"}, {}}), (Fields{"1: a: the column appears twice"}));
  EXPECT_EQ(faults_of("\"a\n1\n", {{"a"}, {}}), (Fields{"1: : a quoted field is not closed"}));
}

TEST(CsvTable, PassesOverRecordsOfAnotherWidth) {
  EXPECT_EQ(faults_of("a,b\n1\n1,2\n1,2,3\n", {{"a", "b"}, {}}),
            (Fields{"2: : the line has 1 fields where the header has 2",
                    "4: : the line has 3 fields where the header has 2"}));
}

}  // namespace
}  // namespace millrace
