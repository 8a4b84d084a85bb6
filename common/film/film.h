// SPDX-License-Identifier: LGPL-2.1-or-later
// The shots of a storyboard, bought and downloaded: threads and generations around ShotSchedule.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gio/gio.h>

#include "film/plan.h"
#include "film/schedule.h"
#include "film/storyboard.h"
#include "generation/generation.h"
#include "values/error.h"

namespace airforce {

// What a film says while it works.
struct FilmEvent {
  enum class Kind {
    Shot = 1,     // an event of the shot's generation: `event`, `task`
    State,        // the shot's state has changed: `state`, and `error` where it failed
    FrameNeeded,  // another shot continues this one: call set_last_frame()
    Finished,     // nothing more will be made
  };
  Kind kind = Kind::State;
  std::size_t shot = 0;
  const GenerationEvent* event = nullptr;
  const Task* task = nullptr;
  ShotState state = ShotState::Waiting;
  const Error* error = nullptr;
};

struct FilmOptions {
  std::string name = "storyboard";  // for messages about its lines
  int jobs = 4;                     // in flight at most
  std::size_t ahead = ShotSchedule::kNoLimit;
  OnShotError on_error = OnShotError::Stop;
  // Called in a thread of the film once a clip is complete that another shot continues, where it is
  // set: returns the clip's last frame, an encoded picture. Throws Error.
  std::function<std::string(std::size_t shot, Generation& generation)> last_frame;
  // Called in a thread of the film once a clip is complete: what throws is the shot's failure. The
  // shot is Delivered afterwards if it returns true.
  std::function<bool(std::size_t shot, Generation& generation)> complete;
  // The settings of a shot before it starts.
  std::function<void(std::size_t shot, Settings& settings)> adjust;
  // The first frame of the first shot, where that continues something: an encoded picture, and what
  // it is known by ("last frame of ...").
  std::string first_frame;
  std::string first_frame_identity;
};

class Film {
 public:
  // From several threads, one call at a time, with no lock held. It must not call back.
  using Listener = std::function<void(const FilmEvent&)>;

  // `storyboard` has no problems. `defaults` says whose account pays, and its max_cost_cents is the
  // ceiling of the whole film. Nothing is read or sent yet.
  Film(Storyboard storyboard, Settings defaults, FilmOptions options,
       const GenerationTimeouts& timeouts = {});
  // Cancels, and waits for what still runs.
  ~Film();
  Film(const Film&) = delete;
  Film& operator=(const Film&) = delete;

  const Storyboard& storyboard() const;
  // Looks up the models, once, and holds the ceiling. Throws Error.
  const FilmPlan& plan();
  // Of the plan, if there is one by now. Never blocks for long.
  std::optional<Price> price(std::size_t shot) const;
  std::optional<double> total_cents() const;
  // Plans, and makes the shots on threads of its own. Once. Throws Error; nothing was bought then.
  void start(Listener listener);
  // Waits until nothing more will be made, or this is cancelled. Clips may still be undelivered.
  void wait();
  // From any thread, at any time; never blocks. Every wait ends with Error{Cancelled}.
  void cancel();

  // Waits until the shot's clip can be read, and returns its generation. A delivered shot is opened
  // again. Throws the shot's Error; Error{Cancelled} also where `cancellable` is cancelled.
  std::shared_ptr<Generation> open(std::size_t shot, GCancellable* cancellable = nullptr);
  // The picture that the shot that continues this one starts from. "" : there is none, and that
  // shot fails. Throws Error{Settings} for what is no picture.
  void set_last_frame(std::size_t shot, const std::string& picture);
  // The consumer had all of the shot's clip: the purchase is settled, and the clip closed.
  void set_delivered(std::size_t shot);
  // The consumer goes to this shot, and may never take those before it.
  void set_position(std::size_t shot);

  struct ShotStatus {
    ShotState state = ShotState::Waiting;
    std::string task_id;
    std::optional<Error> error;
  };
  ShotStatus status(std::size_t shot) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A storyboard's text from a file. Throws Error{Settings}.
std::string read_storyboard_file(const std::string& path);

}  // namespace airforce
