// The expiry wheel against a sorted set.
#include "engine/state/expiry_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "tests/support/random.h"

namespace millrace {
namespace {

using Plain = std::set<std::pair<std::uint64_t, std::uint64_t>>;

/// A wheel and its plain twin, asked the same.
class Both {
 public:
  explicit Both(std::uint64_t seed) : random_(seed), wheel_(entries_max, Touch::as_used) {}

  /// Near, far, at once, in the past, and many at the same moment.
  void add() {
    const std::uint64_t bits = random_.below(50);
    const std::uint64_t ahead = random_.below((std::uint64_t{1} << bits) + 1);
    const Time due{random_.chance(5) ? now_ / 2 : (now_ + ahead) & ~(random_.below(4) * 1024)};
    const std::uint64_t key = random_.below(entries_max * 4);
    if (wheel_.full() || !plain_.emplace(due.us, key).second) {
      return;
    }
    entries_[{due.us, key}] = wheel_.add(due, key);
  }

  void remove() {
    if (plain_.empty()) {
      return;
    }
    const auto gone = std::next(plain_.begin(), static_cast<long>(random_.below(plain_.size())));
    wheel_.remove(entries_[*gone]);
    plain_.erase(gone);
  }

  void advance() {
    now_ += random_.below((std::uint64_t{1} << random_.below(46)) + 1);
    for (;;) {
      const auto due = wheel_.pop(Time{now_});
      if (!due.has_value()) {
        break;
      }
      ASSERT_FALSE(plain_.empty());
      ASSERT_EQ(std::pair(due->due.us, due->key), *plain_.begin());
      plain_.erase(plain_.begin());
      if (random_.chance(10)) {
        add();  // as an expiry that starts another
      }
    }
    ASSERT_TRUE(plain_.empty() || plain_.begin()->first > now_);
  }

  void step() {
    const std::uint64_t draw = random_.below(100);
    if (draw < 60) {
      add();
    } else if (draw < 75) {
      remove();
    } else {
      advance();
    }
    ASSERT_EQ(wheel_.size(), plain_.size());
    const std::uint64_t first = plain_.empty() ? ~std::uint64_t{0} : plain_.begin()->first;
    ASSERT_LE(wheel_.next().us, first);
    ASSERT_EQ(wheel_.next().us == ~std::uint64_t{0}, plain_.empty());
  }

 private:
  static constexpr std::uint32_t entries_max = 300;

  test::Random random_;
  ExpiryWheel wheel_;
  Plain plain_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> entries_;
  std::uint64_t now_ = 0;
};

TEST(ExpiryWheel, FallsDueAsInASortedSet) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Both both(seed);
    for (int step = 0; step < 4'000; ++step) {
      ASSERT_NO_FATAL_FAILURE(both.step()) << "seed=" << seed << " step " << step;
    }
  }
}

TEST(ExpiryWheel, IsExactToTheMicrosecond) {
  ExpiryWheel wheel(4, Touch::as_used);
  wheel.add(Time{1'800'000'001}, 7);
  EXPECT_FALSE(wheel.pop(Time{1'800'000'000}).has_value());
  EXPECT_EQ(wheel.pop(Time{1'800'000'001})->key, 7U);
  EXPECT_FALSE(wheel.pop(Time{~std::uint64_t{0}}).has_value());
}

TEST(ExpiryWheel, TheTimeItNamesIsReachedInFewSteps) {
  ExpiryWheel wheel(1, Touch::as_used);
  wheel.add(Time{30 * us_per_minute}, 1);
  int steps = 0;
  while (!wheel.pop(wheel.next()).has_value()) {
    ASSERT_LT(++steps, 10);
  }
}

TEST(ExpiryWheel, ManyAtOneMomentComeByKey) {
  constexpr std::uint32_t count = 50'000;
  ExpiryWheel wheel(count, Touch::as_used);
  for (std::uint32_t key = count; key > 0; --key) {
    wheel.add(Time{us_per_minute}, key);
  }
  EXPECT_TRUE(wheel.full());
  for (std::uint32_t key = 1; key <= count; ++key) {
    ASSERT_EQ(wheel.pop(Time{us_per_minute})->key, key);
  }
}

}  // namespace
}  // namespace millrace
