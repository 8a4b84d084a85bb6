// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create_turn.h"

#include <map>
#include <optional>

#include "retry/retry.h"
#include "values/guarded.h"

namespace airforce {
namespace {

constexpr Seconds kTurnPoll{0.02};

// An account that is locked, for how long is not known: creates fail for this long unsent.
constexpr Seconds kLocked{10};

struct AccountState {
  int users = 0;
  int waiting_searches = 0;
  bool is_busy = false;
  double free_at = 0;            // by Clock::elapsed()
  std::optional<Error> refusal;  // that asked for the pause until then
};

// Those that somebody wants a turn of.
Guarded<std::map<std::string, AccountState>>& accounts() {
  static Guarded<std::map<std::string, AccountState>> all;
  return all;
}

// A search that waits, until it has its turn or gives up.
class WaitingSearch {
 public:
  explicit WaitingSearch(const std::string& account) : account_(account) { add(1); }
  ~WaitingSearch() { add(-1); }
  WaitingSearch(const WaitingSearch&) = delete;
  WaitingSearch& operator=(const WaitingSearch&) = delete;

 private:
  void add(int count) { (*accounts().lock())[account_].waiting_searches += count; }

  const std::string& account_;
};

}  // namespace

CreateTurn::CreateTurn(std::string account) : account_(std::move(account)) {
  ++(*accounts().lock())[account_].users;
}

CreateTurn::~CreateTurn() {
  release();
  const auto all = accounts().lock();
  if (--(*all)[account_].users == 0) all->erase(account_);
}

bool CreateTurn::take_if_free(const GenerationContext& context, Use use, Seconds& pause) {
  const auto all = accounts().lock();
  AccountState& account = (*all)[account_];
  const Seconds left(account.free_at - context.now());
  if (left > Seconds(0)) {
    const bool has_end = account.refusal->retry_after_seconds >= 0;  // else it is locked
    if (!has_end || left >= context.deadline.left()) throw Error(*account.refusal);
    pause = left;
    return false;
  }
  pause = kTurnPoll;
  if (account.is_busy || (use == Use::Create && account.waiting_searches > 0)) return false;
  return account.is_busy = taken_ = true;
}

void CreateTurn::take(const GenerationContext& context, Use use) {
  if (taken_) return;
  std::optional<WaitingSearch> waiting;
  if (use == Use::Search) waiting.emplace(account_);
  for (Seconds pause{0}; !take_if_free(context, use, pause);) {
    if (context.past_deadline())
      throw Error(ErrorKind::Busy, Step::Create,
                  "another create of this process got no answer before the deadline",
                  "run the request again, or raise timeout");
    context.wait(pause);
  }
}

void CreateTurn::release() {
  if (taken_) (*accounts().lock())[account_].is_busy = false;
  taken_ = false;
}

void CreateTurn::hold_off(const Error& error, const GenerationContext& context) {
  release();
  const bool has_pause = error.retry_after_seconds >= 0;
  if (!has_pause && !is_locked(error)) return;
  const Seconds pause = has_pause ? Seconds(error.retry_after_seconds) : kLocked;
  const auto all = accounts().lock();
  AccountState& account = (*all)[account_];
  account.free_at = context.now() + pause.count();
  account.refusal = error;
}

}  // namespace airforce
