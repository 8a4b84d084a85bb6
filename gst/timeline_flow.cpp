// SPDX-License-Identifier: LGPL-2.1-or-later
// From the shots to the film: turns, times, segments, data and ends.
#include <algorithm>
#include <utility>

#include "debug.h"
#include "timeline.h"

namespace airforce::gst {

std::shared_ptr<Timeline::Sink> Timeline::sink_of(GstPad* pad) {
  const auto shared = shared_.lock();
  for (const auto& [shot, placed] : shared->shots) {
    for (const auto& sink : placed.sinks) {
      if (sink && sink->pad == pad) return sink;
    }
  }
  return nullptr;
}

GstFlowReturn Timeline::chain(GstPad* pad, GstObject*, GstBuffer* buffer) {
  Buffer owned(buffer);
  auto* timeline = static_cast<Timeline*>(gst_pad_get_element_private(pad));
  const auto sink = timeline->sink_of(pad);
  return sink ? timeline->take(*sink, std::move(owned)) : GST_FLOW_FLUSHING;
}

// A shot whose turn has not come waits here with its first buffer.
bool Timeline::wait_for_turn(Locked& shared, Sink& sink) {
  const Stream& own = shared->stream(sink.kind);
  sink.waiting = true;
  if (shared->starved == sink.shot) {
    shared->starved.reset();
    const unsigned run = shared->run.number;
    shared.unlocked([&] { listener_.fed(run, sink.shot); });
  }
  shared.wait(changed_, [&] {
    return shared->flushing || sink.removed || (own.current == sink.shot && !own.ended);
  });
  return !shared->flushing && !sink.removed;
}

GstClockTime Timeline::begin_of(Shared& shared, std::size_t shot) {
  Placed& placed = shared.shots[shot];
  if (!placed.begin) {
    const std::size_t before = shared.run.is_forward() ? shot - 1 : shot + 1;
    const Placed& neighbour = shared.shots[before];
    const GstClockTime at = neighbour.begin.value_or(0);
    placed.begin = shared.run.is_forward() ? at + neighbour.timing.length
                                           : at - std::min(at, placed.timing.length);
  }
  return *placed.begin;
}

// Negative times are clipped; unset: not shown.
std::optional<GstClockTime> Timeline::film_time(Shared& shared, const Sink& sink,
                                                GstClockTime pts) const {
  const Placed& placed = shared.shots[sink.shot];
  guint64 clip_time = 0;
  const int sign = gst_segment_to_stream_time_full(&sink.segment, GST_FORMAT_TIME, pts, &clip_time);
  if (sign == 0) return std::nullopt;
  const gint64 time = (sign < 0 ? -1 : 1) * static_cast<gint64>(clip_time) -
                      static_cast<gint64>(placed.timing.skip);
  constexpr gint64 kRounding = GST_MSECOND;
  if (time < -kRounding && (raw_ || time + gint64{GST_SECOND} < 0)) return std::nullopt;
  if (time >= static_cast<gint64>(placed.timing.length) - kRounding / 2) return std::nullopt;
  return *placed.begin + static_cast<GstClockTime>(std::max<gint64>(time, 0));
}

Event Timeline::segment_of(Shared& shared, const Sink& sink) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.rate = shared.run.rate;
  segment.applied_rate = sink.segment.applied_rate;
  segment.flags = static_cast<GstSegmentFlags>(shared.run.flags & GST_SEGMENT_INSTANT_FLAGS);
  GstClockTime start = shared.run.start;
  // A demuxer begins at a key frame where that was asked for.
  if (shared.run.is_forward() && (shared.run.flags & GST_SEEK_FLAG_KEY_UNIT) != 0 &&
      sink.shot == shared.run.first) {
    const Placed& placed = shared.shots[sink.shot];
    const GstClockTime time = sink.segment.time;
    start = *placed.begin + (time > placed.timing.skip ? time - placed.timing.skip : 0);
  }
  segment.start = shared.origin + start;
  segment.time = start;
  segment.stop = shared.run.stop ? shared.origin + *shared.run.stop : GST_CLOCK_TIME_NONE;
  segment.position = shared.run.is_forward() ? segment.start : segment.stop;
  Event event(gst_event_new_segment(&segment));
  if (shared.run.seqnum != 0) gst_event_set_seqnum(event.get(), shared.run.seqnum);
  return event;
}

// What has to be known downstream before the shot's first data.
std::vector<Event> Timeline::first_events(Shared& shared, Sink& sink) {
  std::vector<Event> events;
  Stream& own = shared.stream(sink.kind);
  if (!std::exchange(own.has_started, true) && sink.stream_start) {
    events.emplace_back(gst_event_ref(sink.stream_start.get()));
    if (sink.collection) events.emplace_back(gst_event_ref(sink.collection.get()));
  }
  if (sink.caps && (!own.caps || !gst_caps_is_equal(own.caps.get(), sink.caps.get()))) {
    own.caps.reset(gst_caps_ref(sink.caps.get()));
    events.emplace_back(gst_event_new_caps(sink.caps.get()));
  }
  if (!raw_ && !std::exchange(shared.has_origin, true)) shared.origin = sink.segment.start;
  if (std::exchange(own.needs_segment, false)) events.push_back(segment_of(shared, sink));
  for (Event& tags : sink.tags) events.push_back(std::move(tags));
  sink.tags.clear();
  return events;
}

GstFlowReturn Timeline::take(Sink& sink, Buffer buffer) {
  std::vector<Event> events;
  bool reported = true;
  GstClockTime begin = 0;
  GstClockTime length = 0;
  unsigned run = 0;
  {
    auto shared = shared_.lock();
    if (sink.refused) return GST_FLOW_NOT_NEGOTIATED;
    if (!wait_for_turn(shared, sink)) return GST_FLOW_FLUSHING;
    run = shared->run.number;
    begin = begin_of(*shared, sink.shot);
    length = shared->shots[sink.shot].timing.length;
    if (!std::exchange(sink.begun, true)) {
      events = first_events(*shared, sink);
      reported = std::exchange(shared->shots[sink.shot].reported, true);
      if (sink.kind == Kind::Audio && raw_ && shared->run.is_forward()) {
        shared->sound.begin_shot(sink.caps.get(), begin, begin + length);
      }
    } else if (!sink.tags.empty()) {
      std::swap(events, sink.tags);
    }
  }
  if (!reported) listener_.began(run, sink.shot, begin, length);
  send(sink.kind, std::move(events));
  return push(sink, std::move(buffer));
}

GstFlowReturn Timeline::push(Sink& sink, Buffer buffer) {
  std::vector<Buffer> sent;
  ColourMatch colour;
  Caps caps;
  GstClockTime origin = 0;
  {
    const auto shared = shared_.lock();
    Stream& own = shared->stream(sink.kind);
    const GstClockTime pts = GST_BUFFER_PTS(buffer.get());
    if (!GST_CLOCK_TIME_IS_VALID(pts)) return GST_FLOW_OK;
    const bool joins = sink.kind == Kind::Audio && raw_ && shared->run.is_forward();
    const Placed& placed = shared->shots[sink.shot];
    if (joins) {
      // Also what begins before the shot: its end may lie within.
      guint64 clip_time = 0;
      const int sign =
          gst_segment_to_stream_time_full(&sink.segment, GST_FORMAT_TIME, pts, &clip_time);
      const gint64 time = (sign < 0 ? -1 : 1) * static_cast<gint64>(clip_time) -
                          static_cast<gint64>(placed.timing.skip) +
                          static_cast<gint64>(*placed.begin);
      if (sign == 0 || time < 0) return GST_FLOW_OK;
      sent = shared->sound.place(std::move(buffer), static_cast<GstClockTime>(time));
    } else {
      const auto time = film_time(*shared, sink, pts);
      if (!time) return GST_FLOW_OK;
      buffer.reset(gst_buffer_make_writable(buffer.release()));
      GST_BUFFER_PTS(buffer.get()) = *time;
      const GstClockTime end = *placed.begin + placed.timing.length;
      if (GST_BUFFER_DURATION_IS_VALID(buffer.get()) && (raw_ || sink.kind == Kind::Video) &&
          *time + GST_BUFFER_DURATION(buffer.get()) + GST_MSECOND > end) {
        GST_BUFFER_DURATION(buffer.get()) = end - *time;
      }
      if (GST_BUFFER_DTS_IS_VALID(buffer.get())) {
        const gint64 shift = static_cast<gint64>(*time) - static_cast<gint64>(pts);
        gint64 dts = static_cast<gint64>(GST_BUFFER_DTS(buffer.get())) + shift;
        const auto shifted = dts + static_cast<gint64>(shared->origin);
        dts = std::max<gint64>(shifted, 0);
        if (GST_CLOCK_TIME_IS_VALID(own.last_dts) && shared->run.is_forward()) {
          dts = std::max(dts, static_cast<gint64>(own.last_dts) + 1);
        }
        own.last_dts = static_cast<GstClockTime>(dts);
        GST_BUFFER_DTS(buffer.get()) = own.last_dts;
      }
      if (sink.kind == Kind::Video && raw_) {
        colour = placed.timing.colour;
        if (!colour.is_identity() && sink.caps) caps.reset(gst_caps_ref(sink.caps.get()));
      }
      GST_BUFFER_FLAG_UNSET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
      sent.push_back(std::move(buffer));
    }
    if (!sent.empty()) own.position = GST_BUFFER_PTS(sent.back().get());
    origin = shared->origin;
  }
  GstVideoInfo info;
  if (caps && gst_video_info_from_caps(&info, caps.get()) && ColourMatch::takes(info)) {
    GstVideoFrame frame;
    if (gst_video_frame_map(&frame, &info, sent.back().get(), GST_MAP_READWRITE)) {
      colour.apply(frame);
      gst_video_frame_unmap(&frame);
    }
  }
  GstFlowReturn flow = GST_FLOW_OK;
  for (Buffer& each : sent) {
    GST_BUFFER_PTS(each.get()) += origin;
    flow = send(sink.kind, std::move(each));
    if (flow != GST_FLOW_OK) break;
  }
  const auto shared = shared_.lock();
  return combined(*shared, flow, shared->stream(sink.kind));
}

// A stream that nobody takes must not stop the others.
GstFlowReturn Timeline::combined(Shared& shared, GstFlowReturn flow, Stream& own) {
  own.flow = flow;
  if (flow != GST_FLOW_NOT_LINKED) return flow;
  const bool all =
      std::all_of(shared.streams.begin(), shared.streams.end(), [](const Stream& stream) {
        return stream.pad == nullptr || stream.flow == GST_FLOW_NOT_LINKED;
      });
  return all ? GST_FLOW_NOT_LINKED : GST_FLOW_OK;
}

void Timeline::take_end(Sink& sink) {
  std::vector<Event> events;
  std::vector<Buffer> rest;
  bool reported = true;
  GstClockTime begin = 0;
  GstClockTime length = 0;
  GstClockTime origin = 0;
  unsigned run = 0;
  {
    auto shared = shared_.lock();
    if (sink.refused || !wait_for_turn(shared, sink)) return;
    run = shared->run.number;
    if (shared->shots[sink.shot].failed && !shared->stream(sink.kind).ends_here) {
      shared.unlocked([&] { listener_.starved(run, sink.shot); });
      return;
    }
    begin = begin_of(*shared, sink.shot);
    length = shared->shots[sink.shot].timing.length;
    const bool is_raw_sound = sink.kind == Kind::Audio && raw_ && shared->run.is_forward();
    bool joins = is_raw_sound;
    if (!std::exchange(sink.begun, true)) {
      events = first_events(*shared, sink);
      reported = std::exchange(shared->shots[sink.shot].reported, true);
      joins = joins && shared->sound.begin_shot(sink.caps.get(), begin, begin + length);
    }
    // Not where a seek asked for an earlier end.
    const bool is_whole = !shared->run.stop || *shared->run.stop >= begin + length;
    if (joins && is_whole && sink.caps) rest = shared->sound.finish();
    origin = shared->origin;
  }
  if (!reported) listener_.began(run, sink.shot, begin, length);
  send(sink.kind, std::move(events));
  for (Buffer& buffer : rest) {
    GST_BUFFER_PTS(buffer.get()) += origin;
    if (send(sink.kind, std::move(buffer)) != GST_FLOW_OK) break;
  }
  advance(sink.kind);
}

void Timeline::advance(Kind kind) {
  std::vector<std::size_t> ended;
  std::optional<std::size_t> starved;
  bool at_end = false;
  unsigned run = 0;
  {
    const auto shared = shared_.lock();
    run = shared->run.number;
    Stream& own = shared->stream(kind);
    for (;;) {
      if (shared->flushing || own.ended) return;
      const std::size_t shot = own.current;
      if (shot == shared->run.last || own.ends_here) {
        at_end = own.ended = true;
        break;
      }
      begin_of(*shared, shot);
      own.current = shared->after(shot);
      const bool by_all =
          std::all_of(shared->streams.begin(), shared->streams.end(), [&](const Stream& stream) {
            // It may not have reached it yet.
            return stream.pad == nullptr ||
                   (shared->run.is_forward() ? stream.current > shot : stream.current < shot);
          });
      if (by_all) ended.push_back(shot);
      const Placed& next = shared->shots[own.current];
      const auto& sink = next.sinks[static_cast<std::size_t>(kind)];
      if (!sink && next.complete && !next.failed) continue;
      const bool leads = kind == Kind::Video || shared->stream(Kind::Video).pad == nullptr;
      if (leads && (!sink || !sink->waiting)) starved = shared->starved = own.current;
      break;
    }
    changed_.notify_all();
  }
  for (const std::size_t shot : ended) listener_.ended(run, shot);
  if (starved) listener_.starved(run, *starved);
  if (at_end) end(kind);
}

void Timeline::end(Kind kind) {
  std::vector<Event> events;
  Message message;
  bool all = false;
  std::size_t last = 0;
  unsigned run = 0;
  {
    const auto shared = shared_.lock();
    run = shared->run.number;
    last = shared->run.last;
    Event& event = events.emplace_back();
    all = std::all_of(shared->streams.begin(), shared->streams.end(),
                      [](const Stream& stream) { return stream.pad == nullptr || stream.ended; });
    if ((shared->run.flags & GST_SEEK_FLAG_SEGMENT) != 0) {
      const Placed& placed = shared->shots[last];
      const GstClockTime end =
          shared->run.is_forward()
              ? shared->run.stop.value_or(placed.begin.value_or(0) + placed.timing.length)
              : shared->run.start;
      event.reset(gst_event_new_segment_done(GST_FORMAT_TIME, static_cast<gint64>(end)));
      // As a demuxer does, before the first of these events.
      const auto ends = std::count_if(shared->streams.begin(), shared->streams.end(),
                                      [](const Stream& stream) { return stream.ended; });
      if (ends == 1) {
        message.reset(gst_message_new_segment_done(GST_OBJECT(element_), GST_FORMAT_TIME,
                                                   static_cast<gint64>(end)));
        if (shared->run.seqnum != 0) gst_message_set_seqnum(message.get(), shared->run.seqnum);
      }
    } else {
      event.reset(gst_event_new_eos());
    }
    if (shared->run.seqnum != 0) gst_event_set_seqnum(event.get(), shared->run.seqnum);
  }
  if (message) gst_element_post_message(element_, message.release());
  send(kind, std::move(events));
  if (!all) return;
  listener_.ended(run, last);
  listener_.delivered();
}

}  // namespace airforce::gst
