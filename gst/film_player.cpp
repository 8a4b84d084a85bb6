// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film_player.h"

#include <algorithm>
#include <chrono>

#include <pthread.h>

#include "debug.h"
#include "errors.h"
#include "gstairforcetimeline.h"
#include "heap.h"
#include "messages.h"
#include "preload.h"
#include "tags.h"

namespace airforce::gst {
namespace {

// An application that iterates the default main context does so by then.
constexpr std::chrono::milliseconds kStart(500);

}  // namespace

FilmPlayer::FilmPlayer(guint serial, GstBin* bin, Listener& listener, Images& images,
                       Properties request, FilmSettings film, Presentation presentation,
                       std::shared_ptr<PendingSeek> pending_seek)
    : serial_(serial),
      bin_(bin),
      listener_(listener),
      images_(GST_ELEMENT(bin), images),
      request_(std::move(request)),
      settings_(std::move(film)),
      presentation_(presentation),
      pending_seek_(std::move(pending_seek)) {}

FilmPlayer::~FilmPlayer() {
  cancel();
  join();
}

void FilmPlayer::start() {
  thread_ = std::thread([this] {
    worker_id_ = std::this_thread::get_id();
    pthread_setname_np(pthread_self(), "airforce-film");
    work();
  });
}

void FilmPlayer::cancel() {
  std::shared_ptr<CoreFilm> film;
  Timeline* timeline = nullptr;
  {
    const auto shared = shared_.lock();
    cancelled_ = true;
    film = shared->film;
    timeline = timeline_;
    if (shared->frames_of) shared->frames_of->cancel();
    for (const auto& [shot, clip] : shared->open) clip->cancel();
    changed_.notify_all();
  }
  application_loop_.cancel();
  images_.cancel();
  if (timeline != nullptr) timeline->shut_down();
  if (film) film->cancel();
}

void FilmPlayer::join() {
  if (thread_.joinable()) thread_.join();
  if (frames_thread_.joinable()) frames_thread_.join();
  early_end_.reset();
  std::map<std::size_t, std::unique_ptr<ShotClip>> open;
  {
    const auto shared = shared_.lock();
    open.swap(shared->open);
    shared->tasks.clear();
  }
  for (auto& [shot, clip] : open) {
    clip.reset();
    if (timeline_ != nullptr) timeline_->remove(shot);
  }
  hide_pads();
  if (timeline_element_ != nullptr) {
    gst_element_set_locked_state(timeline_element_, TRUE);
    gst_element_set_state(timeline_element_, GST_STATE_NULL);
    const auto shared = shared_.lock();
    timeline_ = nullptr;
  }
  if (timeline_element_ != nullptr) gst_bin_remove(bin_, std::exchange(timeline_element_, nullptr));
  // The film ends here, without the lock: its own threads may have the last reference to us.
  seams_.reset();
  std::shared_ptr<CoreFilm> film;
  const auto shared = shared_.lock();
  film_.reset();
  film.swap(shared->film);
}

void FilmPlayer::post(Task task) {
  const auto shared = shared_.lock();
  shared->tasks.push_back(std::move(task));
  changed_.notify_all();
}

void FilmPlayer::work() {
  try {
    prepare();
    go(run_, false);
  } catch (const Failure& failure) {
    fail(failure);
  }
  if (joins_) run_tasks();
  if (!in_progress_) return;
  end_progress(GST_PROGRESS_TYPE_CANCELED, "Cancelled");
  listener_.settled(serial_);
}

bool FilmPlayer::is_worker() const {
  if (worker_id_ == std::this_thread::get_id()) return true;
  const auto shared = shared_.lock();
  return std::any_of(shared->open.begin(), shared->open.end(),
                     [](const auto& open) { return open.second->is_worker(); });
}

void FilmPlayer::run_tasks() {
  auto shared = shared_.lock();
  while (true) {
    shared.wait(changed_, [&] { return cancelled_ || !shared->tasks.empty(); });
    if (cancelled_) return;
    const Task task = std::move(shared->tasks.front());
    shared->tasks.pop_front();
    shared.unlocked(task);
  }
}

void FilmPlayer::go(const Run& run, bool flushed) {
  run_ = run;
  {
    const auto shared = shared_.lock();
    run_.number = ++shared->number;
  }
  if (!joins_) return open(run.first);
  film_->set_position(std::min(run.first, run.last));
  timeline_->start(run_, flushed);
  if (flushed && !is_ready_[run.first]) {
    is_buffering_ = true;
    gst_element_post_message(GST_ELEMENT(bin_),
                             buffering_message(GST_ELEMENT(bin_), 0, 0, 1).release());
  }
  open(run.first);
}

// A shot that is alone is waited for here: nothing else is to be done meanwhile.
void FilmPlayer::open(std::size_t shot) {
  Presentation presentation = presentation_;
  if (joins_) {
    presentation.start_now = false;
    presentation.in_film = true;
    if (exposed_) presentation.sound = timeline_->has_source(Kind::Audio);
  }
  const Shot description = film_->shot(shot);
  auto made = std::make_unique<ShotClip>(
      bin_, shot, film_->generation(shot), seams_.get(), presentation, seek_for(run_, shot),
      prompt_tags(description.prompt), shot_listener(run_.number));
  ShotClip* clip = made.get();
  {
    const auto shared = shared_.lock();
    if (cancelled_) {
      if (joins_) return;
      throw cancelled_failure();
    }
    shared->open[shot] = std::move(made);
  }
  if (joins_) {
    clip->start();
  } else {
    clip->run();
  }
}

void FilmPlayer::close(std::size_t shot) {
  std::unique_ptr<ShotClip> clip;
  {
    const auto shared = shared_.lock();
    const auto found = shared->open.find(shot);
    if (found == shared->open.end()) return;
    clip = std::move(found->second);
    shared->open.erase(found);
  }
  clip.reset();
  timeline_->remove(shot);
  give_memory_back();  // some 40 MB of frames, at 720p
}

void FilmPlayer::begin_shot(std::size_t shot, GstClockTime begin, GstClockTime length) {
  GST_INFO_OBJECT(bin_, "shot %u plays", static_cast<unsigned>(shot + 1));
  film_->set_position(std::min(shot, run_.last));
  listener_.shot_changed(serial_, static_cast<unsigned>(shot + 1));
  if (const auto known = shot_tasks_.extract(shot)) {
    listener_.task_changed(serial_, Structure(gst_structure_copy(known.mapped().get())));
  }
  post_shot(shot, begin, length);
  if (shot == run_.last) return;
  const std::size_t next = run_.is_forward() ? shot + 1 : shot - 1;
  bool is_open = false;
  {
    const auto shared = shared_.lock();
    is_open = shared->open.contains(next);
  }
  if (!is_open) open(next);
}

// What follows plays before it does not: the failure is reported when the shot is due.
void FilmPlayer::fail_shot(std::size_t shot, const Failure& failure) {
  if (ends_) {
    timeline_->end_idle(shot);
    return;
  }
  Failure own = failure;
  const std::string name = "shot " + std::to_string(shot + 1);
  if (!own.message.starts_with("shot ")) {
    own.message = name + ": " + own.message;
    own.text = name + ": " + own.text;
  }
  failures_.emplace(shot, own);
  if (!exposed_ || timeline_->current() == shot) fail(own);
}

// It is due, and it has nothing yet.
void FilmPlayer::wait_for_shot(std::size_t shot) {
  if (const auto found = failures_.find(shot); found != failures_.end()) {
    fail(found->second);
  } else if (timeline_->is_starved(shot) && !std::exchange(is_buffering_, true)) {
    gst_element_post_message(GST_ELEMENT(bin_),
                             buffering_message(GST_ELEMENT(bin_), 0, 0, 1).release());
  }
}

void FilmPlayer::fail(const Failure& failure) {
  if (std::exchange(has_failed_, true)) return;
  if (!is_made_) application_loop_.wait(kStart);
  Event eos;
  {
    const auto shared = shared_.lock();
    eos.swap(shared->eos);
  }
  const bool by_us = is_cancelled() || eos;
  if (!by_us) listener_.failed(serial_, failure);
  end_progress(by_us ? GST_PROGRESS_TYPE_CANCELED : GST_PROGRESS_TYPE_ERROR,
               by_us ? "Cancelled" : failure.message.c_str());
  if (eos && !exposed_) end_early(eos);
  listener_.settled(serial_);
}

// Nothing that can be played is there: whoever waits for pads gets them, with EOS.
void FilmPlayer::end_early(const Event& eos) {
  const bool is_container = presentation_.output == Output::Container;
  early_end_ = std::make_unique<EarlyEnd>(bin_,
                                          is_container ? std::vector<const char*>{"container"}
                                                       : std::vector<const char*>{"video", "audio"},
                                          eos.get());
  gst_element_no_more_pads(GST_ELEMENT(bin_));
  const std::string id = bought(nullptr).id;
  if (id.empty()) return;
  GST_ELEMENT_INFO(bin_, RESOURCE, FAILED,
                   ("Ended before the clip was there. The same request resumes task %s at no extra "
                    "cost.",
                    shell_word(id).c_str()),
                   (nullptr));
}

void FilmPlayer::begin_progress(const char* text) {
  in_progress_ = true;
  post_progress(GST_ELEMENT(bin_), GST_PROGRESS_TYPE_START, text);
}

// Once.
void FilmPlayer::end_progress(GstProgressType type, const char* text) {
  if (in_progress_.exchange(false)) post_progress(GST_ELEMENT(bin_), type, text);
}

void FilmPlayer::carry_out_seek() {
  std::optional<Run> run;
  std::vector<std::size_t> open;
  {
    const auto shared = shared_.lock();
    run = std::exchange(shared->wanted_run, std::nullopt);
    if (!run) return;
    for (const auto& [shot, clip] : shared->open) open.push_back(shot);
  }
  for (const std::size_t shot : open) close(shot);
  // The same shot may be made again where it failed for a reason that has gone.
  failures_.clear();
  go(*run, true);
}

// The element's properties are about the shot that plays; messages about all.
void FilmPlayer::take_task(std::size_t shot, const std::shared_ptr<GstStructure>& task) {
  shot_tasks_[shot] = task;
  Structure copy(gst_structure_copy(task.get()));
  if (shot == (exposed_ ? timeline_->current() : run_.first)) {
    listener_.task_changed(serial_, std::move(copy));
    return;
  }
  gst_element_post_message(GST_ELEMENT(bin_),
                           gst_message_new_element(GST_OBJECT(bin_), copy.release()));
}

void FilmPlayer::take_event(std::size_t shot, AirforcePhase phase, int percent,
                            const std::string& text) {
  if (phase == AIRFORCE_PHASE_QUEUED || phase == AIRFORCE_PHASE_RUNNING) preload_decoders();
  post_progress_of_film(phase_name(phase), percent,
                        "Shot " + std::to_string(shot + 1) + ": " + text);
}

// As PROGRESS until the element has its pads: whoever holds back PLAYING during a progress would
// else wait for the last shot.
void FilmPlayer::post_progress_of_film(const char* phase, int percent, const std::string& text) {
  FilmState state;
  state.shots = is_ready_.size();
  state.price_cents = film_->price_cents();
  state.phase = phase;
  state.percent = percent;
  {
    const auto shared = shared_.lock();
    for (std::size_t shot = 0; shot < is_ready_.size(); ++shot) {
      if (!is_ready_[shot]) continue;
      ++state.shots_done;
      state.seconds_done += static_cast<double>(shared->map.length(shot)) / GST_SECOND;
    }
    state.seconds = static_cast<double>(shared->map.duration()) / GST_SECOND;
  }
  post_film_progress(GST_ELEMENT(bin_), state, text.c_str(), in_progress_);
}

}  // namespace airforce::gst
