// The reference workload on PostgreSQL: one function places a call's orders, a prepared statement
// sends them as binary arrays, a few calls are on their way at once (pipeline mode).
#include <libpq-fe.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/compare/common.h"

namespace millrace::bench::compare {
namespace {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};

using Result = std::unique_ptr<PGresult, ClearResult>;

void append_32(std::string& out, std::uint32_t value) {
  const std::uint32_t big_endian = __builtin_bswap32(value);
  out.append(reinterpret_cast<const char*>(&big_endian), sizeof(big_endian));
}

void append_64(std::string& out, std::uint64_t value) {
  append_32(out, static_cast<std::uint32_t>(value >> 32U));
  append_32(out, static_cast<std::uint32_t>(value));
}

std::uint32_t read_32(const char* bytes) {
  std::uint32_t big_endian = 0;
  std::memcpy(&big_endian, bytes, sizeof(big_endian));
  return __builtin_bswap32(big_endian);
}

/// An array of one dimension in PostgreSQL's binary format.
class BinaryArray {
 public:
  enum class Element : std::uint32_t { int2 = 21, int4 = 23, uuid = 2950 };

  explicit BinaryArray(Element element) : element_(element) { clear(); }

  void clear() {
    count_ = 0;
    bytes_.clear();
    append_32(bytes_, 1);  // dimensions
    append_32(bytes_, 0);  // no nulls
    append_32(bytes_, static_cast<std::uint32_t>(element_));
    append_32(bytes_, 0);  // elements, set by finish()
    append_32(bytes_, 1);  // index of the first
  }

  void add_16(std::uint16_t value) {
    append_32(bytes_, 2);
    bytes_.push_back(static_cast<char>(value >> 8U));
    bytes_.push_back(static_cast<char>(value & 0xffU));
    ++count_;
  }

  void add_32(std::uint32_t value) {
    append_32(bytes_, 4);
    append_32(bytes_, value);
    ++count_;
  }

  void add_id(OrderId id) {
    append_32(bytes_, 16);
    append_64(bytes_, id.high);
    append_64(bytes_, id.low);
    ++count_;
  }

  const std::string& finish() {
    std::string count;
    append_32(count, count_);
    bytes_.replace(12, 4, count);
    return bytes_;
  }

 private:
  Element element_;
  std::uint32_t count_ = 0;
  std::string bytes_;
};

/// The elements of an integer[] in the same format.
std::vector<std::uint32_t> integers_of(const PGresult* result, int column) {
  constexpr int head = 20;
  const char* const bytes = PQgetvalue(result, 0, column);
  const int size = PQgetlength(result, 0, column);
  std::vector<std::uint32_t> integers;
  for (int at = head; at + 8 <= size; at += 8) {
    integers.push_back(read_32(bytes + at + 4));
  }
  return integers;
}

class Postgres {
 public:
  explicit Postgres(std::uint16_t port)
      : connection_(PQconnectdb(
            ("host=127.0.0.1 user=postgres dbname=postgres port=" + std::to_string(port))
                .c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) {
      complain();
    }
  }

  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  ~Postgres() { PQfinish(connection_); }

  void fill(const Workload& workload, const std::string& schema) {
    ask(schema);
    ask("COPY stock FROM STDIN");
    std::string rows;
    for (std::uint32_t sku = 1; sku <= skus; ++sku) {
      rows += std::to_string(sku) + '\t' + array_text(Workload::stock_row(sku), 0) + '\n';
    }
    copy(rows);
    ask("COPY nodes_by_cost FROM STDIN");
    rows.clear();
    const auto regions = static_cast<std::uint32_t>(workload.nodes_by_cost().size() / nodes);
    for (std::uint32_t region = 0; region < regions; ++region) {
      const auto by_cost = workload.nodes_by_cost(region);
      rows += std::to_string(region) + '\t' +
              array_text(std::vector<std::uint32_t>(by_cost.begin(), by_cost.end()), 1) + '\n';
    }
    copy(rows);
    ask("VACUUM ANALYZE");
    ask("CHECKPOINT");
    const Result prepared(
        PQprepare(connection_, "place",
                  "SELECT place_orders($1::uuid[], $2::smallint[], $3::integer[], $4::integer[], "
                  "$5::integer[])",
                  0, nullptr));
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) {
      complain();
    }
  }

  void pipeline(bool is_on) {
    if ((is_on ? PQenterPipelineMode(connection_) : PQexitPipelineMode(connection_)) != 1) {
      complain();
    }
  }

  /// Puts a call on its way, a transaction of its own.
  void send(const Workload& workload, const Call& call) {
    for (BinaryArray* const column : {&ids_, &regions_, &line_counts_, &skus_, &quantities_}) {
      column->clear();
    }
    for (std::uint32_t at = 0; at < call.count; ++at) {
      const Order order = workload.order(call.first + at);
      ids_.add_id(order.id);
      regions_.add_16(order.region);
      line_counts_.add_32(static_cast<std::uint32_t>(order.lines.size()));
      for (const OrderLine& line : order.lines) {
        skus_.add_32(static_cast<std::uint32_t>(line.sku.value));
        quantities_.add_32(line.quantity.value);
      }
    }
    std::vector<const char*> values;
    std::vector<int> sizes;
    for (BinaryArray* const column : {&ids_, &regions_, &line_counts_, &skus_, &quantities_}) {
      const std::string& bytes = column->finish();
      values.push_back(bytes.data());
      sizes.push_back(static_cast<int>(bytes.size()));
    }
    const std::vector<int> formats(values.size(), 1);
    if (PQsendQueryPrepared(connection_, "place", static_cast<int>(values.size()), values.data(),
                            sizes.data(), formats.data(), 1) != 1 ||
        PQpipelineSync(connection_) != 1 || PQflush(connection_) < 0) {
      complain();
    }
  }

  /// Waits for the oldest call's answers.
  std::vector<Decision> take() {
    const Result rows(PQgetResult(connection_));
    if (PQresultStatus(rows.get()) != PGRES_TUPLES_OK) {
      complain();
    }
    std::vector<Decision> decisions;
    for (const std::uint32_t bits : integers_of(rows.get(), 0)) {
      decisions.push_back(Decision{bits});
    }
    // The end of the statement, then the end of the call: what it did is committed.
    const Result end(PQgetResult(connection_));
    const Result sync(PQgetResult(connection_));
    if (end != nullptr || PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) {
      complain();
    }
    return decisions;
  }

  std::optional<Run::Stored> read(const Order& order) {
    std::string id;
    append_64(id, order.id.high);
    append_64(id, order.id.low);
    const char* const values[] = {id.data()};
    const int sizes[] = {16};
    const int formats[] = {1};
    const Result row(PQexecParams(
        connection_, "SELECT region::integer, decision, skus, quantities FROM orders WHERE id = $1",
        1, nullptr, values, sizes, formats, 1));
    if (PQresultStatus(row.get()) != PGRES_TUPLES_OK || PQntuples(row.get()) != 1) {
      return std::nullopt;
    }
    const auto stored_skus = integers_of(row.get(), 2);
    const auto quantities = integers_of(row.get(), 3);
    std::vector<OrderLine> lines;
    for (std::size_t at = 0; at < stored_skus.size() && at < quantities.size(); ++at) {
      lines.push_back(OrderLine{Sku{stored_skus[at]}, Units{quantities[at]}, 0});
    }
    if (lines.size() > lines_max) {
      return std::nullopt;
    }
    const Body body =
        body_of({.id = order.id,
                 .region = static_cast<std::uint8_t>(read_32(PQgetvalue(row.get(), 0, 0))),
                 .lines = lines});
    return Run::Stored{.body = {body.bytes, body.bytes + body.size},
                       .decision = Decision{read_32(PQgetvalue(row.get(), 0, 1))}};
  }

  std::uint64_t units() {
    const Result sum = ask("SELECT sum(u) FROM stock, unnest(units) u");
    return std::stoull(PQgetvalue(sum.get(), 0, 0));
  }

 private:
  [[noreturn]] void complain() { fail(std::string("PostgreSQL: ") + PQerrorMessage(connection_)); }

  Result ask(const std::string& text) {
    Result result(PQexec(connection_, text.c_str()));
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) {
      complain();
    }
    return result;
  }

  void copy(const std::string& rows) {
    if (PQputCopyData(connection_, rows.data(), static_cast<int>(rows.size())) != 1 ||
        PQputCopyEnd(connection_, nullptr) != 1) {
      complain();
    }
    while (const Result result{PQgetResult(connection_)}) {
      if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
        complain();
      }
    }
  }

  static std::string array_text(const std::vector<std::uint32_t>& values, std::uint32_t added) {
    std::string text = "{";
    for (const std::uint32_t value : values) {
      text += (text.size() > 1 ? "," : "") + std::to_string(value + added);
    }
    return text + "}";
  }

  PGconn* connection_;
  BinaryArray ids_{BinaryArray::Element::uuid};
  BinaryArray regions_{BinaryArray::Element::int2};
  BinaryArray line_counts_{BinaryArray::Element::int4};
  BinaryArray skus_{BinaryArray::Element::int4};
  BinaryArray quantities_{BinaryArray::Element::int4};
};

void run(const Settings& settings) {
  const Workload workload;
  Postgres postgres(settings.port);
  postgres.fill(workload, read_file(settings.script));
  postgres.pipeline(true);
  Run run(workload, settings);
  run.loop([&](const Call& call) { postgres.send(workload, call); },
           [&] { return postgres.take(); });
  const auto again = [&](const Call& call) {
    postgres.pipeline(true);
    postgres.send(workload, call);
    auto decisions = postgres.take();
    postgres.pipeline(false);
    return decisions;
  };
  postgres.pipeline(false);
  run.check_store({.place = again,
                   .read = [&](const Order& order) { return postgres.read(order); },
                   .units = [&] { return postgres.units(); }});
  run.print();
}

}  // namespace
}  // namespace millrace::bench::compare

int main(int argc, char** argv) {
  millrace::bench::compare::run(millrace::bench::compare::Settings::parse(argc, argv));
}
