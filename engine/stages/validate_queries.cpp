// What queries name.
#include "engine/core/hash.h"
#include "engine/stages/validate.h"

namespace millrace {

void Validate::get_orders(const Message& message, Batch& batch) {
  for (const GetOrder& query : message.commands<GetOrder>()) {
    order_ids_.fetch(hash_id(query.order));
  }
  std::uint32_t at = message.first_command;
  for (const GetOrder& query : message.commands<GetOrder>()) {
    Verdict verdict = blank_verdict();
    verdict.target = order_ids_.find(query.order, hash_id(query.order)).value;
    batch.verdicts[at++] = verdict;
  }
}

void Validate::get_stock(const Message& message, Batch& batch) {
  for (const GetStock& query : message.commands<GetStock>()) {
    catalogue_.fetch(query.sku);
  }
  std::uint32_t at = message.first_command;
  for (const GetStock& query : message.commands<GetStock>()) {
    Verdict verdict = blank_verdict();
    const Row row = catalogue_.find(query.sku);
    verdict.target = row.value;
    batch.verdicts[at++] = verdict;
  }
}

}  // namespace millrace
