// The test vectors of docs/protocol.md are what this build writes, byte by byte.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "adapters/wire/codec.h"

namespace millrace {
namespace {

/// Sixteen bytes a line after their offset, as the document shows them.
std::string dump(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at % 16 == 0) {
      for (const unsigned shift : {12U, 8U, 4U, 0U}) {
        text += digits[(at >> shift) & 15U];
      }
      text += ' ';
    }
    const auto byte = static_cast<unsigned>(bytes[at]);
    text += at % 8 == 0 ? "  " : " ";
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
    if (at % 16 == 15 || at + 1 == bytes.size()) {
      text += '\n';
    }
  }
  return text;
}

/// The code blocks that follow a line `<!-- vector: NAME -->`.
std::map<std::string, std::string> vectors_of_document() {
  std::ifstream file(std::string(MILLRACE_SOURCE_DIR) + "/docs/protocol.md");
  std::map<std::string, std::string> vectors;
  std::string line;
  const std::string mark = "<!-- vector: ";
  while (std::getline(file, line)) {
    if (line.rfind(mark, 0) != 0) {
      continue;
    }
    const std::string name = line.substr(mark.size(), line.find(" -->") - mark.size());
    std::getline(file, line);
    EXPECT_EQ(line, "```text") << name;
    while (std::getline(file, line) && line != "```") {
      vectors[name] += line + "\n";
    }
  }
  return vectors;
}

struct TwoOrders {
  OrderHead heads[2];
  OrderLine lines[3];
};

TwoOrders two_orders() {
  TwoOrders orders{};
  orders.heads[0].id = {0x0102030405060708, 0x1112131415161718};
  orders.heads[0].group = 0x21;
  orders.heads[0].postal = make_postal("10001", 5);
  orders.heads[0].country = make_country('U', 'S');
  orders.heads[0].channel = ChannelIndex{1};
  orders.heads[0].service = ServiceIndex{2};
  orders.heads[0].policy = 3;
  orders.heads[0].line_count = 2;
  orders.heads[1].id = {0x0102030405060708, 0x1112131415161719};
  orders.heads[1].postal = make_postal("94105", 5);
  orders.heads[1].country = make_country('U', 'S');
  orders.heads[1].line_count = 1;
  orders.lines[0] = {Sku{4006381333931}, Units{2}, 1999};
  orders.lines[1] = {Sku{9780201379624}, Units{1}, 4500};
  orders.lines[2] = {Sku{4006381333931}, Units{1}, 1999};
  return orders;
}

std::map<std::string, std::string> vectors_of_build() {
  std::map<std::string, std::string> vectors;
  FrameBuffer frame;
  const auto keep = [&](const std::string& name) {
    vectors[name] = dump(frame.bytes());
    frame.clear();
  };
  encode_hello(frame, {1, protocol_version, "docs", "secret", 1024});
  keep("hello");

  Welcome welcome;
  welcome.server = "millrace";
  welcome.credit = 1024;
  welcome.frame_bytes_max = 1U << 20U;
  welcome.commands_per_frame_max = 4096;
  welcome.lines_per_frame_max = 32'768;
  welcome.nodes = {"EWR", "ONT"};
  welcome.channels = {"web"};
  welcome.services = {"ground"};
  encode_welcome(frame, 1, welcome);
  keep("welcome");

  const TwoOrders orders = two_orders();
  encode(frame, 2, orders.heads, orders.lines, true);
  keep("place_orders");

  const Outcome outcomes[2] = {{Status::allocated, Refusal::none, 1, 0, NodeIndex{1}, Day{20'400},
                                Units{3}, Units{0}, 1085, 0},
                               refused(Refusal::out_of_stock)};
  const Allocation allocations[2] = {{0, Units{2}, NodeIndex{1}, Day{20'397}, 0, 1, 0},
                                     {0, Units{1}, NodeIndex{1}, Day{20'397}, 1, 1, 0}};
  encode_outcomes(frame, 2, Sequence{7}, outcomes, allocations);
  keep("outcomes");

  const GetAvailability reads[2] = {{Sku{4006381333931}, all_nodes, {}},
                                    {Sku{9780201379624}, NodeIndex{1}, {}}};
  encode(frame, 4, std::span<const GetAvailability>(reads));
  keep("get_availabilities");

  const std::span<Availability> told = encode_availabilities(frame, 4, 2);
  told[0] = {Units{12}, 2, Known::yes, 0};
  told[1] = {Units{0}, 0, Known::unknown_sku, 0};
  keep("availabilities");

  encode_error(frame, 3, ErrorCode::line_count_mismatch, flaw_text(Flaw::lines_do_not_add_up),
               false);
  keep("error");
  return vectors;
}

TEST(Protocol, TheDocumentShowsTheBytesOfThisBuild) {
  const auto written = vectors_of_document();
  for (const auto& [name, bytes] : vectors_of_build()) {
    const auto found = written.find(name);
    ASSERT_NE(found, written.end()) << "docs/protocol.md has no vector " << name << ":\n" << bytes;
    EXPECT_EQ(found->second, bytes) << "docs/protocol.md shows another " << name;
  }
  EXPECT_EQ(written.size(), vectors_of_build().size());
}

TEST(Protocol, TheDocumentNamesEveryFlaw) {
  std::ifstream file(std::string(MILLRACE_SOURCE_DIR) + "/docs/protocol.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string document = text.str();
  for (std::uint8_t at = 1; at < flaws; ++at) {
    const Flaw flaw{at};
    EXPECT_NE(document.find("`" + std::string(error_name(flaw_code(flaw))) + "`"),
              std::string::npos)
        << error_name(flaw_code(flaw));
    if (flaw != Flaw::query_in_journal) {
      EXPECT_NE(document.find(std::string(flaw_text(flaw))), std::string::npos) << flaw_text(flaw);
    }
  }
}

}  // namespace
}  // namespace millrace
