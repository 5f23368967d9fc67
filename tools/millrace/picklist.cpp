// `millrace picklist`: what is to be picked for a released wave, worked out from the journal and
// the floor plan.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/config/network_files.h"
#include "adapters/disk/posix.h"
#include "adapters/wire/wire_encoders.h"
#include "engine/journal/segment.h"
#include "engine/runtime/recovery.h"
#include "engine/runtime/wave_feed.h"
#include "tools/millrace/commands.h"
#include "tools/millrace/journal_exit.h"
#include "tools/millrace/limits_options.h"
#include "tools/millrace/pick_text.h"

namespace millrace::tools {

namespace {

struct Options {
  std::string journal;
  std::string network;
  std::uint64_t wave = 0;
  std::string format = "csv";
  std::string out;
  LimitsOptions limits;
};

/// Goes along with a replay: the bins of every node, and each wave as it is released.
class WaveReader {
 public:
  explicit WaveReader(const NetworkFiles& files, std::uint64_t wanted)
      : files_(files), wanted_(wanted) {}

  void read(const Batch& batch) {
    for_floor_notes(batch, [this](const FloorNote& note, std::span<const FloorLine> lines) {
      read(note, lines);
    });
  }

  [[nodiscard]] const std::vector<PickedWave>& found() const { return found_; }

  [[nodiscard]] const FloorStock& stock(NodeIndex node) { return *stock_of(node); }

 private:
  FloorStock* stock_of(NodeIndex node) {
    auto& stock = stocks_[node.value];
    if (stock == nullptr) {
      FloorPlan plan = floor_plan_of(files_, node);
      if (plan.aisles.empty()) {
        // Nobody said what the floor is like: one aisle for all.
        plan.zones = {{"-", ""}};
        plan.aisles = {{0, "-"}};
      }
      const auto items = static_cast<std::uint32_t>(plan.bins.size()) + further_items;
      stock = std::make_unique<FloorStock>(plan, items);
    }
    return stock.get();
  }

  void read(const FloorNote& note, std::span<const FloorLine> lines) {
    switch (note.kind) {
      case FloorNoteKind::received:
        if (WaveItem item{}; stock_of(note.node)->find_item(lines.front().sku, item)) {
          stock_of(note.node)->put(item, lines.front().units);
        }
        break;
      case FloorNoteKind::waved:
        orders_.push_back({note.order, {lines.begin(), lines.end()}});
        break;
      case FloorNoteKind::released:
        release(note, lines);
        break;
      case FloorNoteKind::waits:
      case FloorNoteKind::gone:
      case FloorNoteKind::picked:
        break;
    }
  }

  void release(const FloorNote& note, std::span<const FloorLine> aisles) {
    PickedWave wave;
    wave.orders = std::move(orders_);
    orders_.clear();
    if (wave.orders.empty()) {
      return;
    }
    FloorStock& stock = *stock_of(note.node);
    for (const FloorLine& aisle : aisles) {
      if (aisle.sku.value < stock.plan().aisles.size()) {
        wave.aisles.push_back(WaveAisle{static_cast<std::uint32_t>(aisle.sku.value)});
      }
    }
    WaveTemplate rules;
    wave.reason = static_cast<WaveReason>(note.reason);
    const std::vector<WaveTemplate> templates = wave_templates_of(files_, note.node);
    if (note.reason != 0 && note.template_number < templates.size()) {
      rules = templates[note.template_number];
      wave.template_name = rules.name;
    }
    wave.mode = rules.mode;
    wave.wave = note.wave;
    wave.time = note.time;
    wave.node = note.node;
    wave.ship_day = note.ship_day;
    wave.batches = pick_batches(wave.orders, wave.aisles, rules, stock);
    if (wanted_ == 0 || wanted_ == wave.wave) {
      found_.push_back(std::move(wave));
    }
  }

  static constexpr std::uint32_t further_items = 1U << 16U;

  const NetworkFiles& files_;
  std::uint64_t wanted_;
  std::map<std::uint16_t, std::unique_ptr<FloorStock>> stocks_;
  std::vector<PickOrder> orders_;
  std::vector<PickedWave> found_;
};

std::string list_of(const std::vector<PickedWave>& waves, const NetworkFiles& files) {
  std::string out = "wave,node,reason,template,orders,carts,stops\n";
  for (const PickedWave& wave : waves) {
    std::size_t stops = 0;
    for (const PickBatch& batch : wave.batches) {
      stops += batch.stops.size();
    }
    out += fmt::format("{},{},\"{}\",\"{}\",{},{},{}\n", wave.wave,
                       files.network.nodes[wave.node.value].code, name_of(wave.reason),
                       wave.template_name, wave.orders.size(), wave.batches.size(), stops);
  }
  return out;
}

std::string text_of(const Options& options, WaveReader& reader, const NetworkFiles& files) {
  if (options.wave == 0) {
    return list_of(reader.found(), files);
  }
  std::string out;
  for (const PickedWave& wave : reader.found()) {
    const FloorStock& stock = reader.stock(wave.node);
    out += options.format == "json"   ? pick_json(wave, files, stock)
           : options.format == "html" ? pick_html(wave, files, stock)
                                      : pick_csv(wave, files, stock);
  }
  return out;
}

int picklist(const Options& options) {
  const LoadResult network = load_network(options.network);
  if (!network.is_ok()) {
    fmt::print(stderr, "picklist: the network is wrong; `millrace network check {}` says where\n",
               options.network);
    return exit_input;
  }
  const auto disk = open_posix_disk(options.journal, {.direct = true, .create = false});
  const auto journaled = disk.ok() ? newest_bounds(*disk.value()) : disk.error();
  if (!journaled.ok()) {
    fmt::print(stderr, "picklist: {}\n", journaled.error().text);
    return exit_for(journaled.error());
  }
  WaveReader reader(network.files, options.wave);
  ReplayOptions replaying;
  replaying.use_snapshots = false;
  replaying.tell_floors = true;
  replaying.on_batch = [&reader](const Batch& batch) { reader.read(batch); };
  const WireEncoders encoders(widest_batch);
  const auto done = recover(*disk.value(), network.files.network,
                            options.limits.settle(journaled.value()), encoders, replaying);
  if (!done.ok()) {
    fmt::print(stderr, "picklist: {}\n", done.error().text);
    return exit_for(done.error());
  }
  if (options.wave != 0 && reader.found().empty()) {
    fmt::print(stderr, "picklist: no wave {} was released\n", options.wave);
    return exit_failed;
  }
  const std::string text = text_of(options, reader, network.files);
  if (options.out.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return exit_ok;
  }
  std::ofstream file(options.out, std::ios::binary);
  file << text;
  if (!file.flush()) {
    fmt::print(stderr, "picklist: {} cannot be written\n", options.out);
    return exit_disk;
  }
  return exit_ok;
}

}  // namespace

void add_picklist(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* const command = app.add_subcommand(
      "picklist", "What is to be picked for a wave, in walking order; without --wave, all waves");
  command->add_option("--journal", options->journal, "Journal directory")->required();
  command->add_option("--network", options->network, "Network directory")->required();
  command->add_option("--wave", options->wave, "Number of the wave");
  command->add_option("--format", options->format, "csv, json, or html with barcodes")
      ->check(CLI::IsMember({"csv", "json", "html"}));
  command->add_option("--out", options->out, "File to write; else standard output");
  options->limits.add(*command);
  command->callback([options, &exit_code] { exit_code = picklist(*options); });
}

}  // namespace millrace::tools
