// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/generation.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <optional>
#include <utility>

#include <glib/gstdio.h>

#include "clip/output_claim.h"
#include "generation/budget.h"
#include "generation/charge.h"
#include "generation/credentials.h"
#include "generation/follower.h"
#include "generation/generation_context.h"
#include "generation/gone.h"
#include "generation/inputs.h"
#include "generation/known_task.h"
#include "generation/location.h"
#include "generation/purchase.h"
#include "generation/remember.h"
#include "generation/uri_policy.h"
#include "http/url.h"
#include "retry/policies.h"
#include "retry/retry.h"
#include "store/history.h"
#include "values/guarded.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr Seconds kFreshUrlTimeout{60};
// What a service refuses a few times in a row it refuses permanently.
constexpr int kRefusalsInARow = 3;
// A clip that is completed at the deadline still gets a chance to open.
constexpr Seconds kMinOpening{1};
// Whether a clip that can't be opened is tried again.
enum class Attempts { One, Many };
// The one look for a clip that may be there already.
constexpr Seconds kOnlyTry{30};
// on_stop=delete is the one thing that may hold up a cancellation: it is asked for, and bounded.
constexpr double kDeleteOnStopSeconds = 2;

Error failed_task(const Task& task) {
  const bool expired = task.status == TaskStatus::Expired;
  std::string message = "task " + shell_quoted(task.task_id) + (expired ? " expired" : " failed");
  if (!task.error_type.empty()) message += ", " + task.error_type;
  if (!task.error_message.empty()) message += ": " + task.error_message;
  message += refund_remark(task);
  Error error(ErrorKind::TaskFailed, Step::Follow, message,
              expired ? "ask again" : "change the request, or ask again");
  error.api_type = task.error_type;
  error.task_id = task.task_id;
  error.charge = charge_of(task);
  return error;
}

// The history is read from other directories.
std::string absolute_path(const std::string& path) {
  if (path.empty()) return path;
  const GCharPtr absolute(g_canonicalize_filename(path.c_str(), nullptr));
  return absolute.get();
}

// What stands in for a URL that is late is none.
bool is_url(const std::string& text) {
  return !http::origin_of(text).empty();
}

std::string partial_file_directory() {
  const GCharPtr directory(g_build_filename(g_get_user_cache_dir(), "airforce-video", nullptr));
  return g_mkdir_with_parents(directory.get(), 0700) == 0 ? directory.get() : "";
}

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

// Members that run() sets outside `shared`; run() itself is one thread, and the clip's
// thread starts after they are set.
struct Generation::State {
  State(Settings s, Listener l, const GenerationTimeouts& p, const Clock& c)
      : settings(std::move(s)), listener(std::move(l)), timeouts(p), clock(c) {}

  const Settings settings;
  const Listener listener;
  const GenerationTimeouts timeouts;
  const Clock& clock;
  const GObjectPtr<GCancellable> cancellable{g_cancellable_new()};

  struct Shared {
    Task task;
    std::unique_ptr<Clip> clip;
    GenerationPhase phase = GenerationPhase::Prepare;
    // Delivered is what was downloaded and consumed.
    bool is_downloaded = false;
    bool is_consumed = false;
    bool is_settled = false;
  };
  Guarded<Shared> shared;

  // Of the thread of run(), then of the clip's.
  std::unique_ptr<Store> store;
  std::unique_ptr<History> history;  // null where none is kept
  std::unique_ptr<api::Client> client;
  RequestIdentity identity;
  std::int64_t intent = 0;    // that is owned
  std::int64_t delivers = 0;  // that the clip is the delivery of
  std::optional<double> announced_cents;
  std::optional<Purchase> only_answered;  // while the service has not shown the task of its answer
  bool is_excess_reported = false;
  bool is_task_of_another = false;          // a living process works on it
  std::optional<Deadline> deadline;         // of run()
  std::optional<OutputClaim> output_claim;  // of the location, held until the clip has its name
  std::string prompt;                       // as it was sent, of a request of ours
  std::int64_t started_at = 0;              // Unix seconds, for the output's name
  bool replace_output = true;               // false: there was no file of that name at the start
  std::atomic<bool> ours = false;           // this request's money is in the task
  bool is_task_deleted = false;             // by on_stop=delete
  std::optional<Error> early_refusal;       // of the look for the clip before the task has ended
  double clip_is_due = 0;                   // by the clock, as that has asked for

  void report(GenerationEvent event);
  void report_task(const Task& task);
  void set_task(const Task& task);
  Task task_copy() const { return shared.lock()->task; }
  // Throws Error{Internal} where none was opened.
  Clip& clip();

  void run();
  void attach(const GenerationContext& context);
  void obtain(const GenerationContext& context, const ReadLimits& limits);
  void follow(const GenerationContext& context);
  Task followed(const GenerationContext& context);
  void open_download(const GenerationContext& context, Attempts attempts = Attempts::Many);
  bool opens_early(const GenerationContext& context, const Task& task);
  void wait_for_clip(const GenerationContext& context) const;
  bool open_cached(const GenerationContext& context, const Purchase& bought);
  void drop_clip();
  std::string clip_url(bool refresh, GCancellable* stop);
  std::string location() const;
  NameFields name_fields() const;
  template <typename Change>
  void note(const GenerationContext& context, Change change);
  void note_saving(const GenerationContext& context);
  void reserve_output(const std::string& task_id);
  std::size_t thumbnail(std::span<char> buffer, GCancellable* stop);
  void completed(const Clip& clip);
  bool has_become_delivered(bool Shared::*fact);
  void set_delivered();
  void settle_as_delivered();
  void warn_of_excess(const Task& task);
  void record_charge(const GenerationContext& context, const Task& task);
  void explain(Error& error);
  void stop_task(const GenerationContext& context);
  GenerationContext context();
};

void Generation::State::report(GenerationEvent event) {
  std::optional<Task> task;
  {
    const auto state = shared.lock();
    if (event.kind == GenerationEvent::Kind::Progress) state->phase = event.phase;
    event.phase = state->phase;
    if (!state->task.task_id.empty()) task = state->task;
  }
  if (listener) listener(event, task ? &*task : nullptr);
}

Clip& Generation::State::clip() {
  const auto state = shared.lock();
  if (state->clip == nullptr)
    throw Error(ErrorKind::Internal, Step::Download, "there is no clip", "report this");
  return *state->clip;
}

void Generation::State::set_task(const Task& task) {
  shared.lock()->task = task;
}

// The service may charge more than was announced, which no ceiling can prevent any more.
void Generation::State::warn_of_excess(const Task& task) {
  const double limit = settings.number(Parameter::max_cost_cents);
  if (!task.cost_cents || is_excess_reported) return;
  const bool is_above_price = announced_cents && *task.cost_cents > *announced_cents + 0.005;
  const bool is_above_limit = limit >= 0 && *task.cost_cents > limit + 0.005;
  if (!is_above_price && !is_above_limit) return;
  is_excess_reported = true;
  GenerationEvent event;
  event.kind = GenerationEvent::Kind::Warning;
  event.text = "the service charges " + cents_text(*task.cost_cents) + " for task " +
               shell_quoted(task.task_id);
  if (announced_cents) event.text += ", though " + cents_text(*announced_cents) + " was announced";
  if (is_above_limit) event.text += ", above the max_cost_cents of " + cents_text(limit);
  report(event);
}

void Generation::State::record_charge(const GenerationContext& context, const Task& task) {
  const Charge charge = charge_of(task);
  if (!store || intent == 0 || (charge != Charge::Charged && charge != Charge::Refunded)) return;
  remember(context, [&] {
    store->record_charge(
        intent,
        charge == Charge::Charged ? BudgetShare::State::Charged : BudgetShare::State::Refunded,
        *task.cost_cents);
  });
}

void Generation::State::report_task(const Task& task) {
  set_task(task);
  warn_of_excess(task);
  GenerationEvent event;
  event.kind = GenerationEvent::Kind::Task;
  event.text = "task " + shell_quoted(task.task_id) + ": " + task.status_text;
  report(event);
  if (is_final(task.status)) return;
  event.kind = GenerationEvent::Kind::Progress;
  event.phase =
      task.status == TaskStatus::Running ? GenerationPhase::Running : GenerationPhase::Queued;
  event.percent = task.progress.value_or(event.phase == GenerationPhase::Running ? 0 : -1);
  event.text = task.status_text;
  if (task.progress) event.text += " " + std::to_string(*task.progress) + " %";
  report(event);
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
  started_at = clock.unix_time();
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
    if (shared.lock()->clip) return;
    wait_for_clip(run_context);
    open_download(run_context);
  } catch (Error& error) {
    if (error.kind == ErrorKind::Cancelled) stop_task(run_context);
    explain(error);
    // The intent stays as it is: an equal request resumes it.
    if (store && intent != 0) remember(run_context, [&] { store->release(intent); });
    throw;
  }
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
  });
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
  prompt = inputs.prompt;
  for (const std::string& warning : inputs.warnings) context.warn(warning);
  reserve_output("");
  store = open_store(settings.string(Parameter::store), clock, cancellable.get());
  if (const std::string warning = store->take_warning(); !warning.empty()) context.warn(warning);
  for (;;) {
    const Purchase bought = purchase(context, *store, identity, inputs);
    intent = bought.intent;
    delivers = bought.delivers;
    announced_cents = bought.price.cents;
    if (bought.is_only_answered) only_answered = bought;
    is_task_of_another = bought.is_shared;
    if (bought.task) {
      ours = true;
      note(context, [&](History& file) {
        file.created(identity.account, bought.task->task_id, identity.model, prompt,
                     bought.task->cost_cents.value_or(-1), settings.string(Parameter::budget));
      });
      report_task(*bought.task);
      return;
    }
    try {
      if (open_cached(context, bought)) return;
    } catch (const Error& error) {
      // Evicted in between: the next claim knows that.
      if (error.kind != ErrorKind::File ||
          g_file_test(bought.clip_path.c_str(), G_FILE_TEST_EXISTS))
        throw;
    }
  }
}

// Follows the task to its end. Where the service has never shown the task that it answered the
// create with, the list of tasks says which one it is.
Task Generation::State::followed(const GenerationContext& context) {
  const auto report_news = [this](const Task& task) {
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
  const Task task = find_bought_task(context, *store, bought, prompt, identity.account);
  note(context, [&](History& file) {
    file.failed(identity.account, bought.task->task_id, "the service does not know it");
    file.created(identity.account, task.task_id, identity.model, prompt,
                 task.cost_cents.value_or(-1), settings.string(Parameter::budget));
  });
  report_task(task);
  return follow_task(context, task, report_news, is_there);
}

void Generation::State::follow(const GenerationContext& context) {
  const Task final_task = followed(context);
  set_task(final_task);
  warn_of_excess(final_task);
  record_charge(context, final_task);
  if (final_task.status == TaskStatus::Completed) {
    if (store && intent != 0) remember(context, [&] { store->free_slot(intent); });
    return;
  }
  note(context, [&](History& file) {
    file.failed(
        identity.account, final_task.task_id,
        final_task.error_message.empty() ? final_task.error_type : final_task.error_message);
  });
  if (store && intent != 0) {
    remember(context, [&] { store->settle(intent, IntentState::Failed); });
    intent = 0;
  }
  throw failed_task(final_task);
}

// A URL may come some time after `completed`: it is asked for until the deadline of the run; a
// fresh one, for which there is no deadline any more, for a while.
std::string Generation::State::clip_url(bool refresh, GCancellable* stop) {
  const Task task = task_copy();
  if (!refresh && is_url(task.result_url)) return task.result_url;
  const Deadline end = refresh || !deadline ? Deadline(clock, kFreshUrlTimeout) : *deadline;
  GoneRule gone(timeouts.gone);
  int refusals = 0;
  const std::string what = "the service says that task " + shell_quoted(task.task_id) +
                           " is completed, but gives no result_url";
  return retry_until(
      end, kLateUrlRetry, system_random(), stop,
      [&] {
        const Task news = client->task(task.task_id, stop);
        gone.answered();
        if (is_final(news.status) && news.status != TaskStatus::Completed) throw failed_task(news);
        if (!is_url(news.result_url)) {
          throw Error(ErrorKind::Protocol, Step::Download,
                      what + (news.result_url.empty() ? "" : " that is an http(s) URL"),
                      resume_advice(task.task_id));
        }
        shared.lock()->task.result_url = news.result_url;
        return news.result_url;
      },
      [&](const Error& error) {
        if (error.kind == ErrorKind::TaskFailed) return false;
        // A moment's trouble with keys is not the end of what is paid for.
        if (error.kind == ErrorKind::NotAuthorized && ++refusals == kRefusalsInARow) return false;
        return !gone.failed(error, clock.elapsed(), task.expires_at, client->service_time());
      });
}

// A picture to go with the clip: not worth a second try, nor a word about money.
std::size_t Generation::State::thumbnail(std::span<char> buffer, GCancellable* stop) {
  const std::string url = task_copy().thumbnail_url;
  if (url.empty()) return 0;
  const auto failed = [](const std::string& why) {
    return Error(ErrorKind::Network, Step::Download, "the thumbnail can't be fetched: " + why);
  };
  try {
    const auto stream = client->fetch(url, {}, "", stop);
    if (stream->head().status != 200) {
      throw failed("the service answered " + std::to_string(stream->head().status));
    }
    std::size_t size = 0;
    while (size < buffer.size()) {
      std::size_t count = 0;
      const auto outcome =
          stream->read(buffer.subspan(size), count, timeouts.thumbnail_stall.count(), stop);
      if (outcome == http::ByteStream::Outcome::End) return size;
      if (outcome == http::ByteStream::Outcome::Silent) throw failed("nothing comes");
      size += count;
    }
  } catch (const http::TransportError& error) {
    throw failed(error.message);
  }
  throw failed("it is too large");
}

// Before anything is bought: the file can be made, and nobody else is about to make it. A name that
// depends on a task that does not exist yet is new, as the task is.
void Generation::State::reserve_output(const std::string& task_id) {
  const std::string& wanted = settings.string(Parameter::location);
  if (wanted.empty()) return;
  NameFields fields = name_fields();
  fields.task_id = task_id.empty() ? "task" : task_id;
  const std::string path = expanded_location(wanted, fields);
  check_location(path);
  if (task_id.empty() && needs_task_id(wanted)) return;
  const bool exists = g_file_test(path.c_str(), G_FILE_TEST_EXISTS) != FALSE;
  if (exists && !settings.overwrites())
    throw Error(ErrorKind::File, Step::Settings,
                "the clip can't be kept as " + path + ": it exists already",
                "choose another name, or allow to replace it");
  output_claim = OutputClaim::take(path);
  if (!output_claim)
    throw Error(
        ErrorKind::File, Step::Settings,
        "the clip can't be kept as " + path + ": another run is about to save its own there",
        "choose another name, or wait for that run to end");
  replace_output = exists;
}

std::string Generation::State::location() const {
  return expanded_location(settings.string(Parameter::location), name_fields());
}

// A history that cannot be written is worth a warning, and no clip.
template <typename Change>
void Generation::State::note(const GenerationContext& context, Change change) {
  try {
    if (history != nullptr) change(*history);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::Cancelled) context.warn(error.message);
  }
}

// What is beside a clip may be missing where this process ends once the clip has its name: the next
// one knows by this whose clip it is.
void Generation::State::note_saving(const GenerationContext& context) {
  if (settings.string(Parameter::location).empty()) return;
  note(context, [&](History& file) {
    file.saving(identity.account, task_copy().task_id, absolute_path(location()));
  });
}

NameFields Generation::State::name_fields() const {
  const Task task = task_copy();
  NameFields fields;
  fields.task_id = task.task_id;
  fields.model = identity.model.empty() ? task.model : identity.model;
  fields.prompt = prompt.empty() ? task.prompt : prompt;
  fields.seed = settings.integer(Parameter::seed);
  fields.index = settings.occurrence();
  fields.time = started_at;
  return fields;
}

// Whether the clip of a task that has not ended is there, and is opened.
bool Generation::State::opens_early(const GenerationContext& context, const Task& task) {
  set_task(task);
  try {
    open_download(context, Attempts::One);
    return true;
  } catch (const Error& error) {
    if (error.kind == ErrorKind::Cancelled) throw;
    if (error.retry_after_seconds >= 0) {
      early_refusal = error;
      clip_is_due = clock.elapsed() + error.retry_after_seconds;
    }
    return false;
  }
}

// A pause that was asked for when the clip was looked for early.
void Generation::State::wait_for_clip(const GenerationContext& context) const {
  const Seconds pause(clip_is_due - clock.elapsed());
  if (!early_refusal || pause <= Seconds(0)) return;
  if (pause >= context.deadline.left()) throw Error(*early_refusal);
  context.wait(pause);
}

void Generation::State::open_download(const GenerationContext& context, Attempts attempts) {
  const Deadline end(clock, std::max(context.deadline.left(), kMinOpening));
  // The download outlives this call.
  const auto is_open = std::make_shared<std::atomic<bool>>(false);
  ClipOptions options;
  options.task_id = task_copy().task_id;
  options.location = location();
  options.replace = replace_output;
  options.cache_directory = partial_file_directory();
  options.timeouts = timeouts.download;
  options.timeouts.gone = timeouts.gone;
  options.max_pause = [is_open, attempts, end]() -> std::optional<double> {
    if (*is_open) return std::numeric_limits<double>::infinity();
    if (attempts == Attempts::One) return std::nullopt;
    return std::max(end.left().count(), 0.0);
  };
  options.progress = [this](std::int64_t bytes, std::int64_t total) {
    GenerationEvent event;
    event.phase = GenerationPhase::Download;
    event.bytes = bytes;
    event.total_bytes = total;
    if (total > 0) event.percent = static_cast<int>(bytes * 100 / total);
    event.text = "downloading";
    report(event);
  };
  options.completed = [this](const Clip& clip) { completed(clip); };
  context.check_cancelled();
  note_saving(context);
  auto clip = download_clip(
      *client, [this](bool refresh, GCancellable* stop) { return clip_url(refresh, stop); },
      options);
  Clip& opening = *clip;
  {
    const auto state = shared.lock();
    state->clip = std::move(clip);
    if (g_cancellable_is_cancelled(cancellable.get())) state->clip->cancel();
  }
  try {
    check_playable(opening, options.task_id,
                   attempts == Attempts::One ? end.within(kOnlyTry) : end);
    *is_open = true;
  } catch (const Error&) {
    drop_clip();
    throw;
  }
}

// Ends a download, and waits for its threads.
void Generation::State::drop_clip() {
  const std::unique_ptr<Clip> clip = std::move(shared.lock()->clip);
}

// The task may be gone from the service by now; its id still names the clip, as it did when the
// clip was bought.
// False where the file is damaged: it has been removed then, and the next claim knows that.
bool Generation::State::open_cached(const GenerationContext& context, const Purchase& bought) {
  Task task;
  task.task_id = bought.clip_task_id;
  task.status = TaskStatus::Completed;
  task.status_text = "completed";
  task.model = identity.model;
  set_task(task);
  ClipOptions options;
  options.location = location();
  options.replace = replace_output;
  note_saving(context);
  auto clip = open_clip(bought.clip_path, std::move(options));
  try {
    check_playable(*clip, task.task_id, context.deadline);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::Clip) throw;
    if (g_unlink(bought.clip_path.c_str()) != 0) throw;
    context.warn("the kept clip " + bought.clip_path + " was damaged and has been removed");
    return false;
  }
  {
    const auto state = shared.lock();
    state->clip = std::move(clip);
    state->is_downloaded = true;
  }
  report_task(task);
  GenerationEvent event;
  event.phase = GenerationPhase::Done;
  event.percent = 100;
  event.text = "replayed from the cache at no charge";
  report(event);
  return true;
}

// In the clip's thread.
void Generation::State::completed(const Clip& clip) {
  const GenerationContext download_context = context();
  client->set_deadline(Deadline::never(clock).elapsed());
  if (store && intent != 0) {
    const Reuse reuse = settings.choice<Reuse>(Parameter::reuse);
    if (reuse == Reuse::Always && !identity.request.empty())
      remember(download_context, [&] { store->keep_clip(intent, identity, clip.path()); });
  }
  if (has_become_delivered(&Shared::is_downloaded)) settle_as_delivered();
  if (settings.flag(Parameter::delete_task)) {
    const std::string task_id = task_copy().task_id;
    try {
      delete_known_task(download_context, task_id, task_copy().expires_at.value_or(0));
    } catch (const Error& error) {
      if (error.kind != ErrorKind::NotFound)
        download_context.warn("task " + shell_quoted(task_id) +
                              " could not be deleted: " + error.message);
    }
  }
  GenerationEvent event;
  event.phase = GenerationPhase::Done;
  event.percent = 100;
  event.text = "the clip has been downloaded";
  report(event);
}

// Records one of the two facts; true for the one that completes them.
bool Generation::State::has_become_delivered(bool Shared::*fact) {
  const auto state = shared.lock();
  (*state).*fact = true;
  if (!settings.string(Parameter::location).empty() && !settings.is_delivered_later())
    state->is_consumed = true;
  return state->is_downloaded && state->is_consumed && !std::exchange(state->is_settled, true);
}

void Generation::State::set_delivered() {
  note(context(), [&](History& file) {
    const Task task = task_copy();
    file.delivered(identity.account, task.task_id, absolute_path(clip().location()),
                   task.cost_cents.value_or(-1));
  });
  if (has_become_delivered(&Shared::is_consumed)) settle_as_delivered();
}

void Generation::State::settle_as_delivered() {
  if (!store || delivers == 0) return;
  remember_at_last(context(), [&] { store->settle(delivers, IntentState::Delivered); });
}

// Adds the charge status, and how to resume.
void Generation::State::explain(Error& error) {
  const Task task = task_copy();
  if (task.task_id.empty() || !ours || error.kind == ErrorKind::TaskFailed) return;
  error.task_id = task.task_id;
  if (error.charge == Charge::Unknown) return;
  if (error.kind == ErrorKind::NotFound && !is_final(task.status)) {
    error.charge = Charge::Unknown;
    error.next_step = "the task was deleted or is older than 24 h";
    if (intent != 0)
      error.next_step +=
          "; the same request asks for it once more, and buys only if it is still gone";
    return;
  }
  error.charge = charge_of(task);
  if (is_task_deleted) {
    error.message += "; task " + shell_quoted(task.task_id) + " was deleted, which is not refunded";
    error.next_step.clear();
    return;
  }
  error.resumable = true;
  if (!is_final(task.status))
    error.message += "; task " + shell_quoted(task.task_id) + " still runs";
  if (error.next_step.find(shell_quoted(task.task_id)) != std::string::npos) return;
  error.next_step =
      resume_advice(task.task_id) + (error.next_step.empty() ? "" : "; " + error.next_step);
}

// on_stop=delete.
void Generation::State::stop_task(const GenerationContext& context) {
  const Task task = task_copy();
  if (settings.choice<OnStop>(Parameter::on_stop) != OnStop::Delete || task.task_id.empty() ||
      is_final(task.status) || is_task_of_another)
    return;
  try {
    client->remove(task.task_id, nullptr, kDeleteOnStopSeconds);
    is_task_deleted = true;
    if (store && intent != 0)
      remember(context, [&] { store->settle(intent, IntentState::Failed); });
    intent = 0;
  } catch (const Error& error) {
    context.warn("task " + shell_quoted(task.task_id) + " could not be deleted: " + error.message);
  }
}

Generation::Generation(Settings settings, Listener listener, const GenerationTimeouts& timeouts,
                       const Clock& clock)
    : state_(std::make_unique<State>(std::move(settings), std::move(listener), timeouts, clock)) {}

Generation::~Generation() {
  cancel();
  // The download's thread uses the store and the client.
  state_->drop_clip();
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
