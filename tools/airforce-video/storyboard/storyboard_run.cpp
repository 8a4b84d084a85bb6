// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/storyboard_run.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>

#include <unistd.h>

#include "clip/output_claim.h"
#include "exit_codes.h"
#include "generation/credentials.h"
#include "generation/location.h"
#include "interruptible.h"
#include "json_lines.h"
#include "media/media.h"
#include "storyboard/film_failure.h"
#include "storyboard/film_join.h"
#include "storyboard/film_progress.h"
#include "storyboard/film_shape.h"
#include "storyboard/given_media.h"
#include "storyboard/given_storyboard.h"
#include "storyboard/outputs.h"
#include "storyboard/plan_text.h"
#include "storyboard/storyboard_result.h"
#include "storyboard/user_command.h"
#include "terminal_text.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"
#include "values/request.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

std::string read_all(const std::string& path) {
  gchar* bytes = nullptr;
  gsize size = 0;
  if (!g_file_get_contents(path.c_str(), &bytes, &size, nullptr)) return {};
  const GCharPtr owned(bytes);
  return {bytes, size};
}

class StoryboardRun {
 public:
  StoryboardRun(Invocation& invocation, const StoryboardJob& job)
      : invocation_(invocation), job_(job) {}

  int run() {
    read();
    if (!job_.dry_run) finish_saves();
    if (storyboard_.shots.empty()) return nothing_to_do();
    if (is_film() && !job_.dry_run && !claim_film()) return nothing_to_do();
    warn_of_shapes();
    if (job_.dry_run) return plan_only();
    check_system();
    read_media();
    return make();
  }

 private:
  int nothing_to_do() {
    say_result(0, is_film()
                      ? "nothing to do: " + job_.output +
                            " exists already (--force joins the clips of this storyboard again)"
                      : std::string(
                            "nothing to do: all outputs exist already (--again makes them again)"));
    return kExitSuccess;
  }

  bool replaces() const { return job_.again || invocation_.force; }

  // Before anything is bought: nobody else is about to write the film. False where it has been
  // written meanwhile.
  bool claim_film() {
    claim_ = OutputClaim::take(job_.output);
    if (!claim_)
      throw Error(ErrorKind::File, Step::Settings,
                  "cannot save the film as '" + job_.output + "': another run is about to",
                  "choose another name with --output, or wait for that run to end");
    std::error_code ignored;
    return replaces() || !std::filesystem::exists(job_.output, ignored);
  }

  void warn(const std::string& text) {
    if (invocation_.json)
      invocation_.output->write(JsonLine("warning").text("text", text).str());
    else
      write_all(STDERR_FILENO, "airforce-video: warning: " + visible_line(text) + "\n");
  }

  void warn_of_shapes() {
    const std::string text = is_film() ? shape_warning(storyboard_.shots) : "";
    if (!text.empty()) warn(text);
    const auto has_location = [](const Shot& shot) {
      return !shot.settings.string(Parameter::location).empty();
    };
    if (is_film() && std::any_of(storyboard_.shots.begin(), storyboard_.shots.end(), has_location))
      warn("a film is one file: the location of a shot counts in a batch only");
  }

  bool is_film() const { return job_.kind == StoryboardJob::Kind::Film; }

  bool needs_media() const {
    if (is_film() || !job_.continue_from.empty()) return true;
    for (const Shot& shot : storyboard_.shots) {
      if (shot.continues) return true;
    }
    return false;
  }

  void check_system() const {
    if (needs_media()) check_media(is_film() ? "film" : "continue");
  }

  // Before anything is bought.
  void read_media() {
    if (!job_.music.empty()) check_given_music(job_.music);
    if (!job_.continue_from.empty() && storyboard_.shots.front().continues)
      first_frame_ = given_frame(job_.continue_from);
  }

  void read() {
    Settings defaults = invocation_.settings;
    defaults.reset("location");
    if (job_.again)
      defaults.set("reuse", "never");
    else if (defaults.choice<Reuse>(Parameter::reuse) == Reuse::Unfinished)
      defaults.set("reuse", "always");
    defaults_ = defaults;
    storyboard_ = given_storyboard(invocation_, job_, defaults);
    wanted_ = is_film() ? wanted_film(storyboard_.shots, job_.output, replaces())
                        : wanted_clips(storyboard_.shots, job_.output, replaces(),
                                       invocation_.companions);
    storyboard_.shots = wanted_.shots;
  }

  void finish_saves() {
    for (const auto& [path, save] : wanted_.unfinished) {
      const WrittenCompanions written = finish_save(save, path);
      for (const std::string& warning : written.warnings) warn(warning);
      const std::string words = words_of(written);
      if (words.empty() || invocation_.quiet || invocation_.json) continue;
      write_all(STDERR_FILENO, visible_line(path + " existed already; wrote its " + words) + "\n");
    }
  }

  FilmOptions options() {
    FilmOptions options;
    options.name = name_of_storyboard(job_);
    options.jobs = job_.jobs;
    options.on_error = job_.on_error;
    if (!first_frame_.empty()) {
      options.first_frame = first_frame_;
      options.first_frame_identity = "last frame of sha256:" + sha256(read_all(job_.continue_from));
    }
    return options;
  }

  // --- The plan

  int plan_only() {
    // A plan needs none of it, and says what carrying it out needs.
    bool has_system = true;
    try {
      check_system();
    } catch (const Error& error) {
      warn(error.message + ", so this plan cannot be carried out here: " + error.next_step);
      has_system = false;
    }
    if (has_system) read_media();
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
      settings.set_overwrites(replaces() || needs_task_id(settings.string(Parameter::location)));
    };
    options.last_frame = [this](std::size_t shot, Generation& generation) {
      const std::string path = generation.clip().path();
      try {
        return last_frame_png(path);
      } catch (const Error& error) {
        throw Error(error_of_clip(error, path, wanted_.numbers[shot], generation.task()));
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
      if (!is_film() || first_failure(film, wanted_.numbers) ||
          g_cancellable_is_cancelled(cancellable.get()))
        return;
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
        std::make_shared<FilmProgress>(std::move(lines), *invocation_.command, invocation_.console,
                                       *invocation_.output, invocation_.json, invocation_.quiet);
  }

  // In a thread of the film.
  bool complete(std::size_t shot, Generation& generation) {
    if (is_film()) return false;  // delivered once the film stands
    if (wanted_.locations[shot].empty()) return true;
    const std::string path = generation.location();
    Companions companions = invocation_.companions;
    companions.replace = replaces();
    const WrittenCompanions written =
        write_companions(companions, path, generation, storyboard_.shots[shot].settings);
    for (const std::string& warning : written.warnings) film_progress()->warn(shot, warning);
    generation.set_delivered();
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
    if (job_.exec.empty()) return;
    const auto shown = film_progress();
    std::string output;
    const bool ended_well =
        run_for_file(job_.exec, path, task_id, shown->is_drawn() ? &output : nullptr);
    if (!output.empty()) shown->print(output);
    if (ended_well) return;
    shown->warn(shot, "the command of --exec failed");
    exec_failed_ = true;
  }

  FilmResult join(Film& film, GCancellable* cancellable) {
    film_progress()->say("joining " + std::to_string(storyboard_.shots.size()) + " shots");
    JoinedFilm wanted;
    wanted.file.location = job_.output;
    wanted.file.replace = replaces();
    wanted.file.music = job_.music;
    wanted.storyboard = job_.file;
    wanted.companions = invocation_.companions;
    wanted.companions.replace = replaces();
    wanted.defaults = defaults_;
    wanted.warn = [this](const std::string& text) { film_progress()->warn(text); };
    FilmResult result = join_film(film, std::move(wanted), cancellable);
    run_command(0, result.path, "");
    return result;
  }

  std::string failed(const Film& film) const {
    std::vector<std::string> numbers;
    for (std::size_t i = 0; i < wanted_.numbers.size(); ++i) {
      if (film.status(i).state == ShotState::Failed)
        numbers.push_back(std::to_string(wanted_.numbers[i]));
    }
    if (numbers.empty() || invocation_.signal != 0) return {};
    return (numbers.size() == 1 ? ", shot " : ", shots ") + listed(numbers) + " failed";
  }

  std::string existed() const {
    return wanted_.there > 0 ? ", " + std::to_string(wanted_.there) + " existed already" : "";
  }

  int finish(Film& film, const FilmResult& result) {
    std::size_t made = 0;
    for (std::size_t i = 0; i < storyboard_.shots.size(); ++i) {
      const ShotState state = film.status(i).state;
      if (state == ShotState::Delivered || state == ShotState::Ready) ++made;
    }
    if (job_.notify) notify(made);
    const std::string count = std::to_string(made);
    if (made < storyboard_.shots.size() || (is_film() && result.path.empty())) {
      say_result(made, count + " of " + std::to_string(storyboard_.shots.size()) +
                           " shots are made and kept" + failed(film) + existed() +
                           "; the same command makes the rest. " + film_progress()->charge_text());
      if (invocation_.signal != 0) throw interruption(film);
      if (const auto error = first_failure(film, wanted_.numbers)) {
        // It was said when it happened.
        if (film_progress()->shows_failures()) return exit_code_of(error->kind, 0);
        throw Error(*error);
      }
    }
    if (is_film()) {
      write_film_result(invocation_, result, *film_progress());
    } else {
      say_result(made, "Saved " + count + (made == 1 ? " clip" : " clips") + existed() + ". " +
                           film_progress()->charge_text());
    }
    return exec_failed_ ? kExitFailure : kExitSuccess;
  }

  void say_result(std::size_t made, const std::string& text) {
    write_result(invocation_, made, wanted_.there, film_progress().get(), text);
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
  WantedShots wanted_;
  std::optional<OutputClaim> claim_;  // of a film's file
  std::string first_frame_;           // of --continue-from
  std::atomic<bool> exec_failed_ = false;
  Guarded<std::shared_ptr<FilmProgress>> progress_;  // nullptr before there is a plan
};

}  // namespace

int run_storyboard(Invocation& invocation, const StoryboardJob& job) {
  return StoryboardRun(invocation, job).run();
}

}  // namespace airforce::cli
