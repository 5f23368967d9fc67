// First every row is read and put with its invoice, since the file scatters some; then the invoices
// become orders and cancellations in the order of their first rows.
#include "tools/load/retail.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <set>
#include <span>
#include <utility>

#include "adapters/config/csv.h"
#include "adapters/config/text_value.h"
#include "engine/core/hash.h"
#include "engine/core/limits.h"

namespace millrace::load {
namespace {

enum Column : std::size_t {
  column_invoice,
  column_code,
  column_description,
  column_quantity,
  column_date,
  column_price,
  column_customer,
};

// Customers and orders draw from different streams of the seed.
constexpr std::uint64_t address_key = 0x61646472657373ULL;
constexpr std::uint64_t choices_key = 0x63686f69636573ULL;

constexpr std::size_t code_digits = 5;
constexpr std::size_t code_letters_max = 3;

struct InvoiceLine {
  std::uint32_t product;
  std::int64_t quantity;
  std::uint32_t unit_price;
};

struct Invoice {
  std::string number;
  std::string customer;
  std::string time;
  std::vector<InvoiceLine> lines;

  [[nodiscard]] bool is_cancellation() const { return number.starts_with('C'); }

  [[nodiscard]] bool is_adjustment() const { return number.starts_with('A'); }
};

std::string_view trim(std::string_view text) {
  const auto is_blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::string capitals(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

std::uint64_t pack(std::string_view text) {
  return make_postal(text.data(), text.size()).packed;
}

std::uint64_t hash_text(std::string_view text) {
  Hasher hasher;
  for (const char c : text) {
    hasher.add(static_cast<unsigned char>(c));
  }
  return hasher.value();
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& file_name, Problems& problems, Retail& retail)
      : table_(text, {.required = {"Invoice", "StockCode", "Description", "Quantity", "InvoiceDate",
                                   "Price", "Customer ID"},
                      .optional = {},
                      .others = true}),
        file_name_(file_name),
        problems_(problems),
        retail_(retail) {}

  std::vector<Invoice> read() {
    while (table_.next()) {
      ++retail_.totals.rows;
      read_row();
    }
    for (const CsvTable::Fault& fault : table_.faults()) {
      problems_.add({Severity::error, file_name_, fault.line, fault.column, fault.text});
    }
    return std::move(invoices_);
  }

 private:
  void read_row() {
    const std::string code = capitals(trim(table_.field(column_code)));
    const auto sku = retail_sku(code);
    const auto quantity = parse_signed(table_.field(column_quantity));
    const auto price = parse_decimal(table_.field(column_price));
    const std::string_view number = table_.field(column_invoice);
    if (!quantity || *quantity > quantity_max || *quantity < -std::int64_t{quantity_max}) {
      fault("Quantity", "is no quantity");
    } else if (!price) {
      fault("Price", "is no price");
    } else if (number.empty() || number.size() > 8) {
      fault("Invoice", "is no invoice number of at most 8 characters");
    } else if (!sku) {
      ++retail_.totals.dropped_non_products;
    } else {
      const double pence = std::clamp(*price * 100 + 0.5, 0.0, 4e9);
      invoice(number).lines.push_back(
          {product(code, *sku, *quantity > 0 && !number.starts_with('A')), *quantity,
           static_cast<std::uint32_t>(pence)});
    }
  }

  void fault(std::string_view column, std::string_view text) {
    problems_.add(
        {Severity::error, file_name_, table_.line(), std::string(column), std::string(text)});
  }

  Invoice& invoice(std::string_view number) {
    const auto [at, is_new] = invoice_at_.try_emplace(std::string(number), invoices_.size());
    if (is_new) {
      invoices_.push_back({std::string(number),
                           std::string(table_.field(column_customer)),
                           std::string(table_.field(column_date)),
                           {}});
    }
    return invoices_[at->second];
  }

  std::uint32_t product(const std::string& code, Sku sku, bool is_sold) {
    const auto [at, is_new] =
        product_at_.try_emplace(code, static_cast<std::uint32_t>(retail_.products.size()));
    if (is_new) {
      retail_.products.push_back({code, "", sku, 0});
    }
    RetailProduct& found = retail_.products[at->second];
    // Where nothing is sold, the description says what happened instead: "damaged", "found".
    if (is_sold && found.name.empty()) {
      found.name = trim(table_.field(column_description));
    }
    return at->second;
  }

  CsvTable table_;
  const std::string& file_name_;
  Problems& problems_;
  Retail& retail_;
  std::vector<Invoice> invoices_;
  std::map<std::string, std::size_t> invoice_at_;
  std::map<std::string, std::uint32_t> product_at_;
};

/// Turns invoices, one after the other, into the commands of the order file.
class Converter {
 public:
  Converter(const Demand& demand, std::uint64_t seed, Retail& retail)
      : draws_(demand, {.seed = seed}), seed_(seed), retail_(retail) {}

  void convert(const Invoice& invoice) {
    if (invoice.is_adjustment()) {
      retail_.totals.dropped_adjustments += invoice.lines.size();
    } else if (invoice.is_cancellation()) {
      cancel(invoice);
    } else {
      order(invoice);
    }
  }

 private:
  using CustomerAndProduct = std::pair<std::string, std::uint32_t>;

  void order(const Invoice& invoice) {
    std::vector<InvoiceLine> lines;
    for (const InvoiceLine& line : invoice.lines) {
      if (line.quantity > 0) {
        lines.push_back(line);
      } else {
        ++retail_.totals.dropped_write_offs;
      }
    }
    retail_.totals.invoices += lines.empty() ? 0 : 1;
    for (std::size_t first = 0; first < lines.size(); first += lines_per_order_max) {
      const std::size_t count = std::min<std::size_t>(lines_per_order_max, lines.size() - first);
      append(invoice, first / lines_per_order_max, std::span(lines).subspan(first, count));
    }
  }

  /// Appends one order, the `piece`th of its invoice.
  void append(const Invoice& invoice, std::size_t piece, std::span<const InvoiceLine> lines) {
    OrderFile& file = retail_.orders;
    const auto at = static_cast<std::uint32_t>(file.heads.size());
    // A customer has one address. A guest has one for the invoice.
    const std::string& who = invoice.customer.empty() ? invoice.number : invoice.customer;
    Random address(seed_ ^ address_key, hash_text(who));
    Random choices(seed_ ^ choices_key, hash_text(invoice.number));
    OrderHead head = draws_.draw_head(address, choices);
    head.id = {pack(invoice.number), piece + 1};
    head.group = pack(invoice.number);
    head.line_count = static_cast<std::uint8_t>(lines.size());
    file.entries.push_back({false, at});
    retail_.times.push_back(invoice.time);
    file.heads.push_back(head);
    file.first_line.push_back(static_cast<std::uint32_t>(file.lines.size()));
    for (const InvoiceLine& line : lines) {
      RetailProduct& product = retail_.products[line.product];
      const auto units = static_cast<std::uint32_t>(line.quantity);
      file.lines.push_back({product.sku, Units{units}, line.unit_price});
      product.units_asked += units;
      retail_.totals.units += units;
      if (!invoice.customer.empty()) {
        latest_[{invoice.customer, line.product}] = at;
      }
    }
    retail_.totals.lines += lines.size();
    retail_.totals.guest_orders += invoice.customer.empty() ? 1 : 0;
    ++retail_.totals.orders;
  }

  void cancel(const Invoice& invoice) {
    for (const InvoiceLine& line : invoice.lines) {
      const auto found = latest_.find({invoice.customer, line.product});
      if (invoice.customer.empty()) {
        ++retail_.totals.cancels_of_guests;
      } else if (found == latest_.end()) {
        ++retail_.totals.cancels_unmatched;
      } else if (!cancelled_.insert(found->second).second) {
        ++retail_.totals.cancels_repeated;
      } else {
        append_cancel(invoice, found->second);
      }
    }
  }

  void append_cancel(const Invoice& invoice, std::uint32_t order) {
    OrderFile& file = retail_.orders;
    CancelOrder cancel{};
    cancel.command = {pack(invoice.number), ++retail_.totals.cancels};
    cancel.order = file.heads[order].id;
    file.entries.push_back({true, static_cast<std::uint32_t>(file.cancels.size())});
    retail_.times.push_back(invoice.time);
    file.cancels.push_back(cancel);
  }

  OrderGenerator draws_;
  std::uint64_t seed_;
  Retail& retail_;
  std::map<CustomerAndProduct, std::uint32_t> latest_;  ///< order, by who bought what
  std::set<std::uint32_t> cancelled_;
};

}  // namespace

std::optional<Sku> retail_sku(std::string_view code) {
  if (code.size() < code_digits || code.size() > code_digits + code_letters_max) {
    return std::nullopt;
  }
  std::uint64_t sku = 0;
  for (std::size_t i = 0; i < code_digits + code_letters_max; ++i) {
    const char c = i < code.size() ? code[i] : '@';  // the character before 'A', for none
    if (i < code_digits) {
      if (c < '0' || c > '9') {
        return std::nullopt;
      }
      sku = sku * 10 + static_cast<std::uint64_t>(c - '0');
    } else {
      if (i < code.size() && (c < 'A' || c > 'Z')) {
        return std::nullopt;
      }
      sku = sku * 100 + static_cast<std::uint64_t>(c - '@');
    }
  }
  return Sku{sku};
}

Retail read_retail(std::string_view text, const std::string& file_name, const Demand& demand,
                   std::uint64_t seed, Problems& problems) {
  Retail retail;
  const std::vector<Invoice> invoices = Reader(text, file_name, problems, retail).read();
  Converter converter(demand, seed, retail);
  for (const Invoice& invoice : invoices) {
    converter.convert(invoice);
  }
  std::erase_if(retail.products,
                [](const RetailProduct& product) { return product.units_asked == 0; });
  return retail;
}

}  // namespace millrace::load
