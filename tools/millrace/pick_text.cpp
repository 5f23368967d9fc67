// Pick lists as CSV, JSON and HTML.
#include "tools/millrace/pick_text.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <string_view>

#include "tools/millrace/code128.h"
#include "tools/millrace/command_text.h"

namespace millrace::tools {

namespace {

constexpr unsigned bar_height = 34;

const char* name_of(PickMode mode) {
  switch (mode) {
    case PickMode::single:
      return "single";
    case PickMode::batch:
      return "batch";
    case PickMode::zone:
      return "zone";
    case PickMode::wave:
      return "wave";
  }
  return "?";
}

std::string order_text(const PickedWave& wave, const PickStop& stop) {
  if (stop.order == no_pick_order) {
    return {};
  }
  const OrderId& id = wave.orders[stop.order].id;
  return fmt::format("{:016x}{:016x}", id.high, id.low);
}

/// A stop with the names of what it is about.
struct StopText {
  std::string zone;
  std::string aisle;
  std::string bin;
  std::string order;
};

StopText text_of(const PickedWave& wave, const FloorStock& stock, const PickStop& stop) {
  const FloorBin& bin = stock.bin(stop.bin);
  const FloorAisle& aisle = stock.plan().aisles[bin.aisle];
  return {stock.plan().zones[aisle.zone].code, aisle.code, bin.code, order_text(wave, stop)};
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of("\",\n\r") == std::string_view::npos) {
    return std::string{text};
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string json_text(std::string_view text) {
  std::string escaped = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      escaped += '\\';
    }
    escaped += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return escaped + "\"";
}

std::string html_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string day_text(Day day) {
  return time_text(Time{day.value * us_per_day}).substr(0, 10);
}

std::string zone_text(const PickBatch& batch, const FloorStock& stock) {
  return batch.zone == no_pick_zone ? std::string{} : stock.plan().zones[batch.zone].code;
}

std::map<Sku, std::string> item_names(const NetworkFiles& files) {
  std::map<Sku, std::string> names;
  for (const CatalogueItem& item : files.catalogue) {
    names.emplace(item.sku, item.name);
  }
  return names;
}

constexpr std::string_view page_head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Wave {0}</title><style>
body {{ font: 11pt sans-serif; margin: 1cm }}
section {{ break-after: page }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border-bottom: 1px solid #999; padding: 4px 8px; text-align: left; vertical-align: top }}
.bars {{ display: block; shape-rendering: crispEdges; max-width: 8cm }}
</style></head><body>
)";

}  // namespace

const char* name_of(WaveReason reason) {
  switch (reason) {
    case WaveReason::first_come:
      return "first come, first served";
    case WaveReason::orders:
      return "orders";
    case WaveReason::lines:
      return "lines";
    case WaveReason::units:
      return "units";
    case WaveReason::weight:
      return "weight";
    case WaveReason::age:
      return "age";
    case WaveReason::cutoff:
      return "cutoff";
    case WaveReason::interval:
      return "interval";
    case WaveReason::idle_pickers:
      return "idle pickers";
    case WaveReason::joined:
      return "joined";
  }
  return "?";
}

std::string pick_csv(const PickedWave& wave, const NetworkFiles& files, const FloorStock& stock) {
  std::string out = "wave,node,cart,picker,stop,zone,aisle,bin,sku,units,order,tote\n";
  for (const PickBatch& batch : wave.batches) {
    std::size_t number = 0;
    for (const PickStop& stop : batch.stops) {
      const StopText text = text_of(wave, stock, stop);
      fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{},{}\n", wave.wave,
                     csv_field(files.network.nodes[wave.node.value].code), batch.cart, batch.picker,
                     ++number, csv_field(text.zone), csv_field(text.aisle), csv_field(text.bin),
                     stop.sku.value, stop.units.value, text.order, stop.tote);
    }
  }
  return out;
}

std::string pick_json(const PickedWave& wave, const NetworkFiles& files, const FloorStock& stock) {
  std::string out = fmt::format(
      R"({{"wave":{},"sequence":{},"time":"{}","node":{},"ship_day":"{}","reason":"{}",)"
      R"("template":{},"mode":"{}","orders":[)",
      wave.wave, wave.sequence.value, time_text(wave.time),
      json_text(files.network.nodes[wave.node.value].code), day_text(wave.ship_day),
      name_of(wave.reason), json_text(wave.template_name), name_of(wave.mode));
  for (std::size_t at = 0; at < wave.orders.size(); ++at) {
    const OrderId& id = wave.orders[at].id;
    fmt::format_to(std::back_inserter(out), R"({}"{:016x}{:016x}")", at > 0 ? "," : "", id.high,
                   id.low);
  }
  out += R"(],"aisles":[)";
  for (std::size_t at = 0; at < wave.aisles.size(); ++at) {
    const FloorAisle& aisle = stock.plan().aisles[wave.aisles[at].value];
    out += (at > 0 ? "," : "") + json_text(stock.plan().zones[aisle.zone].code + "/" + aisle.code);
  }
  out += R"(],"batches":[)";
  for (std::size_t at = 0; at < wave.batches.size(); ++at) {
    const PickBatch& batch = wave.batches[at];
    fmt::format_to(std::back_inserter(out), R"({}{{"picker":{},"cart":{},"zone":{},"stops":[)",
                   at > 0 ? "," : "", batch.picker, batch.cart, json_text(zone_text(batch, stock)));
    for (std::size_t i = 0; i < batch.stops.size(); ++i) {
      const PickStop& stop = batch.stops[i];
      const StopText text = text_of(wave, stock, stop);
      fmt::format_to(std::back_inserter(out),
                     R"({}{{"zone":{},"aisle":{},"bin":{},"sku":{},"units":{},"order":{},)"
                     R"("tote":{}}})",
                     i > 0 ? "," : "", json_text(text.zone), json_text(text.aisle),
                     json_text(text.bin), stop.sku.value, stop.units.value, json_text(text.order),
                     stop.tote);
    }
    out += "]}";
  }
  return out + "]}\n";
}

std::string pick_html(const PickedWave& wave, const NetworkFiles& files, const FloorStock& stock) {
  const std::map<Sku, std::string> names = item_names(files);
  std::string out = fmt::format(fmt::runtime(page_head), wave.wave);
  for (const PickBatch& batch : wave.batches) {
    fmt::format_to(
        std::back_inserter(out),
        "<section><h1>Wave {} at {}: cart {}, picker {}{}</h1>\n<p>{} {}; ships {}; {} orders; "
        "released {} for {}</p>\n<table><tr><th>Zone, aisle</th><th>Bin</th><th>SKU</th>"
        "<th>Units</th><th>Order, tote</th></tr>\n",
        wave.wave, html_text(files.network.nodes[wave.node.value].code), batch.cart, batch.picker,
        batch.zone == no_pick_zone ? "" : ", zone " + html_text(zone_text(batch, stock)),
        html_text(wave.template_name), name_of(wave.mode), day_text(wave.ship_day),
        wave.orders.size(), time_text(wave.time), name_of(wave.reason));
    for (const PickStop& stop : batch.stops) {
      const StopText text = text_of(wave, stock, stop);
      const std::string sku = std::to_string(stop.sku.value);
      const auto name = names.find(stop.sku);
      fmt::format_to(std::back_inserter(out),
                     "<tr><td>{} {}</td><td>{}{}</td><td>{}{}<br>{}</td><td>{}</td>"
                     "<td>{}{}<br>tote {}</td></tr>\n",
                     html_text(text.zone), html_text(text.aisle), code128_svg(text.bin, bar_height),
                     html_text(text.bin), code128_svg(sku, bar_height), sku,
                     name == names.end() ? "" : html_text(name->second), stop.units.value,
                     text.order.empty() ? "" : code128_svg(text.order, bar_height), text.order,
                     stop.tote);
    }
    out += "</table></section>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace millrace::tools
