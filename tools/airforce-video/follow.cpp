// SPDX-License-Identifier: LGPL-2.1-or-later
#include "follow.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

#include <unistd.h>

#include "earlier_save.h"
#include "exit_codes.h"
#include "generation/budget.h"
#include "generation/charge.h"
#include "generation/generation.h"
#include "generation/inputs.h"
#include "generation/location.h"
#include "interruptible.h"
#include "invocation.h"
#include "output_file.h"
#include "progress.h"
#include "service.h"
#include "storyboard/output_name.h"
#include "terminal_text.h"
#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

constexpr const char* kStandardOutput = "-";

// The result of a generation.
struct Result {
  Task task;
  std::string path;
  std::int64_t bytes = -1;
  WrittenCompanions companions;
  bool bought = false;  // now, and not taken over from an earlier run
};

// Writes the clip to standard output while it arrives. Returns false when nobody reads any more.
// Throws Error{File} when it can't be written.
bool pass_on(Generation& generation, StandardOutput& output) {
  // A read waits for all of it: small where nothing more is available.
  constexpr std::int64_t kMinRead = 4096;
  std::vector<char> buffer(256 * 1024);
  std::uint64_t offset = 0;
  for (;;) {
    const auto wanted = std::clamp<std::int64_t>(generation.clip().available(offset), kMinRead,
                                                 static_cast<std::int64_t>(buffer.size()));
    const std::size_t count =
        generation.read_at(offset, std::span(buffer).first(static_cast<std::size_t>(wanted)));
    if (count == 0) return true;
    output.write(std::string_view(buffer.data(), count));
    if (output.failure() == EPIPE) return false;
    if (output.failure() != 0) {
      Error error(ErrorKind::File, Step::Download,
                  std::string("cannot write the clip to standard output: ") +
                      std::strerror(output.failure()));
      error.charge = generation.charge();
      error.task_id = generation.task().task_id;
      error.resumable = true;
      throw error;
    }
    offset += count;
  }
}

// What can't be deleted expires on its own: a downloaded clip is no failure.
void delete_task(const Settings& settings, const std::string& task_id, Progress& progress,
                 GCancellable* cancellable) {
  try {
    connect(settings).remove(task_id, cancellable);
  } catch (const Error& error) {
    progress.say("airforce-video: warning: task " + visible_line(task_id) +
                 " could not be deleted: " + visible_line(error.message));
  }
}

Result carry_out(Invocation& invocation, Settings settings, Target target) {
  const bool delete_afterwards =
      target == Target::StandardOutput && settings.flag(Parameter::delete_task);
  if (target != Target::File) settings.reset("location");
  // The service's copy goes when the clip is where it was asked for, not before.
  if (target != Target::File) settings.reset("delete_task");

  Result result;
  const auto progress =
      make_progress(invocation.console, *invocation.output, invocation.json, invocation.quiet);
  Generation generation(settings, [&](const GenerationEvent& event, const Task* task) {
    if (event.phase == GenerationPhase::Create) result.bought = true;
    // A clip that nobody asked for is opened all the same; there is nothing to see in that.
    const bool unwanted = target == Target::Nothing && event.phase >= GenerationPhase::Download;
    if (!unwanted) progress->event(event, task);
  });
  const GObjectPtr<GCancellable> cancellable(g_cancellable_new());
  const auto work = [&] {
    generation.run();
    result.task = generation.task();
    if (target == Target::Nothing) return;
    if (target == Target::StandardOutput && !pass_on(generation, *invocation.output)) return;
    generation.wait_complete();
    result.bytes = generation.clip().size();
    if (target == Target::File) {
      result.path = generation.location();
      result.companions =
          write_companions(invocation.companions, result.path, generation, settings);
      for (const std::string& warning : result.companions.warnings)
        progress->say("airforce-video: warning: " + visible_line(warning));
    }
    generation.set_delivered();
    if (delete_afterwards) delete_task(settings, result.task.task_id, *progress, cancellable.get());
  };
  const auto cancel = [&] {
    generation.cancel();
    g_cancellable_cancel(cancellable.get());
  };
  try {
    run_interruptibly(
        work, cancel, [&] { progress->tick(); }, invocation.signal);
  } catch (...) {
    progress->finish();
    throw;
  }
  progress->finish();
  return result;
}

std::string charge_sentence(const Result& result) {
  if (!result.task.cost_cents)
    return result.bought ? "The charge is unknown." : "Nothing was charged now.";
  const std::string cents = cents_text(*result.task.cost_cents);
  return result.bought ? "Charged " + cents + "."
                       : "Nothing was charged now; the task had cost " + cents + ".";
}

std::string result_sentence(const Result& result, Target target) {
  switch (target) {
    case Target::Nothing:
      return "Task " + shell_quoted(result.task.task_id) +
             " is completed; save it with: airforce-video download " +
             shell_quoted(result.task.task_id);
    case Target::File:
      return "Saved " + result.path + " (" + bytes_text(result.bytes) + "). " +
             charge_sentence(result);
    case Target::StandardOutput:
      return "Wrote " + bytes_text(result.bytes) + " to standard output. " +
             charge_sentence(result);
  }
  return {};
}

int finish(Invocation& invocation, const Result& result, Target target) {
  if (invocation.json) {
    JsonLine line("result");
    line.task(result.task, false);
    if (!result.path.empty()) line.text("path", result.path);
    if (result.bytes >= 0) line.integer("bytes", result.bytes);
    add_companions(line, result.companions);
    line.text("charge", name_of(charge_of(result.task)));
    line.flag("bought", result.bought);
    invocation.output->write(line.str());
    return kExitSuccess;
  }
  const std::string line = visible_line(result_sentence(result, target)) + "\n";
  if (target == Target::StandardOutput) {
    if (!invocation.quiet && invocation.output->failure() == 0) write_all(STDERR_FILENO, line);
  } else {
    invocation.output->write(line);
  }
  return kExitSuccess;
}

}  // namespace

Target chosen_target(Invocation& invocation, const std::string& task_id, bool optional) {
  const std::string location = invocation.settings.string(Parameter::location);
  if (location == kStandardOutput) {
    if (invocation.console.output_is_terminal)
      throw usage_error(
          *invocation.command,
          "a clip is not written to a terminal; redirect standard output, or name a file");
    if (invocation.json_asked)
      throw usage_error(*invocation.command, "--json and --output=- both want standard output");
    if (invocation.companions.any())
      throw usage_error(
          *invocation.command,
          "--metadata, --sidecar and --thumbnail need a file, and --output=- is none");
    invocation.json = false;
    return Target::StandardOutput;
  }
  if (location.empty()) {
    if (optional && invocation.settings.flag(Parameter::delete_task))
      throw usage_error(*invocation.command,
                        "--delete-task waits for the clip to be saved, and there is no --output");
    if (optional) return Target::Nothing;
    invocation.settings.set("location", "{task_id}.mp4");
  }
  output_name(location, invocation.settings, 1, 0);  // refuses what is no placeholder
  // A file that is named by a task that is resumed is its clip, saved by a run that was ended
  // before it had written the rest.
  const bool is_of_task =
      task_id.empty() && needs_task_id(invocation.settings.string(Parameter::location));
  invocation.settings.set_overwrites(invocation.force || is_of_task);
  invocation.settings.set_delivered_later(is_of_task && invocation.companions.any());
  const std::string& wanted = invocation.settings.string(Parameter::location);
  check_output_file(wanted, task_id, invocation.force);
  invocation.companions.replace = invocation.force;
  // The rest of a name with placeholders is not known yet: what is in the way then is kept.
  if (expanded_location(wanted, {.task_id = task_id}) == wanted)
    check_companions(invocation.companions, wanted);
  return Target::File;
}

bool finish_earlier_save(Invocation& invocation) {
  Settings& settings = invocation.settings;
  const std::string& task_id = settings.string(Parameter::task_id);
  std::string location = settings.string(Parameter::location);
  if (location.empty()) location = "{task_id}.mp4";
  if (invocation.force || !invocation.companions.any() || location == kStandardOutput ||
      (task_id.empty() && needs_task_id(location)))
    return false;
  if (task_id.empty() && !settings.string(Parameter::prompt_file).empty()) {
    settings.set("prompt", load_prompt(settings));  // once: a pipe can't be read again
    settings.reset("prompt_file");
  }
  Result result;
  result.path = expanded_location(
      location, known_name_fields(settings, canonical_prompt(settings.string(Parameter::prompt)),
                                  known_task(settings), system_clock().unix_time()));
  const auto save = earlier_save(invocation.companions, result.path, settings);
  if (!save) return false;
  result.task = save->origin.task;
  result.companions = finish_save(*save, result.path);
  for (const std::string& warning : result.companions.warnings)
    write_all(STDERR_FILENO, "airforce-video: warning: " + visible_line(warning) + "\n");
  if (invocation.json) {
    finish(invocation, result, Target::File);
  } else if (const std::string words = words_of(result.companions); !words.empty()) {
    invocation.output->write(visible_line(result.path + " existed already; wrote its " + words +
                                          ". Nothing was charged now.") +
                             "\n");
  }
  return true;
}

int follow(Invocation& invocation, Target target) {
  return finish(invocation, carry_out(invocation, invocation.settings, target), target);
}

}  // namespace airforce::cli
