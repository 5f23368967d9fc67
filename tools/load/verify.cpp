// One connection, a few frames of GetOrder on the way at a time.
#include "tools/load/verify.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <span>
#include <utility>
#include <vector>

namespace millrace::load {
namespace {

constexpr std::uint32_t frame_orders = 256;
constexpr std::size_t frames_in_flight = 8;
constexpr std::chrono::seconds answer_timeout{30};
/// The audit walks all tables of the server, which then answers nobody.
constexpr std::chrono::seconds audit_timeout{120};

class Verifier {
 public:
  Verifier(Client client, const Acknowledged& orders, const IdOf& id_of, VerifyResult& result)
      : client_(std::move(client)), orders_(orders), id_of_(id_of), result_(result) {}

  void run(const std::function<void(std::uint64_t asked)>& progress) {
    range_digests_.resize(orders_.ranges().size());
    while (result_.broken.empty()) {
      while (questions_.size() < frames_in_flight && ask()) {
      }
      if (questions_.empty()) {
        break;
      }
      take();
      progress(result_.asked);
    }
    for (std::size_t i = 0; i < range_digests_.size(); ++i) {
      // A lost order changes its range's digest too, but has been counted already.
      result_.changed_ranges +=
          range_digests_[i].is_whole && range_digests_[i].sum != orders_.ranges()[i].digest ? 1 : 0;
    }
    result_.cancellations = orders_.cancelled().size();
  }

 private:
  /// A frame of questions without an answer: `count` orders of a range.
  struct Question {
    std::uint64_t request;
    std::size_t range;
    std::uint64_t first;
    std::uint32_t count;
  };

  struct Digest {
    std::uint64_t sum = 0;
    bool is_whole = true;
  };

  /// Asks for the next orders; false if there are no more.
  bool ask() {
    if (range_ == orders_.ranges().size()) {
      return false;
    }
    const Acknowledged::Range& range = orders_.ranges()[range_];
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(frame_orders, range.count - within_));
    frame_.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      frame_.push_back({id_of_(range.first + within_ + i)});
    }
    const std::uint64_t request = client_.put(std::span<const GetOrder>(frame_));
    questions_.push_back({request, range_, range.first + within_, count});
    within_ += count;
    if (within_ == range.count) {
      ++range_;
      within_ = 0;
    }
    return true;
  }

  void take() {
    const auto reply = client_.wait(answer_timeout);
    const Question question = questions_.front();
    questions_.pop_front();
    if (!reply) {
      result_.broken = reply.error().text;
    } else if (!reply->has_value()) {
      result_.broken = "no answer in time";
    } else if ((*reply)->kind == ReplyKind::error) {
      result_.broken = (*reply)->text;
    } else if ((*reply)->kind != ReplyKind::orders || (*reply)->request != question.request ||
               (*reply)->orders.size() != question.count) {
      result_.broken = "the answer does not fit the question";
    } else {
      for (std::uint32_t i = 0; i < question.count; ++i) {
        judge(question.range, question.first + i, (*reply)->orders[i]);
      }
    }
  }

  void judge(std::size_t range, std::uint64_t index, const OrderView& view) {
    ++result_.asked;
    if (view.state == OrderState::unknown || view.id != id_of_(index)) {
      ++result_.lost;
      range_digests_[range].is_whole = false;
      return;
    }
    range_digests_[range].sum += answer_digest(index, view.outcome);
    const auto cancelled = orders_.cancelled();
    if (view.state != OrderState::cancelled &&
        std::binary_search(cancelled.begin(), cancelled.end(), index)) {
      ++result_.cancellations_lost;
    }
  }

  Client client_;
  const Acknowledged& orders_;
  const IdOf& id_of_;
  VerifyResult& result_;
  std::size_t range_ = 0;
  std::uint64_t within_ = 0;  ///< orders of the range asked for so far
  std::deque<Question> questions_;
  std::vector<GetOrder> frame_;
  std::vector<Digest> range_digests_;
};

void audit(const Target& target, VerifyResult& result) {
  ClientResult<Client> client =
      Client::connect(target.host, target.port,
                      {.name = "millrace load", .token = target.token, .timeout = audit_timeout});
  if (!client) {
    result.broken = client.error().text;
    return;
  }
  const ClientResult<Stats> stats = client->stats(true);
  if (!stats) {
    result.broken = stats.error().text;
    return;
  }
  result.stats = *stats;
}

}  // namespace

VerifyResult verify(const Target& target, const Acknowledged& orders, const IdOf& id_of,
                    const std::function<void(std::uint64_t asked)>& progress) {
  const auto start = std::chrono::steady_clock::now();
  VerifyResult result;
  ClientResult<Client> client =
      Client::connect(target.host, target.port, {.name = "millrace load", .token = target.token});
  if (!client) {
    result.broken = client.error().text;
    return result;
  }
  Verifier(std::move(*client), orders, id_of, result).run(progress);
  if (result.broken.empty()) {
    audit(target, result);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace millrace::load
