// The reference workload.
#include "bench/reference_workload.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <span>
#include <string>

#include "engine/core/check.h"
#include "engine/core/hash.h"

namespace millrace::bench {

namespace {

constexpr std::uint32_t zone_count = 16;

std::string region_digits(std::uint32_t region) {
  std::string digits = std::to_string(1000 + region);
  return digits.substr(1);
}

Sku sku_of(std::uint32_t index) {
  return Sku{index + 1ULL};
}

/// Draws ranks by Zipf's law from a table of the cumulative weights.
class Popularity {
 public:
  Popularity(std::uint32_t skus, double exponent) : skus_(skus) {
    if (exponent > 0) {
      cumulative_.reserve(skus);
      double sum = 0;
      for (std::uint32_t rank = 1; rank <= skus; ++rank) {
        sum += std::pow(rank, -exponent);
        cumulative_.push_back(sum);
      }
    }
  }

  template <class Random>
  std::uint32_t draw(Random& random) {
    if (cumulative_.empty()) {
      return static_cast<std::uint32_t>(random() % skus_);
    }
    std::uniform_real_distribution<double> where(0, cumulative_.back());
    const auto at = std::upper_bound(cumulative_.begin(), cumulative_.end(), where(random));
    const auto rank = static_cast<std::uint64_t>(at - cumulative_.begin());
    // The rank is scrambled, so that popular SKUs are not neighbours in memory.
    return static_cast<std::uint32_t>(mix64(rank + 0x5eedULL) % skus_);
  }

 private:
  std::uint32_t skus_;
  std::vector<double> cumulative_;
};

/// Applies commands of one kind in batches.
template <class Command>
void apply_all(Engine& engine, std::span<const Command> commands, CommandKind kind) {
  Batch batch{BatchLimits{}};
  for (std::size_t at = 0; at < commands.size(); at += batch.limits.commands_max) {
    const auto part = commands.subspan(
        at, std::min<std::size_t>(batch.limits.commands_max, commands.size() - at));
    Message message{};
    message.kind = kind;
    message.count = static_cast<std::uint32_t>(part.size());
    message.heads = part.data();
    message.time = Time{1'800'000'000 * us_per_second};
    batch.add(message, Sequence{engine.last_sequence().value + 1});
    engine.apply(batch);
    for (std::uint32_t command = 0; command < batch.command_count; ++command) {
      CHECK(batch.outcomes[command].status == Status::accepted);
    }
    batch.clear();
  }
}

}  // namespace

Network reference_network(const WorkloadOptions& options) {
  Network network;
  for (std::uint32_t node = 0; node < options.nodes; ++node) {
    Node settings;
    settings.code = "N" + std::to_string(node);
    settings.cutoff_minute = 1439;
    settings.working_days = 0x7f;
    settings.daily_shipments_max = 4'000'000'000U;
    network.nodes.push_back(settings);
  }
  network.channels = {"web"};
  network.band_grams = {500, 1000, 2000, 5000, 10'000, 20'000, 31'751};
  Service service;
  service.name = "ground";
  for (std::uint32_t zone = 0; zone < zones_max; ++zone) {
    service.transit_days[zone] = static_cast<std::uint8_t>(1 + zone / 3);
  }
  for (std::uint32_t band = 0; band < network.band_grams.size(); ++band) {
    for (std::uint32_t zone = 0; zone < zones_max; ++zone) {
      service.cents.push_back(700 + 40 * zone + 60 * band + 12 * band * zone);
    }
  }
  network.services.push_back(service);
  std::mt19937_64 random(options.seed);
  std::vector<std::uint32_t> order(options.nodes);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t region = 0; region < options.regions; ++region) {
    const std::string digits = region_digits(region);
    network.regions.push_back(
        Region{make_country('U', 'S'), make_postal(digits.data(), digits.size()), 3});
    std::shuffle(order.begin(), order.end(), random);
    std::vector<std::uint8_t> zones(options.nodes);
    for (std::uint32_t rank = 0; rank < options.nodes; ++rank) {
      zones[order[rank]] = static_cast<std::uint8_t>(rank * zone_count / options.nodes);
    }
    network.zones.insert(network.zones.end(), zones.begin(), zones.end());
  }
  network.compile();
  return network;
}

bool empty_cell(std::uint64_t sku, std::uint32_t node) {
  if (mix64(sku * 0x9e3779b97f4a7c15ULL) % 128 == 0) {
    return true;
  }
  return (mix64(sku * 1024 + node) & 1U) == 0;
}

Orders reference_orders(const WorkloadOptions& options, std::uint64_t first, std::uint64_t count) {
  std::mt19937_64 random(options.seed * 1'000'003 + first);
  Popularity popularity(options.skus, options.zipf);
  std::uniform_real_distribution<double> unit(0, 1);
  Orders orders;
  for (std::uint64_t index = first; index < first + count; ++index) {
    std::uint32_t lines = 1;
    // P(k) falls by 0.61 a line over 1 to 5 lines.
    const double weights = 1 + 0.61 + 0.61 * 0.61 + 0.61 * 0.61 * 0.61 + 0.61 * 0.61 * 0.61 * 0.61;
    double where = unit(random) * weights;
    for (double weight = 1; where > weight && lines < 5; weight *= 0.61) {
      where -= weight;
      ++lines;
    }
    const std::size_t begin = orders.lines.size();
    while (orders.lines.size() < begin + lines) {
      const Sku sku = sku_of(popularity.draw(random));
      const bool drawn =
          std::any_of(orders.lines.begin() + static_cast<std::ptrdiff_t>(begin), orders.lines.end(),
                      [&](const OrderLine& line) { return line.sku == sku; });
      if (!drawn) {
        orders.lines.push_back(
            OrderLine{sku, Units{static_cast<std::uint32_t>(random() % 3 + 1)}, 100});
      }
    }
    OrderHead head{};
    head.id = OrderId{mix64(index * 2 + 1), mix64(index * 2 + 2)};
    const std::string digits =
        region_digits(static_cast<std::uint32_t>(random() % options.regions)) + "01";
    head.postal = make_postal(digits.data(), digits.size());
    head.country = make_country('U', 'S');
    head.policy = options.policy;
    head.line_count = static_cast<std::uint8_t>(lines);
    orders.heads.push_back(head);
  }
  return orders;
}

void stock_up(Engine& engine, const WorkloadOptions& options) {
  std::vector<DefineSku> skus;
  std::vector<ReceiveStock> receipts;
  for (std::uint32_t index = 0; index < options.skus; ++index) {
    const Sku sku = sku_of(index);
    const auto grams = static_cast<std::uint32_t>(100 + mix64(sku.value) % 1500);
    skus.push_back(DefineSku{CommandId{1, sku.value}, sku, grams, 0, 0});
    for (std::uint32_t node = 0; node < options.nodes; ++node) {
      if (!empty_cell(sku.value, node)) {
        receipts.push_back(ReceiveStock{CommandId{2 + node, sku.value}, sku,
                                        Units{options.units_per_cell},
                                        NodeIndex{static_cast<std::uint16_t>(node)}, 0});
      }
    }
  }
  apply_all<DefineSku>(engine, skus, CommandKind::define_sku);
  apply_all<ReceiveStock>(engine, receipts, CommandKind::receive_stock);
}

Limits reference_limits(const WorkloadOptions& options, std::uint32_t orders) {
  Limits limits;
  limits.skus_max = options.skus;
  limits.orders_max = orders;
  limits.slices_max = orders * 4;
  limits.backorders_max = 1U << 20U;
  limits.touch = Touch::at_start;
  return limits;
}

}  // namespace millrace::bench
