// SPDX-License-Identifier: LGPL-2.1-or-later
// The rows of film and batch.
#include "invocation.h"
#include "run.h"
#include "storyboard/storyboard_run.h"

namespace airforce::cli {
namespace {

constexpr const char* kFilmDescription =
    "Makes the shots of a storyboard, several at a time, and joins them into one MP4 without "
    "encoding pictures again. A storyboard is a text file with one prompt a line, or JSON Lines "
    "with one object a shot, whose fields are named like the options here; \"continue\": true "
    "starts a shot from the last frame of the one before it. The price of the whole is held "
    "against "
    "--max-cost-cents before the first purchase. The same command resumes after anything and buys "
    "only what is missing.";
constexpr const char* kBatchDescription =
    "Makes a clip for each line of a storyboard (see film), several at a time, each in a file of "
    "its own. Placeholders in --output: {index}, {index:03}, {slug}, {prompt}, {model}, {seed}, "
    "{date}, {task_id}. Clips that exist already are skipped. The price of the whole is held "
    "against --max-cost-cents before the first purchase. The same command resumes after anything "
    "and buys only what is missing.";

bool takes(const ParameterInfo& parameter) {
  return !is_any(parameter, {Parameter::prompt, Parameter::prompt_file, Parameter::task_id,
                             Parameter::delete_task});
}

constexpr const char* kFilmOutput =
    "File to write the film to: complete or not at all (default: film.mp4); {slug}, {model}, "
    "{seed}, {date} and {prompt} stand for what its first shot is made from";
constexpr const char* kBatchOutput =
    "File of each clip: complete or not at all (default: {index:03}-{slug}.mp4); {task_id}, "
    "{index}, {slug}, {model}, {seed}, {date} and {prompt} stand for what the clip is made from";

bool is_of(const Option& option, Parameter parameter) {
  return option.parameter != nullptr && option.parameter->id == parameter;
}

void explain_shots(Option& option) {
  if (is_of(option, Parameter::model)) option.help = "Video model of shots that name none";
  if (is_of(option, Parameter::max_cost_cents))
    option.help =
        "Buy nothing where the whole costs more, or has an unknown price; 0 allows only what is "
        "free, -1 is no limit";
  if (is_of(option, Parameter::timeout))
    option.help =
        "Longest time of each shot, from its start to its task's completion (default: 900)";
  if (is_of(option, Parameter::reuse)) {
    option.help = "Whether to reuse the result of an earlier identical shot (default: always)";
    // Files that exist are left alone in any case.
    std::erase_if(option.choices, [](const ChoiceInfo& choice) {
      return choice.name == std::string("unfinished");
    });
  }
}

void explain_film(Option& option) {
  explain_shots(option);
  if (is_of(option, Parameter::location)) option.help = kFilmOutput;
  if (option.parameter == nullptr && option.own == OwnOption::Exec)
    option.help = "Run this once the film is written; {} in it is the file";
}

void explain_batch(Option& option) {
  explain_shots(option);
  if (is_of(option, Parameter::location)) option.help = kBatchOutput;
  if (option.parameter == nullptr && option.own == OwnOption::Exec)
    option.help = "Run this after each clip; {} in it is the file";
  if (option.parameter == nullptr && option.own == OwnOption::Force)
    option.help = "Replace output files that exist";
}

StoryboardJob job_of(const Invocation& invocation, StoryboardJob::Kind kind,
                     const char* default_output) {
  if (invocation.arguments.size() != 1)
    throw usage_error(*invocation.command, "name one storyboard");
  StoryboardJob job;
  job.kind = kind;
  job.file = invocation.arguments.front();
  job.output = invocation.settings.string(Parameter::location);
  if (job.output.empty()) job.output = default_output;
  if (job.output == "-")
    throw usage_error(*invocation.command, "clips of a storyboard are saved in files");
  job.dry_run = invocation.dry_run;
  job.again = invocation.again;
  job.continue_all = invocation.continue_all;
  job.continue_from = invocation.continue_from;
  job.jobs = invocation.jobs;
  job.on_error = invocation.skip_failed ? OnShotError::Skip : OnShotError::Stop;
  job.exec = invocation.exec;
  job.music = invocation.music;
  job.notify = invocation.notify;
  return job;
}

int run_film(Invocation& invocation) {
  return run_storyboard(invocation, job_of(invocation, StoryboardJob::Kind::Film, "film.mp4"));
}

int run_batch(Invocation& invocation) {
  return run_storyboard(invocation,
                        job_of(invocation, StoryboardJob::Kind::Batch, "{index:03}-{slug}.mp4"));
}

}  // namespace

CommandInfo film_command() {
  return {"film",
          {},
          "STORYBOARD",
          "Make one film of a storyboard's shots",
          kFilmDescription,
          false,
          takes,
          {OwnOption::DryRun, OwnOption::Jobs, OwnOption::OnError, OwnOption::Continue,
           OwnOption::ContinueFrom, OwnOption::Music, OwnOption::Again, OwnOption::Exec,
           OwnOption::Notify, OwnOption::Sidecar, OwnOption::Thumbnail, OwnOption::Force,
           OwnOption::Json, OwnOption::Quiet},
          run_film,
          explain_film};
}

CommandInfo batch_command() {
  return {"batch",
          {},
          "STORYBOARD",
          "Make a clip for each line of a storyboard",
          kBatchDescription,
          false,
          takes,
          {OwnOption::DryRun, OwnOption::Jobs, OwnOption::OnError, OwnOption::Continue,
           OwnOption::ContinueFrom, OwnOption::Again, OwnOption::Exec, OwnOption::Notify,
           OwnOption::Metadata, OwnOption::Sidecar, OwnOption::Thumbnail, OwnOption::Force,
           OwnOption::Json, OwnOption::Quiet},
          run_batch,
          explain_batch};
}

}  // namespace airforce::cli
