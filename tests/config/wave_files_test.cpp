// Bins and wave templates of a network directory: as they were written, and every fault with file,
// line and field.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/config/network_files.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

/// The sample network with these two files.
class Directory {
 public:
  Directory(const std::string& bins, const std::string& waves) {
    std::filesystem::copy(std::filesystem::path(MILLRACE_SOURCE_DIR) / "docs" / "sample-network",
                          directory_.path(), std::filesystem::copy_options::recursive);
    if (!bins.empty()) {
      directory_.write("bins.csv", "node,zone,aisle,bin,bay,sku,units\n" + bins);
    }
    if (!waves.empty()) {
      directory_.write("waves.toml", waves);
    }
    result_ = load_network(directory_.path());
  }

  [[nodiscard]] const NetworkFiles& files() const { return result_.files; }

  [[nodiscard]] std::vector<std::string> problems() const {
    std::vector<std::string> found;
    for (const Problem& problem : result_.problems) {
      found.push_back(to_string(problem).substr(directory_.path().string().size() + 1));
    }
    return found;
  }

 private:
  TempDirectory directory_;
  LoadResult result_;
};

using Lines = std::vector<std::string>;

TEST(WaveFiles, TemplatesArriveAsWritten) {
  const Directory directory("TCY,A,A01,A01-07,7,2000158383541,12\nTCY,B,B02,X,1,2000158383541,3\n",
                            R"(fallback_age = "2h"
fallback_lead = "10m"
[[template]]
name = "express singles"
nodes = ["MRV", "TCY"]
services = ["express"]
types = ["single_unit", "single_line"]
zones = ["A", "B"]
[template.trigger]
orders_min = 10
units_max = 500
weight_max = "2 kg"
age = "20m"
cutoff_lead = "1h"
interval = "5m"
idle_pickers = 2
[template.wave]
units_min = 50
units_max = 400
orders_max = 200
lines_max = 300
weight_max = "90 kg"
open_max = 3
may_join = true
[template.pick]
mode = "zone"
hand_over = "pass"
totes = 6
tote_units = 20
pickers = 4
)");
  ASSERT_EQ(directory.problems(), Lines{});
  const NetworkFiles& files = directory.files();
  EXPECT_EQ(files.network.wave.planned_age_us_max, 120 * us_per_minute);
  EXPECT_EQ(files.network.wave.planned_lead_us, 10 * us_per_minute);
  EXPECT_TRUE(files.network.nodes[0].plans_waves);
  EXPECT_FALSE(files.network.nodes[2].plans_waves);
  EXPECT_TRUE(wave_templates_of(files, NodeIndex{2}).empty());
  const std::vector<WaveTemplate> templates = wave_templates_of(files, NodeIndex{0});
  ASSERT_EQ(templates.size(), 1U);
  const WaveTemplate& rules = templates.front();
  EXPECT_EQ(rules.name, "express singles");
  EXPECT_EQ(rules.services, 4U);
  EXPECT_EQ(rules.types, 3U);
  EXPECT_EQ(rules.zones, (std::vector<bool>{true, true, false, false, false}));
  EXPECT_EQ(rules.trigger.least.orders, 10U);
  EXPECT_EQ(rules.trigger.most.orders, no_bound);
  EXPECT_EQ(rules.trigger.most.units, 500U);
  EXPECT_EQ(rules.trigger.most.grams, 2'000U);
  EXPECT_EQ(rules.trigger.age_us, 20 * us_per_minute);
  EXPECT_EQ(rules.trigger.lead_us, 60 * us_per_minute);
  EXPECT_EQ(rules.trigger.interval_us, 5 * us_per_minute);
  EXPECT_EQ(rules.trigger.idle_pickers, 2U);
  EXPECT_EQ(rules.units_min, 50U);
  EXPECT_EQ(rules.units_max, 400U);
  EXPECT_EQ(rules.orders_max, 200U);
  EXPECT_EQ(rules.lines_max, 300U);
  EXPECT_EQ(rules.grams_max, 90'000U);
  EXPECT_EQ(rules.open_max, 3U);
  EXPECT_TRUE(rules.may_join);
  EXPECT_EQ(rules.mode, PickMode::zone);
  EXPECT_EQ(rules.hand_over, HandOver::pass);
  EXPECT_EQ(rules.totes, 6U);
  EXPECT_EQ(rules.tote_units, 20U);
  EXPECT_EQ(rules.pickers, 4U);
}

TEST(WaveFiles, BinsStandForTheCatalogueWhereThereAreAny) {
  const Directory directory("TCY,A,A01,A01-07,7,2000158383541,12\nTCY,B,B02,X,1,2000158383541,3\n",
                            "");
  ASSERT_EQ(directory.problems(), Lines{});
  const FloorPlan plan = floor_plan_of(directory.files(), NodeIndex{0});
  std::vector<std::string> bins;
  std::size_t others = 0;
  for (const FloorBin& bin : plan.bins) {
    if (bin.sku == Sku{2000158383541}) {
      bins.push_back(bin.code + " " + plan.aisles[bin.aisle].code + " " +
                     std::to_string(bin.units.value));
    } else {
      ++others;
    }
  }
  EXPECT_EQ(bins, (Lines{"A01-07 A01 12", "X B02 3"}));
  EXPECT_GT(others, 1'000U);
}

TEST(WaveFiles, FaultsOfBinsAreNamed) {
  const Directory directory(
      "TCY,A,Z99,b,1,2000158383541,1\nTCY,A,A01,c,999,2000158383541,1\nTCY,A,A01,b,1,5,1\n"
      "TCY,A,A01,b,1,2000158383541,1\nTCY,A,A01,b,1,2000158383541,1\nXXX,A,A01,b,0,2,x\n",
      "");
  EXPECT_EQ(directory.problems(),
            (Lines{"bins.csv:2: aisle: this node has no aisle \"Z99\" in a pick zone \"A\"",
                   "bins.csv:3: bay: the aisle has only 60 bays",
                   "bins.csv:4: sku: there is no SKU 5 in catalogue.csv",
                   "bins.csv:6: sku: the SKU appears twice in this bin",
                   "bins.csv:7: node: there is no node \"XXX\" in nodes.csv",
                   "bins.csv:7: bay: 0 is not within 1 and 100000",
                   "bins.csv:7: units: \"x\" is not a whole number"}));
}

TEST(WaveFiles, FaultsOfTemplatesAreNamed) {
  const Directory directory("", R"([[template]]
name = "a"
nodes = ["XXX"]
services = ["slow"]
types = ["some"]
zones = ["Z"]
colour = 1
[template.trigger]
age = "soon"
orders_max = 0
[template.wave]
units_min = 9
units_max = 8
may_join = 1
[template.pick]
mode = "jump"
)");
  EXPECT_EQ(
      directory.problems(),
      (Lines{
          "waves.toml:3: template[0].nodes: there is no node \"XXX\" in nodes.csv",
          "waves.toml:6: template[0].zones: no node has a pick zone \"Z\"",
          "waves.toml:4: template[0].services: \"slow\" is in no [[service]] of network.toml",
          "waves.toml:5: template[0].types: one of single_unit, single_line, multi_line is "
          "wanted here",
          "waves.toml:10: template[0].trigger.orders_max: a whole number within 1 and 1000000000 "
          "is wanted here",
          "waves.toml:9: template[0].trigger.age: a duration of at most a year such as \"30m\" "
          "is wanted here",
          "waves.toml:11: template[0].wave.units_min: this is more than units_max",
          "waves.toml:14: template[0].wave.may_join: true or false is wanted here",
          "waves.toml:16: template[0].pick.mode: one of single, batch, zone, wave is wanted here",
          "waves.toml:7: template[0].colour: there is no such key"}));
  EXPECT_EQ(Directory("", "template = 3\n").problems(),
            Lines{"waves.toml:1: template: templates are written as [[template]]"});
  EXPECT_EQ(Directory("", "fallback_age = \"1h\"\n").problems(),
            Lines{"waves.toml:1: template: the key is missing"});
}

}  // namespace
}  // namespace millrace
