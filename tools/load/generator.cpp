// One order costs about ten random words and as many table rows; see docs/load.md for the
// distributions and where they come from.
#include "tools/load/generator.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/core/limits.h"

namespace millrace::load {
namespace {

// Each use of randomness has its own key, so that changing one leaves the others as they were.
constexpr std::uint64_t body_key = 0x6f72646572ULL;
constexpr std::uint64_t cancel_key = 0x63616e63656cULL;

/// P(k lines) falls by this factor with every line: 2.1 lines in the mean where 5 is the most.
constexpr double line_count_factor = 0.61;
/// Every further service or channel is used this much less than the one before.
constexpr double service_factor = 0.25;
constexpr double channel_factor = 0.5;

constexpr std::array<std::string_view, 5> policy_names{"ship-complete", "split", "backorder",
                                                       "split+backorder", "mixed"};

std::vector<double> falling_weights(std::uint32_t count, double factor) {
  std::vector<double> weights(count);
  double weight = 1;
  for (double& each : weights) {
    each = weight;
    weight *= factor;
  }
  return weights;
}

std::vector<double> weights_of(const std::vector<Demand::Destination>& destinations) {
  std::vector<double> weights;
  weights.reserve(destinations.size());
  for (const Demand::Destination& destination : destinations) {
    weights.push_back(destination.weight);
  }
  return weights;
}

}  // namespace

PostalCode postal_inside(std::string_view prefix) {
  std::string postal(prefix);
  while (postal.size() < 4) {
    postal += '0';
  }
  if (postal.size() == 4) {
    postal += '1';
  }
  return make_postal(postal.data(), postal.size());
}

std::optional<PolicyMix> policy_mix_of(std::string_view name) {
  const auto* found = std::find(policy_names.begin(), policy_names.end(), name);
  if (found == policy_names.end()) {
    return std::nullopt;
  }
  return static_cast<PolicyMix>(found - policy_names.begin());
}

std::string_view name_of(PolicyMix mix) {
  return policy_names[static_cast<std::size_t>(mix)];
}

OrderId order_id(std::uint64_t seed, std::uint64_t index) {
  // The low half is a bijection of the index, so no two orders of a seed can share an id.
  const std::uint64_t low = mix64(index + mix64(seed + 1));
  return {.high = mix64(low + seed) | 1U, .low = low};
}

CommandId cancel_id(std::uint64_t seed, std::uint64_t index) {
  return order_id(seed ^ cancel_key, index);
}

OrderGenerator::OrderGenerator(Demand demand, const GeneratorOptions& options)
    : options_(options),
      demand_(std::move(demand)),
      popularity_(zipf_weights(demand_.skus.size(), options.zipf)),
      population_(weights_of(demand_.destinations)),
      line_counts_(falling_weights(options.lines_max, line_count_factor)),
      channels_(falling_weights(demand_.channel_count, channel_factor)),
      services_(falling_weights(demand_.service_count, service_factor)),
      cancel_below_(static_cast<std::uint64_t>(options.cancels * 0x1p32)) {
  CHECK(options_.lines_max >= 1);
  CHECK(options_.lines_max <= lines_per_order_max);
  for (std::uint32_t i = 0; i < options_.distinct; ++i) {
    pool_first_line_.push_back(static_cast<std::uint32_t>(pool_lines_.size()));
    pool_heads_.push_back(make(i, pool_lines_));
  }
}

bool OrderGenerator::is_cancelled(std::uint64_t index) const {
  Random random(options_.seed ^ cancel_key, index);
  return (random.next() >> 32U) < cancel_below_;
}

std::uint32_t OrderGenerator::append(std::uint64_t first, std::uint32_t count,
                                     std::size_t lines_max, std::vector<OrderHead>& heads,
                                     std::vector<OrderLine>& lines) const {
  for (std::uint32_t made = 0; made < count; ++made) {
    if (lines.size() + options_.lines_max > lines_max) {
      return made;
    }
    const std::uint64_t index = first + made;
    if (options_.distinct == 0) {
      heads.push_back(make(index, lines));
    } else {
      const std::uint64_t body = index % options_.distinct;
      const OrderHead& head = pool_heads_[body];
      const OrderLine* from = pool_lines_.data() + pool_first_line_[body];
      lines.insert(lines.end(), from, from + head.line_count);
      heads.push_back(head);
    }
    heads.back().id = order_id(options_.seed, index);
  }
  return count;
}

OrderHead OrderGenerator::draw_head(Random& address, Random& choices) const {
  const Demand::Destination& destination = demand_.destinations[population_.draw(address)];
  return {
      .id = {0, 0},
      .group = 0,
      .postal = destination.postal,
      .country = destination.country,
      .channel = ChannelIndex{static_cast<std::uint16_t>(channels_.draw(choices))},
      .service = ServiceIndex{static_cast<std::uint8_t>(services_.draw(choices))},
      .policy = draw_policy(choices),
      .line_count = 0,
      .priority = 0,
  };
}

OrderHead OrderGenerator::make(std::uint64_t index, std::vector<OrderLine>& lines) const {
  Random random(options_.seed ^ body_key, index);
  OrderHead head = draw_head(random, random);
  const auto available =
      static_cast<std::uint32_t>(std::min<std::size_t>(demand_.skus.size(), options_.lines_max));
  const std::uint32_t line_count = std::min(line_counts_.draw(random) + 1, available);
  head.line_count = static_cast<std::uint8_t>(line_count);
  draw_lines(random, line_count, lines);
  return head;
}

std::uint8_t OrderGenerator::draw_policy(Random& random) const {
  if (options_.policy != PolicyMix::mixed) {
    return static_cast<std::uint8_t>(options_.policy);
  }
  // In tenths: 2 ship complete, 3 split, 1 backorder, 4 split and backorder.
  constexpr std::array<std::uint8_t, 10> tenths{0, 0, 1, 1, 1, 2, 3, 3, 3, 3};
  return tenths[random.below(tenths.size())];
}

void OrderGenerator::draw_lines(Random& random, std::uint32_t count,
                                std::vector<OrderLine>& lines) const {
  const std::size_t first = lines.size();
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t rank = popularity_.draw(random);
    rank = options_.hot && i == 0 ? 0 : rank;
    const auto taken = [&](Sku sku) {
      return std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end(),
                         [sku](const OrderLine& line) { return line.sku == sku; });
    };
    // A basket names a product once. The next in popularity stands in for one drawn again.
    while (taken(demand_.skus[rank])) {
      rank = static_cast<std::uint32_t>((rank + 1U) % demand_.skus.size());
    }
    const std::uint64_t word = random.next();
    const auto quantity = 1 + static_cast<std::uint32_t>(((word >> 32U) * 3) >> 32U);
    const auto price = 99 + 10 * static_cast<std::uint32_t>(word & 0x3ffU);
    lines.push_back({demand_.skus[rank], Units{quantity}, price});
  }
}

}  // namespace millrace::load
