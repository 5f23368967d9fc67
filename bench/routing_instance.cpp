// Reads instances and drives engines through them.
#include "bench/routing_instance.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>

#include "engine/core/check.h"

namespace millrace::bench {
namespace {

using Table = std::vector<std::vector<double>>;

Table read_table(std::istream& in, std::size_t rows, std::size_t columns) {
  Table table(rows, std::vector<double>(columns));
  for (std::vector<double>& row : table) {
    for (double& cell : row) {
      in >> cell;
    }
  }
  return table;
}

/// Figures of a file before they are scaled.
struct Figures {
  Table fixed;  ///< by node, region
  Table unit;   ///< by node, region
  std::vector<double> population;
  std::vector<double> weight;
  std::vector<double> planned;
};

double most(const Table& table) {
  double found = 0;
  for (const std::vector<double>& row : table) {
    found = std::max(found, *std::max_element(row.begin(), row.end()));
  }
  return found;
}

std::uint32_t rounded(double value) {
  CHECK(value >= 0);
  CHECK(value < static_cast<double>(std::numeric_limits<std::uint32_t>::max()));
  return static_cast<std::uint32_t>(std::llround(value));
}

void read_orders(std::istream& in, std::size_t count, RoutingInstance& instance) {
  std::vector<std::uint64_t> left;
  for (const std::vector<std::uint32_t>& cells : instance.stock) {
    left.push_back(0);
    for (const std::uint32_t units : cells) {
      left.back() += units;
    }
  }
  for (std::size_t at = 0; at < count; ++at) {
    double when = 0;
    RoutingOrder order{};
    std::size_t lines = 0;
    in >> when >> order.region >> lines;
    order.time = Time{routing_begin.us +
                      static_cast<std::uint64_t>(when * static_cast<double>(routing_span_us))};
    for (std::size_t line = 0; line < lines; ++line) {
      std::size_t sku = 0;
      in >> sku;
      if (in && sku < left.size() && left[sku] > 0) {
        --left[sku];
        order.skus.push_back(routing_sku(sku));
      }
    }
    if (!order.skus.empty()) {
      instance.lines += order.skus.size();
      instance.orders.push_back(std::move(order));
    }
  }
}

/// What the heaviest order weighs.
std::uint64_t heaviest_order(const RoutingInstance& instance) {
  std::uint64_t most_grams = 1;
  for (const RoutingOrder& order : instance.orders) {
    std::uint64_t grams = 0;
    for (const Sku sku : order.skus) {
      grams += instance.grams[sku.value - 1];
    }
    most_grams = std::max(most_grams, grams);
  }
  return most_grams;
}

void price(const Figures& figures, double grams_a_weight, RoutingInstance& instance) {
  Network& network = instance.network;
  const std::uint64_t heaviest = heaviest_order(instance);
  network.band_grams = {static_cast<std::uint32_t>(heaviest)};
  // The dearest parcel must stay below 2^31 parts.
  const double dearest =
      most(figures.fixed) + most(figures.unit) * static_cast<double>(heaviest) / grams_a_weight;
  instance.parts_an_amount = 1e6;
  while (dearest * instance.parts_an_amount >= static_cast<double>(parcel_cents_max)) {
    instance.parts_an_amount /= 10;
  }
  Service service;
  service.name = "parcel";
  service.cents.assign(zones_max, 0);
  const double kilogram = 1000 / grams_a_weight * instance.parts_an_amount * 1000;
  for (std::size_t region = 0; region < figures.population.size(); ++region) {
    for (std::size_t node = 0; node < figures.fixed.size(); ++node) {
      service.rates.push_back(Rate{rounded(figures.fixed[node][region] * instance.parts_an_amount),
                                   rounded(figures.unit[node][region] * kilogram)});
    }
  }
  network.services = {service};
}

void place_nodes(const Figures& figures, Network& network) {
  constexpr std::uint16_t never_late = 24 * 60;
  constexpr std::uint8_t every_day = 0x7f;
  for (std::size_t at = 0; at < figures.fixed.size(); ++at) {
    Node node;
    node.code = "N" + std::to_string(at);
    node.cutoff_minute = never_late;
    node.working_days = every_day;
    node.daily_shipments_max = 1U << 30U;
    network.nodes.push_back(node);
  }
  for (std::size_t at = 0; at < figures.population.size(); ++at) {
    const std::string prefix = std::to_string(10'000 + at);
    network.regions.push_back(Region{make_country('U', 'S'),
                                     make_postal(prefix.data(), prefix.size()),
                                     static_cast<std::uint8_t>(prefix.size())});
    network.demand.push_back(rounded(figures.population[at]));
  }
  network.zones.assign(network.nodes.size() * network.regions.size(), 0);
  network.channels = {"web"};
}

}  // namespace

std::optional<RoutingInstance> read_instance(std::istream& in) {
  std::size_t nodes = 0;
  std::size_t regions = 0;
  std::size_t skus = 0;
  std::size_t orders = 0;
  std::size_t history = 0;
  double growth = 0;
  in >> nodes >> regions >> skus >> orders >> history >> growth;
  if (!in || nodes == 0 || nodes > nodes_max || regions == 0 || regions > 60'000 || skus == 0 ||
      skus > 1U << 24U || orders > 1U << 24U) {
    return std::nullopt;
  }
  Figures figures;
  figures.fixed = read_table(in, nodes, regions);
  figures.unit = read_table(in, nodes, regions);
  figures.population = read_table(in, 1, regions).front();
  figures.weight = read_table(in, 1, skus).front();
  figures.planned = read_table(in, 1, skus).front();
  RoutingInstance instance;
  const double heaviest = *std::max_element(figures.weight.begin(), figures.weight.end());
  // Four digits behind the point, as far as the heaviest SKU allows it.
  double grams_a_weight = 10'000;
  while (heaviest * grams_a_weight > weight_grams_max) {
    grams_a_weight /= 10;
  }
  for (std::size_t sku = 0; sku < skus; ++sku) {
    instance.grams.push_back(rounded(figures.weight[sku] * grams_a_weight));
    instance.planned_milli.push_back(rounded(figures.planned[sku] * 1000));
    instance.stock.emplace_back(nodes);
    for (std::uint32_t& units : instance.stock.back()) {
      in >> units;
    }
  }
  read_orders(in, orders, instance);
  if (!in) {
    return std::nullopt;
  }
  place_nodes(figures, instance.network);
  price(figures, grams_a_weight, instance);
  return instance;
}

namespace {

/// One engine on its way through an instance.
class Drive {
 public:
  Drive(const RoutingInstance& instance, const Network& network)
      : instance_(instance), network_(network), engine_(network, limits_of(instance)) {}

  void stock_up() {
    std::vector<DefineSku> skus;
    std::vector<ReceiveStock> receipts;
    std::vector<StockChange> forecasts;
    for (std::size_t sku = 0; sku < instance_.grams.size(); ++sku) {
      const Sku name = routing_sku(sku);
      skus.push_back(DefineSku{CommandId{1, name.value}, name, instance_.grams[sku], 0, 0});
      for (std::uint16_t node = 0; node < network_.node_count(); ++node) {
        const Units units{instance_.stock[sku][node]};
        if (units > Units{0}) {
          receipts.push_back(
              ReceiveStock{CommandId{2U + node, name.value}, name, units, NodeIndex{node}, 0});
        }
      }
      StockChange forecast{};
      forecast.command = CommandId{2'000, name.value};
      forecast.sku = name;
      forecast.moment = Time{routing_begin.us + routing_span_us};
      forecast.units = Units{instance_.planned_milli[sku]};
      forecast.action = static_cast<std::uint8_t>(StockAction::set_forecast);
      forecasts.push_back(forecast);
    }
    apply_all<DefineSku>(skus, CommandKind::define_sku);
    apply_all<ReceiveStock>(receipts, CommandKind::receive_stock);
    if (network_.routing.look_ahead) {
      apply_all<StockChange>(forecasts, CommandKind::stock_change);
    }
  }

  RoutingRun run() {
    RoutingRun run;
    std::uint64_t parts = 0;
    for (std::size_t at = 0; at < instance_.orders.size();) {
      const std::size_t count = std::min<std::size_t>(instance_.orders.size() - at, batch_orders);
      cut(at, count);
      engine_.run_stage(StageId::validate, batch_);
      const auto began = std::chrono::steady_clock::now();
      engine_.run_stage(StageId::allocate, batch_);
      const std::chrono::duration<double, std::nano> took =
          std::chrono::steady_clock::now() - began;
      engine_.run_stage(StageId::wave, batch_);
      run.ns_per_order += took.count() / static_cast<double>(instance_.orders.size());
      for (std::size_t order = 0; order < count; ++order) {
        const Outcome& outcome = batch_.outcomes[order];
        parts += outcome.cost;
        run.splits += static_cast<std::uint64_t>(outcome.status == Status::split);
        if ((outcome.status != Status::allocated && outcome.status != Status::split) ||
            outcome.cost == ~std::uint32_t{0}) {
          run.wrong = "order " + std::to_string(at + order) + " was not shipped";
        }
      }
      at += count;
    }
    if (const auto broken = engine_.audit(); broken.has_value()) {
      run.wrong = *broken;
    }
    run.cost = static_cast<double>(parts) / instance_.parts_an_amount;
    return run;
  }

 private:
  static constexpr std::size_t batch_orders = 256;

  static Limits limits_of(const RoutingInstance& instance) {
    Limits limits;
    limits.skus_max = static_cast<std::uint32_t>(instance.grams.size());
    limits.orders_max = static_cast<std::uint32_t>(instance.orders.size());
    limits.slices_max = static_cast<std::uint32_t>(instance.lines);
    limits.backorders_max = 1024;
    return limits;
  }

  Sequence next() const { return Sequence{engine_.last_sequence().value + 1}; }

  template <class Body>
  void apply_all(std::span<const Body> all, CommandKind kind) {
    constexpr std::size_t at_once = 1024;
    for (std::size_t at = 0; at < all.size(); at += at_once) {
      const auto some = all.subspan(at, std::min(at_once, all.size() - at));
      batch_.clear();
      Message message{};
      message.kind = kind;
      message.count = static_cast<std::uint32_t>(some.size());
      message.heads = some.data();
      message.time = routing_begin;
      batch_.add(message, next());
      engine_.apply(batch_);
      for (std::size_t command = 0; command < some.size(); ++command) {
        CHECK(batch_.outcomes[command].status == Status::accepted);
      }
    }
  }

  /// A message an order, since each comes at a time of its own.
  void cut(std::size_t first, std::size_t count) {
    batch_.clear();
    lines_.clear();
    heads_.resize(count);
    for (std::size_t at = 0; at < count; ++at) {
      for (const Sku sku : instance_.orders[first + at].skus) {
        lines_.push_back(OrderLine{sku, Units{1}, 0});
      }
    }
    std::size_t line = 0;
    Sequence sequence = next();
    for (std::size_t at = 0; at < count; ++at) {
      const RoutingOrder& order = instance_.orders[first + at];
      const Region& region = network_.regions[order.region];
      OrderHead& head = heads_[at];
      head = OrderHead{};
      head.id = OrderId{1, first + at + 1};
      head.postal = region.prefix;
      head.country = region.country;
      head.policy = static_cast<std::uint8_t>(Policy::allow_split);
      head.line_count = static_cast<std::uint8_t>(order.skus.size());
      Message message{};
      message.kind = CommandKind::place_order;
      message.count = 1;
      message.heads = &head;
      message.details = lines_.data() + line;
      message.detail_count = head.line_count;
      message.time = order.time;
      batch_.add(message, sequence);
      sequence = Sequence{sequence.value + 1};
      line += order.skus.size();
    }
  }

  const RoutingInstance& instance_;
  const Network& network_;
  Engine engine_;
  Batch batch_{BatchLimits{}};
  std::vector<OrderHead> heads_;
  std::vector<OrderLine> lines_;
};

}  // namespace

RoutingRun run_instance(const RoutingInstance& instance, const RoutingRules& rules) {
  Network network = instance.network;
  network.routing = rules;
  network.compile();
  Drive drive(instance, network);
  drive.stock_up();
  return drive.run();
}

}  // namespace millrace::bench
