// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/generation.h"

#include <utility>

#include "generation/charge.h"
#include "generation/credentials.h"
#include "generation/follower.h"
#include "generation/generation_state.h"
#include "generation/known_task.h"
#include "generation/remember.h"
#include "generation/uri_policy.h"
#include "values/text.h"

namespace airforce {
namespace {

// Of all that is written to.
void wait_for_file_systems(const Settings& settings, const ReadLimits& limits) {
  std::string store = settings.string(Parameter::store);
  if (const char* named = g_getenv("AIRFORCE_STORE"); store.empty() && named != nullptr)
    store = named;
  if (!store.empty() && store.find("://") == std::string::npos)
    wait_for_file_system(store, "the store", limits);
  if (const std::string& location = settings.string(Parameter::location); !location.empty())
    wait_for_file_system(location, "the output", limits);
  wait_for_file_system(g_get_user_state_dir(), "the directory", limits);
  wait_for_file_system(g_get_user_cache_dir(), "the directory", limits);
}

}  // namespace

std::string resume_advice(const std::string& task_id) {
  return "resume at no extra cost: task_id=" + shell_quoted(task_id) +
         ", or run the same request again";
}

GenerationContext Generation::State::context() {
  return {settings,
          *client,
          clock,
          cancellable.get(),
          Deadline(clock, Seconds(settings.number(Parameter::timeout))),
          system_random(),
          [this](GenerationEvent event) { report(std::move(event)); },
          timeouts};
}

void Generation::State::run() {
  check_may_open(settings);
  const ReadLimits limits{cancellable.get(),
                          Deadline(clock, Seconds(settings.number(Parameter::timeout)))};
  wait_for_file_systems(settings, limits);
  const Credentials credentials = resolve_credentials(settings, KeyNeed::Required, limits);
  client = std::make_unique<api::Client>(http::shared_session(), credentials.base_url,
                                         credentials.key, clock, timeouts.api);
  identity.account = credentials.account();
  history = History::standard(clock, cancellable.get());
  const GenerationContext run_context = context();
  client->set_deadline(run_context.deadline.elapsed());
  report(progress_event(GenerationPhase::Prepare, "preparing"));
  try {
    if (settings.string(Parameter::task_id).empty())
      obtain(run_context, limits);
    else
      attach(run_context);
    if (shared.lock()->clip) return;
    deadline = run_context.deadline;
    follow(run_context);
    if (shared.lock()->clip) return record_end(run_context);
    if (early_refusal) record_end(run_context);
    wait_for_clip(run_context);
    open_download(run_context);
  } catch (Error& error) {
    wait_for_recording();  // that takes what is to be recorded, too
    record_end(run_context);
    report_held_warnings();
    if (error.kind == ErrorKind::Cancelled) stop_task(run_context);
    explain(error);
    if (share) share->failed(error);
    if (share) share->leave();
    // The intent stays as it is: an equal request resumes it.
    if (store && intent != 0) remember(run_context, [&] { store->release(intent); });
    settle_for_others();
    throw;
  }
}

// An existing task whose clip is in the cache, as a replay of the request would find it.
bool Generation::State::open_kept(const GenerationContext& context, const Intent& known) {
  if (settings.choice<Reuse>(Parameter::reuse) != Reuse::Always ||
      settings.flag(Parameter::delete_task))
    return false;
  Purchase kept;
  kept.clip_path = store->clip_of(known);
  kept.clip_task_id = known.task_id;
  if (kept.clip_path.empty()) return false;
  identity.model = known.model;
  reserve_output(known.task_id);
  if (open_cached(context, kept)) return true;
  output_claim.reset();
  return false;
}

// An existing task: nothing is created. Where the store knows it, its delivery is recorded.
void Generation::State::attach(const GenerationContext& context) {
  const std::string& task_id = settings.string(Parameter::task_id);
  std::optional<Intent> known;
  remember(context, [&] {
    store = open_store(settings.string(Parameter::store), clock, cancellable.get());
    known = known_purchase(*store, identity.account, task_id);
    if (known && !known->owned && known->state == IntentState::Created)
      intent = delivers = known->id;
    was_delivered = known && known->state == IntentState::Delivered;
  });
  HistoryEntry noted;
  note(context, [&](History& file) { noted = file.of_task(identity.account, task_id); });
  known_name = known_name_fields(settings, "", noted, clock.unix_time());
  if (known && open_kept(context, *known)) return;
  Task task =
      known ? get_known_task(context, task_id, known->expires_at) : get_task(context, task_id);
  if (task.task_id.empty()) task.task_id = task_id;
  set_task(task);
  reserve_output(task_id);
  ours = true;
  report_task(task);
}

void Generation::State::obtain(const GenerationContext& context, const ReadLimits& limits) {
  const Inputs inputs = load_inputs(settings, limits);
  identity.request = stored_request(identity.account, inputs);
  identity.model = settings.string(Parameter::model);
  identity.summary = inputs.summary;
  known_name = known_name_fields(settings, inputs.prompt, {}, clock.unix_time());
  for (const std::string& warning : inputs.warnings) context.warn(warning);
  reserve_output("");
  store = open_store(settings.string(Parameter::store), clock, cancellable.get());
  if (const std::string warning = store->take_warning(); !warning.empty()) context.warn(warning);
  if (shares_purchase && settings.choice<Reuse>(Parameter::reuse) != Reuse::Never)
    share = std::make_unique<PurchaseShare>(settings.string(Parameter::store), identity);
  if (!share || !joins_another(context)) buy_or_resume(context, inputs);
}

// What another source of this process has bought; false where this one is to buy.
bool Generation::State::joins_another(const GenerationContext& context) {
  while (const std::optional<SharedTask> known = share->join(context)) {
    intent = 0;
    delivers = shared_intent = known->intent;
    announced_cents = known->cents;
    if (const UniqueFd clip = share->clip_of_another()) {
      open_finished(context, "/proc/self/fd/" + std::to_string(clip.get()), known->task_id,
                    "another source of this program has downloaded the clip");
      return true;
    }
    const auto task = known_task_unless_gone(context, known->task_id, known->expires_at);
    const bool has_failed =
        !task || task->status == TaskStatus::Failed || task->status == TaskStatus::Expired;
    if (!has_failed) {
      ours = true;
      report_task(*task);
      return true;
    }
    share->forget(known->task_id);
  }
  delivers = shared_intent = 0;
  announced_cents.reset();
  return false;
}

// For those that wait for it.
void Generation::State::found_purchase(const Task& task) {
  if (!share || shared_intent != 0) return;
  share->found({task.task_id, task.expires_at.value_or(0), delivers, announced_cents});
}

void Generation::State::buy_or_resume(const GenerationContext& context, const Inputs& inputs) {
  for (;;) {
    const Purchase bought = purchase(context, *store, identity, inputs);
    intent = bought.intent;
    delivers = bought.delivers;
    was_delivered = bought.was_delivered;
    announced_cents = bought.price.cents;
    if (bought.is_only_answered) only_answered = bought;
    is_task_of_another = bought.is_shared;
    if (bought.task) {
      ours = true;
      note(context, [&](History& file) {
        file.created(identity.account, bought.task->task_id, identity.model, known_name.prompt,
                     bought.task->cost_cents.value_or(-1), settings.string(Parameter::budget));
      });
      report_task(*bought.task);
      if (!only_answered) found_purchase(*bought.task);
      return;
    }
    if (open_cached(context, bought)) return;
  }
}

// Follows the task to its end. Where the service has never shown the task that it answered the
// create with, the list of tasks says which one it is.
Task Generation::State::followed(const GenerationContext& context) {
  const auto report_news = [this](const Task& task) {
    if (only_answered) found_purchase(task);
    only_answered.reset();
    report_task(task);
  };
  const auto is_there = [&](const Task& task) { return opens_early(context, task); };
  try {
    return follow_task(context, task_copy(), report_news, is_there);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::NotFound || !only_answered) throw;
  }
  const Purchase bought = *std::exchange(only_answered, std::nullopt);
  const Task task = find_bought_task(context, *store, bought, known_name.prompt, identity.account);
  note(context, [&](History& file) {
    file.failed(identity.account, bought.task->task_id, "the service does not know it");
    file.created(identity.account, task.task_id, identity.model, known_name.prompt,
                 task.cost_cents.value_or(-1), settings.string(Parameter::budget));
  });
  report_task(task);
  found_purchase(task);
  return follow_task(context, task, report_news, is_there);
}

void Generation::State::follow(const GenerationContext& context) {
  const Task final_task = followed(context);
  if (only_answered) found_purchase(final_task);
  set_task(final_task);
  warn_of_excess(final_task);
  if (final_task.status == TaskStatus::Completed) {
    unrecorded_end = final_task;
    return;
  }
  record_charge(context, final_task);
  note(context, [&](History& file) {
    file.failed(
        identity.account, final_task.task_id,
        final_task.error_message.empty() ? final_task.error_type : final_task.error_message);
  });
  if (share) share->forget(final_task.task_id);
  if (store && known_intent() != 0) {
    remember(context, [&] { store->settle(known_intent(), IntentState::Failed); });
    intent = shared_intent = 0;
  }
  throw failed_task(final_task);
}

// What is recorded in the store of a task that is completed.
void Generation::State::record_end(const GenerationContext& context) {
  const std::optional<Task> task = std::exchange(unrecorded_end, std::nullopt);
  if (!task) return;
  record_charge(context, *task);
  if (store && known_intent() != 0) remember(context, [&] { store->free_slot(known_intent()); });
}

// The same in a thread of its own: durable writes take time, and nobody who waits for the clip's
// first bytes waits for them. What it warns of is held.
void Generation::State::begin_recording(const GenerationContext& context) {
  if (!unrecorded_end) return;
  GenerationContext holding = context;  // the clip's thread reports from here on
  holding.report = [this](GenerationEvent event) {
    shared.lock()->held_warnings.push_back(std::move(event));
  };
  // Where no thread is available, this one writes, in wait_for_recording().
  recording = std::async([this, holding = std::move(holding)] { record_end(holding); });
}

void Generation::State::wait_for_recording() const {
  if (recording.valid()) recording.wait();
}

Generation::Generation(Settings settings, Listener listener, const GenerationTimeouts& timeouts,
                       const Clock& clock)
    : state_(std::make_unique<State>(std::move(settings), std::move(listener), timeouts, clock)) {}

Generation::~Generation() {
  cancel();
  // The download's thread uses the store and the client.
  state_->drop_clip();
  state_->wait_for_recording();
  state_->settle_for_others();
}

void Generation::share_purchase() {
  state_->shares_purchase = true;
}

std::shared_ptr<OpenPurchase> Generation::open_purchase() const {
  return state_->share ? state_->share->purchase() : nullptr;
}

void Generation::run() {
  state_->run();
}

void Generation::cancel() {
  g_cancellable_cancel(state_->cancellable.get());
  const auto state = state_->shared.lock();
  if (state->clip) state->clip->cancel();
}

Clip& Generation::clip() {
  return state_->clip();
}

std::size_t Generation::read_at(std::uint64_t offset, std::span<char> buffer) {
  try {
    return state_->clip().read_at(offset, buffer);
  } catch (Error& error) {
    if (error.kind != ErrorKind::Interrupted) state_->explain(error);
    throw;
  }
}

std::size_t Generation::thumbnail(std::span<char> buffer, GCancellable* stop) {
  return state_->thumbnail(buffer, stop != nullptr ? stop : state_->cancellable.get());
}

std::string Generation::prompt() const {
  return state_->name_fields().prompt;
}

void Generation::set_delivered() {
  state_->set_delivered();
}

void Generation::wait_complete() {
  try {
    state_->clip().wait_complete();
  } catch (Error& error) {
    state_->explain(error);
    throw;
  }
}

std::string Generation::location() const {
  // Another name may have been free at the end.
  if (const auto state = state_->shared.lock(); state->clip) return state->clip->location();
  return state_->location();
}

Task Generation::task() const {
  return state_->task_copy();
}

Charge Generation::charge() const {
  const Task task = state_->task_copy();
  return state_->ours ? charge_of(task) : Charge::None;
}

}  // namespace airforce
