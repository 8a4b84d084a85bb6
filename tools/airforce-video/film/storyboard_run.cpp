// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/storyboard_run.h"

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <set>

#include <unistd.h>

#include "exit_codes.h"
#include "film/film_progress.h"
#include "film/output_template.h"
#include "interruptible.h"
#include "json_lines.h"
#include "media/media.h"
#include "output_file.h"
#include "text.h"
#include "values/glib_ptr.h"
#include "values/request.h"

namespace airforce::cli {
namespace {

namespace fs = std::filesystem;

// What a task takes: between these (contract of the service).
constexpr double kQuickTask = 30;
constexpr double kSlowTask = 240;

std::string text_of_storyboard(const std::string& file) {
  if (file != "-") return read_storyboard_file(file);
  std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (text.size() > kMaxStoryboard)
    throw Error(ErrorKind::Settings, Step::Settings,
                "the storyboard on standard input is larger than 16 MiB");
  return text;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &local);
  return text;
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

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
    if (storyboard_.shots.empty()) {
      say_result("nothing to do: all outputs exist already (--again makes them again)");
      return kExitSuccess;
    }
    if (needs_media()) check_media(job_.kind == StoryboardJob::Kind::Film ? "film" : "continue");
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
        write_all(STDERR_FILENO, printable(problem_text(problem, name_)) + "\n");
      throw Error(ErrorKind::Settings, Step::Settings,
                  std::to_string(storyboard_.problems.size()) + " lines of " + name_ +
                      " cannot be used; nothing was bought",
                  "correct them, or see airforce-video help " + std::string(command()));
    }
    if (is_film()) {
      check_film_output();
    } else {
      choose_outputs();
    }
  }

  const char* command() const { return is_film() ? "film" : "batch"; }

  void check_film_output() {
    if (is_there(job_.output) && !job_.again && !invocation_.force) {
      storyboard_.shots.clear();
      return;
    }
    check_output_file(job_.output, "none", true);
    for (std::size_t i = 0; i < storyboard_.shots.size(); ++i) numbers_.push_back(i + 1);
  }

  // The file of each clip, checked before anything is bought; those that are there are left out,
  // unless another continues them.
  void choose_outputs() {
    std::vector<Shot> wanted;
    std::set<std::string> seen;
    const std::string date = today();
    const auto& shots = storyboard_.shots;
    std::vector<std::string> all;
    for (std::size_t i = 0; i < shots.size(); ++i) {
      const std::string& own = shots[i].settings.string(Parameter::location);
      all.push_back(
          expanded_template(own.empty() ? job_.output : own, shots[i].settings, {i + 1, date}));
      if (!seen.insert(all.back()).second && all.back().find("{task_id}") == std::string::npos)
        throw Error(ErrorKind::Settings, Step::Settings,
                    "shot " + std::to_string(i + 1) + " would be saved as '" + all.back() +
                        "', as another one is",
                    "put {index} or {task_id} into --output");
      check_output_file(all.back(), "", true);
    }
    bool needed = false;  // by the next shot
    std::vector<bool> kept(shots.size(), false);
    for (std::size_t i = shots.size(); i-- > 0;) {
      const bool exists = is_there(all[i]) && !job_.again && !invocation_.force;
      kept[i] = !exists || needed;
      needed = kept[i] && shots[i].continues;
    }
    for (std::size_t i = 0; i < shots.size(); ++i) {
      if (!kept[i]) {
        ++skipped_;
        continue;
      }
      wanted.push_back(shots[i]);
      outputs_.push_back(is_there(all[i]) && !job_.again && !invocation_.force ? "" : all[i]);
      numbers_.push_back(i + 1);
    }
    storyboard_.shots = std::move(wanted);
  }

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
    if (invocation_.json)
      write_json(plan);
    else
      write_table(plan);
    check_ceiling(plan, defaults_.number(Parameter::max_cost_cents));
    return kExitSuccess;
  }

  static std::string price_text(const Price& price) {
    return price.cents ? cents_text(*price.cents) : "unknown";
  }

  void write_table(const FilmPlan& plan) {
    std::vector<std::vector<std::string>> rows{{"SHOT", "MODEL", "LENGTH", "PRICE", "PROMPT"}};
    for (std::size_t i = 0; i < plan.shots.size(); ++i) {
      const Settings& settings = storyboard_.shots[i].settings;
      std::string shot = std::to_string(numbers_[i]);
      if (plan.shots[i].waits_for)
        shot += " after " + std::to_string(numbers_[*plan.shots[i].waits_for]);
      rows.push_back({shot, printable(settings.string(Parameter::model)),
                      std::to_string(plan.shots[i].price.duration_seconds) + " s",
                      price_text(plan.shots[i].price),
                      printable(settings.string(Parameter::prompt))});
    }
    TableFit fit;
    fit.columns = invocation_.columns();
    fit.shorten_last = true;
    invocation_.output->write(fitted_table_text(rows, fit) + summary(plan) + "\n");
  }

  std::string summary(const FilmPlan& plan) const {
    std::string text = std::to_string(plan.shots.size()) + " shots, " +
                       duration_text(plan.total_seconds) + " of film, " +
                       (plan.total_cents ? cents_text(*plan.total_cents) : "price unknown");
    if (skipped_ > 0) text += " (" + std::to_string(skipped_) + " exist already)";
    return text + ". Made in about " +
           duration_text(estimated_seconds(plan, job_.jobs, kQuickTask)) + " to " +
           duration_text(estimated_seconds(plan, job_.jobs, kSlowTask)) + ". Nothing was bought.";
  }

  void write_json(const FilmPlan& plan) {
    for (std::size_t i = 0; i < plan.shots.size(); ++i) {
      JsonLine line("planned");
      line.integer("shot", static_cast<std::int64_t>(numbers_[i]));
      line.text("prompt", storyboard_.shots[i].settings.string(Parameter::prompt));
      line.text("model", storyboard_.shots[i].settings.string(Parameter::model));
      line.integer("duration_seconds", plan.shots[i].price.duration_seconds);
      if (plan.shots[i].price.cents) line.number("price_cents", *plan.shots[i].price.cents);
      if (plan.shots[i].waits_for)
        line.integer("continues", static_cast<std::int64_t>(numbers_[*plan.shots[i].waits_for]));
      invocation_.output->write(line.str());
    }
    JsonLine line("plan");
    line.integer("shots", static_cast<std::int64_t>(plan.shots.size()));
    line.number("film_seconds", plan.total_seconds);
    if (plan.total_cents) line.number("total_cents", *plan.total_cents);
    line.number("seconds_at_least", estimated_seconds(plan, job_.jobs, kQuickTask));
    line.number("seconds_at_most", estimated_seconds(plan, job_.jobs, kSlowTask));
    invocation_.output->write(line.str());
  }

  // --- The purchases

  int make() {
    FilmOptions options = this->options();
    options.adjust = [this](std::size_t shot, Settings& settings) {
      if (is_film() || outputs_[shot].empty())
        settings.reset("location");
      else
        settings.set("location", outputs_[shot]);
    };
    options.last_frame = [](std::size_t, Generation& generation) {
      return last_frame_png(generation.clip().path());
    };
    options.complete = [this](std::size_t shot, Generation& generation) {
      return complete(shot, generation);
    };
    Film film(storyboard_, defaults_, options);
    const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
    FilmResult result;
    std::unique_ptr<FilmProgress> progress;
    const auto work = [&] {
      const FilmPlan& plan = film.plan();
      start_progress(plan);
      film.start([this](const FilmEvent& event) { progress_->event(event); });
      film.wait();
      if (!is_film() || failure(film)) return;
      result = join(film, cancellable.get());
    };
    const auto cancel = [&] {
      film.cancel();
      g_cancellable_cancel(cancellable.get());
    };
    const auto tick = [&] {
      const std::lock_guard lock(mutex_);
      if (progress_) progress_->tick();
    };
    try {
      run_interruptibly(work, cancel, tick, invocation_.signal);
    } catch (...) {
      if (progress_) progress_->finish();
      throw;
    }
    if (progress_) progress_->finish();
    return finish(film, result);
  }

  void start_progress(const FilmPlan& plan) {
    std::vector<FilmProgress::Line> lines;
    for (std::size_t i = 0; i < plan.shots.size(); ++i)
      lines.push_back({numbers_[i], storyboard_.shots[i].settings.string(Parameter::prompt),
                       plan.shots[i].price.cents.value_or(-1)});
    const std::lock_guard lock(mutex_);
    progress_ =
        std::make_unique<FilmProgress>(std::move(lines), invocation_.console, *invocation_.output,
                                       invocation_.json, invocation_.quiet);
  }

  // In a thread of the film.
  bool complete(std::size_t shot, Generation& generation) {
    if (is_film()) return false;  // delivered once the film stands
    if (outputs_[shot].empty()) return true;
    const std::string path = generation.location();
    const WrittenCompanions written = write_companions(invocation_.companions, path, generation,
                                                       storyboard_.shots[shot].settings);
    for (const std::string& warning : written.warnings) progress_->say(shot, "warning: " + warning);
    if (invocation_.json) {
      JsonLine line("saved");
      line.integer("shot", static_cast<std::int64_t>(numbers_[shot]));
      line.text("path", path);
      line.text("task_id", generation.task().task_id);
      add_companions(line, written);
      const std::lock_guard lock(output_mutex_);
      invocation_.output->write(line.str());
    } else {
      progress_->say(shot, "saved " + path);
    }
    run_command(shot, path, generation.task().task_id);
    return true;
  }

  // --exec: {} is the file, quoted; without it the file is the last word.
  void run_command(std::size_t shot, const std::string& path, const std::string& task_id) {
    if (job_.exec.empty()) return;
    const GCharPtr quoted(g_shell_quote(path.c_str()));
    std::string command = job_.exec;
    std::size_t at = command.find("{}");
    if (at == std::string::npos) command += std::string(" ") + quoted.get();
    for (; at != std::string::npos; at = command.find("{}", at)) {
      command.replace(at, 2, quoted.get());
      at += std::string_view(quoted.get()).size();
    }
    gchar** environment = g_get_environ();
    environment = g_environ_setenv(environment, "AIRFORCE_CLIP", path.c_str(), TRUE);
    environment = g_environ_setenv(environment, "AIRFORCE_TASK_ID", task_id.c_str(), TRUE);
    environment = g_environ_unsetenv(environment, "AIRFORCE_API_KEY");
    const char* const words[] = {"/bin/sh", "-c", command.c_str(), nullptr};
    int status = 0;
    GErrorSlot error;
    const bool ran = g_spawn_sync(
        nullptr, const_cast<char**>(words), environment, G_SPAWN_CHILD_INHERITS_STDIN,
        [](gpointer) { dup2(STDERR_FILENO, STDOUT_FILENO); }, nullptr, nullptr, nullptr, &status,
        error);
    g_strfreev(environment);
    // The clip is there and paid for: a command of the user's own changes nothing about that.
    if (!ran || status != 0) {
      progress_->say(shot, "warning: the command of --exec failed");
      exec_failed_ = true;
    }
  }

  std::optional<Error> failure(Film& film) const {
    for (std::size_t i = 0; i < storyboard_.shots.size(); ++i) {
      const Film::ShotStatus status = film.status(i);
      if (status.state != ShotState::Failed || !status.error) continue;
      Error error = *status.error;
      error.message = "shot " + std::to_string(numbers_[i]) + ": " + error.message;
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

  FilmResult join(Film& film, GCancellable* cancellable) {
    progress_->say("joining " + std::to_string(storyboard_.shots.size()) + " shots");
    FilmFile file;
    file.location = job_.output;
    file.music = job_.music;
    std::vector<std::shared_ptr<Generation>> open;
    for (std::size_t i = 0; i < storyboard_.shots.size(); ++i) {
      open.push_back(film.open(i));
      open.back()->wait_complete();
      file.shots.push_back({open.back()->clip().path(), storyboard_.shots[i].continues && i > 0});
    }
    const std::vector<ClipOrigin> origins = origins_of(open);
    file.metadata = film_metadata(origins);
    FilmResult result = write_film(file, cancellable);
    if (invocation_.companions.sidecar) write_film_sidecar(job_.output, origins);
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
      say_result("Saved " + std::to_string(made) + " clips" +
                 (skipped_ > 0 ? ", " + std::to_string(skipped_) + " existed already" : "") + ".");
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
      write_all(STDERR_FILENO, "airforce-video: " + printable(note) + "\n");
    invocation_.output->write(printable("Saved " + job_.output + ": " +
                                        duration_text(result.seconds) + ", " +
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
      invocation_.output->write(printable(text) + "\n");
    }
  }

  void notify(std::size_t made) const {
    const std::string text = std::to_string(made) + " of " +
                             std::to_string(storyboard_.shots.size()) + " shots are made";
    if (invocation_.console.errors_is_terminal) write_all(STDERR_FILENO, "\a");
    const char* const words[] = {"notify-send", "airforce-video", text.c_str(), nullptr};
    g_spawn_async(
        nullptr, const_cast<char**>(words), nullptr,
        GSpawnFlags(G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL),
        nullptr, nullptr, nullptr, nullptr);
  }

  Invocation& invocation_;
  const StoryboardJob& job_;
  Settings defaults_;
  Storyboard storyboard_;
  std::string name_;
  std::vector<std::string> outputs_;  // of a batch, by shot; "" where it is there already
  std::vector<std::size_t> numbers_;  // in the storyboard, from 1
  std::size_t skipped_ = 0;
  std::atomic<bool> exec_failed_ = false;
  std::mutex output_mutex_;
  std::mutex mutex_;  // protects the pointer
  std::unique_ptr<FilmProgress> progress_;
};

}  // namespace

int run_storyboard(Invocation& invocation, const StoryboardJob& job) {
  return StoryboardRun(invocation, job).run();
}

}  // namespace airforce::cli
