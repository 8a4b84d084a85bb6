// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/film_join.h"

#include <filesystem>
#include <memory>

#include "generation/credentials.h"
#include "store/history.h"
#include "storyboard/film_failure.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

using Generations = std::vector<std::shared_ptr<Generation>>;

std::vector<ClipOrigin> origins_of(const Storyboard& storyboard, const Generations& generations) {
  std::vector<ClipOrigin> origins;
  for (std::size_t i = 0; i < generations.size(); ++i)
    origins.push_back(
        {storyboard.shots[i].settings, generations[i]->task(), generations[i]->prompt()});
  return origins;
}

void write_companions_of(const JoinedFilm& wanted, const std::vector<ClipOrigin>& origins,
                         const std::string& first) {
  try {
    if (wanted.companions.sidecar)
      write_film_sidecar(wanted.file.location, origins, wanted.companions.replace);
    if (wanted.companions.thumbnail)
      write_film_thumbnail(wanted.file.location, first, wanted.companions.replace);
  } catch (const Error& error) {
    wanted.warn(error.message);
  }
}

// The history says where each shot is. Nothing depends on it.
void note_film(const JoinedFilm& wanted, const std::vector<ClipOrigin>& origins,
               const std::string& path) {
  try {
    const std::unique_ptr<History> history = History::standard();
    if (history == nullptr) return;
    const std::string account = resolve_credentials(wanted.defaults).account();
    const std::string absolute = std::filesystem::absolute(path).string();
    for (const ClipOrigin& shot : origins)
      history->delivered(account, shot.task.task_id, absolute, shot.task.cost_cents.value_or(-1));
  } catch (const Error& error) {
    wanted.warn(error.message);
  }
}

// The shots are paid for, and stay in the cache until the film stands.
Error with_shots_kept(Error error) {
  if (error.kind == ErrorKind::Cancelled) error.message = "interrupted while the film was joined";
  if (error.charge == Charge::None) error.charge = Charge::Charged;
  // Of a clip that cannot be joined: the same command would find that again.
  if (!error.task_id.empty() || (error.kind == ErrorKind::Clip && !error.next_step.empty()))
    return error;
  error.resumable = true;
  error.next_step +=
      (error.next_step.empty() ? "" : "; ") +
      std::string("its shots are kept: the same command joins them at no extra cost");
  return error;
}

// The clips are delivered by a batch of the same requests.
std::string apart_advice(const std::string& storyboard) {
  return "its shots are kept: airforce-video batch " + shell_quoted(storyboard) +
         " with the same options saves each at no extra cost, for an editor to join them; or set "
         "one model, quality and aspect ratio for all shots";
}

}  // namespace

FilmResult join_film(Film& film, JoinedFilm wanted, GCancellable* cancellable) {
  const std::vector<Shot>& shots = film.storyboard().shots;
  try {
    Generations open;
    for (std::size_t i = 0; i < shots.size(); ++i) {
      open.push_back(film.open(i, cancellable));
      open.back()->wait_complete();
      wanted.file.shots.push_back({open.back()->clip().path(), shots[i].continues && i > 0});
    }
    wanted.file.explained = [&](std::size_t shot, const Error& error) {
      return error_of_clip(error, wanted.file.shots[shot].path, shot + 1, open[shot]->task());
    };
    wanted.file.apart_advice = apart_advice(wanted.storyboard);
    const std::vector<ClipOrigin> origins = origins_of(film.storyboard(), open);
    wanted.file.metadata = film_metadata(origins);
    // First, so that a film that stands has them, whenever this process ends.
    write_companions_of(wanted, origins, wanted.file.shots.front().path);
    FilmResult result = write_film(wanted.file, cancellable);
    note_film(wanted, origins, result.path);
    for (std::size_t i = 0; i < shots.size(); ++i) film.set_delivered(i);
    return result;
  } catch (const Error& error) {
    throw with_shots_kept(error);
  }
}

}  // namespace airforce::cli
