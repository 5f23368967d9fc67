// The reference workload on Redis: a Lua script places a call's orders, EVALSHA sends them, a few
// calls are on their way at once.
#include <hiredis/hiredis.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/compare/common.h"

namespace millrace::bench::compare {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

using Reply = std::unique_ptr<redisReply, FreeReply>;

std::string stock_key(std::uint32_t sku) {
  std::string key(5, 's');
  std::memcpy(key.data() + 1, &sku, sizeof(sku));
  return key;
}

std::string_view view(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), size};
}

/// The arguments of one command; they point to memory of the caller.
class Command {
 public:
  void add(std::string_view argument) {
    arguments_.push_back(argument.data());
    sizes_.push_back(argument.size());
  }

  void append_to(redisContext* context) {
    if (redisAppendCommandArgv(context, static_cast<int>(arguments_.size()), arguments_.data(),
                               sizes_.data()) != REDIS_OK) {
      fail(std::string("Redis: ") + context->errstr);
    }
  }

 private:
  std::vector<const char*> arguments_;
  std::vector<std::size_t> sizes_;
};

class Redis {
 public:
  explicit Redis(std::uint16_t port, const std::string& script)
      : context_(redisConnect("127.0.0.1", port)) {
    if (context_ == nullptr || context_->err != 0) {
      fail("Redis does not answer");
    }
    const Reply loaded = ask({"SCRIPT", "LOAD", script});
    sha_.assign(loaded->str, loaded->len);
  }

  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  ~Redis() { redisFree(context_); }

  void fill(const Workload& workload) {
    const auto costs = workload.nodes_by_cost();
    ask({"SET", "costs", view(costs.data(), costs.size())});
    for (std::uint32_t sku = 1; sku <= skus; ++sku) {
      const std::string key = stock_key(sku);
      const std::vector<std::uint32_t> row = Workload::stock_row(sku);
      Command command;
      command.add("SET");
      command.add(key);
      command.add(view(row.data(), row.size() * sizeof(row[0])));
      command.append_to(context_);
      if (sku % 1000 == 0) {
        for (int reply = 0; reply < 1000; ++reply) {
          receive();
        }
      }
    }
  }

  /// Puts a call on its way.
  void send(const Workload& workload, const Call& call) {
    bodies_.clear();
    ids_.clear();
    for (std::uint32_t at = 0; at < call.count; ++at) {
      const Order order = workload.order(call.first + at);
      ids_.push_back(order.id);
      bodies_.push_back(body_of(order));
    }
    const std::string count = std::to_string(call.count);
    Command command;
    command.add("EVALSHA");
    command.add(sha_);
    command.add(count);
    for (const OrderId& id : ids_) {
      command.add(view(&id, sizeof(id)));
    }
    for (const Body& body : bodies_) {
      command.add(view(body.bytes, body.size));
    }
    command.append_to(context_);
    int is_sent = 0;
    while (is_sent == 0) {
      if (redisBufferWrite(context_, &is_sent) != REDIS_OK) {
        fail(std::string("Redis: ") + context_->errstr);
      }
    }
  }

  /// Waits for the oldest call's answers.
  std::vector<Decision> take() {
    const Reply reply = receive();
    if (reply->type != REDIS_REPLY_STRING || reply->len % sizeof(Decision) != 0) {
      fail("the script did not answer with decisions");
    }
    std::vector<Decision> decisions(reply->len / sizeof(Decision));
    std::memcpy(decisions.data(), reply->str, reply->len);
    return decisions;
  }

  std::optional<Run::Stored> read(const Order& order) {
    const Reply reply = ask({"GET", view(&order.id, sizeof(order.id))});
    if (reply->type != REDIS_REPLY_STRING || reply->len < sizeof(Decision)) {
      return std::nullopt;
    }
    Run::Stored stored;
    const char* const begin = reply->str;
    const char* const end = begin + reply->len - sizeof(Decision);
    stored.body.assign(begin, end);
    std::memcpy(&stored.decision, end, sizeof(Decision));
    return stored;
  }

  std::uint64_t units() {
    std::uint64_t sum = 0;
    for (std::uint32_t sku = 1; sku <= skus; ++sku) {
      const Reply reply = ask({"GET", stock_key(sku)});
      std::vector<std::uint32_t> row(nodes);
      if (reply->len != row.size() * sizeof(row[0])) {
        fail("a row of stock is missing");
      }
      std::memcpy(row.data(), reply->str, reply->len);
      for (const std::uint32_t cell : row) {
        sum += cell;
      }
    }
    return sum;
  }

 private:
  Reply receive() {
    void* reply = nullptr;
    if (redisGetReply(context_, &reply) != REDIS_OK) {
      fail(std::string("Redis: ") + context_->errstr);
    }
    Reply owned(static_cast<redisReply*>(reply));
    if (owned->type == REDIS_REPLY_ERROR) {
      fail(std::string("Redis: ") + owned->str);
    }
    return owned;
  }

  Reply ask(const std::vector<std::string_view>& arguments) {
    Command command;
    for (const std::string_view argument : arguments) {
      command.add(argument);
    }
    command.append_to(context_);
    return receive();
  }

  redisContext* context_;
  std::string sha_;
  std::vector<OrderId> ids_;
  std::vector<Body> bodies_;
};

void run(const Settings& settings) {
  const Workload workload;
  Redis redis(settings.port, read_file(settings.script));
  redis.fill(workload);
  Run run(workload, settings);
  run.loop([&](const Call& call) { redis.send(workload, call); }, [&] { return redis.take(); });
  run.check_store({.place =
                       [&](const Call& call) {
                         redis.send(workload, call);
                         return redis.take();
                       },
                   .read = [&](const Order& order) { return redis.read(order); },
                   .units = [&] { return redis.units(); }});
  run.print();
}

}  // namespace
}  // namespace millrace::bench::compare

int main(int argc, char** argv) {
  millrace::bench::compare::run(millrace::bench::compare::Settings::parse(argc, argv));
}
