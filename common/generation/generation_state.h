// SPDX-License-Identifier: LGPL-2.1-or-later
// What a generation holds while it runs. Its functions are, by duty, in generation.cpp (the
// sequence), generation_reporting.cpp, generation_opening.cpp and generation_end.cpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "api/client.h"
#include "clip/output_claim.h"
#include "generation/generation.h"
#include "generation/generation_context.h"
#include "generation/inputs.h"
#include "generation/location.h"
#include "generation/open_purchase.h"
#include "generation/purchase.h"
#include "store/history.h"
#include "store/store.h"
#include "values/guarded.h"

namespace airforce {

// Whether a clip that can't be opened is tried again.
enum class Attempts { One, Many };

Error failed_task(const Task& task);
// The history is read from other directories.
std::string absolute_path(const std::string& path);

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
    // Of the recording thread while others report: one call of the listener at a time.
    std::vector<GenerationEvent> held_warnings;
  };
  Guarded<Shared> shared;

  // Of the thread of run(), then of the clip's; record_end() may read them while that one runs.
  std::unique_ptr<Store> store;
  std::unique_ptr<History> history;  // null where none is kept
  std::unique_ptr<api::Client> client;
  RequestIdentity identity;
  std::unique_ptr<PurchaseShare> share;  // unset where nothing is shared
  std::int64_t intent = 0;               // that is owned
  std::int64_t delivers = 0;             // that the clip is the delivery of
  std::int64_t shared_intent = 0;  // of another source of this process, whose task is followed
  bool was_delivered = false;      // to an earlier consumer
  std::optional<double> announced_cents;
  std::optional<Purchase> only_answered;  // while the service has not shown the task of its answer
  bool is_excess_reported = false;
  bool is_task_of_another = false;          // a living process works on it
  bool shares_purchase = false;             // with equal sources of this process
  std::optional<Deadline> deadline;         // of run()
  std::optional<OutputClaim> output_claim;  // of the location, held until the clip has its name
  NameFields known_name;                    // before the service has shown the task
  bool replace_output = true;               // false: there was no file of that name at the start
  std::atomic<bool> ours = false;           // this request's money is in the task
  bool is_task_deleted = false;             // by on_stop=delete
  std::optional<Task> unrecorded_end;       // a completed task that is to be recorded in the store
  std::optional<Error> early_refusal;       // of the look for the clip before the task has ended
  double clip_is_due = 0;                   // by the clock, as that has asked for
  std::shared_future<void> recording;  // begin_recording()'s; set before the clip's thread starts

  // The purchase that this is about: also one that another source of this process has made.
  std::int64_t known_intent() const { return intent != 0 ? intent : shared_intent; }

  void report(GenerationEvent event);
  void report_task(const Task& task);
  void report_held_warnings();
  void set_task(const Task& task);
  Task task_copy() const { return shared.lock()->task; }
  // Throws Error{Internal} where none was opened.
  Clip& clip();

  void run();
  void attach(const GenerationContext& context);
  bool open_kept(const GenerationContext& context, const Intent& known);
  void obtain(const GenerationContext& context, const ReadLimits& limits);
  void buy_or_resume(const GenerationContext& context, const Inputs& inputs);
  bool joins_another(const GenerationContext& context);
  void found_purchase(const Task& task);
  void follow(const GenerationContext& context);
  Task followed(const GenerationContext& context);
  void open_download(const GenerationContext& context, Attempts attempts = Attempts::Many);
  bool opens_early(const GenerationContext& context, const Task& task);
  void wait_for_clip(const GenerationContext& context) const;
  bool open_cached(const GenerationContext& context, const Purchase& bought);
  void open_finished(const GenerationContext& context, const std::string& path,
                     const std::string& task_id, const std::string& report_text);
  void has_clip(const GenerationContext& context, const std::string& path, bool delete_task);
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
  void settle_for_others();
  void warn_of_excess(const Task& task);
  void record_charge(const GenerationContext& context, const Task& task);
  void record_end(const GenerationContext& context);
  void begin_recording(const GenerationContext& context);
  void wait_for_recording() const;
  void explain(Error& error);
  void stop_task(const GenerationContext& context);
  GenerationContext context();
};

// A history that cannot be written is worth a warning, and no clip.
template <typename Change>
void Generation::State::note(const GenerationContext& context, Change change) {
  try {
    if (history != nullptr) change(*history);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::Cancelled) context.warn(error.message);
  }
}

}  // namespace airforce
