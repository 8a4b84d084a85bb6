// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/create.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "generation/create_policy.h"
#include "generation/reconcile.h"
#include "retry/policies.h"
#include "retry/retry.h"
#include "vocabulary/close_match.h"

namespace airforce {
namespace {

bool has_answered(const Error& error) {
  return error.http_status >= 200 && error.http_status < 300;
}

// The service's clock where it is known, else this machine's.
std::int64_t seconds_now(const GenerationContext& context) {
  return context.client.service_time();
}

void add_nearest_model(Error& error, const std::string& model,
                       const std::vector<std::string>& models) {
  if (error.api_code != "model_not_found" && error.api_code != "unknown_model") return;
  // The list may have it all the same.
  std::vector<std::string> others;
  std::copy_if(models.begin(), models.end(), std::back_inserter(others),
               [&](const std::string& other) { return other != model; });
  const std::string meant = close_match(model, others);
  if (!meant.empty()) error.next_step = "did you mean " + meant + "? " + error.next_step;
}

class Creator {
 public:
  Creator(const GenerationContext& context, Store& store, const Intent& intent,
          const Inputs& inputs, const Offer& offer, CreateTurn& turn, bool& certainly_not_created)
      : context_(context),
        store_(store),
        intent_(intent),
        inputs_(inputs),
        offer_(offer),
        turn_(turn),
        certainly_not_created_(certainly_not_created) {}

  Task run() {
    Backoff unreachable(kCreateRetry, context_.random);
    Backoff paced(kPacedRetry, context_.random);
    Backoff* backoff = nullptr;  // of the last failure, if it is worth another POST
    return retry_by(
        context_.deadline, context_.cancellable,
        [&] {
          backoff = nullptr;
          context_.check_cancelled();
          turn_.take(context_);
          context_.report(progress_event(GenerationPhase::Create,
                                         offer_.price.cents
                                             ? "buying for " + cents_text(*offer_.price.cents)
                                             : std::string("buying")));
          try {
            return post();
          } catch (Error& error) {
            const CreateOutcome outcome = create_outcome(error);
            const bool is_sent = !is_announcing_;  // else it is the store's error
            if (is_sent && outcome == CreateOutcome::Unknown) {
              // After an answer, if one that can't be understood, others need not wait for the
              // search.
              if (has_answered(error)) turn_.release();
              return found_after(error);
            }
            turn_.hold_off(error, context_);
            if (is_sent) check_retriable(error, outcome);
            if (is_sent) backoff = outcome == CreateOutcome::Paced ? &paced : &unreachable;
            throw;
          }
        },
        [&](const Error&) { return backoff; },
        [&](const Error& why, Seconds pause) { report_pause(why, pause); });
  }

 private:
  Task post() {
    return context_.client.create(inputs_.body, idempotency_key(), context_.cancellable,
                                  [this] { announce_sending(); });
  }

  // Of a POST that left. Throws `error`, completed, where no other may follow.
  void check_retriable(Error& error, CreateOutcome outcome) {
    certainly_not_created_ = outcome != CreateOutcome::Cancelled || !error.delivered;
    if (!certainly_not_created_) error.message = "cancelled in the middle of the purchase";
    if (outcome == CreateOutcome::Refused || outcome == CreateOutcome::Cancelled) {
      add_nearest_model(error, intent_.model, offer_.models);
      throw Error(error);
    }
  }

  // An answer to a repeated request is then the first one's, where a service knows such keys. The
  // same for each POST of an intent.
  std::string idempotency_key() const {
    return sha256(intent_.account + "\n" + std::to_string(intent_.id));
  }

  // Recorded when the connection is ready, as the last thing before the head is written: neither a
  // lookup nor a handshake lies between the store's permission and the POST. A process that was
  // suspended meanwhile asks again.
  void announce_sending() {
    is_announcing_ = true;
    for (;;) {
      const double before = context_.now();
      sent_at_ = seconds_now(context_);
      by_service_clock_ = context_.client.knows_service_time();
      store_.sending(intent_.id, by_service_clock_ ? sent_at_ : 0);
      if (context_.now() - before < store_.sending_holds_seconds()) break;
      context_.check_cancelled();
    }
    is_announcing_ = false;
    certainly_not_created_ = false;
  }

  Task found_after(const Error& error) {
    context_.warn("the outcome of the create is unknown (" + error.message +
                  "): looking for the task");
    Intent sent = intent_;
    sent.sent_at = by_service_clock_ ? sent_at_ : 0;
    sent.sending_at = context_.clock.unix_time();
    const LostCreate lost = lost_create(context_, sent, inputs_.prompt, offer_.price);
    const Seconds look = has_answered(error) ? kLookAfterAnswer : context_.timeouts.late_create;
    // Whatever is found out: no second POST in this run.
    if (const auto task =
            find_lost_task(context_, store_, intent_, lost, look, error.message, turn_))
      return *task;
    Error unknown = no_task_appeared("the create got no answer (" + error.message + ")");
    unknown.http_status = error.http_status;
    unknown.request_id = error.request_id;
    throw unknown;
  }

  void report_pause(const Error& why, Seconds pause) const {
    context_.report(progress_event(GenerationPhase::Wait,
                                   why.message + "; next try in " +
                                       std::to_string(static_cast<int>(std::ceil(pause.count()))) +
                                       " s"));
  }

  const GenerationContext& context_;
  Store& store_;
  const Intent& intent_;
  const Inputs& inputs_;
  const Offer& offer_;
  CreateTurn& turn_;
  bool& certainly_not_created_;
  std::int64_t sent_at_ = 0;
  bool by_service_clock_ = false;
  bool is_announcing_ = false;
};

}  // namespace

LostCreate lost_create(const GenerationContext& context, const Intent& intent,
                       const std::string& prompt, const Price& price) {
  LostCreate lost;
  lost.by_service_clock = intent.sent_at > 0;
  lost.sent_at = lost.by_service_clock ? intent.sent_at : intent.sending_at;
  lost.model = intent.model;
  lost.prompt = prompt;
  lost.aspect_ratio = context.settings.string(Parameter::aspect_ratio);
  lost.quality = context.settings.string(Parameter::quality);
  lost.duration_seconds = price.duration_seconds;
  if (lost.duration_seconds == 0)
    lost.duration_seconds = static_cast<int>(context.settings.integer(Parameter::duration_seconds));
  lost.price_cents = price.cents;
  lost.late_seconds = static_cast<std::int64_t>(std::ceil(context.timeouts.late_create.count()));
  return lost;
}

Task create_task(const GenerationContext& context, Store& store, const Intent& intent,
                 const Inputs& inputs, const Offer& offer, CreateTurn& turn,
                 bool& certainly_not_created) {
  return Creator(context, store, intent, inputs, offer, turn, certainly_not_created).run();
}

}  // namespace airforce
