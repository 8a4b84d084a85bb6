// SPDX-License-Identifier: LGPL-2.1-or-later
// One request from settings to clip: money and following. The loop; its decisions are pure
// functions in this folder.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "clip/clip.h"
#include "generation/event.h"
#include "generation/timeouts.h"
#include "values/clock.h"
#include "values/settings.h"
#include "values/task.h"

namespace airforce {

class OpenPurchase;

// What a user can do about a task that is paid for: part of Error::next_step then.
std::string resume_advice(const std::string& task_id);

class Generation {
 public:
  // Called from the thread of run(), later from the downloading one; never concurrently, with no
  // lock held.
  using Listener = std::function<void(const GenerationEvent& event, const Task* task)>;

  // Nothing is read or sent yet.
  Generation(Settings settings, Listener listener, const GenerationTimeouts& timeouts = {},
             const Clock& clock = system_clock());
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  // Before run(): this one and equal ones of this process that share make one purchase
  // while one of them is open (open_purchase.h). Nothing with reuse=never.
  void share_purchase();
  // After run(): as long as this is held, the purchase counts as open to those that come later.
  std::shared_ptr<OpenPurchase> open_purchase() const;
  // Blocks until the clip is open. Once; throws Error.
  void run();
  // From any thread, at any time; never blocks.
  void cancel();
  // After run().
  Clip& clip();
  // Clip::read_at, whose errors say what the service has reported of the charge.
  std::size_t read_at(std::uint64_t offset, std::span<char> buffer);
  // After run(): fetches the task's thumbnail into `buffer`; returns its size, 0 if there is none.
  // Throws Error, also where it is larger than that. `stop`: ends this call alone.
  std::size_t thumbnail(std::span<char> buffer, GCancellable* stop = nullptr);
  // Waits until the whole clip has been downloaded, `location` is written and delete_task carried
  // out. Throws Error.
  void wait_complete();
  // The consumer had all of the clip: the purchase is recorded as delivered as soon as the clip has
  // been downloaded completely. Implied by `location`. Takes as long as a write to the store.
  void set_delivered();
  // After run(): where the clip is kept, {task_id} replaced; "" for nowhere.
  std::string location() const;
  // After run(): the prompt, wherever it was read from; "" where the task is another run's and the
  // service does not say it.
  std::string prompt() const;
  // The task as last reported; its task_id is empty before there is one.
  Task task() const;
  // What the service has reported of the task's charge; None for a clip of the cache.
  Charge charge() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace airforce
