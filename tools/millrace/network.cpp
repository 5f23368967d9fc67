// millrace network: checks a network directory, and explains to planners what a destination costs
// from each node and when it arrives (docs/network.md).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <memory>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/config/text_value.h"
#include "engine/state/ship_calendar.h"
#include "tools/millrace/commands.h"

namespace millrace::tools {
namespace {

struct NetworkFlags {
  std::string directory;
  bool json = false;
  std::string postal;
  std::string country = "US";
  std::string weight;
  std::string service;
  std::string time;
};

std::string json_text(std::string_view text) {
  std::string out{'"'};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      constexpr std::string_view digits = "0123456789abcdef";
      out += "\\u00";
      out += digits[byte >> 4U];
      out += digits[byte & 0xfU];
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

std::string hex(std::uint64_t value) {
  std::ostringstream out;
  out << std::hex << std::setw(16) << std::setfill('0') << value;
  return out.str();
}

/// "1,234,567"
std::string grouped(std::uint64_t value) {
  std::string out = std::to_string(value);
  for (std::size_t at = out.size(); at > 3; at -= 3) {
    out.insert(at - 3, 1, ',');
  }
  return out;
}

/// "12.34"
std::string money(std::uint64_t cents) {
  std::ostringstream out;
  out << cents / 100 << '.' << std::setw(2) << std::setfill('0') << cents % 100;
  return out.str();
}

/// "2024-01-02"
std::string date(Day day) {
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{day.value}}};
  std::ostringstream out;
  out << static_cast<int>(ymd.year()) << '-' << std::setfill('0') << std::setw(2)
      << static_cast<unsigned>(ymd.month()) << '-' << std::setw(2)
      << static_cast<unsigned>(ymd.day());
  return out.str();
}

/// "Tue 2024-01-02"
std::string weekday_date(Day day) {
  constexpr std::array<std::string_view, 7> names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return std::string{names[weekday(day)]} + ' ' + date(day);
}

/// "2024-01-02T15:00" or "2024-01-02T15:00Z", in UTC.
std::optional<Time> parse_time(std::string text) {
  if (text.ends_with('Z')) {
    text.pop_back();
  }
  if (text.size() != 16 || text[4] != '-' || text[7] != '-' || text[10] != 'T') {
    return std::nullopt;
  }
  const auto year = parse_whole(text.substr(0, 4));
  const auto month = parse_whole(text.substr(5, 2));
  const auto day = parse_whole(text.substr(8, 2));
  const auto minute = parse_clock(text.substr(11));
  if (!year || !month || !day || !minute) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *year < 1970) {
    return std::nullopt;
  }
  const auto days =
      static_cast<std::uint64_t>(std::chrono::sys_days{date}.time_since_epoch().count());
  return Time{days * us_per_day + *minute * us_per_minute};
}

Time system_time() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Time{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since).count())};
}

// ---- check

void print_problems(const LoadResult& result, std::ostream& out) {
  for (const Problem& problem : result.problems) {
    out << to_string(problem) << '\n';
  }
  const std::size_t left = result.errors + result.warnings - result.problems.size();
  if (left > 0) {
    out << "and " << left << " more\n";
  }
}

struct Totals {
  std::uint64_t population = 0;
  std::uint64_t units = 0;
};

Totals totals_of(const NetworkFiles& files) {
  Totals totals;
  for (const RegionPlace& region : files.region_places) {
    totals.population += region.population;
  }
  for (const StockLevel& level : files.stock) {
    totals.units += level.units.value;
  }
  return totals;
}

void print_summary(const NetworkFiles& files) {
  const Totals totals = totals_of(files);
  const Network& network = files.network;
  std::string services;
  for (const Service& service : network.services) {
    services += services.empty() ? service.name : ", " + service.name;
  }
  std::cout << "name         " << files.name << '\n'
            << "currency     " << files.currency << '\n'
            << "nodes        " << network.nodes.size() << '\n'
            << "regions      " << grouped(network.regions.size()) << " with "
            << grouped(totals.population) << " inhabitants\n"
            << "zones        " << int{files.zone_count} << '\n'
            << "services     " << services << '\n'
            << "parcels      " << network.band_grams.size() << " weight bands up to "
            << grouped(network.band_grams.back()) << " g\n"
            << "pick zones   " << files.pick_zones.size() << " with "
            << grouped(files.aisles.size()) << " aisles\n"
            << "SKUs         " << grouped(files.catalogue.size()) << '\n'
            << "stock        " << grouped(totals.units) << " units in "
            << grouped(files.stock.size()) << " places\n"
            << "fingerprint  " << hex(network.fingerprint()) << '\n';
}

void print_check_json(const LoadResult& result) {
  std::cout << R"({"ok":)" << (result.is_ok() ? "true" : "false") << R"(,"errors":)"
            << result.errors << R"(,"warnings":)" << result.warnings << R"(,"problems":[)";
  const char* separator = "";
  for (const Problem& problem : result.problems) {
    std::cout << separator << R"({"severity":)"
              << (problem.severity == Severity::error ? R"("error")" : R"("warning")")
              << R"(,"file":)" << json_text(problem.file) << R"(,"line":)" << problem.line
              << R"(,"field":)" << json_text(problem.field) << R"(,"text":)"
              << json_text(problem.text) << '}';
    separator = ",";
  }
  std::cout << ']';
  if (result.is_ok()) {
    const NetworkFiles& files = result.files;
    const Totals totals = totals_of(files);
    std::cout << R"(,"name":)" << json_text(files.name) << R"(,"nodes":)"
              << files.network.nodes.size() << R"(,"regions":)" << files.network.regions.size()
              << R"(,"population":)" << totals.population << R"(,"zones":)" << int{files.zone_count}
              << R"(,"services":)" << files.network.services.size() << R"(,"skus":)"
              << files.catalogue.size() << R"(,"units":)" << totals.units << R"(,"fingerprint":")"
              << hex(files.network.fingerprint()) << '"';
  }
  std::cout << "}\n";
}

int check(const NetworkFlags& flags) {
  const LoadResult result = load_network(flags.directory);
  if (flags.json) {
    print_check_json(result);
  } else {
    print_problems(result, std::cout);
    if (result.is_ok()) {
      print_summary(result.files);
    } else {
      std::cout << result.errors << (result.errors == 1 ? " error\n" : " errors\n");
    }
  }
  return result.is_ok() ? exit_ok : exit_input;
}

// ---- explain

/// What one node would do for the parcel.
struct Candidate {
  NodeIndex node;
  std::uint32_t zone;
  std::uint64_t cents;
  std::uint32_t transit_days;
  Day ship_day;
  Day delivery_day;
};

/// What is asked, once it is known to make sense.
struct Question {
  RegionIndex region;
  Grams weight;
  Time now;
};

/// All nodes, the one that routing would prefer first: by cost, then by index.
std::vector<Candidate> candidates_of(const Network& network, const Question& question,
                                     ServiceIndex service) {
  ShipCalendar calendar{network};
  calendar.advance(question.now);
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const NodeIndex node{static_cast<std::uint16_t>(i)};
    const bool is_open =
        ((calendar.open_nodes(static_cast<std::uint32_t>(i / 16)) >> (i % 16)) & 1U) != 0;
    const std::uint8_t zone = network.zone(question.region, node);
    const Day ship_day = is_open ? calendar.ship_day(node) : no_day;
    candidates.push_back(
        {node, zone + 1U,
         network.shipment_cost(service, question.region, node, question.weight).value,
         network.services[service.value].transit_days[zone], ship_day,
         is_open ? network.delivery_day(service, zone, ship_day) : no_day});
  }
  std::ranges::stable_sort(candidates, {}, &Candidate::cents);
  return candidates;
}

void print_candidates(const NetworkFiles& files, const std::vector<Candidate>& candidates) {
  std::cout << std::left << std::setw(10) << "node" << std::setw(20) << "city" << std::right
            << std::setw(4) << "zone" << std::setw(10) << files.currency << std::setw(9)
            << "transit"
            << "  " << std::left << std::setw(16) << "leaves"
            << "arrives\n";
  for (const Candidate& candidate : candidates) {
    std::cout << std::left << std::setw(10) << files.network.nodes[candidate.node.value].code
              << std::setw(20) << files.node_places[candidate.node.value].city << std::right
              << std::setw(4) << candidate.zone << std::setw(10) << money(candidate.cents)
              << std::setw(9) << candidate.transit_days << "  " << std::left << std::setw(16);
    if (candidate.ship_day == no_day) {
      const bool vendor = files.network.nodes[candidate.node.value].vendor;
      std::cout << (vendor ? "vendor" : "closed") << "-\n";
    } else {
      std::cout << weekday_date(candidate.ship_day) << weekday_date(candidate.delivery_day) << '\n';
    }
  }
}

void print_candidates_json(const NetworkFiles& files, const std::vector<Candidate>& candidates) {
  const char* separator = "";
  for (const Candidate& candidate : candidates) {
    std::cout << separator << R"({"node":)"
              << json_text(files.network.nodes[candidate.node.value].code) << R"(,"zone":)"
              << candidate.zone << R"(,"cents":)" << candidate.cents << R"(,"transit_days":)"
              << candidate.transit_days;
    if (candidate.ship_day != no_day) {
      std::cout << R"(,"ships":")" << date(candidate.ship_day) << R"(","arrives":")"
                << date(candidate.delivery_day) << '"';
    }
    std::cout << '}';
    separator = ",";
  }
}

void print_answer(const NetworkFlags& flags, const NetworkFiles& files, const Question& question) {
  const Network& network = files.network;
  const std::string prefix = postal_text(network.regions[question.region.value].prefix);
  const Day utc_day{static_cast<std::uint16_t>(question.now.us / us_per_day)};
  const std::string when =
      date(utc_day) + 'T' +
      format_clock(static_cast<std::uint16_t>(question.now.us % us_per_day / us_per_minute)) + 'Z';
  if (flags.json) {
    std::cout << R"({"region":)" << json_text(prefix) << R"(,"grams":)" << question.weight.value
              << R"(,"time":")" << when << R"(","services":[)";
  } else {
    std::cout << "region " << flags.country << ' ' << (prefix.empty() ? "*" : prefix) << ", "
              << question.weight.value << " g, ordered " << when << "\n";
  }
  const char* separator = "";
  for (std::size_t i = 0; i < network.services.size(); ++i) {
    if (!flags.service.empty() && network.services[i].name != flags.service) {
      continue;
    }
    const std::vector<Candidate> candidates =
        candidates_of(network, question, ServiceIndex{static_cast<std::uint8_t>(i)});
    if (flags.json) {
      std::cout << separator << R"({"service":)" << json_text(network.services[i].name)
                << R"(,"nodes":[)";
      print_candidates_json(files, candidates);
      std::cout << "]}";
      separator = ",";
    } else {
      std::cout << '\n' << network.services[i].name << '\n';
      print_candidates(files, candidates);
    }
  }
  std::cout << (flags.json ? "]}\n" : "");
}

int explain(const NetworkFlags& flags) {
  const LoadResult result = load_network(flags.directory);
  if (!result.is_ok()) {
    print_problems(result, std::cerr);
    return exit_input;
  }
  const Network& network = result.files.network;
  const auto complain = [](std::string_view what, int exit) {
    std::cerr << "network explain: " << what << '\n';
    return exit;
  };
  const std::optional<std::uint32_t> grams = parse_weight(flags.weight);
  if (!grams.has_value()) {
    return complain("--grams: " + in_quotes(flags.weight) + " is not a weight", exit_usage);
  }
  const std::optional<Time> now =
      flags.time.empty() ? std::optional{system_time()} : parse_time(flags.time);
  if (!now.has_value()) {
    return complain("--time: write a UTC time such as 2024-01-02T15:00Z", exit_usage);
  }
  if (!flags.service.empty() && std::ranges::find(network.services, flags.service,
                                                  &Service::name) == network.services.end()) {
    return complain("--service: there is no service " + in_quotes(flags.service), exit_usage);
  }
  if (flags.country.size() != 2 || flags.postal.size() > 8) {
    return complain("a country has two letters, a postal code at most 8 characters", exit_usage);
  }
  const RegionIndex region =
      network.region_of(make_country(flags.country[0], flags.country[1]),
                        make_postal(flags.postal.data(), flags.postal.size()));
  if (region == no_region) {
    return complain("no region of " + flags.country + " begins " + in_quotes(flags.postal),
                    exit_failed);
  }
  print_answer(flags, result.files, {region, Grams{*grams}, *now});
  return exit_ok;
}

}  // namespace

void add_network(CLI::App& app, int& exit_code) {
  CLI::App* const network =
      app.add_subcommand("network", "Check a network directory, or explain what it says");
  network->require_subcommand(1);
  // The flags live as long as the callbacks that read them.
  const auto flags = std::make_shared<NetworkFlags>();

  CLI::App* const checking =
      network->add_subcommand("check", "Say what is wrong with a network directory, and where");
  checking->add_option("directory", flags->directory, "Network directory")->required();
  checking->add_flag("--json", flags->json, "Answer as one JSON object");
  checking->callback([flags, &exit_code] { exit_code = check(*flags); });

  CLI::App* const explaining = network->add_subcommand(
      "explain", "Cost and arrival of one parcel from every node, the preferred one first");
  explaining->add_option("directory", flags->directory, "Network directory")->required();
  explaining->add_option("--postal", flags->postal, "Postal code of the destination")->required();
  explaining->add_option("--country", flags->country, "Country of the destination")
      ->capture_default_str();
  explaining->add_option("--grams", flags->weight, "Weight, as 500 or \"8 oz\"")->required();
  explaining->add_option("--service", flags->service, "One service instead of all");
  explaining->add_option("--time", flags->time, "UTC time of the order instead of now");
  explaining->add_flag("--json", flags->json, "Answer as one JSON object");
  explaining->callback([flags, &exit_code] { exit_code = explain(*flags); });
}

}  // namespace millrace::tools
