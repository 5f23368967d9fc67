// millrace import: turns data sets of others into a network directory and an order file
// (docs/load.md, Imports).
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "adapters/config/network_files.h"
#include "adapters/config/problem.h"
#include "tools/load/network_demand.h"
#include "tools/load/order_file.h"
#include "tools/load/retail.h"
#include "tools/load/retail_network.h"
#include "tools/load/text_file.h"
#include "tools/millrace/commands.h"

namespace millrace::tools {
namespace {

struct ImportFlags {
  std::string file;
  std::string base = "docs/sample-network";
  std::string network;
  std::string orders;
  load::RetailStockOptions stock;
  bool quick = false;
};

void print(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) {
    std::cerr << to_string(problem) << '\n';
  }
}

std::string order_rows(const load::Retail& retail, const load::OrderNames& names) {
  std::string out = load::order_file_header();
  for (std::size_t i = 0; i < retail.orders.entries.size(); ++i) {
    const load::OrderFile::Entry& entry = retail.orders.entries[i];
    if (entry.is_cancel) {
      load::write_cancel(out, retail.orders.cancels[entry.at], retail.times[i]);
    } else {
      load::write_order(out, retail.orders.heads[entry.at], retail.orders.lines_of(entry.at), names,
                        retail.times[i]);
    }
  }
  return out;
}

void print_totals(const load::RetailTotals& totals, std::size_t products) {
  const auto line = [](const char* name, std::uint64_t value) {
    std::printf("%-46s %10llu\n", name, static_cast<unsigned long long>(value));
  };
  line("rows", totals.rows);
  line("invoices", totals.invoices);
  line("orders", totals.orders);
  line("  of guests", totals.guest_orders);
  line("lines", totals.lines);
  line("units", totals.units);
  line("SKUs", products);
  line("cancellations", totals.cancels);
  line("dropped: cancelled before", totals.cancels_repeated);
  line("dropped: cancellation without an order", totals.cancels_unmatched);
  line("dropped: cancellation of a guest", totals.cancels_of_guests);
  line("dropped: no product", totals.dropped_non_products);
  line("dropped: written off", totals.dropped_write_offs);
  line("dropped: adjustment of debt", totals.dropped_adjustments);
}

int import_retail(const ImportFlags& flags) {
  const LoadResult base = load_network(flags.base);
  if (!base.is_ok()) {
    print(base.problems);
    std::cerr << "millrace import: " << flags.base << " is no usable network directory\n";
    return exit_input;
  }
  Problems problems;
  const load::Retail retail = load::read_retail(
      load::read_text_file(flags.file), flags.file,
      load::demand_of(base.files, load::Popular::most_stock), flags.stock.seed, problems);
  print(problems.kept());
  if (problems.errors() > 0) {
    std::cerr << "millrace import: " << flags.file << " has " << problems.errors() << " errors\n";
    return exit_input;
  }
  load::write_retail_network(flags.network, retail.products, flags.base, base.files, flags.stock);
  if (flags.quick) {
    load::quicken_network(flags.network);
  }
  load::write_text_file(flags.orders, order_rows(retail, load::names_of(base.files)));
  print_totals(retail.totals, retail.products.size());
  return exit_ok;
}

int run_import(const ImportFlags& flags) {
  try {
    return import_retail(flags);
  } catch (const std::exception& error) {
    std::cerr << "millrace import: " << error.what() << '\n';
    return exit_input;
  }
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
  CLI::App* import = app.add_subcommand("import", "Turn data sets of others into orders");
  import->require_subcommand(1);
  CLI::App* retail =
      import->add_subcommand("online-retail", "UCI Online Retail II: a year of a shop's invoices");
  auto flags = std::make_shared<ImportFlags>();
  retail->add_option("file", flags->file, "The CSV file, as it is or packed with xz")->required();
  retail->add_option("--network", flags->network, "Directory to write the shop's network to")
      ->required();
  retail->add_option("--orders", flags->orders, "File to write the orders to")->required();
  retail->add_option("--base", flags->base, "Network to take nodes, regions and tariffs from")
      ->capture_default_str();
  retail->add_option("--seed", flags->stock.seed, "Of what the file does not say")
      ->capture_default_str();
  retail->add_option("--stock-percent", flags->stock.percent, "Stock as a share of the demand")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  retail->add_flag("--quick-lives", flags->quick,
                   "Rules by which waves and lives take seconds in place of hours and weeks");
  retail->callback([flags, &exit_code] { exit_code = run_import(*flags); });
}

}  // namespace millrace::tools
