// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/uri_policy.h"

#include <cstdlib>

#include "values/error.h"

namespace airforce {
namespace {

constexpr const char* kHowToAllow =
    "if you trust where it comes from, set uri_policy=allow, or AIRFORCE_URI_POLICY=allow in the "
    "environment";

}  // namespace

UriPolicy uri_policy_of(const Settings& settings) {
  if (!settings.is_from_uri()) return UriPolicy::Allow;
  const auto chosen = settings.choice<UriPolicy>(Parameter::uri_policy);
  if (chosen != UriPolicy::Auto) return chosen;
  const char* text = std::getenv("AIRFORCE_URI_POLICY");
  if (text == nullptr || *text == '\0') return UriPolicy::Allow;
  Settings parsed;
  try {
    parsed.set("uri_policy", text);
  } catch (Error& error) {
    error.message = "AIRFORCE_URI_POLICY: " + error.message;
    throw;
  }
  const auto of_environment = parsed.choice<UriPolicy>(Parameter::uri_policy);
  return of_environment == UriPolicy::Auto ? UriPolicy::Allow : of_environment;
}

void check_may_open(const Settings& settings) {
  if (uri_policy_of(settings) != UriPolicy::Deny) return;
  throw Error(ErrorKind::Settings, Step::Settings,
              "airforce:// URIs are not opened here (uri_policy=deny)", kHowToAllow);
}

void check_may_create(const Settings& settings) {
  if (uri_policy_of(settings) == UriPolicy::Allow) return;
  throw Error(ErrorKind::Settings, Step::Settings,
              "this airforce:// URI would create a task that costs money, and only clips that were "
              "bought before are played here (uri_policy=replay)",
              kHowToAllow);
}

}  // namespace airforce
