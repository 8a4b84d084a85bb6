// SPDX-License-Identifier: LGPL-2.1-or-later
// The store in a Redis or Valkey, for all machines that share a key.
#pragma once

#include <memory>
#include <string>

#include "store/clip_cache.h"
#include "store/store.h"

namespace airforce {

// `cancellable` as in open_store(). Throws Error{Settings} for a URI that can't be read,
// Error{Store} when the engine can't be used.
std::unique_ptr<Store> open_redis_store(const std::string& uri, std::unique_ptr<ClipCache> cache,
                                        const Clock& clock, GCancellable* cancellable);

}  // namespace airforce
