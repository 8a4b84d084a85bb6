// SPDX-License-Identifier: LGPL-2.1-or-later
// What the store costs: store-bench [WHERE...], each as for AIRFORCE_STORE; without one, a SQLite
// file in the current directory. Prints a table in Markdown, in milliseconds.
//
// N others wait for the account's only slot: intents of ten owners, each asked for four times a
// second, as generations do.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "store/open_store.h"
#include "values/error.h"

namespace airforce {
namespace {

constexpr int kOwners = 10;
constexpr int kSamples = 300;
constexpr int kHandOvers = 100;
constexpr auto kAskEvery = std::chrono::milliseconds(250);

using Clock = std::chrono::steady_clock;

std::unique_ptr<Store> open(const std::string& where) {
  return open_store(where, std::make_unique<ClipCache>("/nonexistent", 0), system_clock());
}

std::int64_t new_intent(Store& store, const std::string& account) {
  return store.claim({account, "request", "model", "summary"}, Reusable::Nothing).intent.id;
}

class Times {
 public:
  void measure(const std::function<void()>& step) {
    const auto before = Clock::now();
    step();
    milliseconds_.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - before).count());
  }
  void print(const char* what) {
    std::sort(milliseconds_.begin(), milliseconds_.end());
    const auto at = [&](double part) {
      return milliseconds_[static_cast<std::size_t>(part *
                                                    static_cast<double>(milliseconds_.size() - 1))];
    };
    std::printf("| %s | %.2f | %.2f |\n", what, at(0.5), at(0.99));
    std::fflush(stdout);
  }

 private:
  std::vector<double> milliseconds_;
};

// N intents that wait, and are asked for, until this is destroyed.
class Waiters {
 public:
  Waiters(const std::string& where, const std::string& account, int count) {
    for (int n = 0; n < std::min(count, kOwners); ++n) {
      threads_.emplace_back([=, this] {
        const auto store = open(where);
        std::vector<std::int64_t> intents;
        for (int m = n; m < count; m += kOwners) {
          intents.push_back(new_intent(*store, account));
          store->take_slot(intents.back(), 1);
          ++waiting_;
        }
        while (!stop_) {
          const auto round = Clock::now();
          for (const auto intent : intents) {
            if (stop_) return;
            store->take_slot(intent, 1);
          }
          std::this_thread::sleep_until(round + kAskEvery);
        }
      });
    }
    while (waiting_ < count) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ~Waiters() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
  }

 private:
  std::atomic<int> waiting_ = 0;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

void bench_intents(const std::string& where) {
  const auto store = open(where);
  Times claim;
  Times sending;
  Times created;
  Times settle;
  for (int n = 0; n < kSamples; ++n) {
    std::int64_t intent = 0;
    claim.measure([&] { intent = new_intent(*store, "bench-intents-" + std::to_string(n % 7)); });
    sending.measure([&] { store->sending(intent, 0); });
    created.measure([&] { store->created(intent, "task-" + std::to_string(intent), 0, 1); });
    settle.measure([&] { store->settle(intent, IntentState::Delivered); });
  }
  claim.print("intent claimed");
  sending.print("intent written: sending");
  created.print("intent written: created");
  settle.print("intent settled");
}

void bench_slot(const std::string& where) {
  const auto store = open(where);
  const auto intent = new_intent(*store, "bench-slot");
  Times both;
  for (int n = 0; n < kSamples; ++n) {
    both.measure([&] {
      store->take_slot(intent, 4);
      store->free_slot(intent);
    });
  }
  both.print("slot taken and given back, nobody waits");
}

void bench_waiting(const std::string& where, int count) {
  const std::string account = "bench-waiting-" + std::to_string(count);
  const auto store = open(where);
  std::vector<std::int64_t> ours;  // the holder, and the head of the queue
  for (int n = 0; n <= kHandOvers; ++n) {
    ours.push_back(new_intent(*store, account));
    store->take_slot(ours.back(), 1);
  }
  const Waiters others(where, account, count);
  const auto last = new_intent(*store, account);
  store->take_slot(last, 1);
  Times ask;
  for (int n = 0; n < kSamples; ++n) {
    ask.measure([&] { store->take_slot(last, 1); });
  }
  Times hand_over;
  for (int n = 0; n < kHandOvers; ++n) {
    hand_over.measure([&] {
      store->free_slot(ours[static_cast<std::size_t>(n)]);
      store->take_slot(ours[static_cast<std::size_t>(n) + 1], 1);
    });
  }
  const std::string suffix = ", " + std::to_string(count) + " wait";
  ask.print(("the last of the queue asks" + suffix).c_str());
  hand_over.print(("slot given back and taken by the next" + suffix).c_str());
}

void bench(const std::string& where) {
  std::printf("| %s | p50 ms | p99 ms |\n|---|---|---|\n",
              where.substr(0, where.find(':')).c_str());
  bench_intents(where);
  bench_slot(where);
  for (const int count : {10, 100, 1000}) bench_waiting(where, count);
  std::printf("\n");
}

}  // namespace
}  // namespace airforce

int main(int count, char** arguments) {
  std::vector<std::string> places(arguments + 1, arguments + count);
  const bool own = places.empty();
  if (own) places.push_back("store-bench-" + std::to_string(getpid()) + ".sqlite");
  try {
    for (const auto& place : places) airforce::bench(place);
  } catch (const airforce::Error& error) {
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return 1;
  }
  for (const char* suffix : {"", "-wal", "-shm", ".owners"}) {
    if (own) std::remove((places[0] + suffix).c_str());
  }
}
