// The reference workload on LMDB, in process: two tables, one transaction a call, committed with
// the default synchronisation. There is no server, so nothing is sent and one thread does it all.
//
// What is looked up for every order is in memory as well, read from the store when it is opened:
// the rows of stock, written back once a call, and the index from ids to orders, which are stored
// by their number. A table by random id is several times slower, since nearly every order then
// rewrites a page of its own at the commit.
#include <lmdb.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/compare/common.h"
#include "engine/core/hash.h"
#include "engine/state/id_table.h"

namespace millrace::bench::compare {
namespace {

constexpr std::size_t map_bytes = std::size_t{64} << 30U;
/// Room in the index for a run without a number of orders; one that needs more is stopped.
constexpr double orders_per_second_max = 2'000'000;

void must(int code) {
  if (code != MDB_SUCCESS) {
    fail(std::string("LMDB: ") + mdb_strerror(code));
  }
}

template <class Value>
MDB_val bytes_of(Value& value) {
  return {sizeof(value), &value};
}

/// A record is the order's id, its decision and its body.
constexpr std::size_t record_head = sizeof(OrderId) + sizeof(Decision);

using StockRow = std::array<std::uint32_t, nodes>;

class Lmdb {
 public:
  Lmdb(const std::string& directory, std::uint32_t orders_max)
      : ids_(orders_max, Touch::at_start), rows_(skus + 1), is_changed_(skus + 1) {
    must(mdb_env_create(&env_));
    must(mdb_env_set_maxdbs(env_, 2));
    must(mdb_env_set_mapsize(env_, map_bytes));
    must(mdb_env_open(env_, directory.c_str(), MDB_WRITEMAP, 0600));
    MDB_txn* const txn = begin(0);
    must(mdb_dbi_open(txn, "stock", MDB_CREATE | MDB_INTEGERKEY, &stock_));
    must(mdb_dbi_open(txn, "orders", MDB_CREATE | MDB_INTEGERKEY, &orders_));
    MDB_stat stat{};
    must(mdb_stat(txn, stock_, &stat));
    if (stat.ms_entries == 0) {
      fill(txn, stock_);
    }
    read_stock(txn);
    index_orders(txn);
    must(mdb_txn_commit(txn));
  }

  Lmdb(const Lmdb&) = delete;
  Lmdb& operator=(const Lmdb&) = delete;

  ~Lmdb() { mdb_env_close(env_); }

  std::vector<Decision> place(const Workload& workload, const Call& call) {
    std::vector<Decision> decisions(call.count);
    MDB_txn* const txn = begin(0);
    MDB_cursor* orders = nullptr;
    must(mdb_cursor_open(txn, orders_, &orders));
    for (std::uint32_t at = 0; at < call.count; ++at) {
      const Order order = workload.order(call.first + at);
      decisions[at] = place_one(orders, order, workload.nodes_by_cost(order.region));
    }
    mdb_cursor_close(orders);
    write_back(txn);
    must(mdb_txn_commit(txn));
    return decisions;
  }

  std::optional<Run::Stored> read(const Order& order) {
    const Slot slot = ids_.find(order.id, hash_id(order.id));
    if (slot == no_slot) {
      return std::nullopt;
    }
    MDB_txn* const txn = begin(MDB_RDONLY);
    const MDB_val value = stored(txn, slot);
    const auto* const bytes = static_cast<const std::uint8_t*>(value.mv_data);
    Run::Stored stored;
    std::memcpy(&stored.decision, bytes + sizeof(OrderId), sizeof(Decision));
    stored.body.assign(bytes + record_head, bytes + value.mv_size);
    mdb_txn_abort(txn);
    return stored;
  }

  std::uint64_t units() {
    std::uint64_t sum = 0;
    MDB_txn* const txn = begin(MDB_RDONLY);
    MDB_cursor* cursor = nullptr;
    must(mdb_cursor_open(txn, stock_, &cursor));
    MDB_val key{};
    MDB_val value{};
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
      for (const std::uint32_t cell : row_of(value)) {
        sum += cell;
      }
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return sum;
  }

 private:
  MDB_txn* begin(unsigned flags) {
    MDB_txn* txn = nullptr;
    must(mdb_txn_begin(env_, nullptr, flags, &txn));
    return txn;
  }

  static void fill(MDB_txn* txn, MDB_dbi stock) {
    for (std::uint32_t sku = 1; sku <= skus; ++sku) {
      std::vector<std::uint32_t> row = Workload::stock_row(sku);
      MDB_val key = bytes_of(sku);
      MDB_val value{sizeof(StockRow), row.data()};
      must(mdb_put(txn, stock, &key, &value, 0));
    }
  }

  void read_stock(MDB_txn* txn) {
    for (std::uint32_t sku = 1; sku <= skus; ++sku) {
      MDB_val key = bytes_of(sku);
      MDB_val value{};
      must(mdb_get(txn, stock_, &key, &value));
      rows_[sku] = row_of(value);
    }
  }

  /// The rows that the call has changed, in the order of the table.
  void write_back(MDB_txn* txn) {
    MDB_cursor* stock = nullptr;
    must(mdb_cursor_open(txn, stock_, &stock));
    std::sort(changed_.begin(), changed_.end());
    for (std::uint32_t sku : changed_) {
      MDB_val key = bytes_of(sku);
      MDB_val value = bytes_of(rows_[sku]);
      must(mdb_cursor_put(stock, &key, &value, 0));
      is_changed_[sku] = 0;
    }
    changed_.clear();
    mdb_cursor_close(stock);
  }

  void index_orders(MDB_txn* txn) {
    MDB_cursor* cursor = nullptr;
    must(mdb_cursor_open(txn, orders_, &cursor));
    MDB_val key{};
    MDB_val value{};
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
      OrderId id;
      std::memcpy(&id, value.mv_data, sizeof(id));
      ids_.add(id, hash_id(id));
    }
    mdb_cursor_close(cursor);
  }

  MDB_val stored(MDB_txn* txn, Slot slot) {
    MDB_val key = bytes_of(slot.value);
    MDB_val value{};
    must(mdb_get(txn, orders_, &key, &value));
    return value;
  }

  /// A copy: values in a page are aligned to two bytes only.
  static StockRow row_of(const MDB_val& value) {
    StockRow row{};
    std::memcpy(row.data(), value.mv_data, sizeof(row));
    return row;
  }

  Decision place_one(MDB_cursor* orders, const Order& order,
                     std::span<const std::uint8_t> by_cost) {
    const Body body = body_of(order);
    const std::uint64_t hash = hash_id(order.id);
    Slot slot = ids_.find(order.id, hash);
    if (slot != no_slot) {
      return stored_decision(stored(mdb_cursor_txn(orders), slot), body);
    }
    const Decision decision = decide(order, by_cost);
    std::array<std::uint8_t, record_head + sizeof(body.bytes)> record{};
    std::memcpy(record.data(), &order.id, sizeof(OrderId));
    std::memcpy(record.data() + sizeof(OrderId), &decision, sizeof(Decision));
    std::memcpy(record.data() + record_head, body.bytes, body.size);
    slot = ids_.add(order.id, hash);
    MDB_val key = bytes_of(slot.value);
    MDB_val value{record_head + body.size, record.data()};
    must(mdb_cursor_put(orders, &key, &value, MDB_NOOVERWRITE));
    return decision;
  }

  static Decision stored_decision(const MDB_val& value, const Body& body) {
    const auto* const bytes = static_cast<const std::uint8_t*>(value.mv_data);
    if (value.mv_size != record_head + body.size ||
        std::memcmp(bytes + record_head, body.bytes, body.size) != 0) {
      fail("an id came again with another body");
    }
    Decision decision;
    std::memcpy(&decision, bytes + sizeof(OrderId), sizeof(decision));
    return decision;
  }

  Decision decide(const Order& order, std::span<const std::uint8_t> by_cost) {
    std::array<std::uint32_t, lines_max> can{};  // by line: the nodes that have it, as bits
    std::uint32_t all = (1U << nodes) - 1;
    Decision decision;
    for (std::size_t at = 0; at < order.lines.size(); ++at) {
      const StockRow& row = rows_[order.lines[at].sku.value];
      const std::uint32_t wanted = order.lines[at].quantity.value;
      for (std::uint32_t node = 0; node < nodes; ++node) {
        can[at] |= (row[node] >= wanted ? 1U : 0U) << node;
      }
      all &= can[at];
      if (can[at] == 0) {
        decision.set_verdict(Verdict::refused);
        return decision;
      }
    }
    decision.set_verdict(all != 0 ? Verdict::allocated : Verdict::split);
    for (std::size_t at = 0; at < order.lines.size(); ++at) {
      const std::uint32_t among = all != 0 ? all : can[at];
      std::size_t rank = 0;
      while ((among >> by_cost[rank] & 1U) == 0) {
        ++rank;
      }
      decision.set_node(at, by_cost[rank]);
      take(order.lines[at], by_cost[rank]);
    }
    return decision;
  }

  void take(const OrderLine& line, std::uint32_t node) {
    const auto sku = static_cast<std::uint32_t>(line.sku.value);
    rows_[sku][node] -= line.quantity.value;
    if (is_changed_[sku] == 0) {
      is_changed_[sku] = 1;
      changed_.push_back(sku);
    }
  }

  MDB_env* env_ = nullptr;
  MDB_dbi stock_ = 0;
  MDB_dbi orders_ = 0;
  OrderIds ids_;
  std::vector<StockRow> rows_;  ///< by SKU
  std::vector<std::uint32_t> changed_;
  std::vector<std::uint8_t> is_changed_;  ///< by SKU
};

void run(const Settings& settings) {
  const Workload workload;
  Run run(workload, settings);
  const auto orders_max = static_cast<std::uint32_t>(
      settings.orders > 0 ? settings.orders
                          : static_cast<std::uint64_t>(settings.seconds * orders_per_second_max));
  {
    Lmdb lmdb(settings.directory, orders_max);
    while (const auto call = run.next()) {
      run.answered(*call, lmdb.place(workload, *call));
    }
  }
  // Opened again, so that what is checked comes from the store.
  Lmdb lmdb(settings.directory, orders_max);
  run.check_store({.place = [&](const Call& call) { return lmdb.place(workload, call); },
                   .read = [&](const Order& order) { return lmdb.read(order); },
                   .units = [&] { return lmdb.units(); }});
  run.print();
}

}  // namespace
}  // namespace millrace::bench::compare

int main(int argc, char** argv) {
  millrace::bench::compare::run(millrace::bench::compare::Settings::parse(argc, argv));
}
