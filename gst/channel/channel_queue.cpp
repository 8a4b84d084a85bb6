// SPDX-License-Identifier: LGPL-2.1-or-later
#include "channel/channel_queue.h"

#include <algorithm>

namespace airforce::gst {
namespace {

constexpr Seconds kHour = std::chrono::hours(1);

}  // namespace

const char* name_of(ItemState state) {
  switch (state) {
    case ItemState::Queued: return "queued";
    case ItemState::Making: return "being-made";
    case ItemState::Ready:
    case ItemState::Scheduled: return "ready";
    case ItemState::OnAir: return "on-air";
    case ItemState::Gone: return "gone";
    case ItemState::Failed: return "failed";
    case ItemState::Refused: return "refused";
  }
  return "unknown";
}

bool has_ended(ItemState state) {
  return state == ItemState::Gone || state == ItemState::Failed || state == ItemState::Refused;
}

void ChannelLedger::set_ceilings(std::optional<double> total_cents,
                                 std::optional<double> cents_per_hour) {
  total_ = total_cents;
  per_hour_ = cents_per_hour;
}

std::optional<double> ChannelLedger::allowance(Seconds now) const {
  if (!has_ceiling()) return std::nullopt;
  double in_hour = 0;
  for (const auto& [id, entry] : entries_) {
    if (now - entry.at < kHour) in_hour += entry.cents;
  }
  std::optional<double> left;
  if (total_) left = *total_ - spent();
  if (per_hour_) left = std::min(left.value_or(*per_hour_ - in_hour), *per_hour_ - in_hour);
  return std::max(0.0, *left);
}

void ChannelLedger::reserve(std::uint64_t id, double cents, Seconds now) {
  if (cents <= 0) {
    entries_.erase(id);
    return;
  }
  const auto [entry, is_new] = entries_.try_emplace(id, Entry{cents, now});
  if (!is_new) entry->second.cents = cents;
}

double ChannelLedger::spent() const {
  double sum = 0;
  for (const auto& [id, entry] : entries_) sum += entry.cents;
  return sum;
}

std::uint64_t ChannelQueue::add(std::string prompt, Seconds expected_duration) {
  ChannelItem item;
  item.id = ++last_id_;
  item.prompt = std::move(prompt);
  item.duration = expected_duration;
  items_.push_back(std::move(item));
  return last_id_;
}

ChannelItem* ChannelQueue::find(std::uint64_t id) {
  const auto found = std::find_if(items_.begin(), items_.end(),
                                  [id](const ChannelItem& item) { return item.id == id; });
  return found == items_.end() ? nullptr : &*found;
}

std::size_t ChannelQueue::waiting() const {
  return static_cast<std::size_t>(
      std::count_if(items_.begin(), items_.end(),
                    [](const ChannelItem& item) { return item.state == ItemState::Queued; }));
}

ChannelItem* ChannelQueue::next_to_make(Seconds ahead, std::size_t parallel,
                                        bool one_price_at_a_time) {
  Seconds made{0};
  std::size_t making = 0;
  ChannelItem* next = nullptr;
  for (ChannelItem& item : items_) {
    if (item.state == ItemState::Queued && next == nullptr) next = &item;
    const bool is_made = item.state == ItemState::Ready || item.state == ItemState::Scheduled;
    if (item.state != ItemState::Making && !is_made) continue;
    made += item.duration;
    if (is_made) continue;
    ++making;
    if (one_price_at_a_time && !item.price_cents) return nullptr;
  }
  const bool nothing_made = made == Seconds::zero() && making == 0;
  if (making >= parallel || (made >= ahead && !nothing_made)) return nullptr;
  if (next != nullptr && next->continues) {
    const ChannelItem* before = continued_by(*next);
    if (before != nullptr && before->state == ItemState::Making) return nullptr;
  }
  return next;
}

const ChannelItem* ChannelQueue::continued_by(const ChannelItem& item) const {
  const ChannelItem* before = nullptr;
  for (const ChannelItem& other : items_) {
    if (other.id == item.id) break;
    if (!has_ended(other.state)) before = &other;
  }
  return before;
}

ChannelItem* ChannelQueue::next_to_show() {
  for (ChannelItem& item : items_) {
    if (item.state == ItemState::Ready) return &item;
    if (!has_ended(item.state) && item.state != ItemState::OnAir) return nullptr;
  }
  return nullptr;
}

bool ChannelQueue::has_scheduled() const {
  return std::any_of(items_.begin(), items_.end(),
                     [](const ChannelItem& item) { return item.state == ItemState::Scheduled; });
}

ChannelItem* ChannelQueue::on_air() {
  const auto found = std::find_if(items_.rbegin(), items_.rend(), [](const ChannelItem& item) {
    return item.state == ItemState::OnAir;
  });
  return found == items_.rend() ? nullptr : &*found;
}

bool ChannelQueue::is_drained() const {
  return std::all_of(items_.begin(), items_.end(),
                     [](const ChannelItem& item) { return has_ended(item.state); });
}

void ChannelQueue::forget_ended() {
  std::erase_if(items_, [](const ChannelItem& item) { return has_ended(item.state); });
}

void ChannelQueue::rewind() {
  for (ChannelItem& item : items_) {
    if (item.state == ItemState::OnAir) item.state = ItemState::Gone;
    if (!has_ended(item.state)) item.state = ItemState::Queued;
    if (item.state != ItemState::Queued) continue;
    item.price_cents.reset();
    item.percent.reset();
  }
  forget_ended();
}

}  // namespace airforce::gst
