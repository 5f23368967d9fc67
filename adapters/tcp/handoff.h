// Hands objects from any thread to the one that owns them: a push is one compare and swap, taking
// all is one exchange, and nothing is allocated because the links lie in the objects.
#pragma once

#include <atomic>

namespace millrace {

/// T has a member `T* next`, which belongs to the handoff while the object is in it.
template <class T>
class Handoff {
 public:
  /// True if it was empty: whoever takes must then be told.
  bool push(T* item) {
    T* top = top_.load(std::memory_order_relaxed);
    do {
      item->next = top;
    } while (!top_.compare_exchange_weak(top, item, std::memory_order_release,
                                         std::memory_order_relaxed));
    return top == nullptr;
  }

  /// Everything pushed so far, linked, the last one first.
  [[nodiscard]] T* take_all() { return top_.exchange(nullptr, std::memory_order_acquire); }

  /// The same, the first one first.
  [[nodiscard]] T* take_all_in_order() {
    T* reversed = nullptr;
    for (T* item = take_all(); item != nullptr;) {
      T* const following = item->next;
      item->next = reversed;
      reversed = item;
      item = following;
    }
    return reversed;
  }

 private:
  std::atomic<T*> top_{nullptr};
};

}  // namespace millrace
