// SPDX-License-Identifier: LGPL-2.1-or-later
// Which item of a channel is generated and shown next, and what it may cost. Pure: no GStreamer
// object, no clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace airforce::gst {

using Seconds = std::chrono::duration<double>;

enum class ItemState {
  Queued,     // nothing was asked of the service
  Making,     // being generated, or downloaded up to its first picture
  Ready,      // its first picture and sound are decoded
  Scheduled,  // linked with the mixers, to be shown at a time that is decided
  OnAir,      // shown
  Gone,       // was shown, removed or skipped
  Failed,     // the service or the clip failed
  Refused,    // a ceiling forbade the purchase; nothing was charged
};

// "queued", "being-made", "ready" (Scheduled too), "on-air", "gone", "failed", "refused"
const char* name_of(ItemState state);

struct ItemRequest;  // channel_state.h

struct ChannelItem {
  std::uint64_t id = 0;
  std::string prompt;
  Seconds duration{0};     // expected, then measured
  bool continues = false;  // starts from the last frame of the item before it
  ItemState state = ItemState::Queued;
  std::optional<double> price_cents;
  std::optional<int> percent;  // of its generation
  std::string task_id;         // "" before there is a task
  std::shared_ptr<ItemRequest> request;
};

// Purchases of one run against its ceilings.
class ChannelLedger {
 public:
  // Unset: no ceiling; 0: only what is free.
  void set_ceilings(std::optional<double> total_cents, std::optional<double> cents_per_hour);
  bool has_ceiling() const { return total_ || per_hour_; }
  // What the next purchase may cost at most; unset without a ceiling, never negative.
  std::optional<double> allowance(Seconds now) const;
  // Reserves, or corrects, the price of an item at the time of its purchase.
  void reserve(std::uint64_t id, double cents, Seconds now);
  // The item was not bought, or was refunded.
  void release(std::uint64_t id) { entries_.erase(id); }
  double spent() const;

 private:
  struct Entry {
    double cents;
    Seconds at;
  };
  std::optional<double> total_;
  std::optional<double> per_hour_;
  std::map<std::uint64_t, Entry> entries_;
};

// Items in the order in which they are shown.
class ChannelQueue {
 public:
  std::uint64_t add(std::string prompt, Seconds expected_duration);
  ChannelItem* find(std::uint64_t id);
  const std::deque<ChannelItem>& items() const { return items_; }
  // How many wait without having been started: what back-pressure counts.
  std::size_t waiting() const;

  // The item to generate next, or nullptr: while less than `ahead` of film is being generated or
  // ready, and never more than `parallel` at once. With a ceiling, items whose price is not known
  // yet hold back the others, so that the sum is kept. An item that continues another waits until
  // that one's clip is available.
  ChannelItem* next_to_make(Seconds ahead, std::size_t parallel, bool one_price_at_a_time);
  // The item whose clip `item` continues: the nearest before it that has not ended, or nullptr.
  const ChannelItem* continued_by(const ChannelItem& item) const;
  // The item to show next, or nullptr while it is not ready, or another one is scheduled: the order
  // is kept.
  ChannelItem* next_to_show();
  bool has_scheduled() const;
  ChannelItem* on_air();
  // Whether nothing is left to generate or to show.
  bool is_drained() const;
  // Forgets items that have ended.
  void forget_ended();
  // What was not shown to its end waits again, in its place: for the next start.
  void rewind();

 private:
  std::uint64_t last_id_ = 0;
  std::deque<ChannelItem> items_;
};

bool has_ended(ItemState state);

}  // namespace airforce::gst
