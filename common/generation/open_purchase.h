// SPDX-License-Identifier: LGPL-2.1-or-later
// Equal sources of one process make one purchase while they are open: one of them buys, and the
// others follow its task.
//
// Equal is what the store takes for equal: the account and the request. All else is each source's
// own, as nothing of it changes what is bought: a ceiling, a budget and uri_policy hold whoever
// buys, and only one does; timeouts, `location` and polling concern the own clip.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "generation/generation_context.h"
#include "store/store.h"
#include "values/guarded.h"
#include "values/unique_fd.h"

namespace airforce {

// What one source has bought, for the others.
struct SharedTask {
  std::string task_id;
  std::int64_t expires_at = 0;  // Unix seconds by the service's clock, 0 if unknown
  std::int64_t intent = 0;      // in the store; 0 if none
  std::optional<double> cents;  // as announced
};

// What equal sources know of one another. Lives as long as one of them, or a film that has had a
// shot of it.
class OpenPurchase;

// One source's part in an open purchase. Used by the threads of one generation.
class PurchaseShare {
 public:
  // `store`: the setting.
  PurchaseShare(const std::string& store, const RequestIdentity& identity);
  ~PurchaseShare();
  PurchaseShare(const PurchaseShare&) = delete;
  PurchaseShare& operator=(const PurchaseShare&) = delete;

  // Waits while another source buys, which has its own deadline. Returns what was bought; unset
  // where this source is to ask the store and buy, which ends with found() or failed(). With
  // reuse=always the store is asked each time. Throws Error: Cancelled, or what the service
  // answered the one that was waited for.
  std::optional<SharedTask> join(const GenerationContext& context);
  // The service has shown the task, or its clip is there.
  void found(const SharedTask& task);
  // Of the attempt to buy; nothing where this source does not buy, or has.
  void failed(const Error& error);
  // The task is of no use any more: whoever comes next buys.
  void forget(const std::string& task_id);

  // The clip has been downloaded to `path`: sources that come later read it from there. Returns
  // whether the service's copy is to be deleted now, as one of them wished and all have theirs.
  bool downloaded(const std::string& path, bool delete_task);
  // A descriptor of the clip where another source has downloaded it.
  UniqueFd clip_of_another() const;

  // A consumer of another source had all of the clip.
  bool is_delivered() const;
  void set_delivered();

  // This source wants nothing more. Returns whether another one still does.
  bool leave();

  const std::shared_ptr<OpenPurchase>& purchase() const { return purchase_; }

 private:
  const std::shared_ptr<OpenPurchase> purchase_;
};

}  // namespace airforce
