// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel.h"

#include <algorithm>
#include <chrono>
#include <utility>

GST_DEBUG_CATEGORY_EXTERN(airforce_channel_src_debug);
#define GST_CAT_DEFAULT airforce_channel_src_debug

namespace airforce::gst {
namespace {

// The service's limit of tasks in flight for each key (docs/service.md).
constexpr std::size_t kParallel = 4;
// From the decision to the first picture: the mixers' latency and a few frames.
constexpr GstClockTime kLead = 150 * GST_MSECOND;
// So long before its time a clip is linked with the mixers; until then it can still be removed.
constexpr GstClockTime kArm = GST_SECOND;
// A clip leaves the mixers so long after its last picture.
constexpr GstClockTime kLeave = 400 * GST_MSECOND;
// The worker looks again so often when nothing wakes it.
constexpr auto kTick = std::chrono::milliseconds(50);
constexpr std::size_t kCardPrompt = 120;  // characters of a prompt on the card

Seconds seconds(GstClockTime time) {
  return Seconds(static_cast<double>(time) / static_cast<double>(GST_SECOND));
}

GstClockTime clock_time(Seconds time) {
  return static_cast<GstClockTime>(time.count() * static_cast<double>(GST_SECOND));
}

Seconds now_elapsed() {
  return std::chrono::duration_cast<Seconds>(std::chrono::steady_clock::now().time_since_epoch());
}

std::optional<double> ceiling(double cents) {
  return cents < 0 ? std::nullopt : std::optional(cents);
}

std::string first_characters(const std::string& text, std::size_t count) {
  if (g_utf8_strlen(text.c_str(), -1) <= static_cast<glong>(count)) return text;
  const char* end = g_utf8_offset_to_pointer(text.c_str(), static_cast<glong>(count));
  return text.substr(0, static_cast<std::size_t>(end - text.c_str())) + "\u2026";
}

}  // namespace

Channel::Channel(GstBin* bin, MakeSource make_source)
    : bin_(bin), make_source_(std::move(make_source)) {
  try {
    mixer_ = std::make_unique<ChannelMixer>(bin);
  } catch (const std::string& factory) {
    missing_ = factory;
  }
}

Channel::~Channel() {
  stop();
}

ChannelSettings Channel::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

void Channel::change(const std::function<void(ChannelSettings&)>& change) {
  const std::lock_guard lock(mutex_);
  change(settings_);
  ledger_.set_ceilings(ceiling(settings_.budget_cents), ceiling(settings_.budget_cents_per_hour));
  wake();
}

void Channel::wake() {
  dirty_ = true;
  changed_.notify_all();
}

// --- What the application asks for

std::uint64_t Channel::enqueue(const char* prompt, const GstStructure* request, Seconds duration) {
  if (prompt == nullptr || *prompt == '\0') return 0;
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = queue_.add(prompt, duration);
    Request& kept = requests_[id];
    if (request != nullptr) kept.fields.reset(gst_structure_copy(request));
    kept.occurrence = ++occurrences_[prompt];
    set_state(*queue_.find(id), ItemState::Queued);
    wake();
  }
  post_notes();
  return id;
}

bool Channel::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return flushing_ || queue_.waiting() < settings_.max_queued; });
  return !flushing_;
}

void Channel::set_flushing(bool flushing) {
  const std::lock_guard lock(mutex_);
  flushing_ = flushing;
  wake();
}

void Channel::stream_opened() {
  const std::lock_guard lock(mutex_);
  ++open_streams_;
}

void Channel::stream_ended() {
  const std::lock_guard lock(mutex_);
  if (open_streams_ > 0) --open_streams_;
  wake();
}

bool Channel::remove(std::uint64_t id) {
  bool removed = false;
  {
    const std::lock_guard lock(mutex_);
    ChannelItem* item = queue_.find(id);
    removed = item != nullptr && item->state != ItemState::OnAir && !has_ended(item->state);
    if (removed) {
      if (item->state != ItemState::Queued) unwanted_.push_back(id);
      set_state(*item, ItemState::Gone, "removed");
      wake();
    }
  }
  post_notes();
  return removed;
}

void Channel::clear() {
  std::vector<std::uint64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    for (const ChannelItem& item : queue_.items()) ids.push_back(item.id);
  }
  for (const std::uint64_t id : ids) remove(id);
}

bool Channel::skip() {
  const std::lock_guard lock(mutex_);
  if (queue_.on_air() == nullptr) return false;
  skip_ = true;
  wake();
  return true;
}

void Channel::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (mixer_) mixer_->end();
}

void Channel::list(GValue* array) const {
  const std::lock_guard lock(mutex_);
  for (const ChannelItem& item : queue_.items()) {
    if (has_ended(item.state)) continue;
    GstStructure* fields =
        gst_structure_new("item", "id", G_TYPE_UINT64, item.id, "prompt", G_TYPE_STRING,
                          item.prompt.c_str(), "state", G_TYPE_STRING, name_of(item.state),
                          "duration", G_TYPE_UINT64, clock_time(item.duration), nullptr);
    if (item.price_cents) {
      gst_structure_set(fields, "price-cents", G_TYPE_DOUBLE, *item.price_cents, nullptr);
    }
    GValue value = G_VALUE_INIT;
    g_value_init(&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed(&value, fields);
    gst_value_array_append_and_take_value(array, &value);
  }
}

// --- States

void Channel::start(GstCaps* video, GstCaps* audio) {
  video_caps_.reset(gst_caps_ref(video));
  audio_caps_.reset(gst_caps_ref(audio));
  mixer_->set_caps(video, audio);
  const std::lock_guard lock(mutex_);
  stopping_ = flushing_ = ended_ = skip_ = false;
  last_shown_ = 0;
  next_layer_ = kFirstClipLayer;
  worker_ = std::thread([this] { run(); });
}

void Channel::set_playing(bool playing) {
  const std::lock_guard lock(mutex_);
  playing_ = playing;
  wake();
}

void Channel::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = flushing_ = true;
    playing_ = false;
    wake();
  }
  if (worker_.joinable()) worker_.join();
  clips_.clear();
  const std::lock_guard lock(mutex_);
  queue_.rewind();
  unwanted_.clear();
  failures_.clear();
  percent_.clear();
}

// --- The worker

void Channel::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    dirty_ = false;
    lock.unlock();
    step();
    post_notes();
    lock.lock();
    changed_.wait_for(lock, kTick, [this] { return stopping_ || dirty_; });
  }
}

void Channel::step() {
  const GstClockTime now = gst_element_get_current_running_time(GST_ELEMENT_CAST(bin_));
  drop_unwanted();
  take_failures();
  take_readiness();
  if (GST_CLOCK_TIME_IS_VALID(now) && may_buy()) {
    take_ends(now);
    show_next(now);
    make_next();
    repeat_or_end(now);
  }
  update_card();
}

// Only what somebody can see is bought.
bool Channel::may_buy() const {
  {
    const std::lock_guard lock(mutex_);
    if (!playing_) return false;
  }
  bool linked = false;
  for (const char* name : {"video", "audio"}) {
    const Ref<GstPad> pad(gst_element_get_static_pad(GST_ELEMENT_CAST(bin_), name));
    linked = linked || gst_pad_is_linked(pad.get());
  }
  return linked;
}

ChannelClip* Channel::clip_of(std::uint64_t id) {
  for (const Shown& shown : clips_) {
    if (shown.clip->id() == id) return shown.clip.get();
  }
  return nullptr;
}

Channel::Shown Channel::take_clip(std::uint64_t id) {
  const auto found = std::find_if(clips_.begin(), clips_.end(),
                                  [id](const Shown& shown) { return shown.clip->id() == id; });
  if (found == clips_.end()) return {};
  Shown taken = std::move(*found);
  clips_.erase(found);
  return taken;
}

void Channel::drop_unwanted() {
  std::vector<std::uint64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    ids.swap(unwanted_);
  }
  for (const std::uint64_t id : ids) take_clip(id);
}

void Channel::take_failures() {
  std::vector<std::uint64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, failure] : failures_) {
      if (ChannelItem* item = queue_.find(id); item != nullptr && !has_ended(item->state)) {
        set_state(*item, failure.state, failure.reason);
      }
      ids.push_back(id);
    }
    failures_.clear();
  }
  for (const std::uint64_t id : ids) take_clip(id);
}

void Channel::take_readiness() {
  for (const Shown& shown : clips_) {
    if (!shown.clip->ready()) continue;
    const GstClockTime duration = shown.clip->duration();
    const std::lock_guard lock(mutex_);
    ChannelItem* item = queue_.find(shown.clip->id());
    if (item == nullptr || item->state != ItemState::Making) continue;
    if (GST_CLOCK_TIME_IS_VALID(duration)) item->duration = seconds(duration);
    if (!item->price_cents) item->price_cents = 0;  // a replay: nothing was announced
    set_state(*item, ItemState::Ready);
  }
}

void Channel::take_ends(GstClockTime now) {
  std::vector<std::uint64_t> leaving;
  for (Shown& shown : clips_) {
    const GstClockTime end = shown.clip->end();
    if (shown.remove_at == GST_CLOCK_TIME_NONE && GST_CLOCK_TIME_IS_VALID(end) && now >= end &&
        shown.clip->has_ended()) {
      const std::lock_guard lock(mutex_);
      ChannelItem* item = queue_.find(shown.clip->id());
      if (item != nullptr && item->state == ItemState::OnAir) set_state(*item, ItemState::Gone);
      // A picture that is held stays until another one covers it.
      if (settings_.when_empty == WhenEmpty::Placeholder) shown.remove_at = end + kLeave;
    }
    if (shown.remove_at != GST_CLOCK_TIME_NONE && now >= shown.remove_at) {
      const std::lock_guard lock(mutex_);
      ChannelItem* item = queue_.find(shown.clip->id());
      if (item != nullptr && item->state == ItemState::OnAir) set_state(*item, ItemState::Gone);
      leaving.push_back(shown.clip->id());
    }
  }
  for (const std::uint64_t id : leaving) take_clip(id);
  const std::lock_guard lock(mutex_);
  queue_.forget_ended();
}

// The next beginning of a frame: a clip's frames and the channel's then fall together.
GstClockTime Channel::aligned(GstClockTime time) const {
  gint numerator = 0;
  gint denominator = 1;
  const GstStructure* structure = gst_caps_get_structure(video_caps_.get(), 0);
  if (!gst_structure_get_fraction(structure, "framerate", &numerator, &denominator) ||
      numerator <= 0) {
    return time;
  }
  const guint64 frame = gst_util_uint64_scale_ceil(time, static_cast<guint64>(numerator),
                                                   static_cast<guint64>(denominator) * GST_SECOND);
  return gst_util_uint64_scale(frame, static_cast<guint64>(denominator) * GST_SECOND,
                               static_cast<guint64>(numerator));
}

void Channel::show_next(GstClockTime now) {
  std::uint64_t next_id = 0;
  std::uint64_t current_id = 0;
  bool skip = false;
  ChannelSettings settings;
  {
    const std::lock_guard lock(mutex_);
    const ChannelItem* next = queue_.next_to_show();
    const ChannelItem* current = queue_.on_air();
    if (current != nullptr) current_id = current->id;
    if (next != nullptr) next_id = next->id;
    skip = std::exchange(skip_, false);
    settings = settings_;
    if (next == nullptr && !skip) return;
  }
  GstClockTime start = now + kLead;
  ChannelClip* current = current_id != 0 ? clip_of(current_id) : nullptr;
  ChannelClip* next = next_id != 0 ? clip_of(next_id) : nullptr;
  GstClockTime fade = clock_time(settings.transition);
  if (next != nullptr) {
    const GstClockTime duration = next->duration();
    if (GST_CLOCK_TIME_IS_VALID(duration)) fade = std::min(fade, duration / 2);
  }
  if (current != nullptr && !skip) {
    const GstClockTime end = current->end();
    if (!GST_CLOCK_TIME_IS_VALID(end)) return;  // known at the latest when it has ended
    const GstClockTime wanted = end - std::min(end, fade);
    if (wanted > start + kArm) return;
    start = std::max(start, wanted);
  }
  start = aligned(start);
  if (next != nullptr) {
    const bool hold = settings.when_empty != WhenEmpty::Placeholder;
    if (!next->go_on_air(mixer_->compositor(), mixer_->audiomixer(),
                         {start, fade, next_layer_++, hold})) {
      const std::lock_guard lock(mutex_);
      failures_[next_id] = {ItemState::Failed, "the clip cannot be linked with the mixers"};
      wake();
      return;
    }
  }
  if (current != nullptr) current->fade_out(start, fade);
  for (Shown& shown : clips_) {
    const std::lock_guard lock(mutex_);
    const ChannelItem* item = queue_.find(shown.clip->id());
    const bool is_below = item == nullptr || item->state == ItemState::OnAir;
    if (is_below && shown.clip.get() != next) {
      shown.remove_at = std::min(shown.remove_at, start + fade + kLeave);
    }
  }
  const std::lock_guard lock(mutex_);
  if (ChannelItem* item = queue_.find(next_id); item != nullptr) {
    last_shown_ = next_id;
    set_state(*item, ItemState::OnAir);
  }
}

void Channel::make_next() {
  std::uint64_t id = 0;
  std::string prompt;
  Structure fields;
  int occurrence = 1;
  std::optional<double> allowance;
  {
    const std::lock_guard lock(mutex_);
    ChannelItem* item = queue_.next_to_make(settings_.ahead, kParallel, ledger_.has_ceiling());
    if (item == nullptr) return;
    id = item->id;
    prompt = item->prompt;
    const Request& request = requests_[id];
    if (request.fields) fields.reset(gst_structure_copy(request.fields.get()));
    occurrence = request.occurrence;
    allowance = ledger_.allowance(now_elapsed());
    set_state(*item, ItemState::Making);
    changed_.notify_all();  // room for a prompt
  }
  GstElement* source = make_source_(prompt, fields.get(), occurrence);
  if (allowance) {
    double limit = -1;
    g_object_get(source, "max-cost-cents", &limit, nullptr);
    g_object_set(source, "max-cost-cents", limit < 0 ? *allowance : std::min(limit, *allowance),
                 nullptr);
  }
  auto clip =
      std::make_unique<ChannelClip>(bin_, id, source, video_caps_.get(), audio_caps_.get(), [this] {
        const std::lock_guard lock(mutex_);
        wake();
      });
  ChannelClip* started = clip.get();
  clips_.push_back({std::move(clip)});
  if (started->start()) return;
  const std::lock_guard lock(mutex_);
  failures_.try_emplace(id, Failure{ItemState::Failed, "the source did not start"});
  wake();
}

void Channel::repeat_or_end(GstClockTime now) {
  const std::lock_guard lock(mutex_);
  const auto& items = queue_.items();
  const bool nothing_waits = std::none_of(items.begin(), items.end(), [](const ChannelItem& item) {
    return !has_ended(item.state) && item.state != ItemState::OnAir;
  });
  if (!nothing_waits || last_shown_ == 0) return;
  if (settings_.when_empty == WhenEmpty::Repeat) {
    const auto shown = requests_.find(last_shown_);
    const auto prompt = std::find_if(items.begin(), items.end(), [this](const ChannelItem& item) {
      return item.id == last_shown_;
    });
    if (shown == requests_.end() || prompt == items.end()) return;
    const std::uint64_t id = queue_.add(prompt->prompt, prompt->duration);
    Request& again = requests_[id];
    if (shown->second.fields) again.fields.reset(gst_structure_copy(shown->second.fields.get()));
    again.occurrence = shown->second.occurrence;
    set_state(*queue_.find(id), ItemState::Queued);
    wake();
  } else if (settings_.when_empty == WhenEmpty::Eos && !ended_ && open_streams_ == 0 &&
             queue_.is_drained()) {
    GST_INFO_OBJECT(bin_, "nothing is left at %" GST_TIME_FORMAT ": end of stream",
                    GST_TIME_ARGS(now));
    ended_ = true;
    mixer_->end();
  }
}

void Channel::update_card() {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    for (const ChannelItem& item : queue_.items()) {
      if (item.state != ItemState::Making) continue;
      const auto percent = percent_.find(item.id);
      text = first_characters(item.prompt, kCardPrompt) +
             (percent == percent_.end() ? std::string()
                                        : "\n" + std::to_string(percent->second) + " %");
      break;
    }
  }
  if (text == card_) return;
  card_ = text;
  mixer_->set_card(text);
}

// --- Messages

// With mutex_ held.
void Channel::set_state(ChannelItem& item, ItemState state, const std::string& reason) {
  item.state = state;
  const auto task = tasks_.find(item.id);
  notes_.push_back({item.id, item.prompt, state, task == tasks_.end() ? "" : task->second,
                    item.price_cents, reason});
  if (!has_ended(state)) return;
  percent_.erase(item.id);
  tasks_.erase(item.id);
  if (item.id != last_shown_) requests_.erase(item.id);
}

void Channel::post_notes() {
  std::vector<Note> notes;
  {
    const std::lock_guard lock(mutex_);
    notes.swap(notes_);
  }
  for (const Note& note : notes) {
    GstStructure* fields = gst_structure_new("airforce-channel-item", "id", G_TYPE_UINT64, note.id,
                                             "prompt", G_TYPE_STRING, note.prompt.c_str(), "state",
                                             G_TYPE_STRING, name_of(note.state), nullptr);
    if (!note.task_id.empty()) {
      gst_structure_set(fields, "task-id", G_TYPE_STRING, note.task_id.c_str(), nullptr);
    }
    if (note.cents) gst_structure_set(fields, "price-cents", G_TYPE_DOUBLE, *note.cents, nullptr);
    if (!note.reason.empty()) {
      gst_structure_set(fields, "reason", G_TYPE_STRING, note.reason.c_str(), nullptr);
    }
    gst_element_post_message(GST_ELEMENT_CAST(bin_),
                             gst_message_new_element(GST_OBJECT_CAST(bin_), fields));
  }
}

std::optional<std::uint64_t> Channel::item_of(GstMessage* message) const {
  if (GST_MESSAGE_SRC(message) == nullptr) return std::nullopt;
  Ref<GstObject> object = share(GST_MESSAGE_SRC(message));
  while (object) {
    Ref<GstObject> parent(gst_object_get_parent(object.get()));
    if (parent.get() == GST_OBJECT_CAST(bin_) || !parent) break;
    object = std::move(parent);
  }
  if (!object) return std::nullopt;
  const std::string name = GST_OBJECT_NAME(object.get());
  if (name.rfind("item", 0) != 0) return std::nullopt;
  return g_ascii_strtoull(name.c_str() + 4, nullptr, 10);
}

bool Channel::admit(GstMessage* message) {
  const std::optional<std::uint64_t> id = item_of(message);
  if (!id) return true;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR: take_error(*id, message); return false;
    case GST_MESSAGE_ELEMENT:
    case GST_MESSAGE_PROGRESS: take_element_message(*id, message); return false;
    // A clip's own matter: the channel plays whatever it does.
    case GST_MESSAGE_BUFFERING:
    case GST_MESSAGE_EOS:
    case GST_MESSAGE_ASYNC_START:
    case GST_MESSAGE_ASYNC_DONE:
    case GST_MESSAGE_STREAM_START: return false;
    default: return true;
  }
}

void Channel::take_error(std::uint64_t id, GstMessage* message) {
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  const char* charge = details != nullptr ? gst_structure_get_string(details, "charge") : nullptr;
  const bool is_free = g_strcmp0(charge, "none") == 0 || g_strcmp0(charge, "refunded") == 0;
  const bool is_refused = is_free &&
                          g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS) &&
                          (g_strstr_len(error->message, -1, "max-cost-cents") != nullptr ||
                           g_strstr_len(error->message, -1, "max_cost_cents") != nullptr);
  GST_INFO_OBJECT(bin_, "item %" G_GUINT64_FORMAT ": %s", id, error->message);
  const std::lock_guard lock(mutex_);
  if (is_free) ledger_.release(id);
  failures_.try_emplace(
      id, Failure{is_refused ? ItemState::Refused : ItemState::Failed, error->message});
  wake();
}

void Channel::take_element_message(std::uint64_t id, GstMessage* message) {
  const GstStructure* fields = gst_message_get_structure(message);
  if (fields == nullptr) return;
  const std::lock_guard lock(mutex_);
  ChannelItem* item = queue_.find(id);
  if (item == nullptr) return;
  double cents = -1;
  int percent = -1;
  if (gst_structure_get_double(fields, "price-cents", &cents) ||
      gst_structure_get_double(fields, "cost-cents", &cents)) {
    item->price_cents = cents;
    ledger_.reserve(id, cents, now_elapsed());
  }
  if (gst_structure_get_int(fields, "percent", &percent)) percent_[id] = percent;
  if (const char* task = gst_structure_get_string(fields, "task-id"); task != nullptr) {
    tasks_[id] = task;
  }
  wake();
}

}  // namespace airforce::gst
