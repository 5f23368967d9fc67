// The validate stage.
#include "engine/stages/validate.h"

#include <algorithm>
#include <array>

#include "engine/core/check.h"
#include "engine/core/hash.h"

namespace millrace {

namespace {

/// Orders whose memory is fetched together: enough to hide an access behind the others, few enough
/// to stay in the first-level cache.
constexpr std::size_t group_orders = 32;

/// Puts services behind goods, each in their order, and takes the mark off their weights; returns
/// the number of goods.
std::uint32_t put_services_last(std::span<ResolvedLine> lines) {
  const auto services = std::stable_partition(
      lines.begin(), lines.end(),
      [](const ResolvedLine& line) { return line.unit_grams < KnownSku::service_bit; });
  for (ResolvedLine& line : std::span(services, lines.end())) {
    line.unit_grams -= KnownSku::service_bit;
  }
  return static_cast<std::uint32_t>(services - lines.begin());
}

}  // namespace

Validate::Validate(const Network& network, const Limits& limits)
    : network_(network),
      catalogue_(limits.skus_max, limits.touch),
      order_ids_(limits.orders_max, limits.touch),
      command_ids_(limits.commands_max, limits.touch) {}

void Validate::set_bounds(const Bounds& bounds) {
  CHECK(bounds.commands_max == command_ids_.commands_max());
  catalogue_.bound(bounds.skus_max);
  order_ids_.bound(bounds.orders_max);
}

void Validate::process(Batch& batch) {
  for (const Message& message : batch.in()) {
    switch (message.kind) {
      case CommandKind::place_order:
        place_orders(message, batch);
        break;
      case CommandKind::cancel_order:
        cancel_orders(message, batch);
        break;
      case CommandKind::receive_stock:
        receive_stock(message, batch);
        break;
      case CommandKind::adjust_stock:
        adjust_stock(message, batch);
        break;
      case CommandKind::stock_change:
        change_stock(message, batch);
        break;
      case CommandKind::define_sku:
        define_skus(message, batch);
        break;
      case CommandKind::step_order:
        step_orders(message, batch);
        break;
      case CommandKind::get_order:
        get_orders(message, batch);
        break;
      case CommandKind::get_stock:
        get_stock(message, batch);
        break;
      case CommandKind::tick:
      case CommandKind::release_wave:
      case CommandKind::get_stats:
      case CommandKind::refused_frame:
        // Nothing to resolve: waves name slots, and allocate checks those.
        break;
    }
  }
}

void Validate::place_orders(const Message& message, Batch& batch) {
  std::span<const OrderHead> heads = message.commands<OrderHead>();
  const OrderLine* lines = message.lines().data();
  Verdict* verdicts = batch.verdicts.data() + message.first_command;
  while (!heads.empty()) {
    const auto group = heads.first(std::min(group_orders, heads.size()));
    place_group(group, lines, message.lines().data() + message.lines().size(), verdicts, batch);
    for (const OrderHead& head : group) {
      lines += head.line_count;
    }
    verdicts += group.size();
    heads = heads.subspan(group.size());
  }
}

// What a group needs of one table is on its way together; then the next table's turn comes. The
// next group's part of the message comes meanwhile from the core of the thread that read it.
// Verdicts are written where they stay: a copy of one just made would wait for its small stores.
void Validate::place_group(std::span<const OrderHead> heads, const OrderLine* lines,
                           const OrderLine* end, Verdict* verdicts, Batch& batch) {
  std::array<std::uint64_t, group_orders> hashes;
  std::size_t line_count = 0;
  for (std::size_t at = 0; at < heads.size(); ++at) {
    fetch_ahead(heads.data() + at + group_orders);
    hashes[at] = hash_id(heads[at].id);
    order_ids_.fetch(hashes[at]);
    line_count += heads[at].line_count;
  }
  for (std::size_t at = 0; at < line_count; ++at) {
    fetch_ahead(lines + at + 2 * line_count);
    catalogue_.fetch(lines[at].sku);
  }
  const auto next = std::min(line_count, static_cast<std::size_t>(end - lines) - line_count);
  for (const OrderLine& line : std::span(lines + line_count, next)) {
    catalogue_.fetch_ahead(line.sku);
  }
  for (std::size_t at = 0; at < heads.size(); ++at) {
    const std::span of_order(lines, heads[at].line_count);
    lines += heads[at].line_count;
    Verdict& verdict = verdicts[at];
    verdict = blank_verdict();
    find_order(heads[at], of_order, hashes[at], verdict);
    if (verdict.seen == Seen::never) {
      resolve(heads[at], of_order, verdict, batch);
    }
  }
}

void Validate::find_order(const OrderHead& head, std::span<const OrderLine> lines,
                          std::uint64_t id_hash, Verdict& verdict) {
  if (head.id.is_zero()) {
    verdict.seen = Seen::untraced;
    verdict.refusal = Refusal::zero_id;
    return;
  }
  Hasher hasher;
  hasher.add_body(body_of(head));
  hasher.add_body(std::as_bytes(lines));
  verdict.body_hash = hasher.value();
  const Slot known = order_ids_.find(head.id, id_hash);
  if (known != no_slot) {
    verdict.seen = Seen::before;
    verdict.slot = known.value;
  } else if (order_ids_.full()) {
    verdict.seen = Seen::untraced;
    verdict.refusal = Refusal::orders_exhausted;
  } else {
    verdict.seen = Seen::never;
    verdict.slot = order_ids_.add(head.id, id_hash).value;
  }
}

void Validate::resolve(const OrderHead& head, std::span<const OrderLine> lines, Verdict& verdict,
                       Batch& batch) {
  verdict.first_line = batch.resolved_count;
  if (lines.empty()) {
    verdict.refusal = Refusal::no_lines;
  } else if (lines.size() > lines_per_order_max) {
    verdict.refusal = Refusal::too_many_lines;
  } else if (head.service.value >= network_.services.size()) {
    verdict.refusal = Refusal::unknown_service;
  } else if (head.channel.value >= network_.channels.size()) {
    verdict.refusal = Refusal::unknown_channel;
  } else if (head.policy >= policy_unusual && !is_policy(head.policy)) {
    verdict.refusal = Refusal::unknown_policy;
  } else if (head.policy >= policy_unusual && is_of_cart(head.policy) && head.group == 0) {
    verdict.refusal = Refusal::zero_cart;
  } else {
    verdict.region = network_.region_of(head.country, head.postal);
    verdict.refusal = verdict.region == no_region ? Refusal::unknown_region
                                                  : resolve_lines(lines, verdict, batch);
  }
  if (verdict.refusal != Refusal::none) {
    verdict.line_count = 0;
    batch.resolved_count = verdict.first_line;
  }
}

Refusal Validate::resolve_lines(std::span<const OrderLine> lines, Verdict& verdict, Batch& batch) {
  ResolvedLine* const first = batch.resolved.data() + verdict.first_line;
  std::uint32_t count = 0;
  std::uint32_t marked = 0;
  for (std::uint32_t at = 0; at < lines.size(); ++at) {
    const OrderLine& line = lines[at];
    if (line.quantity == Units{0}) {
      return Refusal::zero_quantity;
    }
    if (line.quantity.value > quantity_max) {
      return Refusal::quantity_too_large;
    }
    const KnownSku* const known = catalogue_.look_up(line.sku);
    if (known == nullptr) {
      return Refusal::unknown_sku;
    }
    const Row row = known->row();
    marked |= known->weight_grams;
    ResolvedLine* same = first;
    while (same != first + count && same->row != row) {
      ++same;
    }
    if (same == first + count) {
      *same = ResolvedLine{row, line.quantity, known->weight_grams, at, line.unit_price};
      ++count;
      continue;
    }
    const Units units = same->units + line.quantity;
    if (units.value > quantity_max) {
      return Refusal::quantity_too_large;
    }
    same->unit_price =
        static_cast<std::uint32_t>((std::uint64_t{same->unit_price} * same->units.value +
                                    std::uint64_t{line.unit_price} * line.quantity.value) /
                                   units.value);
    same->units = units;
  }
  verdict.line_count = static_cast<std::uint8_t>(count);
  if (marked >= KnownSku::service_bit) [[unlikely]] {
    verdict.line_count = static_cast<std::uint8_t>(put_services_last({first, count}));
    verdict.service_count = static_cast<std::uint8_t>(count - verdict.line_count);
  }
  batch.resolved_count += count;
  return Refusal::none;
}

Verdict Validate::find_command(CommandKind kind, CommandId id, std::span<const std::byte> body,
                               std::span<const std::byte> lines) {
  Verdict verdict = blank_verdict();
  if (id.is_zero()) {
    verdict.seen = Seen::untraced;
    verdict.refusal = Refusal::zero_id;
    return verdict;
  }
  Hasher hasher;
  hasher.add(static_cast<std::uint64_t>(kind));
  hasher.add_body(body);
  if (!lines.empty()) {
    hasher.add_body(lines);
  }
  verdict.body_hash = hasher.value();
  const std::uint64_t hash = hash_id(id);
  const std::uint32_t known = command_ids_.find(id, hash);
  if (known != IdIndex::none) {
    verdict.seen = Seen::before;
    verdict.slot = known;
  } else {
    verdict.seen = Seen::never;
    verdict.slot = command_ids_.add(id, hash);
  }
  return verdict;
}

void Validate::cancel_orders(const Message& message, Batch& batch) {
  for (const CancelOrder& cancel : message.commands<CancelOrder>()) {
    command_ids_.fetch(hash_id(cancel.command));
    order_ids_.fetch(hash_id(cancel.order));
  }
  std::uint32_t at = message.first_command;
  for (const CancelOrder& cancel : message.commands<CancelOrder>()) {
    Verdict verdict = find_command(message.kind, cancel.command, body_of(cancel));
    // Of a repetition too: its event names the order's channel.
    verdict.target = order_ids_.find(cancel.order, hash_id(cancel.order)).value;
    if (verdict.seen == Seen::never && verdict.target == no_slot.value) {
      verdict.refusal = Refusal::unknown_order;
    }
    batch.verdicts[at++] = verdict;
  }
}

void Validate::receive_stock(const Message& message, Batch& batch) {
  std::uint32_t at = message.first_command;
  for (const ReceiveStock& receipt : message.commands<ReceiveStock>()) {
    Verdict verdict = find_command(message.kind, receipt.command, body_of(receipt));
    if (verdict.seen == Seen::never) {
      verdict.target = catalogue_.find(receipt.sku).value;
      if (verdict.target == no_row.value) {
        verdict.refusal = Refusal::unknown_sku;
      } else if (catalogue_.is_service(Row{verdict.target})) {
        verdict.refusal = Refusal::service_has_no_stock;
      } else if (receipt.node.value >= network_.nodes.size()) {
        verdict.refusal = Refusal::unknown_node;
      } else if (receipt.quantity == Units{0}) {
        verdict.refusal = Refusal::zero_quantity;
      }
    }
    batch.verdicts[at++] = verdict;
  }
}

void Validate::adjust_stock(const Message& message, Batch& batch) {
  std::uint32_t at = message.first_command;
  for (const AdjustStock& adjust : message.commands<AdjustStock>()) {
    Verdict verdict = find_command(message.kind, adjust.command, body_of(adjust));
    if (verdict.seen == Seen::never) {
      verdict.target = catalogue_.find(adjust.sku).value;
      if (verdict.target == no_row.value) {
        verdict.refusal = Refusal::unknown_sku;
      } else if (catalogue_.is_service(Row{verdict.target})) {
        verdict.refusal = Refusal::service_has_no_stock;
      } else if (adjust.node.value >= network_.nodes.size()) {
        verdict.refusal = Refusal::unknown_node;
      } else if (adjust.mode > static_cast<std::uint8_t>(AdjustMode::absolute)) {
        verdict.refusal = Refusal::unknown_mode;
      } else if (adjust.reason >= adjust_reasons) {
        verdict.refusal = Refusal::unknown_reason;
      }
    }
    batch.verdicts[at++] = verdict;
  }
}

void Validate::define_skus(const Message& message, Batch& batch) {
  std::uint32_t at = message.first_command;
  for (const DefineSku& define : message.commands<DefineSku>()) {
    Verdict verdict = find_command(message.kind, define.command, body_of(define));
    if (verdict.seen == Seen::never) {
      Row row = define.sku.value == 0 ? no_row : catalogue_.find(define.sku);
      if (define.sku.value == 0) {
        verdict.refusal = Refusal::zero_sku;
      } else if (define.weight_grams > weight_grams_max) {
        verdict.refusal = Refusal::weight_too_large;
      } else if (row != no_row && catalogue_.is_service(row) != is_service(define.flags)) {
        verdict.refusal = Refusal::service_mark_fixed;
      } else if (row != no_row) {
        catalogue_.update(row, define.weight_grams, define.flags);
      } else if (catalogue_.full()) {
        verdict.refusal = Refusal::skus_exhausted;
      } else {
        row = catalogue_.add(SkuEntry{define.sku, define.weight_grams, define.flags, 0});
      }
      verdict.target = row.value;
    }
    batch.verdicts[at++] = verdict;
  }
}

void Validate::save(SectionWriter& out) const {
  catalogue_.save(out);
  order_ids_.save(out);
  command_ids_.save(out);
}

std::optional<std::string> Validate::load(SectionReader& in) {
  if (auto problem = catalogue_.load(in)) {
    return problem;
  }
  if (auto problem = order_ids_.load(in)) {
    return problem;
  }
  return command_ids_.load(in);
}

}  // namespace millrace
