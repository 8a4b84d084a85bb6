// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/film_failure.h"

#include <algorithm>
#include <string>

#include "values/text.h"

namespace airforce::cli {

std::optional<Error> first_failure(const Film& film, const std::vector<std::size_t>& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const Film::ShotStatus status = film.status(i);
    if (status.state != ShotState::Failed || !status.error) continue;
    Error error = *status.error;
    error.message = "shot " + std::to_string(numbers[i]) + ": " + error.message;
    // Other shots may have been bought. Of the settings' errors the report says that none was.
    if (error.charge == Charge::None && error.step != Step::Settings)
      error.message += "; nothing was charged for this shot";
    return error;
  }
  return std::nullopt;
}

Error interruption(const Film& film) {
  Error error(ErrorKind::Cancelled, Step::Follow, "interrupted",
              "the same command resumes at no extra cost for what was bought");
  std::size_t unsaved = 0;
  for (std::size_t i = 0; i < film.storyboard().shots.size(); ++i) {
    const std::optional<Error> its = film.status(i).error;
    if (!its || its->charge == Charge::None || its->charge == Charge::Refunded) continue;
    error.charge = std::max(error.charge, its->charge);
    error.resumable = error.resumable || its->resumable;
    ++unsaved;
  }
  if (unsaved == 1) error.message += "; 1 shot that was bought is not saved yet";
  if (unsaved > 1)
    error.message += "; " + std::to_string(unsaved) + " shots that were bought are not saved yet";
  return error;
}

Error error_of_clip(Error error, const std::string& path, std::size_t number, const Task& task) {
  const std::string shown = "'" + path + "'";
  if (const std::size_t at = error.message.find(shown); at != std::string::npos)
    error.message.replace(at, shown.size(), "shot " + std::to_string(number));
  if (error.charge == Charge::None) error.charge = Charge::Charged;
  error.task_id = task.task_id;
  if (error.next_step.empty())
    error.next_step = "look at its clip, which is paid for: airforce-video download " +
                      shell_quoted(task.task_id);
  return error;
}

}  // namespace airforce::cli
