// SPDX-License-Identifier: LGPL-2.1-or-later
// A clip that an earlier run saved and paid for: that run may have been ended before it had written
// what belongs to the clip.
#pragma once

#include <optional>
#include <string>

#include "saved_clip.h"
#include "store/history.h"

namespace airforce::cli {

struct EarlierSave {
  ClipOrigin origin;
  std::string account;
  Companions missing;
};

// The history's entry of the task that `settings` name, an empty one where there is none.
HistoryEntry known_task(const Settings& settings);

// What of `wanted` is missing at the file `path`. Unset where nothing is, where there is no such
// file, or where it is not known to be the clip of this request (or of its task_id): the history
// and the store know. `is_whole`: `request` is all of the request, and has no picture yet to come.
std::optional<EarlierSave> earlier_save(const Companions& wanted, const std::string& path,
                                        const Settings& request, bool is_whole = true);

// Writes it, from what this machine knows: nothing is asked of the service, and nothing is bought.
WrittenCompanions finish_save(const EarlierSave& save, const std::string& path);

}  // namespace airforce::cli
