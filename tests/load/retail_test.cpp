// A shop's invoices as orders: what is ordered, what is cancelled, what is dropped and why.
#include "tools/load/retail.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "adapters/config/network_files.h"
#include "engine/core/limits.h"
#include "tests/support/temp_directory.h"
#include "tools/load/retail_network.h"

namespace millrace::load {
namespace {

constexpr const char* header =
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n";

Demand demand() {
  Demand result;
  result.skus = {Sku{1}};
  for (int i = 100; i < 1000; ++i) {
    result.destinations.push_back({make_country('U', 'S'), postal_inside(std::to_string(i)), 1});
  }
  result.channel_count = 2;
  result.service_count = 2;
  return result;
}

Retail read(const std::string& rows, std::uint64_t seed = 1) {
  Problems problems;
  Retail retail = read_retail(header + rows, "shop.csv", demand(), seed, problems);
  EXPECT_EQ(problems.errors(), 0U) << to_string(problems.kept().front());
  return retail;
}

TEST(Retail, StockCodesBecomeSkus) {
  EXPECT_EQ(retail_sku("85048"), Sku{85'048'000'000});
  EXPECT_EQ(retail_sku("85123A"), Sku{85'123'010'000});
  EXPECT_EQ(retail_sku("15056BL"), Sku{15'056'021'200});
  EXPECT_EQ(retail_sku("00001ZZZ"), Sku{1'262'626});
  for (const char* code : {"POST", "D", "M", "1234", "8512A3", "12345ABCD", "85123a", "", "TEST001",
                           "gift_0001_80", "DCGS0058", "1234 "}) {
    EXPECT_FALSE(retail_sku(code).has_value()) << code;
  }
}

TEST(Retail, AQuickNetworkDiffersInItsRulesAlone) {
  const TempDirectory directory;
  const std::filesystem::path sample =
      std::filesystem::path(MILLRACE_SOURCE_DIR) / "docs" / "sample-network";
  std::filesystem::copy(sample, directory.path(), std::filesystem::copy_options::recursive);
  quicken_network(directory.path());
  const LoadResult base = load_network(sample);
  LoadResult quick = load_network(directory.path());
  ASSERT_TRUE(quick.is_ok()) << to_string(quick.problems.front());
  EXPECT_EQ(quick.files.network.wave.age_us_max, us_per_second);
  EXPECT_EQ(quick.files.network.life.payment_hold_us, 2 * us_per_second);
  EXPECT_EQ(quick.files.network.life.feedback_after_us, us_per_second);
  EXPECT_EQ(quick.files.network.life.return_window_days, 0);
  quick.files.network.wave = base.files.network.wave;
  quick.files.network.life = base.files.network.life;
  quick.files.network.compile();
  EXPECT_EQ(quick.files.network.fingerprint(), base.files.network.fingerprint());
}

TEST(Retail, AnInvoiceIsAnOrder) {
  const Retail retail = read(
      "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
      "489434,79323p ,\"LIGHTS, \"\"PINK\"\"\",3,2009-12-01 07:45:00,0.125,13085,United Kingdom\n"
      "489434,85048,,1,2009-12-01 07:45:00,6.95,13085,United Kingdom\n");
  ASSERT_EQ(retail.orders.heads.size(), 1U);
  const OrderHead& head = retail.orders.heads[0];
  EXPECT_EQ(head.line_count, 3) << "lines of the same SKU stay as they are";
  EXPECT_NE(head.group, 0U);
  EXPECT_FALSE(head.id.is_zero());
  EXPECT_EQ(retail.orders.lines_of(0)[0].sku, retail_sku("85048"));
  EXPECT_EQ(retail.orders.lines_of(0)[0].quantity, Units{12});
  EXPECT_EQ(retail.orders.lines_of(0)[0].unit_price, 695U);
  EXPECT_EQ(retail.orders.lines_of(0)[1].sku, retail_sku("79323P"));
  EXPECT_EQ(retail.orders.lines_of(0)[1].unit_price, 13U);
  EXPECT_EQ(retail.times[0], "2009-12-01 07:45:00");
  ASSERT_EQ(retail.products.size(), 2U);
  EXPECT_EQ(retail.products[1].name, "LIGHTS, \"PINK\"");
  EXPECT_EQ(retail.products[0].units_asked, 13U);
  EXPECT_EQ(retail.totals.units, 16U);
  EXPECT_EQ(retail.totals.lines, 3U);
}

TEST(Retail, AScatteredInvoiceIsStillOne) {
  const Retail retail = read(
      "1,10001,A,1,t,1,7,UK\n"
      "2,10002,B,1,t,1,7,UK\n"
      "1,10003,C,1,t,1,7,UK\n");
  ASSERT_EQ(retail.orders.heads.size(), 2U);
  EXPECT_EQ(retail.orders.heads[0].line_count, 2);
}

TEST(Retail, ALongInvoiceIsSeveralOrdersOfOneGroup) {
  std::string rows;
  for (int i = 0; i < 130; ++i) {
    rows += "5," + std::to_string(10'000 + i) + ",X,1,t,1,,UK\n";
  }
  const Retail retail = read(rows);
  ASSERT_EQ(retail.orders.heads.size(), 3U);
  std::set<Id128> ids;
  std::size_t lines = 0;
  for (const OrderHead& head : retail.orders.heads) {
    EXPECT_EQ(head.group, retail.orders.heads[0].group);
    EXPECT_EQ(head.postal, retail.orders.heads[0].postal);
    EXPECT_LE(head.line_count, lines_per_order_max);
    ids.insert(head.id);
    lines += head.line_count;
  }
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(lines, 130U);
  EXPECT_EQ(retail.totals.invoices, 1U);
  EXPECT_EQ(retail.totals.guest_orders, 3U);
}

TEST(Retail, ACustomerHasOneAddress) {
  std::string rows;
  for (int i = 0; i < 20; ++i) {
    rows += std::to_string(100 + i) + ",10001,X,1,t,1," + (i < 10 ? "77" : "") + ",UK\n";
  }
  const Retail retail = read(rows);
  std::set<PostalCode> of_customer;
  std::set<PostalCode> of_guests;
  for (std::size_t i = 0; i < 20; ++i) {
    (i < 10 ? of_customer : of_guests).insert(retail.orders.heads[i].postal);
  }
  EXPECT_EQ(of_customer.size(), 1U);
  EXPECT_GT(of_guests.size(), 5U);
  const Retail again = read(rows);
  const Retail other = read(rows, 2);
  EXPECT_EQ(again.orders.heads[15].postal, retail.orders.heads[15].postal);
  EXPECT_NE(other.orders.heads[0].postal, retail.orders.heads[0].postal);
}

TEST(Retail, ACancellationMeetsTheLatestOrderOfThatCustomerAndCode) {
  const Retail retail = read(
      "1,10001,A,1,t,1,7,UK\n"
      "2,10001,A,1,t,1,7,UK\n"
      "3,10001,A,1,t,1,8,UK\n"    // another customer
      "4,10002,B,1,t,1,7,UK\n"    // another product
      "C5,10001,A,-1,t,1,7,UK\n"  // cancels order 2
      "C5,10001,A,-1,t,1,7,UK\n"  // once only
      "6,10001,A,1,t,1,7,UK\n"
      "C7,10001,A,-1,t,1,7,UK\n"    // cancels order 6
      "C8,10003,A,-1,t,1,7,UK\n"    // never bought
      "C9,10001,A,-1,t,1,9,UK\n"    // never bought by this customer
      "C10,10001,A,-1,t,1,,UK\n");  // a guest
  ASSERT_EQ(retail.orders.cancels.size(), 2U);
  EXPECT_EQ(retail.orders.cancels[0].order, retail.orders.heads[1].id);
  EXPECT_EQ(retail.orders.cancels[1].order, retail.orders.heads[4].id);
  EXPECT_NE(retail.orders.cancels[0].command, retail.orders.cancels[1].command);
  EXPECT_TRUE(retail.orders.entries[4].is_cancel) << "a cancellation keeps its place";
  EXPECT_FALSE(retail.orders.entries[5].is_cancel);
  EXPECT_EQ(retail.totals.cancels, 2U);
  EXPECT_EQ(retail.totals.cancels_repeated, 1U);
  EXPECT_EQ(retail.totals.cancels_unmatched, 2U);
  EXPECT_EQ(retail.totals.cancels_of_guests, 1U);
}

TEST(Retail, WhatIsNoProductOrNoSaleIsDroppedAndCounted) {
  const Retail retail = read(
      "1,POST,POSTAGE,1,t,18,7,UK\n"
      "C2,M,Manual,1,t,18,7,UK\n"
      "3,10001,damaged,-20,t,0,,UK\n"
      "3,10002,found,0,t,0,,UK\n"
      "A4,10001,debt,1,t,9,,UK\n"
      "5,10001,free,1,t,0,,UK\n");
  EXPECT_EQ(retail.totals.rows, 6U);
  EXPECT_EQ(retail.totals.dropped_non_products, 2U);
  EXPECT_EQ(retail.totals.dropped_write_offs, 2U);
  EXPECT_EQ(retail.totals.dropped_adjustments, 1U);
  EXPECT_EQ(retail.totals.orders, 1U) << "what costs nothing is shipped all the same";
  EXPECT_EQ(retail.totals.invoices, 1U);
  ASSERT_EQ(retail.products.size(), 1U) << "what nobody orders is not kept";
  EXPECT_EQ(retail.products[0].name, "free");
}

TEST(Retail, FaultsNameLineAndField) {
  Problems problems;
  static_cast<void>(read_retail(std::string(header) + "1,10001,A,many,t,1,7,UK\n" +
                                    "1,10001,A,1,t,dear,7,UK\n" + "123456789,10001,A,1,t,1,7,UK\n" +
                                    "1,10001\n",
                                "shop.csv", demand(), 1, problems));
  ASSERT_EQ(problems.errors(), 4U);
  EXPECT_EQ(to_string(problems.kept()[0]).find("shop.csv:2: Quantity"), 0U);
  EXPECT_EQ(to_string(problems.kept()[1]).find("shop.csv:3: Price"), 0U);
  EXPECT_EQ(to_string(problems.kept()[2]).find("shop.csv:4: Invoice"), 0U);
  EXPECT_EQ(problems.kept()[3].line, 5U);
}

}  // namespace
}  // namespace millrace::load
