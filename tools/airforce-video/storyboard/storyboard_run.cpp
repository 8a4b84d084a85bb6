// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/storyboard_run.h"

#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include <unistd.h>

#include "exit_codes.h"
#include "generation/credentials.h"
#include "generation/location.h"
#include "interruptible.h"
#include "json_lines.h"
#include "media/media.h"
#include "store/history.h"
#include "storyboard/film_progress.h"
#include "storyboard/outputs.h"
#include "storyboard/plan_text.h"
#include "storyboard/user_command.h"
#include "text.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"
#include "values/request.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

std::string text_of_storyboard(const std::string& file) {
  if (file != "-") return read_storyboard_file(file);
  std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (text.size() > kMaxStoryboard)
    throw Error(ErrorKind::Settings, Step::Settings,
                "the storyboard on standard input is larger than 16 MiB");
  return text;
}

std::string read_all(const std::string& path) {
  gchar* bytes = nullptr;
  gsize size = 0;
  if (!g_file_get_contents(path.c_str(), &bytes, &size, nullptr)) return {};
  const GCharPtr owned(bytes);
  return {bytes, size};
}

// An error about the clip of a shot, which is paid for. Its path is a name of ours.
Error of_clip(Error error, const std::string& path, std::size_t number, const Task& task) {
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

class StoryboardRun {
 public:
  StoryboardRun(Invocation& invocation, const StoryboardJob& job)
      : invocation_(invocation), job_(job) {}

  int run() {
    read();
    if (!job_.dry_run) finish_saves();
    if (storyboard_.shots.empty()) {
      say_result("nothing to do: all outputs exist already (--again makes them again)");
      return kExitSuccess;
    }
    if (needs_media()) check_media(is_film() ? "film" : "continue");
    if (!job_.music.empty()) check_music(job_.music);
    if (job_.dry_run) return plan_only();
    return make();
  }

 private:
  bool is_film() const { return job_.kind == StoryboardJob::Kind::Film; }

  bool needs_media() const {
    if (is_film() || !job_.continue_from.empty()) return true;
    for (const Shot& shot : storyboard_.shots) {
      if (shot.continues) return true;
    }
    return false;
  }

  void read() {
    Settings defaults = invocation_.settings;
    defaults.reset("location");
    if (job_.again)
      defaults.set("reuse", "never");
    else if (defaults.choice<Reuse>(Parameter::reuse) == Reuse::Unfinished)
      defaults.set("reuse", "always");
    defaults_ = defaults;
    StoryboardOptions options;
    options.continues = job_.continue_all;
    options.starts_given = !job_.continue_from.empty();
    storyboard_ = parse_storyboard(text_of_storyboard(job_.file), defaults, options);
    name_ = job_.file == "-" ? "standard input" : job_.file;
    if (!storyboard_.problems.empty()) {
      for (const StoryboardProblem& problem : storyboard_.problems)
        write_all(STDERR_FILENO, visible_line(problem_text(problem, name_)) + "\n");
      throw Error(
          ErrorKind::Settings, Step::Settings,
          std::to_string(storyboard_.problems.size()) + " lines of " + name_ + " cannot be used",
          "correct them, or see airforce-video help " + std::string(command()));
    }
    const bool replace = job_.again || invocation_.force;
    wanted_ = is_film()
                  ? wanted_film(storyboard_.shots, job_.output, replace)
                  : wanted_clips(storyboard_.shots, job_.output, replace, invocation_.companions);
    storyboard_.shots = wanted_.shots;
  }

  void finish_saves() {
    for (const auto& [path, save] : wanted_.unfinished) {
      const WrittenCompanions written = finish_save(save, path);
      for (const std::string& warning : written.warnings)
        write_all(STDERR_FILENO, "airforce-video: warning: " + visible_line(warning) + "\n");
      const std::string words = words_of(written);
      if (words.empty() || invocation_.quiet) continue;
      write_all(STDERR_FILENO, visible_line(path + " existed already; wrote its " + words) + "\n");
    }
  }

  const char* command() const { return is_film() ? "film" : "batch"; }

  FilmOptions options() {
    FilmOptions options;
    options.name = name_;
    options.jobs = job_.jobs;
    options.on_error = job_.on_error;
    if (!job_.continue_from.empty() && storyboard_.shots.front().continues) {
      options.first_frame = last_frame_png(job_.continue_from);
      options.first_frame_identity = "last frame of sha256:" + sha256(read_all(job_.continue_from));
    }
    return options;
  }

  // --- The plan

  int plan_only() {
    Settings without_ceiling = defaults_;
    without_ceiling.reset("max_cost_cents");
    Storyboard open = storyboard_;
    for (Shot& shot : open.shots) shot.settings.reset("max_cost_cents");
    Film film(open, without_ceiling, options());
    const FilmPlan& plan = film.plan();
    invocation_.output->write(invocation_.json
                                  ? plan_lines(plan, wanted_, job_.jobs)
                                  : plan_table(plan, wanted_, job_.jobs, invocation_.columns()));
    check_ceiling(plan, defaults_.number(Parameter::max_cost_cents));
    return kExitSuccess;
  }

  // --- The purchases

  int make() {
    FilmOptions options = this->options();
    options.adjust = [this](std::size_t shot, Settings& settings) {
      if (is_film() || wanted_.locations[shot].empty())
        settings.reset("location");
      else
        settings.set("location", wanted_.locations[shot]);
      // What has appeared under the name since the beginning is somebody else's.
      settings.set_overwrites(job_.again || invocation_.force ||
                              needs_task_id(settings.string(Parameter::location)));
    };
    options.last_frame = [this](std::size_t shot, Generation& generation) {
      const std::string path = generation.clip().path();
      try {
        return last_frame_png(path);
      } catch (const Error& error) {
        throw Error(of_clip(error, path, wanted_.numbers[shot], generation.task()));
      }
    };
    options.complete = [this](std::size_t shot, Generation& generation) {
      return complete(shot, generation);
    };
    Film film(storyboard_, defaults_, options);
    const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
    FilmResult result;
    const auto work = [&] {
      const FilmPlan& plan = film.plan();
      start_progress(plan);
      film.start([this](const FilmEvent& event) { film_progress()->event(event); });
      film.wait();
      if (!is_film() || failure(film)) return;
      result = join(film, cancellable.get());
    };
    const auto cancel = [&] {
      film.cancel();
      g_cancellable_cancel(cancellable.get());
    };
    const auto tick = [&] {
      if (const auto shown = film_progress()) shown->tick();
    };
    try {
      run_interruptibly(work, cancel, tick, invocation_.signal);
    } catch (...) {
      if (const auto shown = film_progress()) shown->finish();
      throw;
    }
    if (const auto shown = film_progress()) shown->finish();
    return finish(film, result);
  }

  void start_progress(const FilmPlan& plan) {
    std::vector<FilmProgress::Line> lines;
    for (std::size_t i = 0; i < plan.shots.size(); ++i)
      lines.push_back({wanted_.numbers[i], storyboard_.shots[i].settings.string(Parameter::prompt),
                       plan.shots[i].price.cents.value_or(-1)});
    *progress_.lock() =
        std::make_shared<FilmProgress>(std::move(lines), invocation_.console, *invocation_.output,
                                       invocation_.json, invocation_.quiet);
  }

  // In a thread of the film.
  bool complete(std::size_t shot, Generation& generation) {
    if (is_film()) return false;  // delivered once the film stands
    if (wanted_.locations[shot].empty()) return true;
    const std::string path = generation.location();
    const WrittenCompanions written = write_companions(invocation_.companions, path, generation,
                                                       storyboard_.shots[shot].settings);
    for (const std::string& warning : written.warnings)
      film_progress()->say(shot, "warning: " + warning);
    if (invocation_.json) {
      JsonLine line("saved");
      line.integer("shot", static_cast<std::int64_t>(wanted_.numbers[shot]));
      line.text("path", path);
      line.text("task_id", generation.task().task_id);
      add_companions(line, written);
      invocation_.output->write(line.str());
    } else {
      film_progress()->say(shot, "saved " + path);
    }
    run_command(shot, path, generation.task().task_id);
    return true;
  }

  // The clip is there and paid for: a command of the user's own changes nothing about that.
  void run_command(std::size_t shot, const std::string& path, const std::string& task_id) {
    if (job_.exec.empty() || run_for_file(job_.exec, path, task_id)) return;
    film_progress()->say(shot, "warning: the command of --exec failed");
    exec_failed_ = true;
  }

  std::optional<Error> failure(Film& film) const {
    for (std::size_t i = 0; i < storyboard_.shots.size(); ++i) {
      const Film::ShotStatus status = film.status(i);
      if (status.state != ShotState::Failed || !status.error) continue;
      Error error = *status.error;
      error.message = "shot " + std::to_string(wanted_.numbers[i]) + ": " + error.message;
      // Other shots may have been bought.
      if (error.charge == Charge::None) error.message += "; nothing was charged for this shot";
      return error;
    }
    return std::nullopt;
  }

  std::vector<ClipOrigin> origins_of(
      const std::vector<std::shared_ptr<Generation>>& generations) const {
    std::vector<ClipOrigin> origins;
    for (std::size_t i = 0; i < generations.size(); ++i)
      origins.push_back(
          {storyboard_.shots[i].settings, generations[i]->task(), generations[i]->prompt()});
    return origins;
  }

  // The history says where each shot is. Nothing depends on it.
  void note_film(const std::vector<ClipOrigin>& origins) {
    try {
      const std::unique_ptr<History> history = History::standard();
      if (history == nullptr) return;
      const std::string account = resolve_credentials(defaults_).account();
      const std::string path = std::filesystem::absolute(job_.output).string();
      for (const ClipOrigin& shot : origins)
        history->delivered(account, shot.task.task_id, path, shot.task.cost_cents.value_or(-1));
    } catch (const Error& error) {
      film_progress()->say("warning: " + error.message);
    }
  }

  void write_film_companions(const std::vector<ClipOrigin>& origins, const std::string& first) {
    try {
      if (invocation_.companions.sidecar) write_film_sidecar(job_.output, origins);
      if (invocation_.companions.thumbnail) write_film_thumbnail(job_.output, first);
    } catch (const Error& error) {
      film_progress()->say("warning: " + error.message);
    }
  }

  FilmResult join(Film& film, GCancellable* cancellable) {
    film_progress()->say("joining " + std::to_string(storyboard_.shots.size()) + " shots");
    FilmFile file;
    file.location = job_.output;
    file.music = job_.music;
    std::vector<std::shared_ptr<Generation>> open;
    for (std::size_t i = 0; i < storyboard_.shots.size(); ++i) {
      open.push_back(film.open(i));
      open.back()->wait_complete();
      file.shots.push_back({open.back()->clip().path(), storyboard_.shots[i].continues && i > 0});
    }
    file.explained = [&](std::size_t shot, const Error& error) {
      return of_clip(error, file.shots[shot].path, wanted_.numbers[shot], open[shot]->task());
    };
    const std::vector<ClipOrigin> origins = origins_of(open);
    file.metadata = film_metadata(origins);
    // First, so that a film that stands has them, whenever this process ends.
    write_film_companions(origins, file.shots.front().path);
    FilmResult result = write_film(file, cancellable);
    note_film(origins);
    for (std::size_t i = 0; i < storyboard_.shots.size(); ++i) film.set_delivered(i);
    run_command(0, job_.output, "");
    return result;
  }

  int finish(Film& film, const FilmResult& result) {
    std::size_t made = 0;
    for (std::size_t i = 0; i < storyboard_.shots.size(); ++i) {
      const ShotState state = film.status(i).state;
      if (state == ShotState::Delivered || state == ShotState::Ready) ++made;
    }
    if (job_.notify) notify(made);
    if (const auto error = failure(film)) {
      say_result(std::to_string(made) + " of " + std::to_string(storyboard_.shots.size()) +
                 " shots are made and kept; the same command makes the rest");
      throw Error(*error);
    }
    if (is_film())
      write_film_result(result);
    else
      say_result(
          "Saved " + std::to_string(made) + " clips" +
          (wanted_.there > 0 ? ", " + std::to_string(wanted_.there) + " existed already" : "") +
          ".");
    return exec_failed_ ? kExitFailure : kExitSuccess;
  }

  void write_film_result(const FilmResult& result) {
    if (invocation_.json) {
      JsonLine line("result");
      line.text("path", job_.output);
      line.number("seconds", result.seconds);
      line.integer("frames", result.frames);
      line.integer("hidden_frames", result.hidden_frames);
      line.flag("sound", result.has_sound);
      line.texts("notes", result.notes);
      invocation_.output->write(line.str());
      return;
    }
    for (const std::string& note : result.notes)
      write_all(STDERR_FILENO, "airforce-video: " + visible_line(note) + "\n");
    invocation_.output->write(
        visible_line("Saved " + job_.output + ": " + duration_text(result.seconds) + ", " +
                     std::to_string(result.frames) + " frames" +
                     (result.has_sound ? ", with sound." : ", without sound.")) +
        "\n");
  }

  void say_result(const std::string& text) {
    if (invocation_.json) {
      JsonLine line("result");
      line.text("text", text);
      invocation_.output->write(line.str());
    } else {
      invocation_.output->write(visible_line(text) + "\n");
    }
  }

  std::shared_ptr<FilmProgress> film_progress() { return *progress_.lock(); }

  void notify(std::size_t made) const {
    const std::string text = std::to_string(made) + " of " +
                             std::to_string(storyboard_.shots.size()) + " shots are made";
    if (invocation_.console.errors_is_terminal) write_all(STDERR_FILENO, "\a");
    notify_desktop(text);
  }

  Invocation& invocation_;
  StoryboardJob job_;
  Settings defaults_;
  Storyboard storyboard_;
  std::string name_;
  WantedShots wanted_;
  std::atomic<bool> exec_failed_ = false;
  Guarded<std::shared_ptr<FilmProgress>> progress_;  // nullptr before there is a plan
};

}  // namespace

int run_storyboard(Invocation& invocation, const StoryboardJob& job) {
  return StoryboardRun(invocation, job).run();
}

}  // namespace airforce::cli
