// SPDX-License-Identifier: LGPL-2.1-or-later
// What the threads of a film share. Private to common/film.
#pragma once

#include <condition_variable>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "film/film.h"
#include "generation/create_turn.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"

namespace airforce {

struct Film::State {
  struct Entry {
    std::shared_ptr<Generation> generation;  // while it is being made or can be read
    std::shared_ptr<OpenPurchase> purchase;  // equal films share it until this one is closed
    std::string task_id;
    std::string first_frame;  // until the shot is made: pictures are large
    std::string first_frame_identity;
    std::optional<Error> error;
    std::optional<double> reserved_cents;  // of `spare_cents`, in case it has to be bought again
  };

  struct Shared {
    Shared(const Storyboard& storyboard, const FilmOptions& options);

    double if_gone(std::size_t shot, const PlannedShot& planned);
    // Why a shot was not made.
    Error skipped(std::size_t shot) const;

    ShotSchedule schedule;
    std::vector<Entry> entries;
    std::optional<FilmPlan> plan;  // set once
    double spare_cents = 0;        // of the ceiling, beyond what is planned
    bool stopping = false;
    int busy = 0;  // threads that make a shot
    std::vector<std::thread> threads;
  };

  State(Storyboard its_storyboard, Settings its_defaults, FilmOptions its_options,
        const GenerationTimeouts& its_timeouts);

  const FilmPlan& planned();
  void work();
  void make(std::size_t shot);
  std::shared_ptr<Generation> prepare(std::size_t shot);
  Settings settings_of(std::size_t shot, const std::string& first_frame);
  void succeed(std::size_t shot, Generation& generation);
  void fail(std::size_t shot, const Error& error);
  void take_frame(std::size_t shot, const std::string& picture);
  bool is_continued(std::size_t shot) const {
    return shot + 1 < storyboard.shots.size() && storyboard.shots[shot + 1].continues;
  }
  void report(const FilmEvent& event);
  void report_state(std::size_t shot, ShotState state, const Error* error = nullptr);
  std::shared_ptr<Generation> reopen(std::size_t shot);

  const Storyboard storyboard;
  const Settings defaults;
  const FilmOptions options;
  const GenerationTimeouts timeouts;
  const GObjectPtr<GCancellable> cancellable{g_cancellable_new()};

  // Set once, by planned(). What the service asks of one create is not forgotten between two shots.
  std::optional<CreateTurn> creates;
  Guarded<std::monostate> planning;  // locked while a thread plans; the outer one of `shared`
  Guarded<Listener> listener;        // locked during a call of it, with no other held
  Guarded<Shared> shared;
  std::condition_variable changed;
};

Error film_cancelled();

}  // namespace airforce
