// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/purchase.h"

#include "generation/budget.h"
#include "generation/charge.h"
#include "generation/create.h"
#include "generation/known_task.h"
#include "generation/pricing.h"
#include "generation/reconcile.h"
#include "generation/remember.h"
#include "generation/slot.h"
#include "generation/uri_policy.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr Seconds kSameClipPoll{0.25};
// Each may end with an old task that is gone by now.
constexpr int kMaxRounds = 32;

void record_created(const GenerationContext& context, Store& store, std::int64_t intent,
                    const Task& task) {
  remember(context, [&] {
    store.created(intent, task.task_id, task.expires_at.value_or(0), task.cost_cents.value_or(-1));
  });
  context.report(progress_event(
      GenerationPhase::Queued,
      "task " + shell_quoted(task.task_id) +
          (task.cost_cents ? ", price " + cents_text(*task.cost_cents) : std::string())));
}

std::string unknown_id(const std::string& task_id) {
  return "the service does not know task " + shell_quoted(task_id) +
         ", with which it answered the create";
}

class Purchaser {
 public:
  Purchaser(const GenerationContext& context, Store& store, const RequestIdentity& identity,
            const Inputs& inputs)
      : context_(context), store_(store), identity_(identity), inputs_(inputs) {}

  Purchase run() {
    // Each round ends with a purchase, an error, or an intent settled that can't be used any more.
    for (int round = 0; round < kMaxRounds;) {
      context_.check_cancelled();
      const Claim claim = store_.claim(identity_, reusable());
      switch (claim.kind) {
        case Claim::Kind::Wait:
          if (auto found = share(claim.intent)) return *found;
          wait_for_the_same_clip();
          continue;
        case Claim::Kind::Finished:
          if (auto found = replay(claim)) return *found;
          break;
        case Claim::Kind::Resume:
          if (auto found = owning(claim.intent, [&] { return resume(claim); })) return *found;
          break;
        case Claim::Kind::New:
          try {
            return *owning(claim.intent, [&] { return std::optional(buy(claim.intent)); });
          } catch (const LostOwnership& lost) {
            // Somebody else may have bought it while this process was suspended.
            context_.warn(lost.message);
          }
          break;
      }
      ++round;
    }
    throw Error(ErrorKind::Store, Step::Store,
                "the store keeps offering purchases that can't be used",
                "set reuse=never, and report this");
  }

 private:
  Reusable reusable() const {
    switch (context_.settings.choice<Reuse>(Parameter::reuse)) {
      case Reuse::Always: return Reusable::Finished;
      case Reuse::Never: return Reusable::Nothing;
      case Reuse::Unfinished: break;
    }
    return Reusable::Unfinished;
  }

  // Runs a step that owns `intent`; whatever it throws, the intent does not stay owned.
  template <typename StepFunction>
  std::optional<Purchase> owning(const Intent& intent, StepFunction step) {
    try {
      return step();
    } catch (const LostOwnership&) {
      throw;
    } catch (Error& error) {
      // What was certainly not created is forgotten; the rest waits for the next claim of an equal
      // request.
      if (certainly_not_created_) {
        remember(context_, [&] { store_.settle(intent.id, IntentState::Abandoned); });
        throw;
      }
      remember(context_, [&] { store_.release(intent.id); });
      if (error.charge == Charge::None) error.charge = Charge::Unknown;
      if (error.charge == Charge::Unknown && error.next_step.empty())
        error.next_step =
            "run the same request again: it looks for its task first and does not pay twice";
      throw;
    }
  }

  void wait_for_the_same_clip() const {
    context_.report(
        progress_event(GenerationPhase::Wait, "another program is buying the same clip"));
    if (context_.past_deadline())
      throw Error(ErrorKind::Busy, Step::Slot,
                  "another program was still buying the same clip at the deadline",
                  "run the request again: it waits for the same purchase and makes none of its "
                  "own; reuse=never buys a second clip");
    context_.wait(kSameClipPoll);
  }

  // A living process has bought the clip and may take long to consume it. Its task is followed
  // beside it.
  std::optional<Purchase> share(const Intent& living) {
    if (living.state != IntentState::Created || living.task_id.empty()) return std::nullopt;
    try {
      Purchase found;
      found.task = context_.client.task(living.task_id, context_.cancellable);
      found.is_shared = true;
      const bool has_ended =
          is_final(found.task->status) && found.task->status != TaskStatus::Completed;
      return has_ended ? std::nullopt : std::optional(found);
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) throw;
      return std::nullopt;  // its owner finds out
    }
  }

  std::optional<Purchase> replay(const Claim& claim) {
    Purchase found;
    found.clip_path = claim.clip_path;
    found.clip_task_id = claim.intent.task_id;
    found.delivers = claim.intent.id;
    found.was_delivered = claim.intent.state == IntentState::Delivered;
    if (!found.clip_path.empty()) return found;
    if ((found.task = task_unless_gone(claim.intent)) &&
        found.task->status == TaskStatus::Completed)
      return found;
    store_.settle(claim.intent.id, IntentState::Failed);
    return std::nullopt;
  }

  std::optional<Task> task_unless_gone(const Intent& intent) const {
    return known_task_unless_gone(context_, intent.task_id, intent.expires_at);
  }

  std::optional<Purchase> resume(const Claim& claim) {
    const Intent& intent = claim.intent;
    certainly_not_created_ = false;
    Purchase found;
    found.intent = found.delivers = intent.id;
    if (intent.state == IntentState::Sending) {
      context_.report(progress_event(GenerationPhase::Prepare,
                                     "an earlier run requested this clip; looking for its task"));
      found.task = task_in_the_list(intent, "an earlier run ended before the create was answered");
      if (!found.task) {
        store_.settle(intent.id, IntentState::Abandoned);
        return std::nullopt;
      }
      return found;
    }
    if (!claim.clip_path.empty()) {
      found.clip_path = claim.clip_path;
      found.clip_task_id = intent.task_id;
      return found;
    }
    found.task = task_unless_gone(intent);
    // Perhaps the service never knew a task of that id.
    if (!found.task && !has_expired(intent))
      found.task = task_in_the_list(intent, unknown_id(intent.task_id));
    const bool is_usable = found.task && found.task->status != TaskStatus::Failed &&
                           found.task->status != TaskStatus::Expired;
    if (!is_usable) {
      if (found.task) remember_charge(context_, store_, intent.id, *found.task);
      store_.settle(intent.id, IntentState::Failed);
      return std::nullopt;
    }
    context_.report(
        progress_event(GenerationPhase::Prepare,
                       "resuming task " + shell_quoted(intent.task_id) + " at no extra cost"));
    return found;
  }

  bool has_expired(const Intent& intent) const {
    return intent.expires_at > 0 && context_.client.service_time() > intent.expires_at;
  }

  // Of a create of an earlier run.
  std::optional<Task> task_in_the_list(const Intent& intent, const std::string& why) const {
    CreateTurn turn(identity_.account);  // not kept for the slot, whose holder may wait for it
    turn.take(context_, CreateTurn::Use::Search);
    const LostCreate lost =
        lost_create(context_, intent, inputs_.prompt, price_as_of_now(context_, inputs_));
    const auto task =
        find_lost_task(context_, store_, intent, lost, context_.timeouts.late_create, why, turn);
    if (task) record_created(context_, store_, intent.id, *task);
    return task;
  }

  Purchase buy(const Intent& intent) {
    certainly_not_created_ = true;
    check_may_create(context_.settings);
    const Offer offer = look_up_price(context_, inputs_);
    wait_for_slot(context_, store_, intent, budget_request(context_.settings, offer.price));
    const Task task =
        create_task(context_, store_, intent, inputs_, offer, turn_, certainly_not_created_);
    record_created(context_, store_, intent.id, task);
    turn_.release();
    Purchase bought;
    bought.intent = bought.delivers = intent.id;
    bought.task = task;
    bought.price = offer.price;
    bought.is_only_answered = true;
    return bought;
  }

  const GenerationContext& context_;
  Store& store_;
  const RequestIdentity& identity_;
  const Inputs& inputs_;
  CreateTurn turn_{identity_.account};
  bool certainly_not_created_ = true;
};

}  // namespace

Purchase purchase(const GenerationContext& context, Store& store, const RequestIdentity& identity,
                  const Inputs& inputs) {
  return Purchaser(context, store, identity, inputs).run();
}

Task find_bought_task(const GenerationContext& context, Store& store, const Purchase& bought,
                      const std::string& prompt, const std::string& account) {
  const std::string why = unknown_id(bought.task->task_id);
  const std::optional<Intent> intent = known_purchase(store, account, bought.task->task_id);
  if (!intent) throw no_task_appeared(why);
  CreateTurn turn(account);
  turn.take(context, CreateTurn::Use::Search);
  const auto task =
      find_lost_task(context, store, *intent, lost_create(context, *intent, prompt, bought.price),
                     kLookAfterAnswer, why, turn);
  if (!task) throw no_task_appeared(why);
  record_created(context, store, bought.intent, *task);
  return *task;
}

}  // namespace airforce
