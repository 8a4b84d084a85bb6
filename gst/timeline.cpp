// SPDX-License-Identifier: LGPL-2.1-or-later
#include "timeline.h"

#include <algorithm>
#include <utility>

#include "debug.h"

namespace airforce::gst {
namespace {

constexpr std::array<const char*, kKinds> kNames = {"video", "audio"};

GstStaticPadTemplate source_template =
    GST_STATIC_PAD_TEMPLATE("src_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS_ANY);

}  // namespace

void Timeline::setup(Listener listener, bool raw) {
  listener_ = std::move(listener);
  raw_ = raw;
}

GstPad* Timeline::source(Kind kind) {
  {
    const std::lock_guard guard(lock_);
    if (stream(kind).pad != nullptr) return stream(kind).pad;
  }
  GstPad* pad =
      gst_pad_new_from_static_template(&source_template, kNames[static_cast<std::size_t>(kind)]);
  gst_pad_set_element_private(pad, this);
  gst_pad_set_event_function(pad, source_event);
  gst_pad_set_query_function(pad, source_query);
  GST_OBJECT_FLAG_SET(pad, GST_PAD_FLAG_FIXED_CAPS);
  gst_pad_set_active(pad, TRUE);
  {
    const std::lock_guard guard(lock_);
    Stream& made = stream(kind);
    made.pad = pad;
    made.current = run_.first;
  }
  gst_element_add_pad(element_, pad);
  return pad;
}

bool Timeline::has_source(Kind kind) const {
  const std::lock_guard guard(lock_);
  return stream(kind).pad != nullptr;
}

GstPad* Timeline::add_sink(std::size_t shot, Kind kind) {
  auto sink = std::make_shared<Sink>();
  sink->shot = shot;
  sink->kind = kind;
  gst_segment_init(&sink->segment, GST_FORMAT_TIME);
  std::string name;
  {
    const std::lock_guard guard(lock_);
    name = std::string("sink_") + std::to_string(sources_++);
  }
  sink->pad = gst_pad_new_from_static_template(&sink_template, name.c_str());
  gst_pad_set_element_private(sink->pad, this);
  gst_pad_set_chain_function(sink->pad, chain);
  gst_pad_set_event_function(sink->pad, sink_event);
  gst_pad_set_query_function(sink->pad, sink_query);
  gst_pad_set_active(sink->pad, TRUE);
  {
    const std::lock_guard guard(lock_);
    shots_[shot].sinks[static_cast<std::size_t>(kind)] = sink;
  }
  gst_element_add_pad(element_, sink->pad);
  return sink->pad;
}

void Timeline::set_timing(std::size_t shot, ShotTiming timing) {
  const std::lock_guard guard(lock_);
  shots_[shot].timing = timing;
}

void Timeline::set_complete(std::size_t shot) {
  std::vector<Kind> passed;
  {
    const std::lock_guard guard(lock_);
    Placed& placed = shots_[shot];
    placed.complete = true;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (streams_[kind].pad != nullptr && streams_[kind].current == shot && !placed.sinks[kind] &&
          !placed.failed) {
        passed.push_back(static_cast<Kind>(kind));
      }
    }
  }
  for (const Kind kind : passed) advance(kind);
}

void Timeline::set_failed(unsigned run, std::size_t shot) {
  const std::lock_guard guard(lock_);
  if (run == run_.number) shots_[shot].failed = true;
}

void Timeline::remove(std::size_t shot) {
  std::array<std::shared_ptr<Sink>, kKinds> sinks;
  {
    const std::lock_guard guard(lock_);
    const auto found = shots_.find(shot);
    if (found == shots_.end()) return;
    sinks = std::move(found->second.sinks);
    found->second.sinks = {};
    found->second.complete = false;
    for (const auto& sink : sinks) {
      if (sink) sink->removed = true;
    }
    changed_.notify_all();
  }
  for (const auto& sink : sinks) {
    if (!sink) continue;
    gst_pad_set_active(sink->pad, FALSE);
    gst_element_remove_pad(element_, sink->pad);
  }
}

void Timeline::flush(guint32 seqnum) {
  std::vector<Stream*> streams;
  {
    const std::lock_guard guard(lock_);
    flushing_ = true;
    changed_.notify_all();
    for (Stream& stream : streams_) {
      if (stream.pad != nullptr) streams.push_back(&stream);
    }
  }
  const auto push = [seqnum](GstPad* pad, GstEvent* event) {
    gst_event_set_seqnum(event, seqnum);
    gst_pad_push_event(pad, event);
  };
  for (const Stream* stream : streams) push(stream->pad, gst_event_new_flush_start());
  for (Stream* stream : streams) {
    // What is being sent returns at once now; nothing follows it.
    const std::lock_guard sending(stream->sending);
    push(stream->pad, gst_event_new_flush_stop(TRUE));
  }
}

void Timeline::start(const Run& run, bool starves) {
  const std::lock_guard guard(lock_);
  run_ = run;
  sound_.begin_run(run.start);
  starved_ = starves ? std::optional(run.first) : std::nullopt;
  for (auto& [shot, placed] : shots_) {
    placed.begin.reset();
    placed.reported = placed.failed = false;
  }
  shots_[run.first].begin = run.first_begin;
  for (Stream& stream : streams_) {
    stream.current = run.first;
    stream.ended = false;
    stream.needs_segment = true;
    stream.flow = GST_FLOW_OK;
    stream.position = GST_CLOCK_TIME_NONE;
    stream.last_dts = GST_CLOCK_TIME_NONE;
  }
  flushing_ = shut_down_;
}

GstFlowReturn Timeline::send(Kind kind, Buffer buffer) {
  Stream& own = stream(kind);
  const std::lock_guard sending(own.sending);
  {
    const std::lock_guard guard(lock_);
    if (flushing_) return GST_FLOW_FLUSHING;
  }
  return gst_pad_push(own.pad, buffer.release());
}

void Timeline::send(Kind kind, std::vector<Event> events) {
  Stream& own = stream(kind);
  const std::lock_guard sending(own.sending);
  for (Event& event : events) {
    {
      const std::lock_guard guard(lock_);
      if (flushing_) return;
    }
    gst_pad_push_event(own.pad, event.release());
  }
}

void Timeline::end_here() {
  const std::lock_guard guard(lock_);
  for (Stream& stream : streams_) stream.ends_here = true;
}

void Timeline::end_idle(std::optional<std::size_t> failed) {
  std::vector<Kind> idle;
  {
    const std::lock_guard guard(lock_);
    if (flushing_) return;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      Stream& own = streams_[kind];
      if (own.pad == nullptr || own.ended || !own.ends_here) continue;
      if (failed != own.current && shots_[own.current].sinks[kind]) continue;
      own.ended = true;
      idle.push_back(static_cast<Kind>(kind));
    }
  }
  for (const Kind kind : idle) end(kind);
}

bool Timeline::is_starved(std::size_t shot) const {
  const std::lock_guard guard(lock_);
  return starved_ == shot;
}

void Timeline::shut_down() {
  const std::lock_guard guard(lock_);
  shut_down_ = flushing_ = true;
  changed_.notify_all();
}

std::size_t Timeline::current() const {
  const std::lock_guard guard(lock_);
  const Stream& video = stream(Kind::Video);
  return video.pad != nullptr ? video.current : stream(Kind::Audio).current;
}

}  // namespace airforce::gst
