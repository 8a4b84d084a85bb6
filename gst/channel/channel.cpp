// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel.h"

#include <chrono>
#include <utility>
#include <vector>

GST_DEBUG_CATEGORY_EXTERN(airforce_channel_src_debug);

namespace airforce::gst {
namespace {

std::optional<double> ceiling(double cents) {
  return cents < 0 ? std::nullopt : std::optional(cents);
}

}  // namespace

Channel::Channel(GstBin* bin, ChannelSources sources) : bin_(bin) {
  try {
    mixer_ = std::make_unique<ChannelMixer>(bin);
    worker_ = std::make_unique<ChannelWorker>(bin, *mixer_, std::move(sources), state_, changed_,
                                              [this] { post_changes(); });
  } catch (const std::string& factory) {
    missing_ = factory;
  }
}

Channel::~Channel() {
  stop();
}

void Channel::change(const std::function<void(ChannelSettings&)>& change) {
  auto state = state_.lock();
  const ChannelSettings& settings = state->settings;
  change(state->settings);
  state->ledger.set_ceilings(ceiling(settings.budget_cents),
                             ceiling(settings.budget_cents_per_hour));
  state->dirty = true;
  changed_.notify_all();
}

// --- What the application asks for

std::uint64_t Channel::enqueue(ItemRequest request) {
  if (request.prompt.empty() && request.task_id.empty()) return 0;
  const std::uint64_t id = state_.lock()->add(std::make_shared<ItemRequest>(std::move(request)));
  changed_.notify_all();
  post_changes();
  return id;
}

bool Channel::wait_for_room() {
  auto state = state_.lock();
  state.wait(changed_, [&] {
    return state->flushing || state->queue.waiting() < state->settings.max_queued;
  });
  return !state->flushing;
}

void Channel::set_flushing(bool flushing) {
  state_.lock()->flushing = flushing;
  changed_.notify_all();
}

void Channel::stream_opened() {
  ++state_.lock()->open_streams;
}

void Channel::stream_ended() {
  auto state = state_.lock();
  if (state->open_streams > 0) --state->open_streams;
  state->had_input = state->dirty = true;
  changed_.notify_all();
}

bool Channel::remove(std::uint64_t id) {
  {
    auto state = state_.lock();
    ChannelItem* item = state->queue.find(id);
    if (item == nullptr || item->state == ItemState::OnAir || item->state == ItemState::Scheduled ||
        has_ended(item->state)) {
      return false;
    }
    if (item->state != ItemState::Queued) state->unwanted.push_back(id);
    state->set_state(*item, ItemState::Gone, "removed");
    state->dirty = true;
    changed_.notify_all();
  }
  post_changes();
  return true;
}

void Channel::clear() {
  std::vector<std::uint64_t> ids;
  {
    const auto state = state_.lock();
    for (const ChannelItem& item : state->queue.items()) ids.push_back(item.id);
  }
  for (const std::uint64_t id : ids) remove(id);
}

bool Channel::skip() {
  auto state = state_.lock();
  if (state->queue.on_air() == nullptr) return false;
  state->skip = state->dirty = true;
  changed_.notify_all();
  return true;
}

void Channel::end() {
  state_.lock()->ended = true;
  if (mixer_) mixer_->end();
}

void Channel::list(GValue* array) const {
  const auto state = state_.lock();
  for (const ChannelItem& item : state->queue.items()) {
    if (has_ended(item.state)) continue;
    GstStructure* fields = gst_structure_new(
        "item", "id", G_TYPE_UINT64, item.id, "prompt", G_TYPE_STRING, item.prompt.c_str(), "state",
        G_TYPE_STRING, name_of(item.state), "duration", G_TYPE_UINT64,
        static_cast<guint64>(item.duration.count() * static_cast<double>(GST_SECOND)), nullptr);
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
  mixer_->set_caps(video, audio);
  {
    auto state = state_.lock();
    state->stopping = state->flushing = state->ended = state->skip = false;
    state->last_made.reset();
  }
  worker_->start(video, audio);
}

void Channel::set_playing(bool playing) {
  auto state = state_.lock();
  state->playing = playing;
  state->dirty = true;
  changed_.notify_all();
}

void Channel::stop() {
  {
    auto state = state_.lock();
    state->stopping = state->flushing = true;
    state->playing = false;
    changed_.notify_all();
  }
  if (worker_) worker_->join();
  auto state = state_.lock();
  state->queue.rewind();
  state->unwanted.clear();
  state->failures.clear();
}

// --- Messages

void Channel::post_changes() {
  {
    auto state = state_.lock();
    if (state->is_posting) return;  // whoever posts takes these too, in their order
    state->is_posting = true;
  }
  for (;;) {
    std::vector<ItemChange> changes;
    {
      auto state = state_.lock();
      changes.swap(state->changes);
      if (changes.empty()) {
        state->is_posting = false;
        return;
      }
    }
    for (const ItemChange& change : changes) {
      GstStructure* fields = gst_structure_new(
          "airforce-channel-item", "id", G_TYPE_UINT64, change.id, "prompt", G_TYPE_STRING,
          change.prompt.c_str(), "state", G_TYPE_STRING, name_of(change.state), nullptr);
      if (!change.task_id.empty()) {
        gst_structure_set(fields, "task-id", G_TYPE_STRING, change.task_id.c_str(), nullptr);
      }
      if (change.cents)
        gst_structure_set(fields, "price-cents", G_TYPE_DOUBLE, *change.cents, nullptr);
      if (change.running_time) {
        gst_structure_set(fields, "running-time", G_TYPE_UINT64, *change.running_time, nullptr);
      }
      if (!change.reason.empty()) {
        gst_structure_set(fields, "reason", G_TYPE_STRING, change.reason.c_str(), nullptr);
      }
      gst_element_post_message(GST_ELEMENT_CAST(bin_),
                               gst_message_new_element(GST_OBJECT_CAST(bin_), fields));
      if (change.state == ItemState::Failed || change.state == ItemState::Refused) warn_of(change);
    }
  }
}

// For who watches no element messages.
void Channel::warn_of(const ItemChange& change) {
  GST_ELEMENT_WARNING(bin_, RESOURCE, FAILED,
                      ("Item %" G_GUINT64_FORMAT " is %s: %s", change.id, name_of(change.state),
                       change.reason.c_str()),
                      (nullptr));
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

bool Channel::filter_message(GstMessage* message) {
  const std::optional<std::uint64_t> id = item_of(message);
  if (!id) return true;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR: handle_error(*id, message); return false;
    case GST_MESSAGE_ELEMENT:
    case GST_MESSAGE_PROGRESS: update_item(*id, message); return false;
    // A clip's own matter: the channel plays whatever it does.
    case GST_MESSAGE_BUFFERING:
    case GST_MESSAGE_EOS:
    case GST_MESSAGE_ASYNC_START:
    case GST_MESSAGE_ASYNC_DONE:
    case GST_MESSAGE_STREAM_START: return false;
    default: return true;
  }
}

void Channel::handle_error(std::uint64_t id, GstMessage* message) {
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(message, &details);
  const auto field = [details](const char* name) {
    return details != nullptr ? gst_structure_get_string(details, name) : nullptr;
  };
  const char* charge = field("charge");
  const bool is_free = g_strcmp0(charge, "none") == 0 || g_strcmp0(charge, "refunded") == 0;
  const bool is_refused = g_strcmp0(field("kind"), "budget") == 0;
  GST_CAT_INFO_OBJECT(airforce_channel_src_debug, bin_, "item %" G_GUINT64_FORMAT ": %s", id,
                      error->message);
  auto state = state_.lock();
  if (is_free) state->ledger.release(id);
  state->failures.try_emplace(
      id, ItemFailure{is_refused ? ItemState::Refused : ItemState::Failed, error->message});
  state->dirty = true;
  changed_.notify_all();
}

void Channel::update_item(std::uint64_t id, GstMessage* message) {
  const GstStructure* fields = gst_message_get_structure(message);
  if (fields == nullptr) return;
  auto state = state_.lock();
  ChannelItem* item = state->queue.find(id);
  if (item == nullptr) return;
  double cents = -1;
  int percent = -1;
  if (gst_structure_get_double(fields, "price-cents", &cents) ||
      gst_structure_get_double(fields, "cost-cents", &cents)) {
    item->price_cents = cents;
    state->ledger.reserve(
        id, cents,
        std::chrono::duration_cast<Seconds>(std::chrono::steady_clock::now().time_since_epoch()));
  }
  if (gst_structure_get_int(fields, "percent", &percent)) item->percent = percent;
  if (const char* task = gst_structure_get_string(fields, "task-id"); task != nullptr) {
    item->task_id = task;
    if (item->request) item->request->made_task = task;
  }
  state->dirty = true;
  changed_.notify_all();
}

}  // namespace airforce::gst
