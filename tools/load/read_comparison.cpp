// Both answers for every SKU, a frame of each at a time.
#include <algorithm>
#include <span>

#include "tools/load/reads.h"

namespace millrace::load {
namespace {

constexpr std::size_t frame_skus = 1024;
constexpr std::chrono::seconds patience{30};

/// Compares one frame's worth; why it could not, if so.
std::string compare_some(Client& client, std::span<const Sku> skus, ReadComparison& result) {
  std::vector<GetAvailability> reads;
  std::vector<GetStock> queries;
  for (const Sku sku : skus) {
    reads.push_back({sku, all_nodes, {}});
    queries.push_back({sku});
  }
  const auto told = client.get_availability(reads);
  if (!told) {
    return told.error().text;
  }
  client.put(std::span<const GetStock>(queries));
  const auto reply = client.wait(patience);
  if (!reply) {
    return reply.error().text;
  }
  if (!reply->has_value() || (*reply)->stock.size() != skus.size()) {
    return "no answer to GetStock";
  }
  const StockCell* cell = (*reply)->cells.data();
  for (std::size_t at = 0; at < skus.size(); ++at) {
    const StockView& view = (*reply)->stock[at];
    std::uint64_t units = 0;
    for (std::uint32_t each = 0; each < view.cell_count; ++each, ++cell) {
      units += cell->available.value;
    }
    const Availability& read = (*told)[at];
    const bool same = (read.known == Known::yes) == (view.known != 0) &&
                      read.units.value == std::min<std::uint64_t>(units, units_countless.value);
    result.differences += same ? 0 : 1;
    result.units += units;
  }
  result.skus += skus.size();
  return "";
}

}  // namespace

ReadComparison compare_with_stock(const Target& target, const ReadCatalogue& catalogue) {
  ReadComparison result;
  auto client = Client::connect(target.host, target.port,
                                {.name = "millrace load reads", .token = target.token});
  if (!client) {
    result.broken = client.error().text;
    return result;
  }
  const std::size_t frame =
      std::min<std::size_t>(frame_skus, client->server().commands_per_frame_max);
  std::span<const Sku> rest(catalogue.skus);
  while (!rest.empty() && result.broken.empty()) {
    const std::size_t count = std::min(frame, rest.size());
    result.broken = compare_some(*client, rest.first(count), result);
    rest = rest.subspan(count);
  }
  return result;
}

}  // namespace millrace::load
