// The state digest, item by item as docs/semantics.md lists them under Digest.
#include <span>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

void add_outcome(Hasher& hasher, const Outcome& outcome) {
  hasher.add_words(std::as_bytes(std::span(&outcome, 1)));
}

}  // namespace

void Twin::add_note(Hasher& hasher, const Tried& tried) {
  hasher.add(1U | std::uint64_t{tried.line} << 8U | std::uint64_t{tried.node} << 16U);
}

void Twin::add_note(Hasher& hasher, const Parcel& parcel) {
  hasher.add(2U | std::uint64_t{parcel.number} << 8U | std::uint64_t{parcel.carrier} << 16U);
  hasher.add(parcel.weight_grams | std::uint64_t{parcel.flags} << 32U |
             std::uint64_t{parcel.node} << 48U);
  hasher.add(parcel.size[0] | std::uint64_t{parcel.size[1]} << 16U |
             std::uint64_t{parcel.size[2]} << 32U |
             static_cast<std::uint64_t>(parcel.delivered_day) << 48U);
  hasher.add_words(std::as_bytes(std::span(parcel.tracking)));
}

void Twin::add_note(Hasher& hasher, const Account& account) {
  hasher.add(3U | (account.unpaid ? 256U : 0U) | (account.cart ? 512U : 0U));
  hasher.add(account.authorised);
  hasher.add(account.captured);
  hasher.add(account.refunded);
  hasher.add(account.due.us);
  hasher.add(account.score | std::uint64_t{account.timer} << 8U |
             std::uint64_t{account.text_key} << 16U);
}

void Twin::add_note(Hasher& hasher, const Return& goods) {
  hasher.add(4U | std::uint64_t{goods.reason} << 8U);
  hasher.add(goods.amount);
  hasher.add(goods.instead);
}

void Twin::add_note(Hasher& hasher, const Link& link) {
  hasher.add(5U);
  hasher.add(link.from);
}

void Twin::add_note(Hasher& hasher, const Cart& cart) {
  hasher.add(6U);
  hasher.add(cart.number);
}

void Twin::add_note(Hasher& hasher, const Request& request) {
  hasher.add(7U | std::uint64_t{request.line} << 8U | std::uint64_t{request.node} << 16U);
  hasher.add(request.due);
}

std::uint64_t Twin::digest() const {
  Hasher hasher;
  hasher.add(sequence_);
  hasher.add(now_.us);
  hasher.add(outcome_digest_.value());

  hasher.add(rows_.size());
  for (const SkuRow& row : rows_) {
    hasher.add(row.sku.value);
    hasher.add(row.weight_grams);
    hasher.add(row.flags);
    for (std::size_t node = 0; node < row.buckets.size(); ++node) {
      const Bucket& bucket = row.buckets[node];
      if (bucket.on_hand > 0 || bucket.available() > 0) {
        hasher.add(node);
        hasher.add(static_cast<std::uint64_t>(bucket.on_hand));
        hasher.add(static_cast<std::uint64_t>(bucket.available()));
      }
      if (bucket.damaged > 0 || bucket.quarantine > 0 || bucket.safety > 0 || bucket.low > 0) {
        hasher.add(node);
        hasher.add_pair(static_cast<std::uint64_t>(bucket.damaged),
                        static_cast<std::uint64_t>(bucket.quarantine));
        hasher.add_pair(static_cast<std::uint64_t>(bucket.safety),
                        static_cast<std::uint64_t>(bucket.low) |
                            (std::uint64_t{bucket.is_low ? 1U : 0U} << 32U));
      }
    }
  }

  for (const SkuRow& row : rows_) {
    for (const Inbound& inbound : row.inbounds) {
      hasher.add(inbound.reference);
      hasher.add_pair(inbound.row, inbound.eta);
      hasher.add_pair(static_cast<std::uint64_t>(inbound.units),
                      inbound.node | (std::uint64_t{inbound.transfer ? 1U : 0U} << 16U));
    }
  }

  for (const Quota& quota : quotas_) {
    hasher.add_pair(quota.row | (std::uint64_t{quota.channel} << 32U), quota.parent);
    hasher.add_pair(quota.limit | (quota.used << 32U), quota.since);
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (rows_[row].on_sale > 0) {
      hasher.add_pair(row, rows_[row].on_sale);
    }
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (rows_[row].watched_since.has_value()) {
      hasher.add_pair(row, *rows_[row].watched_since);
      for (const auto& [day, units] : rows_[row].demand) {
        if (units > 0 && day + 28 >= now_.us / us_per_day) {
          hasher.add_pair(day, units);
        }
      }
    }
  }

  prices_.add_to(hasher, rows_.size());
  hasher.add(orders_.size());
  hasher.add(spent_);
  std::uint64_t sum = 0;
  for (std::size_t slot = 0; slot < orders_.size(); ++slot) {
    const Order& order = orders_[slot];
    Hasher of_order;
    of_order.add(slot);
    of_order.add(order.id);
    of_order.add(order.body_hash);
    of_order.add(order.sequence);
    add_outcome(of_order, order.outcome);
    const bool is_refused = order.outcome.status == Status::refused;
    of_order.add(static_cast<std::uint64_t>(order.promise_day) + 65'536U * order.holds +
                 (is_refused ? 0 : (order.service << 32U) + (order.region << 40U)));
    of_order.add(order.slices.size());
    for (const Slice& slice : order.slices) {
      of_order.add(slice.row);
      of_order.add(slice.units | (std::uint64_t{slice.unit_price} << 32U));
      of_order.add(slice.line | (static_cast<std::uint64_t>(slice.state) << 8U) |
                   (std::uint64_t{slice.head ? 1U : 0U} << 16U) |
                   (std::uint64_t{slice.parcel} << 24U));
      of_order.add(slice.node | (static_cast<std::uint64_t>(slice.ship_day) << 16U));
    }
    for (const Note& note : order.notes) {
      std::visit([&](const auto& of_kind) { add_note(of_order, of_kind); }, note);
    }
    sum += of_order.value();
  }
  hasher.add(sum);

  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (!rows_[row].waiting.empty()) {
      hasher.add(row);
      for (const Waiting& waiting : rows_[row].waiting) {
        hasher.add(waiting.slot | orders_[waiting.slot].slices[waiting.slice].units << 32U);
        hasher.add_pair(static_cast<std::uint64_t>(waiting.promise) |
                            (std::uint64_t{orders_[waiting.slot].priority} << 16U),
                        waiting.cancel_at);
      }
    }
  }

  for (std::size_t node = 0; node < shipments_.size(); ++node) {
    hasher.add(node);
    const std::int64_t today = network_.local(node, now_).day;
    for (const auto& [day, count] : shipments_[node]) {
      if (day >= today && day < today + 64 && count > 0) {
        hasher.add(static_cast<std::uint64_t>(day));
        hasher.add(static_cast<std::uint64_t>(count));
      }
    }
  }

  for (const auto& [node, outage] : outages_) {
    if (outage.out || outage.due > 0) {
      hasher.add_pair(node | (std::uint64_t{outage.out ? 1U : 0U} << 16U), outage.next);
      hasher.add_pair(outage.due, outage.orders);
    }
  }

  waves_.add_to(hasher);

  hasher.add(log_.size());
  for (const LoggedCommand& entry : log_) {
    hasher.add(entry.id);
    hasher.add(entry.body_hash);
    add_outcome(hasher, entry.outcome);
  }
  hasher.add(told_);
  hasher.add(event_digest_.value());
  return hasher.value();
}

}  // namespace millrace::reference
