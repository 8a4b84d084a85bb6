// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/open_purchase.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include <fcntl.h>

#include "retry/retry.h"

namespace airforce {
namespace {

constexpr Seconds kSharePoll{0.1};

// Whether a failure to buy is the answer to all who waited for it. Another one's settings, time and
// cancellation are not.
bool concerns_all(const Error& error) {
  switch (error.kind) {
    case ErrorKind::NotAuthorized:
    case ErrorKind::Rejected:
    case ErrorKind::NotFound:
    case ErrorKind::Network:
    case ErrorKind::Server:
    case ErrorKind::Protocol:
    case ErrorKind::UnknownCreate:
    case ErrorKind::TaskFailed: return true;
    default: return is_locked(error);
  }
}

using PurchaseKey = std::tuple<std::string, std::string, std::string>;

}  // namespace

class OpenPurchase {
 public:
  struct Source {
    const PurchaseShare* share;
    bool has_clip = false;
    UniqueFd clip;  // of the downloaded file
  };
  struct State {
    std::vector<Source> sources;
    const PurchaseShare* buyer = nullptr;
    std::uint64_t attempt = 0;         // of all that were begun
    std::uint64_t failed_attempt = 0;  // the last one whose failure concerns all
    std::optional<Error> failure;      // likewise
    std::optional<SharedTask> task;
    bool is_delivered = false;
    bool is_deletion_wanted = false;

    std::vector<Source>::iterator find(const PurchaseShare* share) {
      return std::find_if(sources.begin(), sources.end(),
                          [share](const Source& source) { return source.share == share; });
    }
  };

  // Locks nothing else.
  Guarded<State> state;

  static std::shared_ptr<OpenPurchase> find_or_make(const PurchaseKey& key);
};

std::shared_ptr<OpenPurchase> OpenPurchase::find_or_make(const PurchaseKey& key) {
  static auto* const all = new Guarded<std::map<PurchaseKey, std::weak_ptr<OpenPurchase>>>;
  const auto open = all->lock();
  std::erase_if(*open, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<OpenPurchase>& weak = (*open)[key];
  std::shared_ptr<OpenPurchase> purchase = weak.lock();
  if (!purchase) weak = purchase = std::make_shared<OpenPurchase>();
  return purchase;
}

PurchaseShare::PurchaseShare(const std::string& store, const RequestIdentity& identity)
    : purchase_(OpenPurchase::find_or_make({store, identity.account, identity.request})) {
  purchase_->state.lock()->sources.push_back({this, false, UniqueFd()});
}

PurchaseShare::~PurchaseShare() {
  leave();
}

std::optional<SharedTask> PurchaseShare::join(const GenerationContext& context) {
  const bool asks_store = context.settings.choice<Reuse>(Parameter::reuse) == Reuse::Always;
  std::optional<std::uint64_t> awaited;
  for (;;) {
    context.check_cancelled();
    bool is_new = false;
    {
      const auto state = purchase_->state.lock();
      if (awaited && state->failed_attempt >= *awaited) throw Error(*state->failure);
      if (state->buyer == nullptr && state->task && !asks_store) return state->task;
      if (state->buyer == nullptr) {
        state->buyer = this;
        ++state->attempt;
        return std::nullopt;
      }
      is_new = !awaited;
      if (is_new) awaited = state->attempt;
    }
    if (is_new)
      context.report(progress_event(GenerationPhase::Wait,
                                    "another source of this program is buying the same clip"));
    context.restart_timeout();  // the other one has a deadline
    context.wait(kSharePoll);
  }
}

void PurchaseShare::found(const SharedTask& task) {
  const auto state = purchase_->state.lock();
  if (state->buyer == this) state->buyer = nullptr;
  // One that the store led to another source's task knows less of it.
  const bool is_known = state->task && state->task->task_id == task.task_id;
  if (!is_known || task.intent != 0) state->task = task;
}

void PurchaseShare::failed(const Error& error) {
  const auto state = purchase_->state.lock();
  if (state->buyer != this) return;
  state->buyer = nullptr;
  if (!concerns_all(error)) return;
  state->failure = error;
  state->failed_attempt = state->attempt;
}

void PurchaseShare::forget(const std::string& task_id) {
  const auto state = purchase_->state.lock();
  if (state->task && state->task->task_id == task_id) state->task.reset();
}

bool PurchaseShare::downloaded(const std::string& path, bool delete_task) {
  UniqueFd clip(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto state = purchase_->state.lock();
  state->is_deletion_wanted = state->is_deletion_wanted || delete_task;
  const auto own = state->find(this);
  if (own == state->sources.end()) return false;  // it has left
  own->has_clip = true;
  own->clip = std::move(clip);
  return state->is_deletion_wanted &&
         std::all_of(state->sources.begin(), state->sources.end(),
                     [](const auto& source) { return source.has_clip; });
}

UniqueFd PurchaseShare::clip_of_another() const {
  const auto state = purchase_->state.lock();
  for (const OpenPurchase::Source& source : state->sources) {
    if (source.share != this && source.clip)
      return UniqueFd(fcntl(source.clip.get(), F_DUPFD_CLOEXEC, 0));
  }
  return UniqueFd();
}

bool PurchaseShare::is_delivered() const {
  return purchase_->state.lock()->is_delivered;
}

void PurchaseShare::set_delivered() {
  purchase_->state.lock()->is_delivered = true;
}

bool PurchaseShare::leave() {
  const auto state = purchase_->state.lock();
  if (state->buyer == this) state->buyer = nullptr;
  if (const auto own = state->find(this); own != state->sources.end()) state->sources.erase(own);
  return !state->sources.empty();
}

}  // namespace airforce
