// `millrace events`: prints the stream of events of a server, from any event that it still keeps.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/config/settings.h"
#include "adapters/tcp/event_follower.h"
#include "tools/millrace/commands.h"
#include "tools/millrace/event_text.h"

namespace millrace::tools {

namespace {

struct EventFlags {
  std::string connect = "127.0.0.1:7400";
  std::string token;
  std::uint64_t from = 0;
  std::uint64_t count = 0;
  std::uint32_t credit = 0;
  std::uint32_t idle_seconds = 0;
  bool follow = false;
  bool json = false;
  bool summary = false;
  std::vector<std::string> channels;
  std::vector<std::string> nodes;
  std::vector<std::string> kinds;
  std::vector<std::string> orders;
};

struct Tally {
  std::uint64_t events = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  double seconds = 0;  ///< from the beginning to the last event
};

int complain(Exit code, const std::string& text) {
  fmt::print(stderr, "events: {}\n", text);
  return code;
}

template <class Index>
std::optional<std::string> take_names(const std::vector<std::string>& wanted,
                                      const std::vector<std::string>& names, const char* what,
                                      std::vector<Index>& out) {
  for (const std::string& name : wanted) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      return "the server knows no " + std::string(what) + " " + name;
    }
    out.push_back(Index{static_cast<std::uint16_t>(found - names.begin())});
  }
  return std::nullopt;
}

std::optional<std::string> take_kinds(const std::vector<std::string>& wanted,
                                      std::vector<EventKind>& out) {
  for (const std::string& name : wanted) {
    const auto* const found = std::find_if(std::begin(event_kinds), std::end(event_kinds),
                                           [&](EventKind kind) { return name == name_of(kind); });
    if (found == std::end(event_kinds)) {
      return "there is no kind " + name + " of events";
    }
    out.push_back(*found);
  }
  return std::nullopt;
}

/// 32 hexadecimal digits, as events are printed; fewer are taken for the last ones.
std::optional<OrderId> order_of(const std::string& text) {
  if (text.empty() || text.size() > 32 ||
      text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    return std::nullopt;
  }
  const std::string digits = std::string(32 - text.size(), '0') + text;
  return OrderId{std::stoull(digits.substr(0, 16), nullptr, 16),
                 std::stoull(digits.substr(16), nullptr, 16)};
}

std::optional<std::string> take_filters(const EventFlags& flags, const Welcome& server,
                                        Subscribe& out) {
  auto problem = take_names(flags.channels, server.channels, "channel", out.channels);
  problem = problem ? problem : take_names(flags.nodes, server.nodes, "node", out.nodes);
  problem = problem ? problem : take_kinds(flags.kinds, out.kinds);
  for (const std::string& text : flags.orders) {
    const std::optional<OrderId> order = order_of(text);
    if (!order) {
      return text + " is not an order's id of up to 32 hexadecimal digits";
    }
    out.orders.push_back(*order);
  }
  return problem;
}

void print(const TakenEvents& taken, const Welcome& server, const EventFlags& flags, Tally& tally) {
  std::string lines;
  for (const Event& event : taken.events) {
    if (flags.count != 0 && tally.events == flags.count) {
      break;
    }
    tally.first = tally.events++ == 0 ? event.number : tally.first;
    tally.last = event.number;
    if (!flags.summary) {
      lines += flags.json ? event_as_json(event, server) : event_as_text(event, server);
      lines += '\n';
    }
  }
  std::fwrite(lines.data(), 1, lines.size(), stdout);
  std::fflush(stdout);
}

int follow(EventFollower& follower, const EventFlags& flags, Tally& tally) {
  const Welcome server = follower.client().server();
  std::optional<std::uint64_t> end;
  const auto begun = std::chrono::steady_clock::now();
  std::uint32_t idle_seconds = 0;
  while (flags.count == 0 || tally.events < flags.count) {
    const auto taken = follower.next(std::chrono::milliseconds(1000));
    if (!taken) {
      const bool refused = taken.error().kind == ClientError::Kind::refused;
      return complain(
          refused && taken.error().code == ErrorCode::event_not_kept ? exit_failed : exit_network,
          taken.error().text);
    }
    if (!taken->has_value()) {
      if (++idle_seconds == flags.idle_seconds) {
        break;
      }
      continue;
    }
    idle_seconds = 0;
    print(**taken, server, flags, tally);
    tally.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    // Without --follow it ends with what there was when it began.
    end = end.value_or((*taken)->end);
    if (!flags.follow && (*taken)->next >= *end) {
      break;
    }
  }
  return exit_ok;
}

int run(const EventFlags& flags) {
  const std::optional<Endpoint> server = parse_endpoint(flags.connect);
  if (!server || server->port == 0) {
    return complain(exit_usage, "--connect " + flags.connect + " is not HOST:PORT");
  }
  FollowOptions options;
  options.client = {.name = "millrace events", .token = flags.token};
  options.subscribe.from = flags.from;
  options.subscribe.credit = flags.credit;
  {
    // Names become numbers by what the server says, so it is asked first.
    auto asked = Client::connect(server->host, server->port, options.client);
    if (!asked) {
      return complain(exit_network, asked.error().text);
    }
    if (const auto problem = take_filters(flags, asked->server(), options.subscribe)) {
      return complain(exit_usage, *problem);
    }
  }
  auto follower = EventFollower::connect(server->host, server->port, options);
  if (!follower) {
    return complain(exit_network, follower.error().text);
  }
  Tally tally;
  const int code = follow(*follower, flags, tally);
  if (flags.summary) {
    fmt::print(R"({{"events":{},"first":{},"last":{},"position":{},"seconds":{:.3f}}})"
               "\n",
               tally.events, tally.first, tally.last, follower->position(), tally.seconds);
  }
  return code;
}

}  // namespace

void add_events(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<EventFlags>();
  CLI::App* const command =
      app.add_subcommand("events", "Print the events of a server, from any that it still keeps");
  command->add_option("--connect", flags->connect, "HOST:PORT of the server");
  command->add_option("--token", flags->token, "What the server wants to hear");
  command->add_option("--from", flags->from, "Number of the first event; 0 is the oldest kept");
  command->add_flag("--follow", flags->follow, "Go on with events as they happen");
  command->add_option("--count", flags->count, "End after so many events");
  command->add_option("--idle-seconds", flags->idle_seconds,
                      "End once nothing has come for so long");
  command->add_option("--channel", flags->channels, "Only events of orders of this channel");
  command->add_option("--node", flags->nodes, "Only events at this node");
  command->add_option("--kind", flags->kinds, "Only events of this kind");
  command->add_option("--order", flags->orders, "Only events of this order");
  command->add_option("--credit", flags->credit, "Events on their way at a time");
  command->add_flag("--json", flags->json, "Print JSON, one object a line");
  command->add_flag("--summary", flags->summary, "Print no events, and at the end how many came");
  command->callback([flags, &exit_code] { exit_code = run(*flags); });
}

}  // namespace millrace::tools
