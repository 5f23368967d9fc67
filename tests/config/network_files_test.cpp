// Loading a network directory: a good one arrives as it was written, and every fault is named with
// file, line and field.
#include "adapters/config/network_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "engine/core/command.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

using Files = std::map<std::string, std::string>;

/// Two nodes, three regions, two services and two products.
Files small_directory() {
  return {
      {"network.toml", R"(name = "Small"
currency = "USD"
channels = ["web", "store"]
carrier_days = "mon-sat"
capacity_horizon_days = 3

[zones]
miles = [100, 1000]

[wave]
orders_max = 20
age_max = "10m"
cutoff_lead = "45m"

[life]
payment_hold = "90s"
feedback_after = "48h"
return_window_days = 14
restocking_fee_permille = 150

[replenishment]
lead_days = 10
review_days = 3
safety_permille = 2330
window_days = 14

[[service]]
name = "ground"
tariff = "ground.csv"
transit_days = [1, 2, 3]

[[service]]
name = "express"
tariff = "express.csv"
transit_days = [0, 1, 1]
)"},
      {"nodes.csv",
       "code,city,state,postal,lat,lon,utc_offset_minutes,cutoff,working_days,daily_shipments,"
       "handling_cents\n"
       "EAST,Newark,NJ,07101,40.7357,-74.1724,-300,14:30,mon-fri,1000,50\n"
       "WEST,Reno,NV,89501,39.5296,-119.8138,-480,24:00,mon wed,2000,40\n"},
      {"regions.csv",
       "country,prefix,lat,lon,population\n"
       "US,100,40.75,-73.99,1500000\n"
       "US,606,41.88,-87.63,2700000\n"
       "CA,*,45.42,-75.69,35000000\n"},
      {"ground.csv", "up_to,zone1,zone2,zone3\n1 lb,700,800,900\n10 kg,1500,1600,1700\n"},
      {"express.csv", "up_to,zone1,zone2,zone3\n2 kg,2000,2100,2200\n10 kg,3000,3100,3200\n"},
      {"pick_zones.csv", "node,zone,name\nEAST,A,Shelves\nWEST,A,Shelves\nWEST,C,Cage\n"},
      {"aisles.csv", "node,zone,aisle,bays\nEAST,A,A01,20\nWEST,A,A01,20\nWEST,C,C01,5\n"},
      {"catalogue.csv",
       "sku,name,weight_grams,flags,pick_zone,aisle\n"
       "4006381333931,Pen,12,,A,A01\n"
       "77,\"Lamp, red\",2500,fragile hazardous,C,C01\n"},
      {"stock.csv",
       "sku,node,units\n4006381333931,EAST,10\n4006381333931,WEST,20\n77,WEST,4000000000\n"},
  };
}

LoadResult load(const Files& files) {
  const TempDirectory directory;
  for (const auto& [name, text] : files) {
    directory.write(name, text);
  }
  LoadResult result = load_network(directory.path());
  // Problems name the file with its directory, which differs from run to run.
  for (Problem& problem : result.problems) {
    const std::string prefix = directory.path().string() + '/';
    EXPECT_TRUE(problem.file.starts_with(prefix)) << problem.file;
    problem.file.erase(0, prefix.size());
  }
  return result;
}

std::vector<std::string> problems_of(const Files& files) {
  std::vector<std::string> out;
  for (const Problem& problem : load(files).problems) {
    out.push_back(to_string(problem));
  }
  return out;
}

/// The small directory with one text of one file replaced.
Files with(const std::string& file, const std::string& from, const std::string& to) {
  Files files = small_directory();
  const std::size_t at = files[file].find(from);
  EXPECT_NE(at, std::string::npos) << file << " has no " << from;
  files[file].replace(at, from.size(), to);
  return files;
}

using Lines = std::vector<std::string>;

TEST(NetworkFiles, AGoodDirectoryArrivesAsWritten) {
  const LoadResult result = load(small_directory());
  ASSERT_EQ(problems_of(small_directory()), Lines{});
  const Network& network = result.files.network;
  EXPECT_EQ(result.files.name, "Small");
  EXPECT_EQ(result.files.currency, "USD");
  EXPECT_EQ(network.channels, (Lines{"web", "store"}));
  EXPECT_EQ(network.carrier_days, 0x3f);
  EXPECT_EQ(network.capacity_horizon_days, 3);
  EXPECT_EQ(network.wave.orders_max, 20U);
  EXPECT_EQ(network.wave.age_us_max, 600 * us_per_second);
  EXPECT_EQ(network.wave.cutoff_lead_us, 2700 * us_per_second);
  EXPECT_EQ(network.life.payment_hold_us, 90 * us_per_second);
  EXPECT_EQ(network.life.feedback_after_us, 2 * us_per_day);
  EXPECT_EQ(network.life.return_window_days, 14);
  EXPECT_EQ(network.life.restocking_fee_permille, 150);
  EXPECT_EQ(network.replenishment.lead_days, 10);
  EXPECT_EQ(network.replenishment.review_days, 3);
  EXPECT_EQ(network.replenishment.safety_permille, 2330);
  EXPECT_EQ(network.replenishment.window_days, 14);
  ASSERT_EQ(network.nodes.size(), 2U);
  EXPECT_EQ(network.nodes[0].code, "EAST");
  EXPECT_EQ(network.nodes[0].utc_offset_minutes, -300);
  EXPECT_EQ(network.nodes[0].cutoff_minute, 870);
  EXPECT_EQ(network.nodes[0].working_days, 0x1f);
  EXPECT_EQ(network.nodes[0].daily_shipments_max, 1000U);
  EXPECT_EQ(network.nodes[0].handling_cents, 50U);
  EXPECT_EQ(network.nodes[1].cutoff_minute, 1440);
  EXPECT_EQ(network.nodes[1].working_days, 0b101);
  EXPECT_EQ(result.files.node_places[1].city, "Reno");
  EXPECT_EQ(result.files.region_places[2].population, 35'000'000U);
  EXPECT_EQ(network.region_of(make_country('C', 'A'), make_postal("K1A", 3)), RegionIndex{2});
  EXPECT_EQ(result.files.zone_count, 3);
}

TEST(NetworkFiles, ANodeMayBeAVendor) {
  Files files = with("network.toml", "payment_hold = \"90s\"\n",
                     "payment_hold = \"90s\"\nvendor_answer = \"6h\"\n");
  std::string& nodes = files["nodes.csv"];
  const auto add_column = [&](const std::string& header, const std::string& first,
                              const std::string& second) {
    nodes = small_directory()["nodes.csv"];
    std::size_t line = 0;
    for (const std::string* text : {&header, &first, &second}) {
      line = nodes.find('\n', line);
      nodes.insert(line, "," + *text);
      line += text->size() + 2;
    }
  };
  add_column("vendor", "no", "yes");
  const LoadResult result = load(files);
  ASSERT_EQ(problems_of(files), Lines{});
  EXPECT_FALSE(result.files.network.nodes[0].vendor);
  EXPECT_TRUE(result.files.network.nodes[1].vendor);
  EXPECT_EQ(result.files.network.life.vendor_answer_us, 21'600 * us_per_second);
  add_column("vendor", "", "1");
  EXPECT_EQ(problems_of(files), Lines{"nodes.csv:3: vendor: \"1\" is neither yes nor no"});
}

TEST(NetworkFiles, RulesOfLivesThatAreLeftOutAreTheUsualOnes) {
  const LifeRules usual;
  const auto some = load(with("network.toml", "payment_hold = \"90s\"\n", "")).files.network.life;
  EXPECT_EQ(some.payment_hold_us, usual.payment_hold_us);
  EXPECT_EQ(some.cart_hold_us, usual.cart_hold_us);
  EXPECT_EQ(some.return_window_days, 14);
  const LoadResult cart =
      load(with("network.toml", "feedback_after = \"48h\"\n", "cart_hold = \"45s\"\n"));
  ASSERT_TRUE(cart.is_ok());
  EXPECT_EQ(cart.files.network.life.cart_hold_us, 45 * us_per_second);
  const std::string table = small_directory()["network.toml"];
  const std::size_t begin = table.find("[life]");
  const std::string all = table.substr(begin, table.find("[[service]]") - begin);
  const LoadResult none = load(with("network.toml", all, ""));
  ASSERT_TRUE(none.is_ok());
  EXPECT_EQ(none.files.network.life.feedback_after_us, usual.feedback_after_us);
  EXPECT_EQ(none.files.network.life.return_window_days, usual.return_window_days);
  EXPECT_EQ(none.files.network.life.restocking_fee_permille, usual.restocking_fee_permille);
  EXPECT_EQ(none.files.network.replenishment.lead_days, ReplenishRules{}.lead_days);
  EXPECT_EQ(none.files.network.replenishment.window_days, ReplenishRules{}.window_days);
  // They are decided by, so a journal belongs to those it was written under.
  EXPECT_NE(none.files.network.fingerprint(), load(small_directory()).files.network.fingerprint());
}

TEST(NetworkFiles, RoutingRulesAndRatesAreRead) {
  Files files = with("network.toml", "tariff = \"express.csv\"",
                     "tariff = \"express.csv\"\nrates = \"rates.csv\"");
  files["network.toml"] +=
      "\n[routing]\ncompare_splits = true\nparcel_penalty_cents = 120\n"
      "look_ahead = true\nnear_weight = 310\nuse_weight = 690\n"
      "weight_gap_weight = 510\nparcel_gap_weight = 160\nparcel_weight = 420\n";
  files["rates.csv"] =
      "zone,parcel_cents,kilogram_millicents\n1,300,50000\n3,500,90000\n2,400,70000\n";
  const LoadResult result = load(files);
  ASSERT_EQ(problems_of(files), Lines{});
  const Network& network = result.files.network;
  EXPECT_TRUE(network.routing.compare_splits);
  EXPECT_EQ(network.routing.parcel_penalty_cents, 120U);
  EXPECT_TRUE(network.routing.look_ahead);
  EXPECT_EQ(network.routing.near_weight, 310);
  EXPECT_EQ(network.routing.use_weight, 690);
  EXPECT_EQ(network.routing.weight_gap_weight, 510);
  EXPECT_EQ(network.routing.parcel_gap_weight, 160);
  EXPECT_EQ(network.routing.parcel_weight, 420);
  EXPECT_EQ(network.demand.size(), network.regions.size());
  EXPECT_EQ(network.demand[2], 35'000'000U);
  EXPECT_TRUE(network.services[0].rates.empty());
  ASSERT_EQ(network.services[1].rates.size(), network.zones.size());
  for (std::size_t at = 0; at < network.zones.size(); ++at) {
    EXPECT_EQ(network.services[1].rates[at].parcel_cents, 300U + 100U * network.zones[at]);
    EXPECT_EQ(network.services[1].rates[at].kilogram_millicents,
              50'000U + 20'000U * network.zones[at]);
  }
  EXPECT_NE(network.fingerprint(), load(small_directory()).files.network.fingerprint());
  files["rates.csv"] = "zone,parcel_cents,kilogram_millicents\n1,300,5\n1,300,5\n4,3,3\n";
  EXPECT_EQ(problems_of(files), (Lines{"rates.csv:3: zone: the zone appears twice",
                                       "rates.csv:4: zone: 4 is not within 1 and 3",
                                       "rates.csv: zone: there must be a line for each zone"}));
  files["network.toml"] += "parcel_penalty = 1\n";
  EXPECT_EQ(problems_of(files).front(),
            "network.toml:47: routing.parcel_penalty: there is no such key");
}

TEST(NetworkFiles, ZonesFollowTheDistanceRule) {
  const Network network = load(small_directory()).files.network;
  // New York from Newark and Reno, Chicago, Ottawa: 10, 2,400; 710, 1,700; 335, 2,300 miles.
  EXPECT_EQ(network.zones, (std::vector<std::uint8_t>{0, 2, 1, 2, 1, 2}));
}

TEST(NetworkFiles, TariffsShareTheirBands) {
  const Network network = load(small_directory()).files.network;
  EXPECT_EQ(network.band_grams, (std::vector<std::uint32_t>{453, 2000, 10'000}));
  const auto zone1 = [&](std::size_t service) {
    std::vector<std::uint32_t> cents;
    for (std::size_t band = 0; band < 3; ++band) {
      cents.push_back(network.services[service].cents[band * zones_max]);
    }
    return cents;
  };
  EXPECT_EQ(zone1(0), (std::vector<std::uint32_t>{700, 1500, 1500}));
  EXPECT_EQ(zone1(1), (std::vector<std::uint32_t>{2000, 2000, 3000}));
  EXPECT_EQ(network.services[0].cents[2], 900U);
  EXPECT_EQ(network.services[1].transit_days[2], 1);
}

TEST(NetworkFiles, CatalogueAndStockArriveInTheOrderOfTheirFiles) {
  const NetworkFiles files = load(small_directory()).files;
  ASSERT_EQ(files.catalogue.size(), 2U);
  EXPECT_EQ(files.catalogue[0].sku, Sku{4'006'381'333'931U});
  EXPECT_EQ(files.catalogue[1].name, "Lamp, red");
  EXPECT_EQ(files.catalogue[1].flags, static_cast<std::uint16_t>(SkuFlag::fragile) |
                                          static_cast<std::uint16_t>(SkuFlag::hazardous));
  ASSERT_EQ(files.stock.size(), 3U);
  EXPECT_EQ(files.stock[2].item, 1U);
  EXPECT_EQ(files.stock[2].node, NodeIndex{1});
  EXPECT_EQ(files.stock[2].units, Units{4'000'000'000U});
  EXPECT_EQ(files.aisles[2].pick_zone, 2U);
}

TEST(NetworkFiles, ZonesMayBeWrittenOut) {
  Files files = with("network.toml", "miles = [100, 1000]", "file = \"zones.csv\"");
  files["zones.csv"] = "country,prefix,WEST,EAST\nUS,606,2,3\nCA,*,3,1\nUS,100,1,2\n";
  // Nobody needs places then.
  files["regions.csv"] = "country,prefix,population\nUS,100,1\nUS,606,2\nCA,*,3\n";
  ASSERT_EQ(problems_of(files), Lines{});
  EXPECT_EQ(load(files).files.network.zones, (std::vector<std::uint8_t>{1, 0, 2, 1, 0, 2}));
}

TEST(NetworkFiles, WrittenZonesMustBeComplete) {
  Files files = with("network.toml", "miles = [100, 1000]", "file = \"zones.csv\"");
  files["zones.csv"] = "country,prefix,WEST,NORTH\nUS,606,2,3\nUS,999,1,1\nCA,*,,17\nUS,606,1,1\n";
  EXPECT_EQ(problems_of(files),
            (Lines{"zones.csv:1: NORTH: there is no such node in nodes.csv",
                   "zones.csv:3: prefix: there is no such region in regions.csv",
                   "zones.csv:4: WEST: the field is empty",
                   "zones.csv:4: NORTH: 17 is not within 1 and 16",
                   "zones.csv:5: prefix: the region appears twice",
                   "zones.csv:1: EAST: the node has no column",
                   "zones.csv: prefix: the region 100 has no line"}));
}

struct Fault {
  const char* file;
  const char* from;
  const char* to;
  Lines problems;
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.file << ": " << fault.to;
}

class NetworkFault : public testing::TestWithParam<Fault> {};

TEST_P(NetworkFault, IsNamedWithFileLineAndField) {
  const Fault& fault = GetParam();
  EXPECT_EQ(problems_of(with(fault.file, fault.from, fault.to)), fault.problems);
}

INSTANTIATE_TEST_SUITE_P(
    Plan, NetworkFault,
    testing::Values(
        Fault{"network.toml",
              "name = \"Small\"",
              "name = ",
              {"network.toml:1: Error while parsing key-value pair: expected value, saw '\\n'"}},
        Fault{"network.toml",
              "name = \"Small\"",
              "title = \"Small\"",
              {"network.toml:1: name: the key is missing",
               "network.toml:1: title: there is no such key"}},
        Fault{"network.toml",
              "currency = \"USD\"",
              "currency = 840",
              {"network.toml:2: currency: a text is wanted here"}},
        Fault{"network.toml",
              "[\"web\", \"store\"]",
              "[\"web\", \"web\"]",
              {"network.toml:3: channels: \"web\" appears twice"}},
        Fault{"network.toml",
              "[\"web\", \"store\"]",
              "[]",
              {"network.toml:3: channels: a list with at least one entry is wanted here"}},
        Fault{"network.toml",
              "mon-sat",
              "mon-saturday",
              {"network.toml:4: carrier_days: \"mon-saturday\" is not a list of weekdays such as "
               "\"mon-fri\""}},
        Fault{"network.toml",
              "capacity_horizon_days = 3",
              "capacity_horizon_days = 30",
              {"network.toml:5: capacity_horizon_days: a whole number within 1 and 9 is wanted "
               "here"}},
        Fault{"network.toml",
              "[100, 1000]",
              "[1000, 100]",
              {"network.toml:8: zones.miles: 100 is not larger than the bound before it"}},
        Fault{"network.toml",
              "orders_max = 20",
              "orders_max = 5000",
              {"network.toml:11: wave.orders_max: a whole number within 1 and 4096 is wanted "
               "here"}},
        Fault{"network.toml",
              "\"10m\"",
              "10",
              {"network.toml:12: wave.age_max: a duration of at most a year such as \"30m\" is "
               "wanted here"}},
        Fault{"network.toml",
              "\"90s\"",
              "\"0s\"",
              {"network.toml:16: life.payment_hold: this cannot be nothing"}},
        Fault{"network.toml",
              "\"48h\"",
              "2",
              {"network.toml:17: life.feedback_after: a duration of at most a year such as "
               "\"30m\" is wanted here"}},
        Fault{"network.toml",
              "return_window_days = 14",
              "return_window_days = \"two weeks\"",
              {"network.toml:18: life.return_window_days: a whole number within 0 and 3650 is "
               "wanted here"}},
        Fault{"network.toml",
              "permille = 150",
              "permille = 1500",
              {"network.toml:19: life.restocking_fee_permille: a whole number within 0 and 1000 "
               "is wanted here"}},
        Fault{"network.toml",
              "return_window_days",
              "return_window",
              {"network.toml:18: life.return_window: there is no such key"}},
        Fault{"network.toml",
              "window_days = 14\n\n",
              "window_days = 29\n\n",
              {"network.toml:25: replenishment.window_days: a whole number within 1 and 28 is "
               "wanted here"}},
        Fault{"network.toml",
              "[replenishment]",
              "[[replenishment]]",
              {"network.toml:21: replenishment: rules of replenishment are written as a table "
               "[replenishment]"}},
        Fault{
            "network.toml",
            "lead_days = 10",
            "lead_days = 1000",
            {"network.toml:22: replenishment.lead_days: a whole number within 0 and 365 is wanted "
             "here"}},
        Fault{"network.toml",
              "[life]",
              "[[life]]",
              {"network.toml:15: life: life rules are written as a table [life]"}},
        Fault{"network.toml",
              "name = \"express\"",
              "name = \"ground\"",
              {"network.toml:32: service[1].name: \"ground\" appears twice"}},
        Fault{"network.toml",
              "[0, 1, 1]",
              "[0, 1]",
              {"network.toml:32: transit_days: the service express has 2 figures for 3 zones"}},
        Fault{
            "network.toml", "\"express.csv\"", "\"air.csv\"", {"air.csv: there is no such file"}}));

INSTANTIATE_TEST_SUITE_P(
    Tables, NetworkFault,
    testing::Values(
        Fault{"nodes.csv",
              "WEST,Reno",
              "EAST,Reno",
              {"nodes.csv:3: code: the code \"EAST\" appears twice",
               "pick_zones.csv:3: node: there is no node \"WEST\" in nodes.csv",
               "pick_zones.csv:4: node: there is no node \"WEST\" in nodes.csv",
               "aisles.csv:3: node: there is no node \"WEST\" in nodes.csv",
               "aisles.csv:4: node: there is no node \"WEST\" in nodes.csv",
               "stock.csv:3: node: there is no node \"WEST\" in nodes.csv",
               "stock.csv:4: node: there is no node \"WEST\" in nodes.csv"}},
        Fault{"nodes.csv",
              "14:30",
              "14:60",
              {"nodes.csv:2: cutoff: \"14:60\" is not a time of day such as 14:30"}},
        Fault{"nodes.csv",
              "mon-fri",
              "weekdays",
              {"nodes.csv:2: working_days: \"weekdays\" is not a list of weekdays such as mon-fri "
               "or \"mon wed\""}},
        Fault{"nodes.csv",
              "1000,50",
              "-1000,50",
              {"nodes.csv:2: daily_shipments: -1000 is negative"}},
        Fault{"nodes.csv",
              "1000,50",
              "0,50",
              {"nodes.csv:2: daily_shipments: warning: this node will never ship anything"}},
        Fault{"nodes.csv",
              "1000,50",
              "1000,0.5",
              {"nodes.csv:2: handling_cents: \"0.5\" is not a whole number"}},
        Fault{"nodes.csv",
              "-300",
              "-1500",
              {"nodes.csv:2: utc_offset_minutes: -1500 is not within -840 and 840"}},
        Fault{"nodes.csv",
              "40.7357",
              "140.7357",
              {"nodes.csv:2: lat: \"140.7357\" is not a number within -90 and 90"}},
        Fault{
            "regions.csv", "US,606", "US,100", {"regions.csv:3: prefix: the prefix appears twice"}},
        Fault{"regions.csv",
              "US,606",
              "usa,606",
              {"regions.csv:3: country: a country is two capital letters such as US"}},
        Fault{"regions.csv",
              "US,606",
              "US,60 6",
              {"regions.csv:3: prefix: a prefix is 1 to 8 capital letters and digits, or * for the "
               "whole country"}},
        Fault{"regions.csv", ",1500000", ",", {"regions.csv:2: population: the field is empty"}},
        Fault{"regions.csv",
              "40.75,-73.99",
              ",",
              {"regions.csv:2: lat: \"\" is not a number within -90 and 90",
               "regions.csv:2: lon: \"\" is not a number within -180 and 180"}},
        Fault{"ground.csv",
              "zone3\n1 lb,700,800,900\n10 kg,1500,1600,1700",
              "zone4\n1 lb,1,2,3",
              {"ground.csv:1: zone3: the column is missing"}},
        Fault{"ground.csv",
              "1 lb",
              "1 pound",
              {"ground.csv:2: up_to: \"1 pound\" is not a weight such as \"500 g\", \"8 oz\" or "
               "\"2 lb\""}},
        Fault{"ground.csv",
              "1 lb",
              "10 kg",
              {"ground.csv:3: up_to: weights must rise from line to line; this is 10000 g after "
               "10000 g"}},
        Fault{"ground.csv",
              "10 kg",
              "9 kg",
              {"express.csv: up_to: the heaviest parcel has 10000 g, but 9000 g in ground.csv"}},
        Fault{"ground.csv",
              "700,",
              "7.00,",
              {"ground.csv:2: zone1: prices are whole cents, without a point"}},
        Fault{"ground.csv", "700,", "-700,", {"ground.csv:2: zone1: -700 is negative"}},
        Fault{"ground.csv",
              "700,800",
              "800,700",
              {"ground.csv:2: zone2: warning: this is less than for the zone before it"}},
        Fault{"ground.csv",
              "1500,1600",
              "600,1600",
              {"ground.csv:3: zone1: warning: this is less than for the lighter parcel before it"}},
        Fault{"pick_zones.csv",
              "WEST,C,Cage",
              "WEST,A,Cage",
              {"pick_zones.csv:4: zone: the pick zone \"A\" appears twice in this node",
               "aisles.csv:4: zone: this node has no pick zone \"C\" in pick_zones.csv",
               "stock.csv:4: node: this node has no aisle \"C01\" in a pick zone \"C\", where the "
               "catalogue keeps this SKU"}},
        Fault{"aisles.csv",
              "EAST,A,A01,20",
              "EAST,A,A01,0",
              {"aisles.csv:2: bays: 0 is not within 1 and 100000"}},
        Fault{"catalogue.csv",
              "77,",
              "4006381333931,",
              {"catalogue.csv:3: sku: the SKU 4006381333931 appears twice",
               "stock.csv:4: sku: there is no SKU 77 in catalogue.csv"}},
        Fault{"catalogue.csv",
              "77,",
              "0,",
              {"catalogue.csv:3: sku: 0 is not within 1 and 18446744073709551615",
               "stock.csv:4: sku: there is no SKU 77 in catalogue.csv"}},
        Fault{"catalogue.csv",
              "fragile hazardous",
              "fragile wet",
              {"catalogue.csv:3: flags: \"wet\" is none of fragile, hazardous, oversize and "
               "service"}},
        Fault{"catalogue.csv",
              "2500",
              "2500000",
              {"catalogue.csv:3: weight_grams: 2500000 is not within 0 and 1000000"}},
        Fault{"catalogue.csv",
              "77,\"Lamp, red\"",
              "77,Lamp, red",
              {"catalogue.csv:3: the line has 7 fields where the header has 6",
               "stock.csv:4: sku: there is no SKU 77 in catalogue.csv"}},
        Fault{"stock.csv",
              "77,WEST",
              "4006381333931,WEST",
              {"stock.csv:4: sku: the SKU appears twice for this node"}},
        Fault{"stock.csv",
              "4000000000",
              "4000000001",
              {"stock.csv:4: units: 4000000001 is not within 0 and 4000000000"}}));

TEST(NetworkFiles, AWrongCheckDigitIsAWarning) {
  Files files = with("catalogue.csv", "4006381333931", "4006381333932");
  files["stock.csv"] = "sku,node,units\n4006381333932,EAST,10\n";
  const LoadResult result = load(files);
  EXPECT_TRUE(result.is_ok());
  ASSERT_EQ(result.warnings, 1U);
  EXPECT_EQ(to_string(result.problems[0]),
            "catalogue.csv:2: sku: warning: 4006381333932 has the length of a barcode but not its "
            "check digit");
}

TEST(NetworkFiles, MissingAndEmptyFilesAreNamedOnce) {
  Files files = small_directory();
  files.erase("nodes.csv");
  EXPECT_EQ(problems_of(files), Lines{"nodes.csv: there is no such file"});
  files = small_directory();
  files["regions.csv"] = "";
  EXPECT_EQ(problems_of(files),
            Lines{"regions.csv:1: the file is empty: a header line is missing"});
  files = small_directory();
  files["catalogue.csv"] = "sku,name,weight_grams,flags,pick_zone,aisle\n";
  EXPECT_EQ(problems_of(files), Lines{"catalogue.csv: the file has a header and nothing else"});
}

TEST(NetworkFiles, ADirectoryThatIsNotThereIsAProblem) {
  const LoadResult result = load_network("/nonexistent/network");
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(to_string(result.problems[0]), "/nonexistent/network: there is no such directory");
}

TEST(NetworkFiles, NobodyLivingAnywhereIsAProblem) {
  Files files = small_directory();
  files["regions.csv"] = "country,prefix,lat,lon,population\nUS,100,40.75,-73.99,0\n";
  EXPECT_EQ(problems_of(files), Lines{"regions.csv: population: nobody lives in any region"});
}

TEST(NetworkFiles, TooManyNodesAndServicesAreNamed) {
  Files files = small_directory();
  for (int i = 0; i < 1023; ++i) {
    files["nodes.csv"].append("N").append(std::to_string(i)).append(",x,x,1,1,1,0,12:00,mon,1,1\n");
  }
  EXPECT_EQ(problems_of(files), Lines{"nodes.csv:1026: code: there are more than 1024 nodes"});
  files = small_directory();
  for (int i = 0; i < 15; ++i) {
    files["network.toml"]
        .append("[[service]]\nname = \"s")
        .append(std::to_string(i))
        .append("\"\ntariff = \"ground.csv\"\ntransit_days = [1, 1, 1]\n");
  }
  EXPECT_EQ(problems_of(files),
            Lines{"network.toml:27: service: there are 17 services, at most 16 are possible"});
  files = small_directory();
  files["network.toml"].replace(files["network.toml"].find("[100, 1000]"), 11,
                                "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]");
  EXPECT_EQ(problems_of(files)[0],
            "network.toml:7: zones.miles: these are 17 zones, at most 16 are possible");
}

TEST(NetworkFiles, TheFirstFiftyProblemsAreKeptAndAllAreCounted) {
  Files files = small_directory();
  for (int i = 0; i < 200; ++i) {
    files["stock.csv"] += std::to_string(1000 + i) + ",EAST,1\n";
  }
  const LoadResult result = load(files);
  EXPECT_EQ(result.errors, 200U);
  EXPECT_EQ(result.problems.size(), 50U);
}

TEST(NetworkFiles, ProblemsOfAllFilesAreFoundAtOnce) {
  Files files = with("network.toml", "currency = \"USD\"\n", "");
  files["nodes.csv"] += "\"NORTH,x\n";
  files["stock.csv"] += "77,EAST,-1\n";
  EXPECT_EQ(problems_of(files), (Lines{"network.toml:1: currency: the key is missing",
                                       "nodes.csv:4: a quoted field is not closed",
                                       "stock.csv:5: units: -1 is negative"}));
}

TEST(NetworkFiles, EveryFigureReachesTheFingerprint) {
  const std::uint64_t before = load(small_directory()).files.network.fingerprint();
  for (const auto& [from, to] : {std::pair{"14:30", "14:31"},
                                 {"mon-fri", "mon-thu"},
                                 {"1000,50", "1001,50"},
                                 {"1000,50", "1000,51"}}) {
    EXPECT_NE(load(with("nodes.csv", from, to)).files.network.fingerprint(), before) << to;
  }
  // Names of cities are no figures of the engine: journals stay valid.
  EXPECT_EQ(load(with("nodes.csv", "Reno", "Sparks")).files.network.fingerprint(), before);
}

TEST(NetworkFiles, DistancesAreThoseOfTheGlobe) {
  EXPECT_NEAR(distance_miles({40.7128, -74.0060}, {34.0522, -118.2437}), 2446, 2);
  EXPECT_NEAR(distance_miles({0, 0}, {0, 180}), 12'437, 2);
  EXPECT_EQ(distance_miles({40, -74}, {40, -74}), 0);
}

}  // namespace
}  // namespace millrace
