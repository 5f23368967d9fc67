// The sample network that ships with the project: it loads without a remark, is what its script
// makes, and compiles to the same figures in every build.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "adapters/config/network_files.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

const fs::path source_dir = MILLRACE_SOURCE_DIR;
const fs::path sample_dir = source_dir / "docs" / "sample-network";

const LoadResult& sample() {
  static const LoadResult result = load_network(sample_dir);
  return result;
}

NodeIndex node_of(const std::string& code) {
  const Network& network = sample().files.network;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (network.nodes[i].code == code) {
      return NodeIndex{static_cast<std::uint16_t>(i)};
    }
  }
  return no_node;
}

RegionIndex region_of(const std::string& postal) {
  return sample().files.network.region_of(make_country('U', 'S'),
                                          make_postal(postal.data(), postal.size()));
}

TEST(SampleNetwork, LoadsWithoutARemark) {
  for (const Problem& problem : sample().problems) {
    ADD_FAILURE() << to_string(problem);
  }
  ASSERT_TRUE(sample().is_ok());
  const NetworkFiles& files = sample().files;
  EXPECT_EQ(files.network.nodes.size(), 10U);
  EXPECT_EQ(files.network.regions.size(), 887U);
  EXPECT_EQ(files.network.services.size(), 3U);
  EXPECT_EQ(files.zone_count, 8);
  EXPECT_EQ(files.catalogue.size(), 12'000U);
  EXPECT_EQ(files.pick_zones.size(), 50U);
  EXPECT_EQ(files.aisles.size(), 480U);
}

TEST(SampleNetwork, EverybodyLivesInARegion) {
  std::uint64_t people = 0;
  for (const RegionPlace& region : sample().files.region_places) {
    people += region.population;
  }
  EXPECT_EQ(people, 308'739'931U);
}

TEST(SampleNetwork, HasTheSameFingerprintInEveryBuild) {
  // Zones come from distances in floating point: this says that no compiler moves one of them.
  EXPECT_EQ(sample().files.network.fingerprint(), 10'906'255'836'446'187'042ULL);
}

TEST(SampleNetwork, ZonesFollowTheMap) {
  const Network& network = sample().files.network;
  const RegionIndex new_york = region_of("10001");
  const RegionIndex los_angeles = region_of("90012");
  const RegionIndex honolulu = region_of("96813");
  EXPECT_EQ(network.zone(new_york, node_of("GBO")), 1) << "Pennsylvania, within 150 miles";
  EXPECT_EQ(network.zone(new_york, node_of("TCY")), 7) << "beyond 1,800 miles";
  EXPECT_EQ(network.zone(los_angeles, node_of("MRV")), 1);
  EXPECT_EQ(network.zone(honolulu, node_of("GBO")), 7);
  EXPECT_EQ(region_of("00601"), no_region) << "Puerto Rico is not in the census set";
}

TEST(SampleNetwork, ParcelsCostWhatTheTariffSays) {
  const Network& network = sample().files.network;
  const NodeIndex node = node_of("GBO");
  const std::uint64_t handling = network.nodes[node.value].handling_cents;
  const auto cost = [&](std::uint64_t grams) {
    return network.shipment_cost(ServiceIndex{0}, region_of("10001"), node, Grams{grams}).value;
  };
  EXPECT_EQ(cost(113), 725 + handling) << "4 oz, zone 2";
  EXPECT_EQ(cost(114), 770 + handling) << "8 oz";
  EXPECT_EQ(cost(31'751), 6285 + handling) << "70 lb";
  EXPECT_EQ(cost(31'752), 6285 + 725 + 2 * handling) << "a second parcel";
}

TEST(SampleNetwork, EverySkuIsInStockSomewhere) {
  std::set<std::uint32_t> stocked;
  for (const StockLevel& level : sample().files.stock) {
    if (level.units > Units{0}) {
      stocked.insert(level.item);
    }
  }
  EXPECT_EQ(stocked.size(), sample().files.catalogue.size());
}

TEST(SampleNetwork, IsWhatItsScriptMakes) {
  const char* const data_variable = std::getenv("MILLRACE_DATA");
  const fs::path data =
      data_variable != nullptr ? fs::path{data_variable} : source_dir / ".." / "shared" / "data";
  if (!fs::exists(data / "us-geo") || std::system("python3 --version >/dev/null") != 0) {
    GTEST_SKIP() << "needs python3 and the figures at " << data;
  }
  const TempDirectory made;
  const std::string script = (source_dir / "tools" / "network" / "make_sample.py").string();
  const std::string command = "PYTHONDONTWRITEBYTECODE=1 python3 '" + script + "' '" +
                              data.string() + "' '" + made.path().string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(made.path())) {
    const std::string name = entry.path().filename().string();
    names.insert(name);
    EXPECT_TRUE(read_text(entry.path()) == read_text(sample_dir / name)) << name << " differs";
  }
  names.insert("SOURCE.md");
  for (const fs::directory_entry& entry : fs::directory_iterator(sample_dir)) {
    EXPECT_TRUE(names.contains(entry.path().filename().string())) << entry.path();
  }
}

}  // namespace
}  // namespace millrace
