// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of FilmPlayer from the request to the element's pads.
#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include <pthread.h>

#include "debug.h"
#include "errors.h"
#include "film_player.h"
#include "gstairforcetimeline.h"
#include "messages.h"
#include "outer_pad.h"
#include "silence.h"
#include "tags.h"

namespace airforce::gst {
namespace {

// Where neither the plan nor the storyboard says how long a shot is.
constexpr GstClockTime kUnknownLength = 5 * GST_SECOND;

Failure film_failure(const std::string& message, const std::string& next_step) {
  Failure failure;
  failure.kind = AIRFORCE_ERROR_SETTINGS;
  failure.step = "settings";
  failure.message = message;
  failure.next_step = next_step;
  failure.text = message + ". Nothing was charged. Next: " + next_step + ".";
  return failure;
}

}  // namespace

std::shared_ptr<CoreFilm> FilmPlayer::make_film() {
  begin_progress("Planning the film");
  if (images_.are_awaited()) {
    throw film_failure("a film takes no pictures from pads",
                       "set input-images, for all shots or in the storyboard");
  }
  Properties request = request_;
  request.set_uri("");
  auto film = read_film(request.to_settings(), {settings_.storyboard, settings_.prompts,
                                                request_.uri(), settings_.continues});
  if (film->count() > 1 && presentation_.output == Output::Container) {
    throw film_failure("a film is not one file: output=container has only one clip",
                       "set output=raw or output=encoded");
  }
  return film;
}

// A file may be a pipe, or on a mount whose server is gone: the thread that reads it is left behind
// when the film is cancelled.
template <typename Result>
Result FilmPlayer::read_apart(std::function<Result()> read) {
  constexpr auto kLook = std::chrono::milliseconds(5);
  std::packaged_task<Result()> task(std::move(read));
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  while (result.wait_for(kLook) != std::future_status::ready) {
    if (is_cancelled()) throw cancelled_failure();
  }
  return result.get();
}

std::shared_ptr<CoreFilm> FilmPlayer::read_film(CoreSettings settings,
                                                CoreFilm::Storyboard storyboard) {
  const auto shared = std::make_shared<CoreSettings>(std::move(settings));
  return read_apart<std::shared_ptr<CoreFilm>>(
      [shared, storyboard = std::move(storyboard)] { return CoreFilm::make(*shared, storyboard); });
}

std::shared_ptr<CoreFilm> FilmPlayer::make_single() {
  std::vector<Image> images = images_.wait([this] { return is_cancelled(); });
  begin_progress("Preparing the request");
  CoreSettings settings = request_.to_settings();
  images_.add(settings, std::move(images));
  Shot description;
  description.prompt = read_apart<std::string>([request = request_] { return prompt_of(request); });
  description.sound = presentation_.sound;
  return CoreFilm::make_single(settings, std::move(description));
}

// The plan holds the ceiling; nothing has been bought before.
void FilmPlayer::prepare() {
  const std::shared_ptr<CoreFilm> film = is_film() ? make_film() : make_single();
  {
    const auto shared = shared_.lock();
    if (cancelled_) throw cancelled_failure();
    film_ = shared->film = film;
  }
  film->plan();
  std::vector<GstClockTime> lengths;
  bool has_sound = false;
  bool continues = false;
  for (std::size_t shot = 0; shot < film->count(); ++shot) {
    const Shot description = film->shot(shot);
    has_sound = has_sound || description.sound;
    continues = continues || description.continues;
    lengths.push_back(description.duration_seconds > 0
                          ? static_cast<GstClockTime>(description.duration_seconds) * GST_SECOND
                          : kUnknownLength);
  }
  is_ready_.resize(lengths.size());
  presentation_.sound = has_sound;
  joins_ = film->count() > 1;
  if (joins_) make_timeline(std::move(lengths));
  if (continues) {
    frames_thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "airforce-frame");
      make_frames();
    });
  }
  film->start([weak = weak_from_this()](const AirforceFilmEvent& event) {
    if (const auto self = weak.lock()) self->listen(event);
  });
}

void FilmPlayer::make_timeline(std::vector<GstClockTime> lengths) {
  seams_ = std::make_unique<Seams>(film_, presentation_.output == Output::Raw);
  auto* element = GST_ELEMENT(g_object_new(GST_TYPE_AIRFORCE_TIMELINE, nullptr));
  Timeline& timeline = gst_airforce_timeline_get(GST_AIRFORCE_TIMELINE(element));
  timeline.setup(timeline_listener(), presentation_.output == Output::Raw);
  gst_bin_add(bin_, element);
  gst_element_sync_state_with_parent(element);
  const Event asked = pending_seek_->peek();
  {
    const auto shared = shared_.lock();
    timeline_element_ = element;
    timeline_ = &timeline;
    shared->map = FilmMap(std::move(lengths));
    shared->sought.last = shared->map.count() - 1;
    run_ = shared->sought;
    if (asked) {
      first_seek_ = gst_event_get_seqnum(asked.get());
      run_ = run_of(asked.get(), shared->map, shared->sought).value_or(shared->sought);
      shared->sought = run_;
    }
    if (cancelled_) throw cancelled_failure();
  }
  post_progress_of_film("prepare", 0, "The film is planned");
}

// The pads of a shot that is alone are the element's. Of others the first makes those, and decides
// which there are.
void FilmPlayer::add_pad(std::size_t shot, GstPad* pad) {
  if (!joins_) {
    show_pad(GST_PAD_NAME(pad), pad, pad);
    return;
  }
  const bool is_audio = g_str_has_prefix(GST_PAD_NAME(pad), "audio") != FALSE;
  const Kind kind = is_audio ? Kind::Audio : Kind::Video;
  const bool is_new = !timeline_->has_source(kind);
  if (is_new && exposed_) {
    warn_of_dropped(shot, kind);
    return;
  }
  GstPad* source = timeline_->source(kind);
  GstPad* sink = timeline_->add_sink(shot, kind);
  if (gst_pad_link(pad, sink) != GST_PAD_LINK_OK) {
    GST_WARNING_OBJECT(bin_, "cannot link %s:%s", GST_DEBUG_PAD_NAME(pad));
    return;
  }
  if (!is_new) return;
  if (presentation_.start_now) {
    gst_pad_set_offset(source, static_cast<gint64>(running_time_at_top(GST_OBJECT(bin_))));
  }
  show_pad(is_audio ? "audio_0" : "video_0", pad, source);
}

// Once: it is so for all that follow.
void FilmPlayer::warn_of_dropped(std::size_t shot, Kind kind) {
  if (warned_.exchange(true)) return;
  const bool is_audio = kind == Kind::Audio;
  GST_ELEMENT_WARNING(bin_, STREAM, FAILED,
                      ("The %s of shot %u is not played, as the first shot has none.%s",
                       is_audio ? "sound" : "picture", static_cast<unsigned>(shot + 1),
                       is_audio && presentation_.output == Output::Raw
                           ? " Set sound=true: silence takes the place of sound that is missing."
                           : " Begin with a shot that has it."),
                      (nullptr));
}

// `pad` is one of the shot's bin.
void FilmPlayer::show_pad(const char* name, GstPad* pad, GstPad* target) {
  GstElement* element = GST_ELEMENT(bin_);
  const std::string kind(name, strcspn(name, "_"));
  GstPad* ghost = gst_ghost_pad_new_from_template(
      name, target, gst_element_get_pad_template(element, (kind + "_%u").c_str()));
  if (is_silence(pad)) mark_as_silence(ghost);
  gst_pad_set_active(ghost, TRUE);
  // Applications ask in pad-added which stream it is.
  if (const Event start{gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0)}) {
    gst_pad_store_sticky_event(ghost, start.get());
  }
  {
    const auto shared = shared_.lock();
    shared->pads.push_back({target, ghost});
  }
  gst_element_add_pad(element, ghost);
}

void FilmPlayer::hide_pads() {
  std::vector<Shown> pads = shared_.lock()->pads;
  for (const Shown& shown : pads) hide_pad(shown.target);
}

void FilmPlayer::hide_pad(GstPad* target) {
  GstPad* ghost = nullptr;
  {
    const auto shared = shared_.lock();
    const auto found =
        std::find_if(shared->pads.begin(), shared->pads.end(),
                     [target](const Shown& shown) { return shown.target == target; });
    if (found == shared->pads.end()) return;
    ghost = found->ghost;
    shared->pads.erase(found);
  }
  remove_ghost(GST_ELEMENT(bin_), ghost);
}

}  // namespace airforce::gst
