// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of FilmPlayer that other threads call: those of the film, of shots, of streams.
#include <algorithm>

#include "debug.h"
#include "errors.h"
#include "film_player.h"
#include "heap.h"
#include "messages.h"
#include "preload.h"

namespace airforce::gst {
namespace {

Structure task_of_shot(std::size_t shot, const AirforceTask& task) {
  Structure structure = task_structure(task);
  gst_structure_set(structure.get(), "shot", G_TYPE_UINT, static_cast<guint>(shot + 1), nullptr);
  return structure;
}

}  // namespace

// Copies: the event is gone when the worker looks at it.
void FilmPlayer::listen(const AirforceFilmEvent& event) {
  const std::size_t shot = event.shot;
  if (event.kind == AIRFORCE_FILM_EVENT_FRAME_NEEDED) {
    const auto shared = shared_.lock();
    shared->frames_wanted.push_back(shot);
    changed_.notify_all();
    return;
  }
  if (event.kind == AIRFORCE_FILM_EVENT_STATE && event.state == AIRFORCE_SHOT_READY) {
    if (!joins_) return;
    post([this, shot] {
      is_ready_[shot] = true;
      post_progress_of_film("done", 100, "Shot " + std::to_string(shot + 1) + " is there");
    });
    return;
  }
  if (event.kind != AIRFORCE_FILM_EVENT_SHOT) return;
  const AirforceEvent& own = *event.event;
  const std::string text = own.text;
  if (own.phase == AIRFORCE_PHASE_DOWNLOAD) {
    const auto shared = shared_.lock();
    if (const auto found = shared->open.find(shot); found != shared->open.end()) {
      found->second->set_arrived(own.bytes);
    }
    if (joins_) return;
  }
  if (own.kind == AIRFORCE_EVENT_TASK && own.task != nullptr &&
      g_str_equal(own.task->status, "completed")) {
    const auto shared = shared_.lock();
    if (const auto found = shared->open.find(shot); found != shared->open.end()) {
      found->second->task_is_completed();
    }
  }
  if (!joins_) {
    hear_progress(shot, own);
    return;
  }
  if (own.kind == AIRFORCE_EVENT_WARNING) {
    post([this, shot, text] {
      GST_ELEMENT_WARNING(
          bin_, RESOURCE, FAILED,
          ("Shot %u: %s", static_cast<unsigned>(shot + 1), in_property_names(text).c_str()),
          (nullptr));
    });
    return;
  }
  if (own.kind == AIRFORCE_EVENT_TASK && own.task != nullptr) {
    std::shared_ptr<GstStructure> task(task_of_shot(shot, *own.task).release(), gst_structure_free);
    post([this, shot, task] { take_task(shot, task); });
    return;
  }
  if (own.kind == AIRFORCE_EVENT_PROGRESS) {
    post([this, shot, phase = own.phase, percent = own.percent, text] {
      take_event(shot, phase, percent, text);
    });
  }
}

// Of a shot that is alone, in the thread that makes it: the worker, unless a storyboard has it.
void FilmPlayer::hear_progress(std::size_t shot, const AirforceEvent& event) {
  GstElement* element = GST_ELEMENT(bin_);
  if (event.phase != phase_) {
    phase_ = event.phase;
    // From here on it waits. The list of models was large.
    if (event.phase == AIRFORCE_PHASE_QUEUED) give_memory_back();
    GST_INFO_OBJECT(bin_, "%s: %s", phase_name(event.phase), event.text);
  } else {
    GST_LOG_OBJECT(bin_, "%s, %d%%: %s", phase_name(event.phase), event.percent, event.text);
  }
  if (event.kind == AIRFORCE_EVENT_WARNING) {
    GST_ELEMENT_WARNING(element, RESOURCE, FAILED, ("%s", in_property_names(event.text).c_str()),
                        (nullptr));
    return;
  }
  if (event.kind == AIRFORCE_EVENT_TASK && event.task != nullptr) {
    listener_.task_changed(serial_, task_of_shot(shot, *event.task));
  }
  // What the downloading thread reports comes after COMPLETE, when nothing may be continued.
  const bool is_making = is_film() ? event.phase < AIRFORCE_PHASE_DOWNLOAD
                                   : is_worker() && event.phase != AIRFORCE_PHASE_DOWNLOAD;
  if (!is_making) return;
  if (event.kind == AIRFORCE_EVENT_PROGRESS && in_progress_) post_progress(element, event);
  if (event.phase == AIRFORCE_PHASE_QUEUED || event.phase == AIRFORCE_PHASE_RUNNING) {
    preload_decoders();
  }
}

// In a thread of its own: a frame takes a while, and the worker has to answer.
void FilmPlayer::make_frames() {
  while (true) {
    std::size_t shot = 0;
    std::shared_ptr<CoreGeneration> generation;
    {
      auto shared = shared_.lock();
      shared.wait(changed_, [&] { return cancelled_ || !shared->frames_wanted.empty(); });
      if (cancelled_) return;
      shot = shared->frames_wanted.front();
      shared->frames_wanted.pop_front();
      shared->frames_of = generation = film_->generation(shot);
    }
    std::vector<std::uint8_t> picture;
    try {
      generation->run();
      picture = seams_->last_frame(shot, *generation, [this] { return is_cancelled(); });
    } catch (const Failure& failure) {
      GST_WARNING_OBJECT(bin_, "no last frame of shot %u: %s", static_cast<unsigned>(shot + 1),
                         failure.what());
    }
    {
      const auto shared = shared_.lock();
      shared->frames_of.reset();
      if (cancelled_) return;
    }
    generation.reset();
    try {
      film_->set_last_frame(shot, picture);
    } catch (const Failure& failure) {
      post([this, shot, failure] { fail_shot(shot + 1, failure); });
    }
  }
}

// What an earlier run reports late is of no use any more.
void FilmPlayer::post_of(unsigned run, Task task) {
  post([this, run, task = std::move(task)] {
    if (run == run_.number) task();
  });
}

Timeline::Listener FilmPlayer::timeline_listener() {
  Timeline::Listener listener;
  listener.began = [this](unsigned run, std::size_t shot, GstClockTime begin, GstClockTime length) {
    post_of(run, [this, shot, begin, length] { begin_shot(shot, begin, length); });
  };
  listener.ended = [this](unsigned run, std::size_t shot) {
    post_of(run, [this, shot] { close(shot); });
  };
  listener.starved = [this](unsigned run, std::size_t shot) {
    post_of(run, [this, shot] { wait_for_shot(shot); });
  };
  listener.fed = [this](unsigned run, std::size_t) {
    post_of(run, [this] {
      if (!std::exchange(is_buffering_, false)) return;
      gst_element_post_message(GST_ELEMENT(bin_),
                               buffering_message(GST_ELEMENT(bin_), 100, 0, 0).release());
    });
  };
  listener.mismatch = [this](unsigned run, std::size_t shot, const std::string& why) {
    post_of(run, [this, shot, why] {
      BoughtTask task{film_->shot(shot).task_id, "unknown"};
      {
        const auto shared = shared_.lock();
        if (const auto found = shared->open.find(shot); found != shared->open.end()) {
          task = found->second->bought();
        }
      }
      fail_shot(shot, clip_failure(why,
                                   "set output=raw, which decodes and converts, and run the same "
                                   "film again at no extra cost",
                                   task));
    });
  };
  listener.seek = [this](GstEvent* event) { return seek(event); };
  listener.duration = [this]() -> std::optional<GstClockTime> {
    const auto shared = shared_.lock();
    return shared->map.count() > 0 ? std::optional(shared->map.duration()) : std::nullopt;
  };
  listener.delivered = [] {};
  return listener;
}

ShotClip::Listener FilmPlayer::shot_listener(unsigned run) {
  ShotClip::Listener listener;
  listener.pad_added = [this](std::size_t shot, GstPad* pad) { add_pad(shot, pad); };
  listener.pad_removed = [this](std::size_t, GstPad* pad) {
    if (!joins_) hide_pad(pad);
  };
  listener.exposed = [this](std::size_t shot) { expose(shot); };
  listener.opened = [this](std::size_t shot, const ShotTiming& timing) {
    if (!joins_) {
      is_made_ = true;
      end_progress(GST_PROGRESS_TYPE_COMPLETE, "The clip is there");
      return;
    }
    timeline_->set_timing(shot, timing);
    const auto shared = shared_.lock();
    if (!shared->map.set_length(shot, timing.length)) return;
    shared->tasks.emplace_back([this] {
      gst_element_post_message(GST_ELEMENT(bin_),
                               gst_message_new_duration_changed(GST_OBJECT(bin_)));
    });
    changed_.notify_all();
  };
  listener.failed = [this, run](std::size_t shot, const Failure& failure) {
    if (!joins_) {
      listener_.failed(serial_, failure);
      return;
    }
    hear_failure(run, shot, failure);
  };
  listener.message = [this, run](std::size_t shot, const Message& message) {
    if (!joins_) {
      gst_element_post_message(GST_ELEMENT(bin_), gst_message_ref(message.get()));
      return;
    }
    std::shared_ptr<GstMessage> own(gst_message_ref(message.get()), gst_message_unref);
    post_of(run, [this, shot, own] {
      // Of the shots that come later nobody has to know.
      if (timeline_->current() != shot) return;
      if (GST_MESSAGE_TYPE(own.get()) == GST_MESSAGE_BUFFERING && is_buffering_) return;
      gst_element_post_message(GST_ELEMENT(bin_), gst_message_ref(own.get()));
    });
  };
  return listener;
}

void FilmPlayer::expose(std::size_t shot) {
  if (joins_) timeline_->set_complete(shot);
  if (exposed_) return;
  exposing_ = shot;
  if (joins_) {
    is_made_ = true;
    // In the thread that posts the other ones: none of those may follow.
    post([this] { end_progress(GST_PROGRESS_TYPE_COMPLETE, "The first shot is there"); });
  } else if (const Decoder* decoder = decoder_of(nullptr);  // none where it is being stopped
             decoder != nullptr && count("video") + count("audio") + count("container") > 0) {
    const Shot description = film_->shot(shot);
    const auto planned = static_cast<GstClockTime>(description.duration_seconds) * GST_SECOND;
    listener_.shot_changed(serial_, static_cast<unsigned>(shot + 1));
    post_shot(shot, 0, decoder->duration().value_or(planned));
  }
  listener_.exposed(serial_, *this);
  exposed_ = true;
  if (!joins_) return;
  // One that came while the shot was made.
  const Event asked = pending_seek_->take();
  if (asked && gst_event_get_seqnum(asked.get()) != first_seek_) seek(asked.get());
}

void FilmPlayer::post_shot(std::size_t shot, GstClockTime begin, GstClockTime length) {
  gst_element_post_message(
      GST_ELEMENT(bin_),
      gst_message_new_element(GST_OBJECT(bin_),
                              shot_structure(shot, film_->shot(shot), begin, length).release()));
}

bool FilmPlayer::seek(GstEvent* event) {
  const guint32 seqnum = gst_event_get_seqnum(event);
  {
    const auto shared = shared_.lock();
    if (cancelled_ || shared->map.count() == 0) return false;
    // Each sink sends it, for the same streams.
    if (shared->last_seek == seqnum) return true;
    const auto run = run_of(event, shared->map, shared->sought);
    if (!run) return false;
    shared->last_seek = seqnum;
    shared->wanted_run = shared->sought = *run;
  }
  GST_DEBUG_OBJECT(bin_, "seeks: %" GST_PTR_FORMAT, event);
  timeline_->flush(seqnum);
  post([this] { carry_out_seek(); });
  return true;
}

// A shot that is alone is sought in as whoever plays it wishes; another plays from its beginning to
// its end where the run does not say otherwise.
std::shared_ptr<PendingSeek> FilmPlayer::seek_for(const Run& run, std::size_t shot) const {
  if (!joins_) return pending_seek_;
  auto pending = std::make_shared<PendingSeek>();
  const auto shared = shared_.lock();
  const GstClockTime begin = shot == run.first ? run.first_begin : shared->map.begin(shot);
  const auto inside = [begin](GstClockTime time) {
    return time > begin ? static_cast<gint64>(time - begin) : 0;
  };
  constexpr auto kPassed =
      GST_SEEK_FLAG_ACCURATE | GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_BEFORE |
      GST_SEEK_FLAG_SNAP_AFTER | GST_SEEK_FLAG_TRICKMODE | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS |
      GST_SEEK_FLAG_TRICKMODE_FORWARD_PREDICTED | GST_SEEK_FLAG_TRICKMODE_NO_AUDIO;
  const bool begins_inside =
      (run.is_forward() ? shot == run.first : shot == run.last) && inside(run.start) > 0;
  const bool ends_inside = (run.is_forward() ? shot == run.last : shot == run.first) && run.stop &&
                           *run.stop < begin + shared->map.length(shot);
  const auto flags = static_cast<GstSeekFlags>(run.flags & kPassed);
  if (!begins_inside && !ends_inside && run.rate == 1 && flags == GST_SEEK_FLAG_NONE) {
    return pending;
  }
  const Event seek(gst_event_new_seek(
      run.rate, GST_FORMAT_TIME, static_cast<GstSeekFlags>(flags | GST_SEEK_FLAG_FLUSH),
      GST_SEEK_TYPE_SET, begins_inside ? inside(run.start) : 0,
      ends_inside ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE, ends_inside ? inside(*run.stop) : -1));
  pending->keep(seek.get());
  return pending;
}

void FilmPlayer::end(GstEvent* eos) {
  Event owned(eos);
  if (!joins_) {
    if (Decoder* decoder = decoder_of(nullptr); decoder != nullptr && decoder->has_pads()) {
      decoder->end_early(owned.release());
      return;
    }
  } else if (exposed_) {
    // What plays ends; the shots that are being made are kept for the next run.
    const auto shared = shared_.lock();
    ends_ = true;
    timeline_->end_here();
    for (const auto& [shot, clip] : shared->open) {
      if (Decoder* decoder = clip->decoder()) decoder->end_early(gst_event_ref(eos));
    }
    shared->tasks.emplace_back([this] { timeline_->end_idle(std::nullopt); });
    changed_.notify_all();
    return;
  }
  {
    const auto shared = shared_.lock();
    shared->eos.swap(owned);
  }
  if (!joins_) {
    cancel();
    return;
  }
  std::shared_ptr<CoreFilm> film;
  {
    const auto shared = shared_.lock();
    film = shared->film;
  }
  if (film) film->cancel();
  application_loop_.cancel();
  post([this] { fail(cancelled_failure()); });
}

}  // namespace airforce::gst
