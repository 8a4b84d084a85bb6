// SPDX-License-Identifier: LGPL-2.1-or-later
// What the element plays: the shots of a film, made, played one after the other, and sought in. A
// single clip is a film of one shot: nothing has to be joined then, and the pads of its bin are the
// element's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gst/gst.h>

#include "application_loop.h"
#include "core.h"
#include "early_end.h"
#include "film_map.h"
#include "film_run.h"
#include "pending_seek.h"
#include "production.h"
#include "properties.h"
#include "request_images.h"
#include "seams.h"
#include "shot_clip.h"
#include "timeline.h"
#include "values/guarded.h"
#include "vocabulary/is_film_uri.h"

namespace airforce::gst {

// What says that there is more than one shot, besides a URI.
struct FilmSettings {
  std::string storyboard;  // a file
  std::vector<std::string> prompts;
  bool continues = false;

  bool is_set() const { return !storyboard.empty() || !prompts.empty(); }
};

class FilmPlayer final : public Production, public std::enable_shared_from_this<FilmPlayer> {
 public:
  // `bin`, `listener` and `images` outlive it.
  FilmPlayer(guint serial, GstBin* bin, Listener& listener, Images& images, Properties request,
             FilmSettings film, Presentation presentation,
             std::shared_ptr<PendingSeek> pending_seek);
  FilmPlayer(const FilmPlayer&) = delete;
  FilmPlayer& operator=(const FilmPlayer&) = delete;
  ~FilmPlayer() override;

  void start() override;
  void cancel() override;
  void join() override;
  bool is_worker() const override;
  void end(GstEvent* eos) override;
  bool admit_message(GstMessage* message) override;
  void watch_message(GstMessage* message) override;
  void add_missing(GstMessage* message) override;
  bool take_failure(GstObject* source, const Failure& failure) override;
  BoughtTask bought(GstObject* source) const override;
  const Presentation& presentation() const override { return presentation_; }
  std::size_t count(const char* kind) const override;
  std::vector<MissingDecoder> missing() const override;

 private:
  using Task = std::function<void()>;

  struct Shown {
    GstPad* target;  // compared only
    GstPad* ghost;   // the element's, owned by the bin
  };
  // Of the worker, its listeners and GStreamer's threads.
  struct Shared {
    std::deque<Task> tasks;
    std::deque<std::size_t> frames_wanted;      // shots whose last frame another one starts from
    std::shared_ptr<CoreGeneration> frames_of;  // that is being read for one
    std::shared_ptr<CoreFilm> film;
    std::map<std::size_t, std::unique_ptr<ShotClip>> open;
    FilmMap map;
    Event eos;  // that was sent before there were pads
    std::optional<Run> wanted_run;
    guint32 last_seek = 0;
    unsigned number = 0;  // of the run
    Run sought;           // the last one
    std::vector<Shown> pads;
  };

  // The worker's.
  void work();
  void prepare();
  std::shared_ptr<CoreFilm> make_film();
  template <typename Result>
  Result read_apart(std::function<Result()> read);
  std::shared_ptr<CoreFilm> read_film(CoreSettings settings, CoreFilm::Storyboard storyboard);
  std::shared_ptr<CoreFilm> make_single();
  void make_timeline(std::vector<GstClockTime> lengths);
  void run_tasks();
  void go(const Run& run, bool flushed);
  void open(std::size_t shot);
  void close(std::size_t shot);
  void wait_for_shot(std::size_t shot);
  void fail(const Failure& failure);
  void end_early(const Event& eos);
  void fail_shot(std::size_t shot, const Failure& failure);
  void begin_shot(std::size_t shot, GstClockTime begin, GstClockTime length);
  void take_task(std::size_t shot, const std::shared_ptr<GstStructure>& task);
  void take_event(std::size_t shot, AirforcePhase phase, int percent, const std::string& text);
  void post_progress_of_film(const char* phase, int percent, const std::string& text);
  void carry_out_seek();

  // From other threads.
  void post(Task task);
  void post_of(unsigned run, Task task);
  void hear_failure(unsigned run, std::size_t shot, const Failure& failure);
  void listen(const AirforceFilmEvent& event);
  void hear_progress(std::size_t shot, const AirforceEvent& event);
  void begin_progress(const char* text);
  void end_progress(GstProgressType type, const char* text);
  void add_pad(std::size_t shot, GstPad* pad);
  void show_pad(const char* name, GstPad* pad, GstPad* target);
  void hide_pad(GstPad* target);
  void hide_pads();
  void warn_of_dropped(std::size_t shot, Kind kind);
  void expose(std::size_t shot);
  void post_shot(std::size_t shot, GstClockTime begin, GstClockTime length);
  bool seek(GstEvent* event);
  void make_frames();
  ShotClip* clip_of(const Shared& shared, GstObject* source) const;
  Decoder* decoder_of(GstObject* source) const;
  Timeline::Listener timeline_listener();
  ShotClip::Listener shot_listener(unsigned run);
  std::shared_ptr<PendingSeek> seek_for(const Run& run, std::size_t shot) const;
  bool is_film() const { return settings_.is_set() || is_film_uri(request_.uri()); }
  bool is_cancelled() const { return cancelled_; }

  const guint serial_;
  GstBin* const bin_;
  Listener& listener_;
  RequestImages images_;
  const Properties request_;
  const FilmSettings settings_;
  Presentation presentation_;
  const std::shared_ptr<PendingSeek> pending_seek_;
  std::thread thread_;
  std::thread frames_thread_;
  std::atomic<std::thread::id> worker_id_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> exposed_ = false;      // the element's pads are there
  std::atomic<bool> warned_ = false;       // of a stream that the first shot lacks
  std::atomic<bool> ends_ = false;         // by EOS, with what plays
  std::atomic<bool> joins_ = false;        // there is more than one shot
  std::atomic<bool> in_progress_ = false;  // PROGRESS has started and not ended
  std::atomic<bool> is_made_ = false;      // it has ended well
  std::optional<AirforcePhase> phase_;     // of the last event; that of one shot alone
  ApplicationLoop application_loop_;
  GstElement* timeline_element_ = nullptr;  // owned by the bin
  Timeline* timeline_ = nullptr;
  std::shared_ptr<CoreFilm> film_;  // that of shared_; set before another thread uses it
  std::unique_ptr<Seams> seams_;
  std::atomic<guint32> first_seek_ = 0;    // the sequence number of the one it began with
  std::atomic<std::size_t> exposing_ = 0;  // the shot that makes the element's pads

  // The worker's alone.
  std::map<std::size_t, Failure> failures_;
  std::map<std::size_t, std::shared_ptr<GstStructure>> shot_tasks_;  // of shots still to be played
  bool has_failed_ = false;
  bool is_buffering_ = false;
  Run run_;
  std::vector<bool> is_ready_;
  std::unique_ptr<EarlyEnd> early_end_;  // then join()'s

  // Nothing of GStreamer's that blocks is called with it held.
  Guarded<Shared> shared_;
  std::condition_variable changed_;
};

}  // namespace airforce::gst
