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
    const auto shared = shared_.lock();
    if (shared->stream(kind).pad != nullptr) return shared->stream(kind).pad;
  }
  GstPad* pad =
      gst_pad_new_from_static_template(&source_template, kNames[static_cast<std::size_t>(kind)]);
  gst_pad_set_element_private(pad, this);
  gst_pad_set_event_function(pad, source_event);
  gst_pad_set_query_function(pad, source_query);
  GST_OBJECT_FLAG_SET(pad, GST_PAD_FLAG_FIXED_CAPS);
  gst_pad_set_active(pad, TRUE);
  {
    const auto shared = shared_.lock();
    Stream& made = shared->stream(kind);
    made.pad = pad;
    made.current = shared->run.first;
  }
  gst_element_add_pad(element_, pad);
  return pad;
}

bool Timeline::has_source(Kind kind) const {
  const auto shared = shared_.lock();
  return shared->stream(kind).pad != nullptr;
}

GstPad* Timeline::add_sink(std::size_t shot, Kind kind) {
  auto sink = std::make_shared<Sink>();
  sink->shot = shot;
  sink->kind = kind;
  gst_segment_init(&sink->segment, GST_FORMAT_TIME);
  std::string name;
  {
    const auto shared = shared_.lock();
    name = std::string("sink_") + std::to_string(shared->sinks++);
  }
  sink->pad = gst_pad_new_from_static_template(&sink_template, name.c_str());
  gst_pad_set_element_private(sink->pad, this);
  gst_pad_set_chain_function(sink->pad, chain);
  gst_pad_set_event_function(sink->pad, sink_event);
  gst_pad_set_query_function(sink->pad, sink_query);
  gst_pad_set_active(sink->pad, TRUE);
  {
    const auto shared = shared_.lock();
    shared->shots[shot].sinks[static_cast<std::size_t>(kind)] = sink;
  }
  gst_element_add_pad(element_, sink->pad);
  return sink->pad;
}

void Timeline::set_timing(std::size_t shot, ShotTiming timing) {
  const auto shared = shared_.lock();
  shared->shots[shot].timing = timing;
}

void Timeline::set_complete(std::size_t shot) {
  std::vector<Kind> passed;
  {
    const auto shared = shared_.lock();
    Placed& placed = shared->shots[shot];
    placed.complete = true;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (shared->streams[kind].pad != nullptr && shared->streams[kind].current == shot &&
          !placed.sinks[kind] && !placed.failed) {
        passed.push_back(static_cast<Kind>(kind));
      }
    }
  }
  for (const Kind kind : passed) advance(kind);
}

void Timeline::set_failed(unsigned run, std::size_t shot) {
  const auto shared = shared_.lock();
  if (run == shared->run.number) shared->shots[shot].failed = true;
}

void Timeline::remove(std::size_t shot) {
  std::array<std::shared_ptr<Sink>, kKinds> sinks;
  {
    const auto shared = shared_.lock();
    const auto found = shared->shots.find(shot);
    if (found == shared->shots.end()) return;
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
  std::array<GstPad*, kKinds> pads{};
  {
    const auto shared = shared_.lock();
    shared->flushing = true;
    changed_.notify_all();
    for (std::size_t kind = 0; kind < kKinds; ++kind) pads[kind] = shared->streams[kind].pad;
  }
  const auto push = [seqnum](GstPad* pad, GstEvent* event) {
    gst_event_set_seqnum(event, seqnum);
    gst_pad_push_event(pad, event);
  };
  for (GstPad* pad : pads) {
    if (pad != nullptr) push(pad, gst_event_new_flush_start());
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (pads[kind] == nullptr) continue;
    // What is being sent returns at once now; nothing follows it.
    const std::lock_guard sending(senders_[kind].sending);
    push(pads[kind], gst_event_new_flush_stop(TRUE));
  }
}

void Timeline::start(const Run& run, bool starves) {
  const auto shared = shared_.lock();
  shared->run = run;
  shared->sound.begin_run(run.start);
  shared->starved = starves ? std::optional(run.first) : std::nullopt;
  for (auto& [shot, placed] : shared->shots) {
    placed.begin.reset();
    placed.reported = placed.failed = false;
  }
  shared->shots[run.first].begin = run.first_begin;
  for (Stream& stream : shared->streams) {
    stream.current = run.first;
    stream.ended = false;
    stream.needs_segment = true;
    stream.flow = GST_FLOW_OK;
    stream.position = GST_CLOCK_TIME_NONE;
    stream.last_dts = GST_CLOCK_TIME_NONE;
  }
  shared->flushing = shared->shut_down;
}

GstFlowReturn Timeline::send(Kind kind, Buffer buffer) {
  const std::lock_guard sending(sender(kind).sending);
  GstPad* pad = nullptr;
  {
    const auto shared = shared_.lock();
    if (shared->flushing) return GST_FLOW_FLUSHING;
    pad = shared->stream(kind).pad;
  }
  return gst_pad_push(pad, buffer.release());
}

void Timeline::send(Kind kind, std::vector<Event> events) {
  const std::lock_guard sending(sender(kind).sending);
  for (Event& event : events) {
    GstPad* pad = nullptr;
    {
      const auto shared = shared_.lock();
      if (shared->flushing) return;
      pad = shared->stream(kind).pad;
    }
    gst_pad_push_event(pad, event.release());
  }
}

void Timeline::end_here() {
  const auto shared = shared_.lock();
  for (Stream& stream : shared->streams) stream.ends_here = true;
}

void Timeline::end_idle(std::optional<std::size_t> failed) {
  std::vector<Kind> idle;
  {
    const auto shared = shared_.lock();
    if (shared->flushing) return;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      Stream& own = shared->streams[kind];
      if (own.pad == nullptr || own.ended || !own.ends_here) continue;
      if (failed != own.current && shared->shots[own.current].sinks[kind]) continue;
      own.ended = true;
      idle.push_back(static_cast<Kind>(kind));
    }
  }
  for (const Kind kind : idle) end(kind);
}

bool Timeline::is_starved(std::size_t shot) const {
  const auto shared = shared_.lock();
  return shared->starved == shot;
}

void Timeline::shut_down() {
  const auto shared = shared_.lock();
  shared->shut_down = shared->flushing = true;
  changed_.notify_all();
}

std::size_t Timeline::current() const {
  const auto shared = shared_.lock();
  const Stream& video = shared->stream(Kind::Video);
  return video.pad != nullptr ? video.current : shared->stream(Kind::Audio).current;
}

}  // namespace airforce::gst
