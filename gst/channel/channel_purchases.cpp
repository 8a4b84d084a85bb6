// SPDX-License-Identifier: LGPL-2.1-or-later
// What the worker has made next, and under which ceiling.
#include <algorithm>
#include <chrono>
#include <utility>

#include "channel/channel_worker.h"

namespace airforce::gst {
namespace {

// The service's limit of tasks in flight for each key (docs/service.md).
constexpr std::size_t kParallel = 4;

Seconds now_elapsed() {
  return std::chrono::duration_cast<Seconds>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

struct ChannelWorker::Next {
  std::uint64_t id;
  std::shared_ptr<ItemRequest> request;
  std::string continued_task;  // "" : it continues none
  ColourMatch continued_colour;
};

// Only what somebody can see is bought.
bool ChannelWorker::may_buy() const {
  if (!state_.lock()->playing) return false;
  bool linked = false;
  for (const char* name : {"video", "audio"}) {
    const Ref<GstPad> pad(gst_element_get_static_pad(GST_ELEMENT_CAST(bin_), name));
    linked = linked || gst_pad_is_linked(pad.get());
  }
  return linked;
}

std::optional<ChannelWorker::Next> ChannelWorker::next_to_make() {
  auto state = state_.lock();
  ChannelItem* item =
      state->queue.next_to_make(state->settings.ahead, kParallel, state->ledger.has_ceiling());
  if (item == nullptr) return std::nullopt;
  Next next{item->id, item->request, {}, {}};
  if (item->continues) {
    const ChannelItem* before = state->queue.continued_by(*item);
    next.continued_task = before != nullptr ? before->task_id : state->last_task;
    next.continued_colour = before != nullptr ? before->request->colour : state->last_colour;
  }
  return next;
}

std::optional<Series> ChannelWorker::series_of(const Next& next) {
  Series series;
  series.occurrence = next.request->occurrence;
  if (next.continued_task.empty()) return series;
  if (!last_frame_ || last_frame_->task_id() != next.continued_task) {
    last_frame_ =
        std::make_unique<LastFrame>(sources_.of_task(next.continued_task), next.continued_task,
                                    next.continued_colour, [this] { wake(); });
  }
  const std::optional<LastFrame::Outcome> outcome = last_frame_->outcome();
  if (!outcome) return std::nullopt;
  if (!outcome->picture) {
    fail(next.id, "the last frame of task " + next.continued_task +
                      " is not available: " + outcome->reason + ". Nothing was charged");
    last_frame_.reset();
    return std::nullopt;
  }
  series.first_frame = outcome->picture;
  series.continued_task = next.continued_task;
  return series;
}

void ChannelWorker::make_next() {
  const std::optional<Next> next = next_to_make();
  if (!next) return;
  std::optional<Series> series = series_of(*next);
  if (!series) return;
  std::optional<double> allowance;
  {
    auto state = state_.lock();
    ChannelItem* item = state->queue.find(next->id);
    if (item == nullptr || item->state != ItemState::Queued) return;  // removed meanwhile
    allowance = state->ledger.allowance(now_elapsed());
    state->set_state(*item, ItemState::Making);
    changed_.notify_all();  // room for a prompt
  }
  std::shared_ptr<const Cells> before;
  if (series->first_frame) before = last_frame_->outcome()->cells;
  GstElement* source = sources_.of_request(*next->request, std::move(*series));
  if (allowance) {
    double limit = -1;
    g_object_get(source, "max-cost-cents", &limit, nullptr);
    g_object_set(source, "max-cost-cents", limit < 0 ? *allowance : std::min(limit, *allowance),
                 nullptr);
  }
  clips_.push_back({std::make_unique<ChannelClip>(bin_, next->id, source, video_caps_.get(),
                                                  audio_caps_.get(), before, [this] { wake(); })});
  if (!clips_.back().clip->start()) fail(next->id, "the source did not start");
}

}  // namespace airforce::gst
