// SPDX-License-Identifier: LGPL-2.1-or-later
// What the handles of the C API are made of. Private to common/capi.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <gio/gio.h>

#include "airforce-video.h"
#include "capi/error_handle.h"
#include "capi/signal_relay.h"
#include "film/film.h"
#include "generation/generation.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"
#include "values/settings.h"

struct AirforceSettings {
  airforce::Settings settings;
};

// One run for all who ask: the first caller of run() does it, the others wait for it.
struct AirforceGeneration {
  enum class Progress { Idle, Running, Succeeded, Failed };

  // Its function is not called concurrently, nor after the destructor of what calls it.
  struct Listener {
    AirforceEventFunc func = nullptr;
    void* user_data = nullptr;
  };

  // Whether equal generations of this process make one purchase.
  enum class Sharing { None, WhileOpen };

  AirforceGeneration(airforce::Settings settings, Listener its_listener, Sharing sharing);
  ~AirforceGeneration();
  AirforceGeneration(const AirforceGeneration&) = delete;
  AirforceGeneration& operator=(const AirforceGeneration&) = delete;
  // A shot of a film, which outlives this.
  AirforceGeneration(airforce::Film& its_film, std::size_t its_shot);

  void report(const airforce::GenerationEvent& event, const airforce::Task* task);
  void notify(const AirforceEvent& event) const {
    if (listener.func != nullptr) listener.func(&event, listener.user_data);
  }
  void run();
  void cancel();
  airforce::Task task();
  airforce::Charge charge();
  // After a successful run(). Throws Error before that of a film's shot.
  airforce::Generation& opened();
  void set_flushing(bool flushing);
  void wait_complete();
  std::size_t thumbnail(std::span<char> buffer);
  std::size_t read_at(std::uint64_t offset, std::span<char> buffer);
  void set_delivered();

  const Listener listener;
  airforce::SignalRelay::Ticket signal = nullptr;

  airforce::Film* const film = nullptr;
  const std::size_t shot = 0;
  // Of a film's shot.
  std::atomic<bool> is_flushing = false;
  const airforce::GObjectPtr<GCancellable> cancellable{g_cancellable_new()};

 private:
  struct Run {
    Progress progress = Progress::Idle;
    std::optional<airforce::Error> failure;
    std::shared_ptr<airforce::Generation> of_shot;  // of a film's shot, once it is open
  };

  void carry_out();

  // The clip's locks are taken inside.
  airforce::Guarded<Run> run_;
  std::condition_variable changed_;
  // Last: its threads use the rest. Unset for a film's shot.
  const std::unique_ptr<airforce::Generation> own_;
};

namespace airforce {

AirforceTask view(const Task& task);
// `use` gets the event in the C API's form, valid during the call.
void with_event(const GenerationEvent& event, const Task* task,
                const std::function<void(const AirforceEvent&)>& use);

inline const char* text_of(const char* value) {
  return value != nullptr ? value : "";
}

// Runs `work`; a failure becomes *error and `failed`.
template <typename Result, typename Work>
Result guarded(AirforceError** error, Result failed, Work work) noexcept {
  try {
    return work();
  } catch (const Error& failure) {
    set_error(error, failure);
  } catch (const std::exception& failure) {
    set_error(error, Error(ErrorKind::Internal, Step::Settings,
                           std::string("internal error: ") + failure.what(), "report this"));
  }
  return failed;
}

}  // namespace airforce
