// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/purchase.h"

#include <cmath>

#include "generation/budget.h"
#include "generation/create_policy.h"
#include "generation/follower.h"
#include "generation/reconcile.h"

namespace airforce {
namespace {

constexpr int kSlotsPerKey = 4;  // contract: Limits
constexpr double kSlotPollSeconds = 0.2;
// How often those who wait look whether tasks that dead processes left in their slots have ended.
constexpr double kOrphanCheckSeconds = 5;
constexpr double kSameClipPollSeconds = 0.25;
// Before anything was bought, a service that can't be reached is told soon rather than at the
// deadline.
constexpr unsigned kUnreachableTries = 4;
// A POST takes at most its timeout (api::Client::create) to be answered.
constexpr int kMaxCreateSeconds = 90;
// Each may end with an old task that is gone by now.
constexpr int kMaxRounds = 32;
constexpr double kLastWordsSeconds = 3;
constexpr double kLastWordsPollSeconds = 0.2;

GenerationEvent progress(GenerationPhase phase, const std::string& text) {
  GenerationEvent event;
  event.phase = phase;
  event.text = text;
  return event;
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
        case Claim::Kind::Wait: wait_for_the_same_clip(); continue;
        case Claim::Kind::Finished:
          if (auto found = replay(claim)) return *found;
          break;
        case Claim::Kind::Resume:
          if (auto found = guarded(claim.intent, [&] { return resume(claim.intent); }))
            return *found;
          break;
        case Claim::Kind::New:
          return *guarded(claim.intent, [&] { return std::optional(buy(claim.intent)); });
      }
      ++round;
    }
    throw Error(ErrorKind::Store, Step::Store,
                "the store goes on offering purchases that can't be used",
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
  std::optional<Purchase> guarded(const Intent& intent, StepFunction step) {
    try {
      return step();
    } catch (Error& error) {
      // What was certainly not created is forgotten; the rest waits for the next claim of an equal
      // request.
      if (certainly_not_created_) {
        remember(context_, [&] { store_.settle(intent.id, IntentState::Abandoned); });
        throw;
      }
      remember(context_, [&] { store_.release(intent.id); });
      if (error.charge == Charge::None) error.charge = Charge::Unknown;
      if (error.charge == Charge::Unknown && error.candidates.empty())
        error.next_step =
            "the same request, asked again, looks for its task first and does not pay twice";
      throw;
    }
  }

  void wait_for_the_same_clip() const {
    context_.tell(progress(GenerationPhase::Wait, "another program is buying the same clip"));
    if (context_.past_deadline())
      throw Error(ErrorKind::Busy, Step::Slot,
                  "another program was still buying the same clip at the deadline",
                  "ask for it again: that waits for the same purchase and makes none of its own; "
                  "reuse=never buys a second clip");
    context_.wait(kSameClipPollSeconds);
  }

  std::optional<Purchase> replay(const Claim& claim) {
    Purchase found;
    found.clip_path = claim.clip_path;
    found.clip_task_id = claim.intent.task_id;
    if (!found.clip_path.empty()) return found;
    try {
      found.task = get_task(context_, claim.intent.task_id);
      if (found.task->status == TaskStatus::Completed) return found;
    } catch (const Error& error) {
      if (error.kind != ErrorKind::NotFound) throw;
    }
    store_.settle(claim.intent.id, IntentState::Failed);
    return std::nullopt;
  }

  std::optional<Purchase> resume(const Intent& intent) {
    certainly_not_created_ = false;
    if (intent.state == IntentState::Sending) {
      context_.tell(progress(GenerationPhase::Prepare,
                             "an earlier run asked for this clip; looking for its task"));
      LostCreate lost;
      lost.by_service_clock = intent.sent_at > 0;
      lost.sent_at = lost.by_service_clock ? intent.sent_at : intent.sending_at;
      lost.lost_at = lost.sent_at + kMaxCreateSeconds;
      auto found = find_lost_task(context_, store_, intent, inputs_, lost);
      if (!found) {
        store_.settle(intent.id, IntentState::Abandoned);
        return std::nullopt;
      }
      return adopted(intent, *found);
    }
    try {
      Task task = get_task(context_, intent.task_id);
      if (task.status != TaskStatus::Failed && task.status != TaskStatus::Expired) {
        context_.tell(progress(GenerationPhase::Prepare,
                               "taking over task " + intent.task_id + ", which is paid for"));
        return Purchase{intent.id, task, {}, false};
      }
    } catch (Error& error) {
      if (error.kind != ErrorKind::NotFound) {
        error.task_id = intent.task_id;
        error.charge = Charge::Charged;
        throw;
      }
    }
    // It has ended, with its money back, or was deleted.
    store_.settle(intent.id, IntentState::Failed);
    return std::nullopt;
  }

  Purchase adopted(const Intent& intent, const Task& task) {
    remember(context_, [&] {
      store_.created(intent.id, task.task_id, task.expires_at.value_or(0),
                     task.cost_cents.value_or(-1));
    });
    context_.tell(
        progress(GenerationPhase::Create, "found task " + task.task_id + ", which is paid for"));
    return {intent.id, task, {}, false};
  }

  Purchase buy(const Intent& intent) {
    certainly_not_created_ = true;
    const Price price = look_up_price();
    wait_for_slot(intent);
    return create(intent, price);
  }

  // Validation and budget, as far as the service lets itself be asked.
  Price look_up_price() {
    Backoff backoff(0.3, 5, context_.random);
    for (;;) {
      try {
        const std::vector<Model> models = context_.client.models(context_.cancellable);
        const Price price =
            checked_price(context_.settings, inputs_.mode, find_model(context_.settings, models));
        check_budget(context_.settings, price);
        tell_price(price);
        return price;
      } catch (const Error& error) {
        // What is wrong with the settings, the key or the budget; not what is wrong with the list
        // of models.
        if (error.step != Step::Models || error.kind == ErrorKind::Cancelled ||
            error.kind == ErrorKind::NotAuthorized)
          throw;
        const double seconds = backoff.next(error.retry_after_seconds);
        if (backoff.tries() < kUnreachableTries && error.kind != ErrorKind::NotFound &&
            context_.now() + seconds < context_.deadline) {
          context_.wait(seconds);
          continue;
        }
        if (!error.delivered) throw;
        if (context_.settings.string(Parameter::model).empty())
          throw Error(ErrorKind::Settings, Step::Settings,
                      "no model, and the list of models can't be read (" + error.message + ")",
                      "set model");
        check_budget(context_.settings, {});
        context_.warn("the models' limits and prices can't be read (" + error.message +
                      "): nothing is checked, the price is unknown");
        return {};
      }
    }
  }

  void tell_price(const Price& price) const {
    if (!price.cents) {
      context_.warn("the price of model " + context_.settings.string(Parameter::model) +
                    " is unknown");
      return;
    }
    GenerationEvent event =
        progress(GenerationPhase::Prepare, "price: " + cents_text(*price.cents));
    event.price_cents = *price.cents;
    context_.tell(event);
  }

  void wait_for_slot(const Intent& intent) {
    double next_orphan_check = context_.now() + 0.5;
    for (int last_place = 0;;) {
      const std::optional<int> answer = ask_for_slot(intent);
      if (answer == 0) return;
      const int place = answer.value_or(last_place);
      if (place != last_place) {
        GenerationEvent event = progress(
            GenerationPhase::Wait, "waiting for one of the key's " + std::to_string(kSlotsPerKey) +
                                       " slots, place " + std::to_string(place));
        event.place = last_place = place;
        context_.tell(event);
      }
      if (context_.past_deadline() && slot_failure_) throw Error(*slot_failure_);
      if (context_.past_deadline())
        throw Error(
            ErrorKind::Busy, Step::Slot,
            "none of the key's " + std::to_string(kSlotsPerKey) + " slots became free in time",
            "wait for running tasks to end, or raise timeout");
      if (answer && context_.now() >= next_orphan_check) {
        remember(context_, [&] { free_ended_orphans(); });
        next_orphan_check = context_.now() + kOrphanCheckSeconds;
      }
      context_.wait(kSlotPollSeconds);
    }
  }

  // The place in the queue, 0 with the slot; unset while the store can't be asked. Nothing is
  // bought meanwhile, so a store that comes back, perhaps restarted, costs only time.
  std::optional<int> ask_for_slot(const Intent& intent) {
    try {
      const int place = store_.take_slot(intent.id, kSlotsPerKey);
      slot_failure_.reset();
      return place;
    } catch (const Error& error) {
      if (error.kind != ErrorKind::Store) throw;
      if (!slot_failure_)
        context_.warn("the store failed while waiting for a slot, trying again: " + error.message);
      slot_failure_ = error;
      return std::nullopt;
    }
  }

  void free_ended_orphans() {
    for (const Intent& orphan : store_.intents(identity_.account, 200)) {
      if (orphan.owned || !orphan.holds_slot || orphan.task_id.empty()) continue;
      try {
        if (is_final(context_.client.task(orphan.task_id, context_.cancellable).status))
          store_.free_slot(orphan.id);
      } catch (const Error& error) {
        if (error.kind == ErrorKind::Cancelled) throw;
        if (error.kind == ErrorKind::NotFound) store_.free_slot(orphan.id);
      }
    }
  }

  Purchase create(const Intent& intent, const Price& price) {
    Backoff backoff(0.5, 30, context_.random);
    for (;;) {
      context_.check_cancelled();
      context_.tell(progress(GenerationPhase::Create, price.cents
                                                          ? "buying for " + cents_text(*price.cents)
                                                          : std::string("buying")));
      LostCreate lost;
      lost.by_service_clock = context_.client.knows_service_time();
      lost.sent_at = context_.client.service_time();
      store_.sending(intent.id, lost.by_service_clock ? lost.sent_at : 0);
      certainly_not_created_ = false;
      try {
        const Task task = context_.client.create(inputs_.body, context_.cancellable);
        return bought(intent, task);
      } catch (Error& error) {
        const CreateOutcome outcome = create_outcome(error);
        if (outcome == CreateOutcome::Unknown) {
          context_.warn("the answer to the create was lost (" + error.message +
                        "): looking for the task");
          lost.lost_at =
              lost.by_service_clock ? context_.client.service_time() : context_.clock.unix_time();
          const auto found = find_lost_task(context_, store_, intent, inputs_, lost);
          if (found) return adopted(intent, *found);
        }
        certainly_not_created_ = outcome != CreateOutcome::Cancelled || !error.delivered;
        if (!certainly_not_created_) error.message = "cancelled in the middle of the purchase";
        if (outcome == CreateOutcome::Refused || outcome == CreateOutcome::Cancelled) throw;
        // A service that asks for a pause gets it; one that only fails is not asked
        // for ever.
        if (outcome != CreateOutcome::Paced && backoff.tries() + 1 >= kUnreachableTries) throw;
        wait_to_buy(backoff.next(error.retry_after_seconds), error);
      }
    }
  }

  void wait_to_buy(double seconds, const Error& why) const {
    if (context_.now() + seconds >= context_.deadline) {
      Error error = why;
      error.message += "; the next try would be after the deadline";
      error.next_step = "raise timeout, or ask again later";
      throw error;
    }
    context_.tell(progress(GenerationPhase::Wait,
                           why.message + "; next try in " +
                               std::to_string(static_cast<int>(std::ceil(seconds))) + " s"));
    context_.wait(seconds);
  }

  Purchase bought(const Intent& intent, const Task& task) {
    remember(context_, [&] {
      store_.created(intent.id, task.task_id, task.expires_at.value_or(0),
                     task.cost_cents.value_or(-1));
    });
    context_.tell(progress(
        GenerationPhase::Queued,
        "task " + task.task_id +
            (task.cost_cents ? ", charged " + cents_text(*task.cost_cents) : std::string())));
    return {intent.id, task, {}, true};
  }

  const GenerationContext& context_;
  Store& store_;
  const RequestIdentity& identity_;
  const Inputs& inputs_;
  bool certainly_not_created_ = true;
  std::optional<Error> slot_failure_;  // of the last question for a slot
};

}  // namespace

Purchase purchase(const GenerationContext& context, Store& store, const RequestIdentity& identity,
                  const Inputs& inputs) {
  return Purchaser(context, store, identity, inputs).run();
}

void remember(const GenerationContext& context, const std::function<void()>& fact) {
  try {
    fact();
  } catch (const Error& error) {
    if (error.kind == ErrorKind::Cancelled) return;  // the caller notices that by itself
    context.warn("the store failed: " + error.message);
  }
}

void remember_at_last(const GenerationContext& context, const std::function<void()>& fact) {
  const double until = context.now() + kLastWordsSeconds;
  for (bool told = false;; told = true) {
    try {
      fact();
      return;
    } catch (const Error& error) {
      if (error.kind == ErrorKind::Cancelled) return;
      if (error.kind != ErrorKind::Store || context.now() >= until) {
        context.warn("the store still fails, so it does not know how this purchase ended: " +
                     error.message);
        return;
      }
      if (!told) context.warn("the store failed, trying again: " + error.message);
    }
    try {
      context.wait(kLastWordsPollSeconds);
    } catch (const Error&) {
      return;  // cancelled
    }
  }
}

}  // namespace airforce
