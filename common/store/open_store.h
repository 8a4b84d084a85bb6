// SPDX-License-Identifier: LGPL-2.1-or-later
// open_store() with a cache of the caller's choice.
#pragma once

#include <memory>
#include <string>

#include "store/clip_cache.h"
#include "store/store.h"

namespace airforce {

// `where` as in open_store(), but never "".
std::unique_ptr<Store> open_store(const std::string& where, std::unique_ptr<ClipCache> cache,
                                  const Clock& clock, GCancellable* cancellable = nullptr);

}  // namespace airforce
