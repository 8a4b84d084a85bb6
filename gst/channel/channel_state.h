// SPDX-License-Identifier: LGPL-2.1-or-later
// What a channel knows of its settings and items. Not thread-safe: the channel guards it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <gst/gst.h>

#include "channel/channel_queue.h"
#include "colour_match.h"
#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

enum class WhenEmpty { Hold, Placeholder, Repeat, Eos };

struct ChannelSettings {
  Seconds ahead{10};
  Seconds transition{0.5};
  WhenEmpty when_empty = WhenEmpty::Hold;
  double budget_cents = -1;           // negative: no ceiling
  double budget_cents_per_hour = -1;  // likewise
  unsigned max_queued = 16;
};

// What an item was asked for with. Items that repeat another share it.
struct ItemRequest {
  std::string prompt;
  Structure fields;  // beside the channel's defaults; may be null
  Seconds duration{0};
  bool continues = false;
  std::string task_id;    // of a clip that was made before, in place of a request
  std::string made_task;  // the task of this request, once there is one
  ColourMatch colour;     // what its clip is shown with, once that is ready

  std::size_t series = 0;  // equal requests have equal ones
  int occurrence = 1;
  bool was_shown = false;
};

// Numbers equal requests, so that each is a purchase of its own. The number of an item that was
// never shown is given to the next equal one, which resumes what the first one bought.
class Occurrences {
 public:
  int take(std::size_t series);
  void give_back(std::size_t series, int occurrence);

 private:
  struct Numbers {
    int last = 0;
    std::set<int> free;
  };
  std::unordered_map<std::size_t, Numbers> numbers_;
};

// A change of an item, to be posted.
struct ItemChange {
  std::uint64_t id;
  std::string prompt;
  ItemState state;
  std::string task_id;
  std::optional<double> cents;
  std::string reason;
  std::optional<GstClockTime> running_time;  // when it was shown first, or last
};

struct ItemFailure {
  ItemState state;  // Failed or Refused
  std::string reason;
};

struct ChannelState {
  ChannelSettings settings;
  ChannelQueue queue;
  ChannelLedger ledger;
  Occurrences occurrences;
  std::map<std::uint64_t, ItemFailure> failures;  // to be taken by the worker
  std::vector<std::uint64_t> unwanted;            // removed while they were generated
  std::vector<ItemChange> changes;
  bool is_posting = false;                 // somebody posts the changes, in their order
  std::shared_ptr<ItemRequest> last_made;  // of the item that was shown last
  std::string last_task;                   // likewise
  ColourMatch last_colour;                 // likewise
  int open_streams = 0;                    // text pads that have not ended
  bool had_input = false;                  // an item, or the end of a text pad
  bool playing = false;
  bool stopping = true;
  bool flushing = true;
  bool skip = false;
  bool dirty = false;  // the worker should look again
  bool ended = false;

  // Queues an item and returns its id. A request without an occurrence gets one.
  std::uint64_t add(std::shared_ptr<ItemRequest> request, bool is_repeat = false);
  void set_state(ChannelItem& item, ItemState state, const std::string& reason = {});
  // The item is shown from this running time on.
  void set_on_air(ChannelItem& item, GstClockTime start);
  // It is no longer shown from this running time on.
  void set_gone(ChannelItem& item, GstClockTime end);
};

}  // namespace airforce::gst
