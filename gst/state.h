// SPDX-License-Identifier: LGPL-2.1-or-later
// What a bin knows and does between its GObject functions: its properties, its item, its
// asynchronous state change.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <gst/gst.h>

#include "film_player.h"
#include "gstreamer/gst_ptr.h"
#include "images.h"
#include "pending_seek.h"
#include "playbin.h"
#include "properties.h"
#include "values/guarded.h"

namespace airforce::gst {

class State final : public Production::Listener {
 public:
  // `bin` owns this and outlives it.
  explicit State(GstBin* bin) : bin_(bin), images_(GST_ELEMENT(bin)) {}

  // From change_state() alone, with the element's state lock held. The pads are activated between
  // prepare() and start(). cancel() never blocks; stop() cancels and waits.
  void prepare();
  bool start();
  void cancel();
  void stop();
  // The way from READY to PAUSED takes as long as the generation. async_done() may be called once
  // more than needed.
  void async_start();
  void async_done();
  // Before PLAYING: lets an async_done() in another thread return. What its message leads to ends
  // with each bin above noting that it reached PAUSED, which would undo that it is in PLAYING: it
  // would never forward EOS (GstBin's posted_playing).
  void let_async_done_return();

  // The request pads.
  Images& images() { return images_; }

  // Properties, for the next start().
  void set_property(Property property, const GValue* value);
  void get_property(Property property, GValue* value);
  void set_uri(const char* uri);
  std::string uri();
  void set_series(Series series);
  void set_output(Output output);
  Output output();
  void set_start_now(bool start_now);
  bool start_now();
  // The shots of a film; without any the request is that of one clip.
  void set_film(FilmSettings film);
  FilmSettings film();
  // That plays, from 1; 0 before there is one.
  unsigned current_shot();
  // A seek that was sent to the element itself. Before there are pads it is kept for them. False if
  // it can't be served. Takes ownership.
  bool seek(GstEvent* seek);
  // What is known of the current task, as "airforce-task" messages have it; nullptr before there is
  // one. The caller's to free.
  GstStructure* task();

  // EOS that was sent to the element itself. False if nothing runs that could end. Takes ownership.
  bool end(GstEvent* eos);

  // A message of a child, before the parent class has handled it: false if it must go no further.
  // And after.
  bool admit_message(GstMessage* message);
  void watch_message(GstMessage* message);

  void task_changed(guint serial, Structure task) override;
  void exposed(guint serial, const Production& item) override;
  void failed(guint serial, const Failure& failure) override;
  void settled(guint serial) override;
  void shot_changed(guint serial, unsigned shot) override;

 private:
  bool is_current(guint serial);
  std::shared_ptr<Production> current();
  void rewrite(GstMessage* message);
  bool hold_segment_done(GstMessage* message);
  void warn_of_silence(const Production& item, const std::vector<MissingDecoder>& missing);
  // True for the first caller after start(): what comes later only follows from it.
  bool claim_failure();

  GstBin* const bin_;
  Images images_;  // has a lock of its own
  // Held while ASYNC_DONE is handled. Recursive: an application may change our state from within.
  std::recursive_timed_mutex handling_done_;
  Guarded<std::unique_ptr<SegmentWatch>> segment_watch_;

  struct Known {
    Properties properties;
    Presentation presentation;
    FilmSettings film;
    unsigned current_shot = 0;
    // Of the current item, or of the next one while there is none.
    std::shared_ptr<PendingSeek> pending_seek = std::make_shared<PendingSeek>();
    Structure task;                    // of the current item, nullptr before there is one
    std::shared_ptr<Production> item;  // from READY to PAUSED until READY again
    guint serial = 0;                  // of the current item; identifies late calls of earlier ones
    bool async_pending = false;        // ASYNC_START has been posted, ASYNC_DONE not
    bool has_failed = false;
  };
  // Locked after the element's state lock and before an item's lock; no message is posted, no state
  // changed, no pad touched while it is held.
  Guarded<Known> known_;
};

}  // namespace airforce::gst
