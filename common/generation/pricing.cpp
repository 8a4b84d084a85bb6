// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/pricing.h"

#include "retry/policies.h"
#include "retry/retry.h"

namespace airforce {
namespace {

// About the list of models, rather than about the settings, the key or the budget.
bool is_about_the_list(const Error& error) {
  return error.step == Step::Models && error.kind != ErrorKind::Cancelled &&
         error.kind != ErrorKind::NotAuthorized;
}

// Such a service answers in time: nothing is bought before it does.
bool sets_a_pace(const Error& error) {
  return error.retry_after_seconds >= 0;
}

std::vector<Model> list_models(const GenerationContext& context) {
  Backoff passing(kModelsRetry, context.random);
  Backoff paced(kPacedRetry, context.random);
  return retry_by(
      context.deadline, context.cancellable,
      [&] { return context.client.models(context.cancellable); },
      [&](const Error& error) -> Backoff* {
        if (!is_about_the_list(error) || error.kind == ErrorKind::NotFound) return nullptr;
        return sets_a_pace(error) ? &paced : &passing;
      },
      [](const Error&, Seconds) {});
}

// A ceiling refuses a price that nobody knows; what hides the price is named.
void check_unknown_price(const Settings& settings, const Error& why) {
  try {
    check_budget(settings, {});
  } catch (Error& error) {
    error.message += ", as the list of models can't be read (" + why.message + ")";
    error.http_status = why.http_status;
    error.request_id = why.request_id;
    error.api_type = why.api_type;
    error.api_code = why.api_code;
    error.next_step = "try again later, or " + error.next_step;
    throw;
  }
}

void report_price(const GenerationContext& context, const Price& price) {
  if (!price.cents) {
    context.warn("the price of model " + context.settings.string(Parameter::model) + " is unknown");
    return;
  }
  GenerationEvent event =
      progress_event(GenerationPhase::Prepare, "price: " + cents_text(*price.cents));
  event.price_cents = *price.cents;
  context.report(event);
}

}  // namespace

Offer look_up_price(const GenerationContext& context, const Inputs& inputs) {
  const Settings& settings = context.settings;
  try {
    const std::vector<Model> models = list_models(context);
    Offer offer;
    for (const Model& model : models) offer.models.push_back(model.id);
    offer.price = checked_price(settings, inputs.mode, find_model(settings, models));
    check_budget(settings, offer.price);
    report_price(context, offer.price);
    return offer;
  } catch (const Error& error) {
    // A pace to be kept, which outlasts the deadline by now, or a locked account, is an answer.
    const bool is_answer = is_locked(error) || sets_a_pace(error);
    if (!is_about_the_list(error) || !error.delivered || is_answer) throw;
    if (settings.string(Parameter::model).empty())
      throw Error(ErrorKind::Settings, Step::Settings,
                  "no model, and the list of models can't be read (" + error.message + ")",
                  "set model");
    check_unknown_price(settings, error);
    context.warn("the models' limits and prices can't be read (" + error.message +
                 "): nothing is checked, the price is unknown");
    return {};
  }
}

Price price_as_of_now(const GenerationContext& context, const Inputs& inputs) {
  try {
    return checked_price(context.settings, inputs.mode,
                         find_model(context.settings, context.client.models(context.cancellable)));
  } catch (const Error& error) {
    if (error.kind == ErrorKind::Cancelled) throw;
    return {};
  }
}

}  // namespace airforce
