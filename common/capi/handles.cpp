// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/handles.h"

#include <utility>

#include "capi/shared_generation.h"
#include "values/text.h"

AirforceGeneration::AirforceGeneration(airforce::Settings settings)
    : wanted(settings),
      generation(std::make_shared<airforce::Generation>(
          std::move(settings), [this](const airforce::GenerationEvent& event,
                                      const airforce::Task* task) { tell(event, task); })) {}

AirforceGeneration::AirforceGeneration(std::shared_ptr<airforce::SharedGeneration> shared)
    : of(std::move(shared)),
      signal(airforce::SignalRelay::instance().add([this] { of->cancel(*this); })) {
  of->add_user(*this);
}

AirforceGeneration::~AirforceGeneration() {
  airforce::SignalRelay::remove(signal);
  if (of) of->remove_user(*this);
}

AirforceGeneration::AirforceGeneration(airforce::Film& its_film, std::size_t its_shot)
    : film(&its_film), shot(its_shot) {}

void AirforceGeneration::tell(const airforce::GenerationEvent& event, const airforce::Task* task) {
  airforce::with_event(event, task, [this](const AirforceEvent& told) {
    const std::lock_guard lock(listener_mutex);
    if (func != nullptr) func(&told, user_data);
  });
}

void AirforceGeneration::carry_out() {
  if (film == nullptr) {
    generation->run();
    return;
  }
  std::shared_ptr<airforce::Generation> opened = film->open(shot, cancellable.get());
  const std::lock_guard lock(mutex);
  generation = std::move(opened);
  generation->clip().set_flushing(false);
}

void AirforceGeneration::run() {
  if (of) return of->run(*this);
  using airforce::Error;
  std::unique_lock lock(mutex);
  if (progress == Progress::Idle) {
    progress = Progress::Running;
    lock.unlock();
    std::optional<Error> failed;
    try {
      carry_out();
    } catch (const Error& error) {
      failed = error;
    } catch (const std::exception& error) {
      failed = Error(airforce::ErrorKind::Internal, airforce::Step::Settings,
                     std::string("internal error: ") + error.what(), "report this");
    }
    lock.lock();
    failure = failed;
    progress = failed ? Progress::Failed : Progress::Succeeded;
    changed.notify_all();
  }
  changed.wait(lock,
               [this] { return progress == Progress::Succeeded || progress == Progress::Failed; });
  if (failure) throw Error(*failure);
}

void AirforceGeneration::cancel() {
  if (of) return of->cancel(*this);
  if (film == nullptr) {
    generation->cancel();
    return;
  }
  // The film's generation continues for others: only what waits here ends.
  g_cancellable_cancel(cancellable.get());
  const std::lock_guard lock(mutex);
  if (generation) generation->clip().set_flushing(true);
}

airforce::Generation& AirforceGeneration::opened() {
  return of ? of->inner().opened() : *generation;
}

void AirforceGeneration::set_flushing(bool flushing) {
  if (of) return of->set_flushing(*this, flushing);
  generation->clip().set_flushing(flushing);
}

airforce::Task AirforceGeneration::task() {
  if (of) return of->inner().task();
  if (film == nullptr) return generation->task();
  const std::lock_guard lock(mutex);
  if (generation) return generation->task();
  airforce::Task task;
  task.task_id = film->status(shot).task_id;
  return task;
}

std::size_t AirforceGeneration::read_at(std::uint64_t offset, std::span<char> buffer) {
  if (of) return of->read_at(*this, offset, buffer);
  try {
    return generation->clip().read_at(offset, buffer);
  } catch (const airforce::Error& error) {
    if (error.kind != airforce::ErrorKind::Interrupted ||
        !g_cancellable_is_cancelled(cancellable.get()))
      throw;
    throw airforce::Error(airforce::ErrorKind::Cancelled, airforce::Step::Download, "cancelled");
  }
}

void AirforceGeneration::set_delivered() {
  if (of) return of->inner().set_delivered();
  if (film != nullptr)
    film->set_delivered(shot);
  else
    generation->set_delivered();
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
  // All of it gets shown. An id that has something invisible in it is of no service that is well.
  const std::string text = visible_line(event.text);
  Task shown;
  AirforceTask task_view{};
  if (task != nullptr) {
    shown = *task;
    shown.task_id = visible_line(shown.task_id);
    shown.model = visible_line(shown.model);
    task_view = view(shown);
  }
  AirforceEvent told{};
  told.kind = static_cast<AirforceEventKind>(event.kind);
  told.phase = static_cast<AirforcePhase>(event.phase);
  told.percent = event.percent;
  told.place = event.place;
  told.price_cents = event.price_cents;
  told.bytes = event.bytes;
  told.total_bytes = event.total_bytes;
  told.text = text.c_str();
  told.task = task != nullptr ? &task_view : nullptr;
  use(told);
}

}  // namespace airforce
