// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel_worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

GST_DEBUG_CATEGORY_EXTERN(airforce_channel_src_debug);
#define GST_CAT_DEFAULT airforce_channel_src_debug

namespace airforce::gst {
namespace {

// From the decision to the first picture: the mixers' latency and a few frames.
constexpr GstClockTime kMinLead = 150 * GST_MSECOND;
// So long before its time a clip is linked with the mixers; until then it can still be removed.
constexpr GstClockTime kScheduleAhead = 350 * GST_MSECOND;
// A clip leaves the mixers so long after its last picture.
constexpr GstClockTime kRemovalDelay = 400 * GST_MSECOND;
// The worker looks again so often when nothing wakes it.
constexpr auto kPollInterval = std::chrono::milliseconds(50);
// And so often while a picture that is due has not left yet.
constexpr auto kShortPollInterval = std::chrono::milliseconds(5);
// At most so often memory of clips that were shown is given back to the system.
constexpr GstClockTime kTrimEvery = 20 * GST_SECOND;
constexpr GstClockTime kRepeatAfterFailure = 10 * GST_SECOND;
constexpr std::size_t kCardPrompt = 120;  // characters of a prompt on the card

Seconds seconds(GstClockTime time) {
  return Seconds(static_cast<double>(time) / static_cast<double>(GST_SECOND));
}

GstClockTime clock_time(Seconds time) {
  return static_cast<GstClockTime>(time.count() * static_cast<double>(GST_SECOND));
}

std::string first_characters(const std::string& text, std::size_t count) {
  if (g_utf8_strlen(text.c_str(), -1) <= static_cast<glong>(count)) return text;
  const char* end = g_utf8_offset_to_pointer(text.c_str(), static_cast<glong>(count));
  return text.substr(0, static_cast<std::size_t>(end - text.c_str())) + "\u2026";
}

}  // namespace

ChannelWorker::ChannelWorker(GstBin* bin, ChannelMixer& mixer, ChannelSources sources,
                             Guarded<ChannelState>& state, std::condition_variable& changed,
                             std::function<void()> post_changes)
    : bin_(bin),
      mixer_(mixer),
      sources_(std::move(sources)),
      state_(state),
      changed_(changed),
      post_changes_(std::move(post_changes)) {}

void ChannelWorker::start(GstCaps* video, GstCaps* audio) {
  video_caps_.reset(gst_caps_ref(video));
  audio_caps_.reset(gst_caps_ref(audio));
  next_layer_ = kFirstClipLayer;
  repeat_at_ = 0;
  trimmed_at_ = 0;
  thread_ = std::thread([this] { run(); });
}

void ChannelWorker::join() {
  if (thread_.joinable()) thread_.join();
  last_frame_.reset();
  clips_.clear();
}

void ChannelWorker::run() {
  for (;;) {
    const std::chrono::nanoseconds wait = until_next_look();
    {
      auto state = state_.lock();
      state.wait_for(changed_, wait, [&] { return state->stopping || state->dirty; });
      if (state->stopping) return;
      state->dirty = false;
    }
    step();
    post_changes_();
  }
}

void ChannelWorker::wake() {
  state_.lock()->dirty = true;
  changed_.notify_all();
}

void ChannelWorker::step() {
  remove_unwanted();
  handle_failures();
  handle_ready();
  // The time only once it plays: before that the clock may be the pipeline's, and the base time
  // not.
  const GstClockTime now = may_buy() ? gst_element_get_current_running_time(GST_ELEMENT_CAST(bin_))
                                     : GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID(now)) {
    handle_started(now);
    handle_ended(now);
    show_next(now);
    make_next();
    repeat_or_end(now);
    give_memory_back(now);
  }
  update_card();
}

ChannelClip* ChannelWorker::clip_of(std::uint64_t id) {
  for (const Shown& shown : clips_) {
    if (shown.clip->id() == id) return shown.clip.get();
  }
  return nullptr;
}

ChannelWorker::Shown ChannelWorker::take_clip(std::uint64_t id) {
  const auto found = std::find_if(clips_.begin(), clips_.end(),
                                  [id](const Shown& shown) { return shown.clip->id() == id; });
  if (found == clips_.end()) return {};
  Shown taken = std::move(*found);
  clips_.erase(found);
  has_freed_ = true;
  return taken;
}

void ChannelWorker::remove_unwanted() {
  std::vector<std::uint64_t> ids;
  ids.swap(state_.lock()->unwanted);
  for (const std::uint64_t id : ids) take_clip(id);
}

void ChannelWorker::handle_failures() {
  std::vector<std::uint64_t> ids;
  {
    auto state = state_.lock();
    for (auto& [id, failure] : state->failures) {
      ChannelItem* item = state->queue.find(id);
      if (item != nullptr && !has_ended(item->state)) {
        state->set_state(*item, failure.state, failure.reason);
      }
      ids.push_back(id);
    }
    state->failures.clear();
  }
  for (const std::uint64_t id : ids) take_clip(id);
}

void ChannelWorker::fail(std::uint64_t id, const std::string& reason) {
  auto state = state_.lock();
  state->failures.try_emplace(id, ItemFailure{ItemState::Failed, reason});
  state->dirty = true;
}

void ChannelWorker::handle_ready() {
  for (const Shown& shown : clips_) {
    if (!shown.clip->ready()) continue;
    const GstClockTime duration = shown.clip->duration();
    auto state = state_.lock();
    ChannelItem* item = state->queue.find(shown.clip->id());
    if (item == nullptr || item->state != ItemState::Making) continue;
    if (GST_CLOCK_TIME_IS_VALID(duration)) item->duration = seconds(duration);
    if (!item->price_cents) item->price_cents = 0;  // a replay: nothing was announced
    item->request->colour = shown.clip->colour();
    state->set_state(*item, ItemState::Ready);
  }
}

bool ChannelWorker::is_rendered(GstClockTime time, GstClockTime now) const {
  return GST_CLOCK_TIME_IS_VALID(time) && mixer_.picture_end() > time &&
         now >= time + mixer_.latency();
}

GstClockTime ChannelWorker::last_seen(const Shown& shown) {
  return std::min(shown.covered_at,
                  shown.clip->has_ended() ? shown.clip->end() : GST_CLOCK_TIME_NONE);
}

std::chrono::nanoseconds ChannelWorker::until_next_look() {
  const GstClockTime now = gst_element_get_current_running_time(GST_ELEMENT_CAST(bin_));
  if (!GST_CLOCK_TIME_IS_VALID(now)) return kPollInterval;
  GstClockTime next = GST_CLOCK_TIME_NONE;
  for (const Shown& shown : clips_) {
    const GstClockTime last = last_seen(shown);
    auto state = state_.lock();
    if (!state->playing) return kPollInterval;
    const ChannelItem* item = state->queue.find(shown.clip->id());
    if (item == nullptr) continue;
    if (item->state == ItemState::Scheduled) next = std::min(next, shown.clip->begin());
    if (item->state == ItemState::OnAir) next = std::min(next, last);
  }
  if (!GST_CLOCK_TIME_IS_VALID(next)) return kPollInterval;
  const GstClockTime due = next + mixer_.latency();
  if (due <= now) return kShortPollInterval;
  return std::min<std::chrono::nanoseconds>(kPollInterval, std::chrono::nanoseconds(due - now));
}

void ChannelWorker::handle_started(GstClockTime now) {
  for (const Shown& shown : clips_) {
    if (!is_rendered(shown.clip->begin(), now)) continue;
    auto state = state_.lock();
    ChannelItem* item = state->queue.find(shown.clip->id());
    if (item == nullptr || item->state != ItemState::Scheduled) continue;
    state->set_on_air(*item, shown.clip->begin());
  }
}

void ChannelWorker::handle_ended(GstClockTime now) {
  std::vector<std::uint64_t> leaving;
  for (Shown& shown : clips_) {
    const GstClockTime last = last_seen(shown);
    auto state = state_.lock();
    ChannelItem* item = state->queue.find(shown.clip->id());
    if (is_rendered(last, now)) {
      if (item != nullptr && item->state == ItemState::OnAir) state->set_gone(*item, last);
      // A picture that is held stays until another one covers it.
      if (state->settings.when_empty == WhenEmpty::Placeholder) {
        shown.remove_at = std::min(shown.remove_at, last + kRemovalDelay);
      }
    }
    if (GST_CLOCK_TIME_IS_VALID(shown.remove_at) && now >= shown.remove_at + mixer_.latency()) {
      if (item != nullptr && item->state == ItemState::OnAir) state->set_gone(*item, last);
      leaving.push_back(shown.clip->id());
    }
  }
  for (const std::uint64_t id : leaving) take_clip(id);
  state_.lock()->queue.forget_ended();
}

// The next beginning of a frame: a clip's frames and the channel's then fall together. The end of a
// clip is rounded, so that it may lie a little behind one.
GstClockTime ChannelWorker::aligned(GstClockTime time) const {
  gint numerator = 0;
  gint denominator = 1;
  const GstStructure* structure = gst_caps_get_structure(video_caps_.get(), 0);
  if (!gst_structure_get_fraction(structure, "framerate", &numerator, &denominator) ||
      numerator <= 0) {
    return time;
  }
  const GstClockTime earlier = time - std::min<GstClockTime>(time, GST_MSECOND);
  const guint64 frame = gst_util_uint64_scale_ceil(earlier, static_cast<guint64>(numerator),
                                                   static_cast<guint64>(denominator) * GST_SECOND);
  return gst_util_uint64_scale(frame, static_cast<guint64>(denominator) * GST_SECOND,
                               static_cast<guint64>(numerator));
}

void ChannelWorker::show_next(GstClockTime now) {
  std::uint64_t next_id = 0;
  std::uint64_t current_id = 0;
  bool skip = false;
  bool continues = false;
  ChannelSettings settings;
  {
    auto state = state_.lock();
    const ChannelItem* next = state->queue.next_to_show();
    const ChannelItem* current = state->queue.on_air();
    if (current != nullptr) current_id = current->id;
    if (next != nullptr) next_id = next->id;
    continues = next != nullptr && next->continues;
    skip = std::exchange(state->skip, false);
    if (state->queue.has_scheduled()) return;  // the item on air is about to be replaced anyway
    settings = state->settings;
    if (next == nullptr && !skip) return;
  }
  GstClockTime start = now + kMinLead;
  ChannelClip* current = current_id != 0 ? clip_of(current_id) : nullptr;
  ChannelClip* next = next_id != 0 ? clip_of(next_id) : nullptr;
  // Where a clip continues another one a cut is what cannot be seen.
  GstClockTime fade = continues && !skip ? 0 : clock_time(settings.transition);
  if (next != nullptr) {
    const GstClockTime duration = next->duration();
    if (GST_CLOCK_TIME_IS_VALID(duration)) fade = std::min(fade, duration / 2);
  }
  if (current != nullptr && !skip) {
    const GstClockTime end = current->end();
    if (!GST_CLOCK_TIME_IS_VALID(end)) return;  // known at the latest when it has ended
    const GstClockTime wanted = end - std::min(end, fade);
    if (wanted > start + kScheduleAhead) return;
    start = std::max(start, wanted);
  }
  start = aligned(start);
  if (next != nullptr) {
    const bool hold = settings.when_empty != WhenEmpty::Placeholder;
    if (!next->start_on_air(mixer_.compositor(), mixer_.audiomixer(),
                            {start, fade, next_layer_++, hold})) {
      fail(next_id, "the clip cannot be linked with the mixers");
      return;
    }
  }
  std::vector<ChannelClip*> below;
  {
    auto state = state_.lock();
    for (Shown& shown : clips_) {
      const ChannelItem* item = state->queue.find(shown.clip->id());
      if (item != nullptr && item->state != ItemState::OnAir) continue;
      shown.covered_at = std::min(shown.covered_at, start + fade);
      shown.remove_at = std::min(shown.remove_at, start + fade + kRemovalDelay);
      below.push_back(shown.clip.get());
    }
    ChannelItem* item = state->queue.find(next_id);
    if (item != nullptr) item->state = ItemState::Scheduled;  // nothing to post: it was ready
  }
  for (ChannelClip* clip : below) clip->fade_out(start, fade, next == nullptr);
}

void ChannelWorker::repeat_or_end(GstClockTime now) {
  auto state = state_.lock();
  const auto& items = state->queue.items();
  const bool nothing_waits = std::none_of(items.begin(), items.end(), [](const ChannelItem& item) {
    return !has_ended(item.state) && item.state != ItemState::OnAir;
  });
  if (!nothing_waits) return;
  if (state->settings.when_empty == WhenEmpty::Repeat) {
    if (!state->last_made || now < repeat_at_) return;
    const bool plays = state->queue.on_air() != nullptr;
    if (!plays) repeat_at_ = now + kRepeatAfterFailure;
    state->add(state->last_made, true);
  } else if (state->settings.when_empty == WhenEmpty::Eos && !state->ended && state->had_input &&
             state->open_streams == 0 && state->queue.is_drained()) {
    GST_INFO_OBJECT(bin_, "nothing is left at %" GST_TIME_FORMAT ": end of stream",
                    GST_TIME_ARGS(now));
    state->ended = true;
    mixer_.end();
  }
}

// The threads of a clip allocate from arenas of their own, where what they free stays resident
// until another thread happens to need it: without this the process grows for hours.
void ChannelWorker::give_memory_back(GstClockTime now) {
  if (!has_freed_ || now < trimmed_at_ + kTrimEvery) return;
  trimmed_at_ = now;
  has_freed_ = false;
#ifdef __GLIBC__
  const auto start = std::chrono::steady_clock::now();
  malloc_trim(0);
  GST_DEBUG_OBJECT(bin_, "gave memory back in %d us",
                   static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(
                                        std::chrono::steady_clock::now() - start)
                                        .count()));
#endif
}

void ChannelWorker::update_card() {
  std::string text;
  {
    auto state = state_.lock();
    for (const ChannelItem& item : state->queue.items()) {
      if (item.state != ItemState::Making) continue;
      text = first_characters(item.prompt, kCardPrompt);
      if (item.percent) text += "\n" + std::to_string(*item.percent) + " %";
      break;
    }
  }
  if (text == card_) return;
  card_ = text;
  mixer_.set_card(text);
}

}  // namespace airforce::gst
