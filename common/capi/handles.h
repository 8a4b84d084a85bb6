// SPDX-License-Identifier: LGPL-2.1-or-later
// What the handles of the C API are made of. Private to common/capi.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
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
#include "values/settings.h"

struct AirforceSettings {
  airforce::Settings settings;
};

namespace airforce {
class SharedGeneration;
}

// One run for all who ask: the first caller of run() does it, the others wait for it.
struct AirforceGeneration {
  enum class Progress { Idle, Running, Succeeded, Failed };

  explicit AirforceGeneration(airforce::Settings settings);
  // A user of a shared one.
  explicit AirforceGeneration(std::shared_ptr<airforce::SharedGeneration> shared);
  ~AirforceGeneration();
  AirforceGeneration(const AirforceGeneration&) = delete;
  AirforceGeneration& operator=(const AirforceGeneration&) = delete;
  // A shot of a film, which outlives this.
  AirforceGeneration(airforce::Film& its_film, std::size_t its_shot);

  void tell(const airforce::GenerationEvent& event, const airforce::Task* task);
  void run();
  void cancel();
  airforce::Task task();
  // After a successful run().
  airforce::Generation& opened();
  void set_flushing(bool flushing);
  std::size_t read_at(std::uint64_t offset, std::span<char> buffer);
  void set_delivered();

  const airforce::Settings wanted;

  std::mutex listener_mutex;  // protects the next two, and is held during a call of func: detaching
                              // waits for it
  AirforceEventFunc func = nullptr;
  void* user_data = nullptr;

  std::mutex mutex;  // protects the next three
  std::condition_variable changed;
  Progress progress = Progress::Idle;
  std::optional<airforce::Error> failure;

  // Of a user: the generation that does everything else.
  const std::shared_ptr<airforce::SharedGeneration> of;
  std::atomic<bool> is_cancelled = false;
  std::atomic<bool> is_flushing = false;
  airforce::SignalRelay::Ticket signal = nullptr;

  airforce::Film* const film = nullptr;
  const std::size_t shot = 0;
  const airforce::GObjectPtr<GCancellable> cancellable{g_cancellable_new()};  // of a film's shot
  // Last: its threads use the rest. Of a film's shot it is set by run(), with `mutex` held.
  std::shared_ptr<airforce::Generation> generation;

 private:
  void carry_out();
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
