// SPDX-License-Identifier: LGPL-2.1-or-later
// From an open clip to source pads of the bin: byte source, decodebin3 or parsebin or neither,
// ghost pads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gst/gst.h>

#include "converter.h"
#include "core.h"
#include "gstreamer/gst_ptr.h"
#include "message_filter.h"
#include "pending_seek.h"
#include "playbin.h"
#include "tags.h"
#include "values/guarded.h"

namespace airforce::gst {

// What the pads carry.
enum class Output { Raw, Encoded, Container };

// How the streams are given to who is downstream.
struct Presentation {
  Output output = Output::Raw;
  bool start_now = false;  // the clip begins when its first pad appears, not at running time 0
  bool sound = false;      // raw: silence takes the place of sound that is missing
  bool in_film = false;    // others follow: its end is not that of the streams
};

// The running time of the whole pipeline, or 0 while it prerolls.
GstClockTime running_time_at_top(GstObject* object);

class Decoder {
 public:
  // What is reported of the streams, from streaming threads, with no lock held.
  struct Listener {
    std::function<void()> all_exposed;           // once: all pads are there
    std::function<void(const Failure&)> failed;  // it can't continue
    std::function<void()> delivered;             // EOS has left every linked pad
  };

  // Adds its elements to `bin`, which is inside of `element`; both outlive it. Nothing runs yet.
  // `generation` has a task.
  // What `pending_seek` holds when all pads are there says where the clip begins. Throws Failure.
  Decoder(GstBin* bin, GstElement* element, std::shared_ptr<CoreGeneration> generation,
          Presentation presentation, std::shared_ptr<PendingSeek> pending_seek, Listener listener);
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  // Stops and removes its elements and pads. Not from a streaming thread.
  ~Decoder();

  // Brings the elements to the bin's state. Pads appear from streaming threads once the clip is
  // open, which may be later.
  void start();
  void clip_is_open();

  // A message of one of the bin's children, in whatever thread posts it.
  void watch_message(GstMessage* message);
  // Nothing decodes this stream, as a message of one of the bin's children says, in whatever thread
  // posts it.
  void add_missing(MissingDecoder missing);
  // How many pads of a kind ("video", "audio", "container") there are, without that of silence.
  std::size_t count(const char* kind) const;
  // The streams that nothing decodes.
  std::vector<MissingDecoder> missing() const;

  // Sends `tags` on all pads, before their next buffers.
  void set_tags(TagList tags);

  // How far it has played, in nanoseconds: none before the pads are there, and none after a seek
  // until the first frame from there.
  std::optional<GstClockTime> position() const;
  // Of the clip in nanoseconds, once that is known.
  std::optional<GstClockTime> duration() const;
  // The byte at which it is read now.
  guint64 reads_at() const;
  // For answers to BUFFERING queries.
  void set_supply(double rate, int percent);

  // Ends what plays as EOS does, though the download is not complete: pads are there already.
  // Takes ownership.
  void end_early(GstEvent* eos);
  bool has_pads() const;

  // EOS passes only once the clip has been downloaded, so that whoever sees it finds `location`
  // written. These two let it pass, or drop it because the work ends in another way. From any
  // thread, at any time.
  void clip_is_complete();
  void abandon();
  // After abandon() and before the elements are stopped: waits for what must not meet that, a seek
  // to the clip's beginning and the plugging of a demuxer. Not from a streaming thread.
  void quiesce();
  // Blocks until a stream has ended, or abandon().
  void wait_for_end();
  // Blocks until all pads are there, or abandon(). False if neither happens, though nothing of the
  // clip has been read for a while: no error came, and none will.
  bool wait_for_pads();
  // Blocks until something of the clip has passed a pad, or abandon(); not for long where nothing
  // does.
  void wait_for_data();

 private:
  enum class Download { Running, Complete, Abandoned };
  // Whether a kept seek may still come, is on its way to the demuxer, or all has begun.
  enum class Beginning { Open, Seeking, Begun };
  // In a playbin: where the first EOS is, which the others follow.
  enum class First { Playing, Ending, Ended };

  struct Exposed {
    GstPad* target;  // compared only
    GstPad* ghost;   // owned by the bin
    const char* kind;
    bool flushing;  // between flush-start and flush-stop
    unsigned flushes;
    bool has_data;  // since it began or was flushed
    bool ended;     // its EOS waits or has gone
    unsigned tags;  // which it has sent
    bool is_silent = false;
    bool has_ended = false;                // its EOS has gone
    std::unique_ptr<Converter> converter;  // raw only
  };

  // Of the streaming threads, those that decode and plug, and whoever asks.
  struct Shared {
    std::vector<Exposed> exposed;
    std::optional<GstClockTime> start;  // the running time of the clip's beginning, once decided
    std::vector<std::unique_ptr<Converter>> retired;  // of pads that are gone
    std::optional<std::size_t> selected;  // streams that get a pad, once that is decided
    std::vector<MissingDecoder> missing;
    bool completing = false;  // the pads of the clip are there
    bool announced = false;   // all pads are there
    bool ends_early = false;
    bool delivered = false;
    Beginning beginning = Beginning::Open;
    std::set<GstPad*> without_format;  // of decoders that have no format yet; compared only
    bool data_waits = false;  // a stream has something from before the beginning, and holds it
    bool data_passed = false;
    Download download = Download::Running;
    bool at_end = false;  // a stream's EOS waits for the clip
    First first = First::Playing;
    std::optional<GstClockTime> position;
    TagList tags;
    unsigned tags_serial = 0;             // counts those that were set
    std::unique_ptr<EosWatch> first_eos;  // not destroyed with the lock held
  };
  using Locked = Guarded<Shared>::Lock<Shared>;

  static void pad_added(GstElement* decodebin, GstPad* pad, gpointer self);
  static void pad_removed(GstElement* decodebin, GstPad* pad, gpointer self);
  static GstPadProbeReturn probe(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn note_buffer(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn hold_seek(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  GstElement* make(const char* factory, const char* plugins);
  void expose(GstPad* pad, const char* kind, bool is_silent = false);
  void expose_container();
  void expose_silence();
  bool note_end(GstPad* ghost);
  void announce();
  void remove(GstPad* target);
  void set_offset(GstPad* pad);
  void clear_offset(GstPad* ghost);
  bool is_silent(GstPad* ghost) const;
  Event silent_start() const;
  void refused(const char* kind, const std::string& wanted);
  GstEvent* visible(GstPad* pad, GstEvent* event);
  // True if those downstream should know.
  bool set_flushing(GstPad* ghost, bool flushing);
  bool wait_for_clip(GstPad* ghost);
  void follow_the_first(Locked& shared, GstPad* ghost);
  void first_has_ended();
  void begin();
  void seek_to_beginning();
  void let_seek_end();
  void let_plugging_end();
  void begun(bool where_asked);
  void watch_format(GstElement* added);
  void forget_format(GstElement* removed);
  void wait_for_formats(Locked& shared);
  // False: what comes from before the beginning must not pass.
  bool wait_for_beginning(Locked& shared, GstPad* ghost);
  bool is_held(const Shared& shared) const;

  static Exposed* find(Shared& shared, GstPad* ghost);
  // Nothing passes a pad that flushes or is gone.
  static bool is_unwanted(Shared& shared, GstPad* ghost);

  GstBin* const bin_;
  GstElement* const element_;  // that applications see
  const Presentation presentation_;
  const std::shared_ptr<PendingSeek> pending_seek_;
  const Listener listener_;
  const std::shared_ptr<CoreGeneration> generation_;
  const bool in_playbin_;  // all streams end together, one after the other
  // Owned by the bin. Encoded output has a parsebin for the decodebin, the container none.
  GstElement* source_;
  GstElement* decodebin_ = nullptr;
  GstElement* silence_ = nullptr;
  GstClockTime silence_length_ = 0;

  std::thread seeking_;  // brings the clip to its beginning; set once, joined by the destructor
  std::atomic<std::thread::id> seeking_id_;  // set by that thread

  std::condition_variable changed_;
  // Nothing of GStreamer's is called while it is held; only the lock of pending_seek_ is taken
  // inside. Last: its EosWatch is destroyed first.
  Guarded<Shared> shared_;
};

}  // namespace airforce::gst
