// SPDX-License-Identifier: LGPL-2.1-or-later
// From a task to an open clip: its name, its URL, the early look, the download, the cache, the
// thumbnail.
#include <algorithm>
#include <limits>

#include <glib/gstdio.h>

#include "generation/generation_state.h"
#include "generation/gone.h"
#include "http/url.h"
#include "retry/policies.h"
#include "retry/retry.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr Seconds kFreshUrlTimeout{60};
// What a service refuses a few times in a row it refuses permanently.
constexpr int kRefusalsInARow = 3;
// A clip that is completed at the deadline still gets a chance to open.
constexpr Seconds kMinOpening{1};
// The one look for a clip that may be there already.
constexpr Seconds kOnlyTry{30};

// What stands in for a URL that is late is none.
bool is_url(const std::string& text) {
  return !http::origin_of(text).empty();
}

std::string partial_file_directory() {
  const GCharPtr directory(g_build_filename(g_get_user_cache_dir(), "airforce-video", nullptr));
  return g_mkdir_with_parents(directory.get(), 0700) == 0 ? directory.get() : "";
}

}  // namespace

std::string absolute_path(const std::string& path) {
  if (path.empty()) return path;
  const GCharPtr absolute(g_canonicalize_filename(path.c_str(), nullptr));
  return absolute.get();
}

Clip& Generation::State::clip() {
  const auto state = shared.lock();
  if (state->clip == nullptr)
    throw Error(ErrorKind::Internal, Step::Download, "there is no clip", "report this");
  return *state->clip;
}

// A URL may come some time after `completed`: it is asked for until the deadline of the run; a
// fresh one, for which there is no deadline any more, for a while.
std::string Generation::State::clip_url(bool refresh, GCancellable* stop) {
  const Task task = task_copy();
  if (!refresh && is_url(task.result_url)) return task.result_url;
  const Deadline end = refresh || !deadline ? Deadline(clock, kFreshUrlTimeout) : *deadline;
  GoneRule gone(timeouts.gone);
  int refusals = 0;
  const std::string what = "the service says that task " + shell_quoted(task.task_id) +
                           " is completed, but gives no result_url";
  return retry_until(
      end, kLateUrlRetry, system_random(), stop,
      [&] {
        const Task news = client->task(task.task_id, stop);
        gone.answered();
        if (is_final(news.status) && news.status != TaskStatus::Completed) throw failed_task(news);
        if (!is_url(news.result_url)) {
          throw Error(ErrorKind::Protocol, Step::Download,
                      what + (news.result_url.empty() ? "" : " that is an http(s) URL"),
                      resume_advice(task.task_id));
        }
        shared.lock()->task.result_url = news.result_url;
        return news.result_url;
      },
      [&](const Error& error) {
        if (error.kind == ErrorKind::TaskFailed) return false;
        // A moment's trouble with keys is not the end of what is paid for.
        if (error.kind == ErrorKind::NotAuthorized && ++refusals == kRefusalsInARow) return false;
        return !gone.failed(error, clock.elapsed(), task.expires_at, client->service_time());
      });
}

// Before anything is bought: the file can be made, and nobody else is about to make it. A name that
// depends on a task that does not exist yet is new, as the task is.
void Generation::State::reserve_output(const std::string& task_id) {
  const std::string& wanted = settings.string(Parameter::location);
  if (wanted.empty()) return;
  NameFields fields = name_fields();
  if (task_id.empty()) fields.task_id = "task";
  const std::string path = expanded_location(wanted, fields);
  check_location(path);
  if (task_id.empty() && needs_task_id(wanted)) return;
  const bool exists = g_file_test(path.c_str(), G_FILE_TEST_EXISTS) != FALSE;
  if (exists && !settings.overwrites())
    throw Error(ErrorKind::File, Step::Settings,
                "the clip can't be kept as " + path + ": it exists already",
                "choose another name, or allow to replace it");
  output_claim = OutputClaim::take(path);
  if (!output_claim)
    throw Error(
        ErrorKind::File, Step::Settings,
        "the clip can't be kept as " + path + ": another run is about to save its own there",
        "choose another name, or wait for that run to end");
  replace_output = exists;
}

std::string Generation::State::location() const {
  return expanded_location(settings.string(Parameter::location), name_fields());
}

// What is beside a clip may be missing where this process ends once the clip has its name: the next
// one knows by this whose clip it is.
void Generation::State::note_saving(const GenerationContext& context) {
  if (settings.string(Parameter::location).empty()) return;
  note(context, [&](History& file) {
    file.saving(identity.account, task_copy().task_id, absolute_path(location()));
  });
}

NameFields Generation::State::name_fields() const {
  return completed_by(known_name, task_copy());
}

// Whether the clip of a task that has not ended is there, and is opened.
bool Generation::State::opens_early(const GenerationContext& context, const Task& task) {
  set_task(task);
  try {
    open_download(context, Attempts::One);
    return true;
  } catch (const Error& error) {
    if (error.kind == ErrorKind::Cancelled) throw;
    if (error.retry_after_seconds >= 0) {
      early_refusal = error;
      clip_is_due = clock.elapsed() + error.retry_after_seconds;
    }
    return false;
  }
}

// A pause that was asked for when the clip was looked for early.
void Generation::State::wait_for_clip(const GenerationContext& context) const {
  const Seconds pause(clip_is_due - clock.elapsed());
  if (!early_refusal || pause <= Seconds(0)) return;
  if (pause >= context.deadline.left()) throw Error(*early_refusal);
  context.wait(pause);
}

void Generation::State::open_download(const GenerationContext& context, Attempts attempts) {
  const Deadline end(clock, std::max(context.deadline.left(), kMinOpening));
  // The download outlives this call.
  const auto is_open = std::make_shared<std::atomic<bool>>(false);
  ClipOptions options;
  options.task_id = task_copy().task_id;
  options.location = location();
  options.replace = replace_output;
  options.cache_directory = partial_file_directory();
  options.limits = timeouts.download;
  options.limits.gone = timeouts.gone;
  options.max_pause = [is_open, attempts, end]() -> std::optional<double> {
    if (*is_open) return std::numeric_limits<double>::infinity();
    if (attempts == Attempts::One) return std::nullopt;
    return std::max(end.left().count(), 0.0);
  };
  options.progress = [this](std::int64_t bytes, std::int64_t total) {
    report_held_warnings();
    GenerationEvent event;
    event.phase = GenerationPhase::Download;
    event.bytes = bytes;
    event.total_bytes = total;
    if (total > 0) event.percent = static_cast<int>(bytes * 100 / total);
    event.text = "downloading";
    report(event);
  };
  options.completed = [this](const Clip& clip) { completed(clip); };
  context.check_cancelled();
  note_saving(context);
  begin_recording(context);
  auto clip = download_clip(
      *client, [this](bool refresh, GCancellable* stop) { return clip_url(refresh, stop); },
      options);
  Clip& opening = *clip;
  {
    const auto state = shared.lock();
    state->clip = std::move(clip);
    if (g_cancellable_is_cancelled(cancellable.get())) state->clip->cancel();
  }
  try {
    check_playable(opening, options.task_id,
                   attempts == Attempts::One ? end.within(kOnlyTry) : end);
    *is_open = true;
  } catch (const Error&) {
    drop_clip();
    throw;
  }
}

// Ends a download, and waits for its threads.
void Generation::State::drop_clip() {
  const std::unique_ptr<Clip> clip = std::move(shared.lock()->clip);
}

// The task may be gone from the service by now; its id still names the clip, as it did when the
// clip was bought.
// False where the file is gone: evicted in between, or damaged, and removed then. The next claim
// knows that.
bool Generation::State::open_cached(const GenerationContext& context, const Purchase& bought) {
  try {
    open_finished(context, bought.clip_path, bought.clip_task_id,
                  "replayed from the cache at no charge");
  } catch (const Error& error) {
    const bool is_there = g_file_test(bought.clip_path.c_str(), G_FILE_TEST_EXISTS) != FALSE;
    if (error.kind == ErrorKind::File && !is_there) return false;
    if (error.kind != ErrorKind::Clip) throw;
    if (g_unlink(bought.clip_path.c_str()) != 0) throw;
    context.warn("the kept clip " + bought.clip_path + " was damaged and has been removed");
    return false;
  }
  found_purchase(task_copy());
  return true;
}

// A clip on this machine, by its path.
void Generation::State::open_finished(const GenerationContext& context, const std::string& path,
                                      const std::string& task_id, const std::string& report_text) {
  Task task;
  task.task_id = task_id;
  task.status = TaskStatus::Completed;
  task.status_text = "completed";
  task.model = identity.model;
  set_task(task);
  ClipOptions options;
  options.location = location();
  options.replace = replace_output;
  note_saving(context);
  auto clip = open_clip(path, std::move(options));
  check_playable(*clip, task.task_id, context.deadline);
  {
    const auto state = shared.lock();
    state->clip = std::move(clip);
    state->is_downloaded = true;
  }
  has_clip(context, path, false);
  report_task(task);
  GenerationEvent event;
  event.phase = GenerationPhase::Done;
  event.percent = 100;
  event.text = report_text;
  report(event);
}

// A picture to go with the clip: not worth a second try, nor a word about money.
std::size_t Generation::State::thumbnail(std::span<char> buffer, GCancellable* stop) {
  const std::string url = task_copy().thumbnail_url;
  if (url.empty()) return 0;
  const auto failed = [](const std::string& why) {
    return Error(ErrorKind::Network, Step::Download, "the thumbnail can't be fetched: " + why);
  };
  try {
    const auto stream = client->fetch(url, {}, "", stop);
    if (stream->head().status != 200) {
      throw failed("the service answered " + std::to_string(stream->head().status));
    }
    std::size_t size = 0;
    while (size < buffer.size()) {
      std::size_t count = 0;
      const auto outcome =
          stream->read(buffer.subspan(size), count, timeouts.thumbnail_stall.count(), stop);
      if (outcome == http::ByteStream::Outcome::End) return size;
      if (outcome == http::ByteStream::Outcome::Silent) throw failed("nothing comes");
      size += count;
    }
  } catch (const http::TransportError& error) {
    throw failed(error.message);
  }
  throw failed("it is too large");
}

}  // namespace airforce
