// The validate stage: resolves ids, SKUs and regions, refuses nonsense, and finds repeated
// commands. It owns the catalogue and the id tables; what it finds stands in the batch's verdicts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/core/batch.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/stock_command.h"
#include "engine/state/catalogue.h"
#include "engine/state/id_table.h"
#include "engine/state/network.h"

namespace millrace {

/// The bytes of a command after its 16-byte id: what a repeat must match.
template <class Command>
std::span<const std::byte> body_of(const Command& command) {
  return std::as_bytes(std::span(&command, 1)).subspan(sizeof(Id128));
}

inline Verdict blank_verdict() {
  Verdict verdict{};
  verdict.region = no_region;
  verdict.target = no_slot.value;
  return verdict;
}

class Validate {
 public:
  Validate(const Network& network, const Limits& limits);

  /// Reads the batch's messages; writes verdicts and resolved lines.
  void process(Batch& batch);

  /// The bounds of the tables it owns, from the next command on; commands_max as it was.
  void set_bounds(const Bounds& bounds);

  [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }

  [[nodiscard]] const OrderIds& order_ids() const { return order_ids_; }

  [[nodiscard]] const CommandIds& command_ids() const { return command_ids_; }

  void save(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in);

 private:
  void place_orders(const Message& message, Batch& batch);
  void cancel_orders(const Message& message, Batch& batch);
  void step_orders(const Message& message, Batch& batch);
  void receive_stock(const Message& message, Batch& batch);
  void adjust_stock(const Message& message, Batch& batch);
  void change_stock(const Message& message, Batch& batch);
  void define_skus(const Message& message, Batch& batch);
  void get_orders(const Message& message, Batch& batch);
  void get_stock(const Message& message, Batch& batch);

  void place_group(std::span<const OrderHead> heads, const OrderLine* lines, const OrderLine* end,
                   Verdict* verdicts, Batch& batch);
  /// Fills in a blank verdict: how the order's id was found, and where its record is.
  void find_order(const OrderHead& head, std::span<const OrderLine> lines, std::uint64_t id_hash,
                  Verdict& verdict);
  void resolve(const OrderHead& head, std::span<const OrderLine> lines, Verdict& verdict,
               Batch& batch);
  Refusal resolve_lines(std::span<const OrderLine> lines, Verdict& verdict, Batch& batch);

  /// What a step says that lines of its order shall be.
  Refusal resolve_changes(std::span<const OrderLine> lines, Verdict& verdict, Batch& batch);

  [[nodiscard]] Refusal check(const StockChange& change, std::uint32_t& target) const;

  /// Finds or remembers a command's id; `body` is the command's bytes after it, `lines` those of
  /// the lines that belong to it.
  [[nodiscard]] Verdict find_command(CommandKind kind, CommandId id,
                                     std::span<const std::byte> body,
                                     std::span<const std::byte> lines = {});

  const Network& network_;
  Catalogue catalogue_;
  OrderIds order_ids_;
  CommandIds command_ids_;
};

}  // namespace millrace
