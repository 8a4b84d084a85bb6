// SPDX-License-Identifier: LGPL-2.1-or-later
// Places the shots of a film one after the other on one running timeline: one STREAM_START, one
// segment, times without gap or overlap.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "film_run.h"
#include "gstreamer/gst_ptr.h"
#include "shot_timing.h"
#include "sound_join.h"
#include "values/guarded.h"

namespace airforce::gst {

enum class Kind : std::size_t { Video, Audio };
inline constexpr std::size_t kKinds = 2;

class Timeline {
 public:
  // Called from streaming threads, with no lock held. `run` is the number of the run.
  struct Listener {
    // The first data of a shot passes.
    std::function<void(unsigned run, std::size_t shot, GstClockTime begin, GstClockTime length)>
        began;
    // All of its streams have continued with the next shot.
    std::function<void(unsigned run, std::size_t shot)> ended;
    // It is this shot's turn, and it has nothing yet; it has something.
    std::function<void(unsigned run, std::size_t shot)> starved;
    std::function<void(unsigned run, std::size_t shot)> fed;
    // The shot's stream can't follow that of the shots before it.
    std::function<void(unsigned run, std::size_t shot, const std::string& why)> mismatch;
    std::function<bool(GstEvent* seek)> seek;
    std::function<std::optional<GstClockTime>()> duration;  // of the film
    std::function<void()> delivered;                        // EOS has left all pads
  };

  // The pads are those of `element`, which owns this.
  explicit Timeline(GstElement* element) : element_(element) {}
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  // Before any pad. `raw`: sound is joined sample by sample.
  void setup(Listener listener, bool raw);

  // A source pad, made when it is first asked for. Owned by the element.
  GstPad* source(Kind kind);
  bool has_source(Kind kind) const;
  // For the pad of a shot; owned by the element until remove(). Not for a kind without a source.
  GstPad* add_sink(std::size_t shot, Kind kind);
  // No sink is added any more.
  void set_complete(std::size_t shot);
  // It is not to be passed over: when its turn comes it is starved.
  void set_failed(unsigned run, std::size_t shot);
  // Nothing streams into it any more.
  void remove(std::size_t shot);

  // Before any data of the shot.
  void set_timing(std::size_t shot, ShotTiming timing);

  // Ends all waiting, and flushes those downstream. Nothing is sent until start().
  void flush(guint32 seqnum);
  // `starves`: whoever waits for the first shot is notified when it has data.
  void start(const Run& run, bool starves);
  // What plays ends the film: EOS follows each stream's current shot.
  void end_here();
  // Afterwards: sends EOS in each stream that has reached a shot without pads, or to
  // `failed`. Blocks as long as those downstream do.
  void end_idle(std::optional<std::size_t> failed);
  // Ends all waiting permanently. Sends nothing.
  void shut_down();

  // The shot whose turn it is in a stream, that of the picture where there is one.
  std::size_t current() const;
  // Whether it is this shot's turn, and it has nothing yet.
  bool is_starved(std::size_t shot) const;

 private:
  struct Sink {
    std::size_t shot;
    Kind kind;
    GstPad* pad;  // owned by the element
    Caps caps;
    GstSegment segment;
    Event stream_start;
    Event collection;
    std::vector<Event> tags;
    bool waiting = false;
    bool begun = false;
    bool removed = false;
    bool refused = false;  // its format
  };
  struct Stream {
    GstPad* pad = nullptr;  // owned by the element
    std::size_t current = 0;
    bool ended = false;  // its EOS has gone
    bool ends_here = false;
    bool has_started = false;
    bool needs_segment = true;
    Caps caps;
    GstFlowReturn flow = GST_FLOW_OK;
    GstClockTime position = GST_CLOCK_TIME_NONE;  // film time
    GstClockTime last_dts = GST_CLOCK_TIME_NONE;
  };
  struct Placed {
    ShotTiming timing;
    std::optional<GstClockTime> begin;
    bool complete = false;
    bool failed = false;
    bool reported = false;
    std::array<std::shared_ptr<Sink>, kKinds> sinks;
  };
  // Of the streaming threads, the worker's, and whoever asks.
  struct Shared {
    std::array<Stream, kKinds> streams;
    std::map<std::size_t, Placed> shots;
    Run run;
    bool flushing = false;
    bool shut_down = false;
    std::optional<std::size_t> starved;
    GstClockTime origin = 0;  // added to film time
    bool has_origin = false;
    std::size_t sinks = 0;  // counts names
    SoundJoin sound;

    Stream& stream(Kind kind) { return streams[static_cast<std::size_t>(kind)]; }
    const Stream& stream(Kind kind) const { return streams[static_cast<std::size_t>(kind)]; }
    std::size_t after(std::size_t shot) const { return run.is_forward() ? shot + 1 : shot - 1; }
  };
  using Locked = Guarded<Shared>::Lock<Shared>;
  struct Sender {
    // Held while something is sent. Recursive: those downstream may seek meanwhile.
    std::recursive_mutex sending;
  };

  static GstFlowReturn chain(GstPad* pad, GstObject* element, GstBuffer* buffer);
  static gboolean sink_event(GstPad* pad, GstObject* element, GstEvent* event);
  static gboolean sink_query(GstPad* pad, GstObject* element, GstQuery* query);
  static gboolean source_event(GstPad* pad, GstObject* element, GstEvent* event);
  static gboolean source_query(GstPad* pad, GstObject* element, GstQuery* query);

  std::shared_ptr<Sink> sink_of(GstPad* pad);
  GstFlowReturn take(Sink& sink, Buffer buffer);
  GstFlowReturn push(Sink& sink, Buffer buffer);
  GstFlowReturn send(Kind kind, Buffer buffer);
  void send(Kind kind, std::vector<Event> events);
  void take_end(Sink& sink);
  bool take_event(Sink& sink, GstEvent* event);
  bool take_caps(Sink& sink, GstCaps* caps);
  // False: it must not pass. Without the lock while the listener is notified.
  bool wait_for_turn(Locked& shared, Sink& sink);
  static GstClockTime begin_of(Shared& shared, std::size_t shot);
  std::vector<Event> first_events(Shared& shared, Sink& sink);
  static Event segment_of(Shared& shared, const Sink& sink);
  std::optional<GstClockTime> film_time(Shared& shared, const Sink& sink, GstClockTime pts) const;
  // Gives the stream to the next shot, or ends it.
  void advance(Kind kind);
  void end(Kind kind);
  static GstFlowReturn combined(Shared& shared, GstFlowReturn own, Stream& stream);
  Sender& sender(Kind kind) { return senders_[static_cast<std::size_t>(kind)]; }
  Ref<GstPad> current_sink(GstPad* source);

  GstElement* const element_;
  Listener listener_;
  bool raw_ = true;

  std::array<Sender, kKinds> senders_;
  std::condition_variable changed_;
  // Also protects what changes of a Sink. Taken inside `sending`; nothing is called with it held.
  Guarded<Shared> shared_;
};

}  // namespace airforce::gst
