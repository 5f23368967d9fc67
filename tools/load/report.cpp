// JSON and CSV come from one list of figures, so that they cannot disagree.
#include "tools/load/report.h"

#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/names.h"
#include "tools/load/format.h"
#include "tools/load/lives_report.h"

namespace millrace::load {
namespace {

/// Names and printed values, in the order of the report.
using Figures = std::vector<std::pair<std::string, std::string>>;

std::string whole(std::uint64_t value) {
  return std::to_string(value);
}

std::string microseconds(std::uint64_t ns) {
  return format("%.1f", static_cast<double>(ns) / 1000);
}

double orders_per_second(const RunResult& result) {
  return result.seconds > 0 ? static_cast<double>(result.tally.orders) / result.seconds : 0;
}

double reads_per_second(const ReadResult& reads) {
  return reads.seconds > 0 ? static_cast<double>(reads.reads) / reads.seconds : 0;
}

double percent_of(std::uint64_t part, std::uint64_t all) {
  return all > 0 ? 100 * static_cast<double>(part) / static_cast<double>(all) : 0;
}

void add_reads(const RunResult& result, Figures& figures) {
  if (result.reads) {
    const ReadResult& reads = *result.reads;
    figures.insert(figures.end(),
                   {{"reads", whole(reads.reads)},
                    {"reads_seconds", format("%.3f", reads.seconds)},
                    {"reads_cpu_seconds", format("%.3f", reads.cpu_seconds)},
                    {"reads_per_second", format("%.0f", reads_per_second(reads))},
                    {"reads_latency_us_p50", microseconds(reads.latency.percentile(50))},
                    {"reads_latency_us_p99", microseconds(reads.latency.percentile(99))},
                    {"reads_failures", whole(reads.failures.count())}});
  }
  if (result.compared) {
    figures.insert(figures.end(),
                   {{"skus_compared", whole(result.compared->skus)},
                    {"units_available", whole(result.compared->units)},
                    {"availability_differences", whole(result.compared->differences)}});
  }
}

Figures figures_of(const RunResult& result) {
  const Tally& tally = result.tally;
  Figures figures{
      {"orders_sent", whole(result.orders_sent)},
      {"orders_answered", whole(tally.orders)},
      {"orders_unanswered", whole(result.orders_unanswered)},
      {"allocated", whole(tally.allocated)},
      {"split", whole(tally.split)},
      {"partly_backordered", whole(tally.partly_backordered)},
      {"backordered", whole(tally.backordered)},
      {"refused", whole(tally.refused)},
      {"lines", whole(tally.lines)},
      {"units_asked", whole(tally.units_asked)},
      {"units_allocated", whole(tally.units_allocated)},
      {"units_backordered", whole(tally.units_backordered)},
      {"units_refused", whole(tally.units_refused)},
      {"cancels", whole(tally.cancels)},
      {"cancelled", whole(tally.cancelled)},
      {"frame_orders", whole(result.frame_orders)},
      {"seconds", format("%.3f", result.seconds)},
      {"cpu_seconds", format("%.3f", result.cpu_seconds)},
      {"orders_per_second", format("%.0f", orders_per_second(result))},
      {"latency_us_p50", microseconds(result.latency.percentile(50))},
      {"latency_us_p90", microseconds(result.latency.percentile(90))},
      {"latency_us_p99", microseconds(result.latency.percentile(99))},
      {"latency_us_p999", microseconds(result.latency.percentile(99.9))},
      {"latency_us_max", microseconds(result.latency.max())},
      {"bytes_sent", whole(result.bytes_sent)},
      {"bytes_received", whole(result.bytes_received)},
      {"reconnects", whole(result.reconnects)},
      {"outage_seconds", format("%.3f", result.outage_s)},
      {"failures", whole(result.failures.count())},
  };
  add_reads(result, figures);
  return figures;
}

Figures figures_of(const VerifyResult& result) {
  return {
      {"orders_asked_for", whole(result.asked)},
      {"orders_lost", whole(result.lost)},
      {"ranges_changed", whole(result.changed_ranges)},
      {"cancellations", whole(result.cancellations)},
      {"cancellations_lost", whole(result.cancellations_lost)},
      {"invariant_violations", whole(result.stats.invariant_violations)},
      {"server_sequence", whole(result.stats.sequence.value)},
      {"server_orders", whole(result.stats.orders)},
      {"seconds", format("%.3f", result.seconds)},
  };
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += format("\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// The members of a JSON object, without its braces.
std::string members(const Figures& figures) {
  std::string out;
  for (const auto& [name, value] : figures) {
    out += (out.empty() ? "" : ", ") + json_quoted(name) + ": " + value;
  }
  return out;
}

std::string refusals_json(const Tally& tally) {
  Figures figures;
  for (std::size_t i = 0; i < refusals; ++i) {
    if (tally.refused_by[i] > 0) {
      figures.emplace_back(name_of(static_cast<Refusal>(i)), whole(tally.refused_by[i]));
    }
  }
  return members(figures);
}

std::string failures_json(const RunResult& result) {
  std::string out;
  for (const std::string& failure : result.failures.first()) {
    out += (out.empty() ? "" : ", ") + json_quoted(failure);
  }
  if (result.reads) {
    for (const std::string& failure : result.reads->failures.first()) {
      out += (out.empty() ? "" : ", ") + json_quoted(failure);
    }
  }
  return out;
}

/// Why the run, its reads or the comparison ended before their time.
std::string why_broken(const RunResult& result) {
  if (!result.broken.empty()) {
    return result.broken;
  }
  if (result.reads && !result.reads->broken.empty()) {
    return "reads: " + result.reads->broken;
  }
  return result.compared ? result.compared->broken : "";
}

std::string status_line(const char* name, std::uint64_t count, std::uint64_t all) {
  return format("  %-22s %12llu  %5.1f %%\n", name, static_cast<unsigned long long>(count),
                percent_of(count, all));
}

std::string milliseconds(std::uint64_t ns) {
  return format("%.3f ms", static_cast<double>(ns) / 1e6);
}

std::string reads_report(const RunResult& result) {
  const ReadResult& reads = *result.reads;
  std::string out = format("availability read        %12llu in %.3f s\n",
                           static_cast<unsigned long long>(reads.reads), reads.seconds);
  out += format("reads per second         %12.0f\n", reads_per_second(reads));
  out += "latency of a frame       p50 " + milliseconds(reads.latency.percentile(50)) + ", p99 " +
         milliseconds(reads.latency.percentile(99)) + "\n";
  if (result.compared) {
    out += "availability and stock   " + whole(result.compared->differences) + " of " +
           whole(result.compared->skus) + " SKUs differ\n";
  }
  if (!reads.broken.empty()) {
    out += "the reading broke off    " + reads.broken + "\n";
  }
  out += format("wrong reads              %12llu\n",
                static_cast<unsigned long long>(reads.failures.count()));
  for (const std::string& failure : reads.failures.first()) {
    out += "  " + failure + "\n";
  }
  return out;
}

std::string orders_report(const RunResult& result) {
  const Tally& tally = result.tally;
  std::string out = format("orders sent              %12llu\n",
                           static_cast<unsigned long long>(result.orders_sent));
  out += format("orders answered          %12llu\n", static_cast<unsigned long long>(tally.orders));
  out += status_line("shipped complete", tally.allocated, tally.orders);
  out += status_line("split", tally.split, tally.orders);
  out += status_line("partly backordered", tally.partly_backordered, tally.orders);
  out += status_line("backordered", tally.backordered, tally.orders);
  out += status_line("refused", tally.refused, tally.orders);
  for (std::size_t i = 0; i < refusals; ++i) {
    if (tally.refused_by[i] > 0) {
      out += status_line(("  " + std::string(name_of(static_cast<Refusal>(i)))).c_str(),
                         tally.refused_by[i], tally.orders);
    }
  }
  out +=
      format("units asked              %12llu = %llu allocated + %llu backordered + %llu refused\n",
             static_cast<unsigned long long>(tally.units_asked),
             static_cast<unsigned long long>(tally.units_allocated),
             static_cast<unsigned long long>(tally.units_backordered),
             static_cast<unsigned long long>(tally.units_refused));
  if (tally.cancels > 0) {
    out += format("orders cancelled         %12llu of %llu asked\n",
                  static_cast<unsigned long long>(tally.cancelled),
                  static_cast<unsigned long long>(tally.cancels));
  }
  out += format("time                     %12.3f s, %u orders a frame, %.1f MB out, %.1f MB in\n",
                result.seconds, result.frame_orders, static_cast<double>(result.bytes_sent) / 1e6,
                static_cast<double>(result.bytes_received) / 1e6);
  out += format("orders per second        %12.0f\n", orders_per_second(result));
  out += "latency                  p50 " + milliseconds(result.latency.percentile(50)) + ", p90 " +
         milliseconds(result.latency.percentile(90)) + ", p99 " +
         milliseconds(result.latency.percentile(99)) + ", p99.9 " +
         milliseconds(result.latency.percentile(99.9)) + ", max " +
         milliseconds(result.latency.max()) + "\n";
  if (result.reconnects > 0) {
    out += format("connections lost         %12llu, without answers for %.3f s\n",
                  static_cast<unsigned long long>(result.reconnects), result.outage_s);
  }
  if (!result.broken.empty()) {
    out += "the run broke off        " + result.broken + "; " + whole(result.orders_unanswered) +
           " orders on their way have no answer\n";
  }
  out += format("wrong answers            %12llu\n",
                static_cast<unsigned long long>(result.failures.count()));
  for (const std::string& failure : result.failures.first()) {
    out += "  " + failure + "\n";
  }
  return out;
}

}  // namespace

std::string text_report(const RunResult& result) {
  // Readers may have been alone.
  const std::string orders = result.source.empty() ? "" : orders_report(result);
  return orders + (result.lives ? text_report(*result.lives, result) : "") +
         (result.reads ? reads_report(result) : "");
}

std::string text_report(const VerifyResult& result) {
  if (!result.broken.empty()) {
    return "the server could not be asked: " + result.broken + "\n";
  }
  std::string out = "acknowledged orders asked for: " + whole(result.asked) + "\n";
  out += "acknowledged orders lost: " + whole(result.lost) + "\n";
  out += "acknowledged answers changed: " + whole(result.changed_ranges) + "\n";
  if (result.cancellations > 0) {
    out += "acknowledged cancellations lost: " + whole(result.cancellations_lost) + " of " +
           whole(result.cancellations) + "\n";
  }
  out += "stock invariant violations: " + whole(result.stats.invariant_violations) + "\n";
  return out;
}

std::string json_report(const RunResult& result, const VerifyResult* verified) {
  std::string out = "{\"source\": " + json_quoted(result.source) + ", " +
                    members(figures_of(result)) + ", \"refused_by\": {" +
                    refusals_json(result.tally) +
                    "}, \"broken\": " + json_quoted(why_broken(result)) + ", \"wrong_answers\": [" +
                    failures_json(result) + "]";
  if (verified != nullptr) {
    out += ", \"verified\": {" + members(figures_of(*verified)) +
           ", \"broken\": " + json_quoted(verified->broken) + "}";
  }
  if (result.lives) {
    out += ", \"lives\": " + json_report(*result.lives, result);
  }
  return out + "}\n";
}

std::string json_report(const VerifyResult& result) {
  return "{" + members(figures_of(result)) + ", \"broken\": " + json_quoted(result.broken) + "}\n";
}

std::string csv_report(const RunResult& result) {
  std::string header;
  std::string values;
  for (const auto& [name, value] : figures_of(result)) {
    header += (header.empty() ? "" : ",") + name;
    values += (values.empty() ? "" : ",") + value;
  }
  return header + "\n" + values + "\n";
}

}  // namespace millrace::load
