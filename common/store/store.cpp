// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/store.h"

#include <utility>

#include <glib.h>

#include "store/open_store.h"
#include "store/redis_address.h"
#include "store/sqlite_store.h"
#ifdef AIRFORCE_HAVE_REDIS
#include "store/redis_store.h"
#endif
#include "values/error.h"
#include "values/glib_ptr.h"

namespace airforce {

const char* name_of(IntentState state) {
  switch (state) {
    case IntentState::Claimed: return "claimed";
    case IntentState::Sending: return "sending";
    case IntentState::Created: return "created";
    case IntentState::Delivered: return "delivered";
    case IntentState::Failed: return "failed";
    case IntentState::Abandoned: return "abandoned";
  }
  return "unknown";
}

const char* name_of(BudgetShare::State state) {
  switch (state) {
    case BudgetShare::State::None: return "none";
    case BudgetShare::State::Reserved: return "reserved";
    case BudgetShare::State::Charged: return "charged";
    case BudgetShare::State::Refunded: return "refunded";
  }
  return "unknown";
}

LostOwnership::LostOwnership(const std::string& store)
    : Error(ErrorKind::Busy, Step::Store,
            "This request was taken over by another process, because this one did not reach the "
            "store " +
                store + " for longer than its lease",
            "run the same request again: it joins the other purchase") {}

std::unique_ptr<Store> open_store(const std::string& where, const Clock& clock,
                                  GCancellable* cancellable) {
  std::string place = where;
  if (place.empty()) {
    const char* named = g_getenv("AIRFORCE_STORE");
    if (named != nullptr) place = named;
  }
  if (place.empty()) {
    const GCharPtr standard(
        g_build_filename(g_get_user_state_dir(), "airforce-video", "store.sqlite", nullptr));
    place = standard.get();
  }
  return open_store(place, ClipCache::standard(cancellable), clock, cancellable);
}

std::unique_ptr<Store> open_store(const std::string& where, std::unique_ptr<ClipCache> cache,
                                  const Clock& clock, GCancellable* cancellable) {
  const std::size_t scheme = where.find("://");
  if (scheme == std::string::npos)
    return open_sqlite_store(where, std::move(cache), clock, cancellable);
  // The URI may hold a password: name its scheme only.
  const std::string shown = where.substr(0, scheme + 3);
  if (!is_redis_uri(where)) {
    throw Error(ErrorKind::Settings, Step::Settings, "The store can't be at a " + shown + " URI",
                "name a file, or redis://host:port/database");
  }
#ifdef AIRFORCE_HAVE_REDIS
  return open_redis_store(where, std::move(cache), clock, cancellable);
#else
  throw Error(ErrorKind::Settings, Step::Settings,
              "This build can't keep the store at a " + shown + " URI",
              "name a file, or build with hiredis");
#endif
}

}  // namespace airforce
