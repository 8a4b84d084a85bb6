// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel_state.h"

#include <functional>
#include <utility>

namespace airforce::gst {
namespace {

// Of all that makes two requests of one channel equal but for their place.
std::size_t series_of(const ItemRequest& request) {
  std::string text = request.prompt;
  if (request.fields) {
    g_autofree char* fields = gst_structure_to_string(request.fields.get());
    text += '\n';
    text += fields;
  }
  return std::hash<std::string>()(text);
}

}  // namespace

int Occurrences::take(std::size_t series) {
  Numbers& numbers = numbers_[series];
  if (numbers.free.empty()) return ++numbers.last;
  return numbers.free.extract(numbers.free.begin()).value();
}

void Occurrences::give_back(std::size_t series, int occurrence) {
  numbers_[series].free.insert(occurrence);
}

std::uint64_t ChannelState::add(std::shared_ptr<ItemRequest> request, bool is_repeat) {
  if (!is_repeat) {
    request->series = series_of(*request);
    request->occurrence = occurrences.take(request->series);
  }
  const std::uint64_t id = queue.add(request->prompt, request->duration);
  ChannelItem& item = *queue.find(id);
  // What is repeated starts as it did, whatever is shown before it now.
  item.continues = request->continues && !is_repeat;
  item.request = std::move(request);
  set_state(item, ItemState::Queued);
  dirty = had_input = true;
  return id;
}

void ChannelState::set_state(ChannelItem& item, ItemState state, const std::string& reason) {
  item.state = state;
  changes.push_back({item.id, item.prompt, state, item.task_id, item.price_cents, reason, {}});
  if (state == ItemState::Failed && item.request) item.request->made_task.clear();
  if (!has_ended(state) || !item.request || item.request->was_shown) return;
  occurrences.give_back(item.request->series, item.request->occurrence);
  item.request->was_shown = true;  // once
}

void ChannelState::set_on_air(ChannelItem& item, GstClockTime start) {
  item.request->was_shown = true;
  item.request->duration = item.duration;
  last_made = item.request;
  last_task = item.task_id;
  last_colour = item.request->colour;
  set_state(item, ItemState::OnAir);
  changes.back().running_time = start;
}

void ChannelState::set_gone(ChannelItem& item, GstClockTime end) {
  set_state(item, ItemState::Gone);
  changes.back().running_time = end;
}

}  // namespace airforce::gst
