// What the reference twin keeps: stock, orders, and what is noted of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/outcome.h"
#include "engine/core/types.h"

namespace millrace::reference {

class TwinRecords {
 protected:
  /// Signed, so that a bucket that falls below zero can be seen.
  struct Bucket {
    std::int64_t on_hand = 0;
    std::int64_t taken = 0;  ///< by orders
    std::int64_t damaged = 0;
    std::int64_t quarantine = 0;
    std::int64_t safety = 0;
    std::int64_t missing = 0;  ///< while those who lose them are looked for
    std::int64_t low = 0;      ///< fewer available than this are few
    bool is_low = false;       ///< and an event said so
    bool embargoed = false;    ///< not on sale yet

    /// Neither taken nor damaged nor in quarantine.
    [[nodiscard]] std::int64_t sound() const { return on_hand - taken - damaged - quarantine; }

    [[nodiscard]] std::int64_t available() const {
      return embargoed ? 0 : std::max<std::int64_t>(sound() - safety - missing, 0);
    }
  };

  /// Stock on its way.
  struct Inbound {
    Id128 reference;
    std::size_t row;
    std::size_t node;
    std::int64_t units;
    std::uint64_t eta;
    bool transfer;
  };

  /// A slice that waits.
  struct Waiting {
    std::size_t slot;
    std::size_t slice;
    std::uint64_t cancel_at = 0;
    std::int64_t promise = 0;
  };

  struct Quota {
    std::size_t row;
    std::uint16_t channel;
    std::uint16_t parent;
    std::uint64_t limit;
    std::uint64_t used;
    std::uint64_t since;
  };

  struct SkuRow {
    Sku sku;
    std::uint32_t weight_grams;
    std::uint16_t flags;
    std::vector<Bucket> buckets;                                ///< by node
    std::vector<Waiting> waiting;                               ///< first come first
    std::vector<Inbound> inbounds;                              ///< first expected first
    std::uint64_t on_sale = 0;                                  ///< when it is on sale; 0 if it is
    std::optional<std::uint64_t> watched_since = std::nullopt;  ///< day from which demand counts
    std::map<std::uint64_t, std::uint64_t> demand = {};         ///< by day
  };

  struct Slice {
    std::uint8_t line;
    std::size_t row;
    std::uint64_t units;
    SliceState state;
    bool head;
    std::size_t node;       ///< no_node while it waits
    std::int64_t ship_day;  ///< 0 while it waits
    std::uint32_t unit_price = 0;
    std::uint8_t parcel = 0;
  };

  struct Parcel {
    std::uint8_t number;
    std::uint16_t carrier;
    std::uint32_t weight_grams;
    std::array<std::uint16_t, 3> size;
    std::uint16_t flags;  ///< 1 fragile, 256 labelled, 512 shipped
    std::size_t node;
    std::int64_t delivered_day;
    std::array<char, 24> tracking;
  };

  struct Account {
    bool unpaid = false;  ///< the order was placed unpaid
    bool cart = false;    ///< held for a cart
    std::uint64_t authorised = 0;
    std::uint64_t captured = 0;
    std::uint64_t refunded = 0;
    Time due{0};
    std::uint8_t score = 0;
    std::uint8_t timer = 0;  ///< 1 feedback, 2 close, 3 done, 4 payment
    std::uint16_t text_key = 0;
  };

  struct Tried {
    std::uint8_t line;
    std::size_t node;
  };

  struct Return {
    std::size_t slice;
    std::uint8_t reason;
    std::uint64_t amount = 0;
    std::size_t instead = no_order;  ///< slot of the order that is sent instead
  };

  struct Cart {
    std::uint64_t number;
  };

  struct Link {
    std::size_t from;  ///< slot of the order whose goods came back
  };

  /// A vendor was asked for a slice, the last time.
  struct Request {
    std::uint8_t line;
    std::size_t node;
    std::size_t slice;
    std::uint64_t due;  ///< 0 once it need not answer any more
  };

  /// A node that is out or came back.
  struct Outage {
    bool out = false;
    std::size_t next = 0;   ///< what to look at next: an order, or a row for a node that is back
    std::uint64_t due = 0;  ///< when that goes on; 0 if it is done
    std::uint64_t orders = 0;
  };

  static constexpr std::size_t no_order = 0xffffffff;
  using Note = std::variant<Tried, Parcel, Account, Return, Link, Cart, Request>;

  struct Order {
    OrderId id;
    std::uint64_t body_hash;
    std::uint64_t sequence;
    Outcome outcome;
    std::int64_t promise_day = 0;
    std::size_t region = 0;
    std::size_t service = 0;
    std::uint8_t policy = 0;
    bool asks_vendors = false;
    ChannelIndex channel{0};
    std::uint8_t holds = 0;
    std::uint8_t priority = 0;
    std::map<std::uint8_t, std::uint64_t> asked;  ///< units by line, those added later too
    std::vector<Slice> slices;
    std::vector<Note> notes;  ///< in the order in which they were made
  };

  struct LoggedCommand {
    CommandId id;
    std::uint64_t body_hash;
    Outcome outcome;
  };

  struct OrderedLine {
    std::uint8_t line;
    std::size_t row;
    std::uint64_t units;
    std::uint32_t unit_price;
  };
};

}  // namespace millrace::reference
