// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/generation_handle.h"

#include <chrono>
#include <thread>
#include <utility>

#include "values/text.h"

AirforceGeneration::AirforceGeneration(airforce::Settings settings, Listener its_listener,
                                       Sharing sharing)
    : listener(its_listener),
      own_(std::make_unique<airforce::Generation>(
          std::move(settings), [this](const airforce::GenerationEvent& event,
                                      const airforce::Task* task) { report(event, task); })) {
  if (sharing == Sharing::WhileOpen) own_->share_purchase();
  signal = airforce::SignalRelay::instance().add([this] { cancel(); });
}

AirforceGeneration::~AirforceGeneration() {
  airforce::SignalRelay::remove(signal);
  // Other generations of the shot read on.
  if (const auto state = run_.lock();
      state->of_shot && g_cancellable_is_cancelled(cancellable.get()))
    state->of_shot->clip().set_flushing(false);
}

AirforceGeneration::AirforceGeneration(airforce::Film& its_film, std::size_t its_shot)
    : film(&its_film), shot(its_shot) {}

void AirforceGeneration::report(const airforce::GenerationEvent& event,
                                const airforce::Task* task) {
  if (listener.func == nullptr) return;
  airforce::with_event(event, task, [this](const AirforceEvent& reported) { notify(reported); });
}

void AirforceGeneration::carry_out() {
  if (own_) {
    own_->run();
    return;
  }
  std::shared_ptr<airforce::Generation> opened = film->open(shot, cancellable.get());
  auto state = run_.lock();
  state->of_shot = std::move(opened);
  state->of_shot->clip().set_flushing(is_flushing);
}

void AirforceGeneration::run() {
  using airforce::Error;
  auto state = run_.lock();
  if (state->progress == Progress::Idle) {
    state->progress = Progress::Running;
    std::optional<Error> failed;
    state.unlocked([&] {
      try {
        carry_out();
      } catch (const Error& error) {
        failed = error;
      } catch (const std::exception& error) {
        failed = Error(airforce::ErrorKind::Internal, airforce::Step::Settings,
                       std::string("internal error: ") + error.what(), "report this");
      }
    });
    state->failure = failed;
    state->progress = failed ? Progress::Failed : Progress::Succeeded;
    changed_.notify_all();
  }
  state.wait(changed_, [&] {
    return state->progress == Progress::Succeeded || state->progress == Progress::Failed;
  });
  if (state->failure) throw Error(*state->failure);
}

void AirforceGeneration::cancel() {
  if (own_) {
    own_->cancel();
    return;
  }
  // The film's generation continues for others: only what waits here ends.
  g_cancellable_cancel(cancellable.get());
  auto state = run_.lock();
  if (state->of_shot) state->of_shot->clip().set_flushing(true);
}

airforce::Generation& AirforceGeneration::opened() {
  if (own_) return *own_;
  const auto state = run_.lock();
  if (!state->of_shot)
    throw airforce::Error(airforce::ErrorKind::Internal, airforce::Step::Download,
                          "the shot has not been opened", "call airforce_generation_run() first");
  return *state->of_shot;
}

void AirforceGeneration::set_flushing(bool flushing) {
  if (own_) return own_->clip().set_flushing(flushing);
  const auto state = run_.lock();
  is_flushing = flushing;
  if (state->of_shot) state->of_shot->clip().set_flushing(flushing);
}

void AirforceGeneration::wait_complete() {
  opened().wait_complete();
}

std::size_t AirforceGeneration::thumbnail(std::span<char> buffer) {
  return opened().thumbnail(buffer);
}

airforce::Task AirforceGeneration::task() {
  if (own_) return own_->task();
  if (const auto state = run_.lock(); state->of_shot) return state->of_shot->task();
  airforce::Task task;
  task.task_id = film->status(shot).task_id;
  return task;
}

airforce::Charge AirforceGeneration::charge() {
  if (own_) return own_->charge();
  const auto state = run_.lock();
  return state->of_shot ? state->of_shot->charge() : airforce::Charge::None;
}

std::size_t AirforceGeneration::read_at(std::uint64_t offset, std::span<char> buffer) {
  for (;;) {
    try {
      return opened().read_at(offset, buffer);
    } catch (const airforce::Error& error) {
      if (error.kind != airforce::ErrorKind::Interrupted) throw;
      if (g_cancellable_is_cancelled(cancellable.get()))
        throw airforce::Error(airforce::ErrorKind::Cancelled, airforce::Step::Download,
                              "cancelled");
      if (is_flushing || film == nullptr) throw;
      // Another generation of the shot flushes, briefly.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

void AirforceGeneration::set_delivered() {
  if (film != nullptr)
    film->set_delivered(shot);
  else
    own_->set_delivered();
}

namespace airforce {

AirforceTask view(const Task& task) {
  return {task.task_id.c_str(),         task.status_text.c_str(),
          task.model.c_str(),           task.progress.value_or(-1),
          task.created.value_or(-1),    task.expires_at.value_or(-1),
          task.cost_cents.value_or(-1), task.duration_seconds.value_or(-1),
          task.error_type.c_str(),      task.error_message.c_str()};
}

void with_event(const GenerationEvent& event, const Task* task,
                const std::function<void(const AirforceEvent&)>& use) {
  // All of it gets shown. An id that has something invisible in it comes from no healthy service.
  const std::string text = visible_line(event.text);
  Task shown;
  AirforceTask task_view{};
  if (task != nullptr) {
    shown = *task;
    shown.task_id = visible_line(shown.task_id);
    shown.model = visible_line(shown.model);
    task_view = view(shown);
  }
  AirforceEvent reported{};
  reported.kind = static_cast<AirforceEventKind>(event.kind);
  reported.phase = static_cast<AirforcePhase>(event.phase);
  reported.percent = event.percent;
  reported.place = event.place;
  reported.price_cents = event.price_cents;
  reported.bytes = event.bytes;
  reported.total_bytes = event.total_bytes;
  reported.text = text.c_str();
  reported.task = task != nullptr ? &task_view : nullptr;
  use(reported);
}

}  // namespace airforce

extern "C" {

AirforceGeneration* airforce_generation_new(const AirforceSettings* settings,
                                            AirforceEventFunc func, void* user_data) {
  return new AirforceGeneration(settings->settings, {func, user_data},
                                AirforceGeneration::Sharing::None);
}

AirforceGeneration* airforce_generation_get_shared(const AirforceSettings* settings,
                                                   AirforceEventFunc func, void* user_data) {
  return new AirforceGeneration(settings->settings, {func, user_data},
                                AirforceGeneration::Sharing::WhileOpen);
}

void airforce_generation_free(AirforceGeneration* generation) {
  if (generation == nullptr) return;
  generation->cancel();
  delete generation;
}

int airforce_generation_run(AirforceGeneration* generation, AirforceError** error) {
  return airforce::guarded(error, -1, [&] {
    generation->run();
    return 0;
  });
}

void airforce_generation_cancel(AirforceGeneration* generation) {
  generation->cancel();
}

void airforce_generation_cancel_from_signal(AirforceGeneration* generation) {
  airforce::SignalRelay::raise(generation->signal);
}

const AirforceTask* airforce_generation_task(AirforceGeneration* generation) {
  thread_local airforce::Task task;
  thread_local AirforceTask task_view;
  task = generation->task();
  if (task.task_id.empty()) return nullptr;
  task_view = airforce::view(task);
  return &task_view;
}

const char* airforce_generation_prompt(AirforceGeneration* generation) {
  thread_local std::string prompt;
  prompt.clear();
  airforce::guarded(nullptr, -1, [&] {
    prompt = generation->opened().prompt();
    return 0;
  });
  return prompt.c_str();
}

AirforceCharge airforce_generation_charge(AirforceGeneration* generation) {
  return static_cast<AirforceCharge>(generation->charge());
}

const char* airforce_phase_name(AirforcePhase phase) {
  return airforce::name_of(static_cast<airforce::GenerationPhase>(phase));
}

const char* airforce_generation_charge_name(AirforceGeneration* generation) {
  return airforce::name_of(generation->charge());
}

int64_t airforce_generation_read_at(AirforceGeneration* generation, uint64_t offset, void* buffer,
                                    size_t size, AirforceError** error) {
  return airforce::guarded(error, int64_t{-1}, [&] {
    return static_cast<int64_t>(generation->read_at(offset, {static_cast<char*>(buffer), size}));
  });
}

int64_t airforce_generation_size(AirforceGeneration* generation) {
  return airforce::guarded(nullptr, int64_t{-1}, [&] {
    return static_cast<int64_t>(generation->opened().clip().size());
  });
}

int64_t airforce_generation_available(AirforceGeneration* generation, uint64_t offset) {
  return airforce::guarded(nullptr, int64_t{0}, [&] {
    return static_cast<int64_t>(generation->opened().clip().available(offset));
  });
}

int64_t airforce_generation_thumbnail(AirforceGeneration* generation, void* buffer, size_t size,
                                      AirforceError** error) {
  return airforce::guarded(error, int64_t{-1}, [&] {
    return static_cast<int64_t>(generation->thumbnail({static_cast<char*>(buffer), size}));
  });
}

void airforce_generation_set_flushing(AirforceGeneration* generation, int flushing) {
  airforce::guarded(nullptr, -1, [&] {
    generation->set_flushing(flushing != 0);
    return 0;
  });
}

int airforce_generation_wait_complete(AirforceGeneration* generation, AirforceError** error) {
  return airforce::guarded(error, -1, [&] {
    generation->wait_complete();
    return 0;
  });
}

void airforce_generation_set_delivered(AirforceGeneration* generation) {
  generation->set_delivered();
}

}  // extern "C"
