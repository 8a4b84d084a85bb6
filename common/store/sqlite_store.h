// SPDX-License-Identifier: LGPL-2.1-or-later
// The store in one SQLite file, for all processes of a machine.
#pragma once

#include <memory>
#include <string>

#include "store/clip_cache.h"
#include "store/store.h"

namespace airforce {

// `path` of the database file. `cancellable` as in open_store(). Throws Error{Store}.
std::unique_ptr<Store> open_sqlite_store(const std::string& path, std::unique_ptr<ClipCache> cache,
                                         const Clock& clock, GCancellable* cancellable);

}  // namespace airforce
