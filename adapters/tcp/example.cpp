// A client in thirty lines: defines a SKU, receives ten pieces of it, and orders two.
#include <cstdio>
#include <cstdlib>

#include "adapters/tcp/client.h"

namespace millrace {

int order_two(std::uint16_t port) {
  ClientResult<Client> client = Client::connect("127.0.0.1", port, {.name = "example"});
  if (!client) {
    std::fprintf(stderr, "%s\n", client.error().text.c_str());
    return 1;
  }
  const Sku sku{4006381333931};
  (void)client->define({{1, 1}, sku, 250, 0, 0});
  (void)client->receive({{1, 2}, sku, Units{10}, NodeIndex{0}, 0});

  OrderHead head{};
  head.id = {2, 1};
  head.postal = make_postal("10001", 5);
  head.country = make_country('U', 'S');
  head.policy = static_cast<std::uint8_t>(Policy::allow_split);
  const OrderLine line{sku, Units{2}, 1999};
  const ClientResult<PlacedOrder> placed = client->place_detailed(head, std::span(&line, 1));
  if (!placed) {
    std::fprintf(stderr, "%s\n", placed.error().text.c_str());
    return 1;
  }
  for (const Allocation& part : placed->allocations) {
    std::printf("%u pieces from %s, shipped on day %u\n", part.units.value,
                client->server().nodes[part.node.value].c_str(), unsigned{part.ship_day.value});
  }
  return placed->outcome.status == Status::refused ? 1 : 0;
}

}  // namespace millrace

int main(int argc, char** argv) {
  try {
    return millrace::order_two(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 7411));
  } catch (...) {
    return 2;
  }
}
