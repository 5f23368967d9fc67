// millrace availability: what could be promised of some SKUs now, for a person.
#include <array>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/config/settings.h"
#include "adapters/tcp/client.h"
#include "tools/millrace/commands.h"

namespace millrace::tools {
namespace {

struct AvailabilityFlags {
  std::string connect = "127.0.0.1:7400";
  std::string token;
  std::string node;
  std::vector<std::uint64_t> skus;
};

int complain(Exit code, const std::string& text) {
  std::cerr << "millrace availability: " << text << '\n';
  return code;
}

std::optional<NodeIndex> node_named(const std::string& name, const Welcome& server) {
  if (name.empty()) {
    return all_nodes;
  }
  for (std::size_t index = 0; index < server.nodes.size(); ++index) {
    if (server.nodes[index] == name) {
      return NodeIndex{static_cast<std::uint16_t>(index)};
    }
  }
  return std::nullopt;
}

std::string line_of(Sku sku, const Availability& told) {
  std::array<char, 96> text{};
  if (told.known == Known::yes) {
    std::snprintf(text.data(), text.size(), "%-20llu %12u %8u\n",
                  static_cast<unsigned long long>(sku.value), told.units.value, told.node_count);
  } else {
    std::snprintf(text.data(), text.size(), "%-20llu %12s\n",
                  static_cast<unsigned long long>(sku.value), "unknown");
  }
  return text.data();
}

int ask(const AvailabilityFlags& flags) {
  const std::optional<Endpoint> server = parse_endpoint(flags.connect);
  if (!server || server->port == 0) {
    return complain(exit_usage, "--connect " + flags.connect + " is not HOST:PORT");
  }
  auto client = Client::connect(server->host, server->port,
                                {.name = "millrace availability", .token = flags.token});
  if (!client) {
    return complain(exit_network,
                    "cannot connect to " + flags.connect + ": " + client.error().text);
  }
  const std::optional<NodeIndex> node = node_named(flags.node, client->server());
  if (!node) {
    return complain(exit_usage, "the server has no node " + flags.node);
  }
  std::vector<GetAvailability> questions;
  for (const std::uint64_t sku : flags.skus) {
    questions.push_back({Sku{sku}, *node, {}});
  }
  const auto answers = client->get_availability(questions);
  if (!answers) {
    return complain(exit_network, answers.error().text);
  }
  bool all_known = true;
  std::string out = "SKU                         units    nodes\n";
  for (std::size_t at = 0; at < questions.size(); ++at) {
    out += line_of(questions[at].sku, (*answers)[at]);
    all_known = all_known && (*answers)[at].known == Known::yes;
  }
  std::cout << out;
  return all_known ? exit_ok : exit_failed;
}

}  // namespace

void add_availability(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("availability", "Ask a server what could be promised of some SKUs now");
  auto flags = std::make_shared<AvailabilityFlags>();
  command->add_option("--connect", flags->connect, "HOST:PORT of the server")
      ->capture_default_str();
  command->add_option("--token", flags->token, "What the server wants to hear")
      ->envname("MILLRACE_TOKEN");
  command->add_option("--node", flags->node, "Code of one node; else all nodes together");
  command->add_option("SKU", flags->skus, "Which SKUs")->required();
  command->callback([flags, &exit_code] { exit_code = ask(*flags); });
}

}  // namespace millrace::tools
