// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/gone.h"

namespace airforce {

bool is_not_found(const Error& error) {
  return error.http_status == 404 || error.http_status == 410;
}

bool GoneRule::failed(const Error& error, double now, std::optional<std::int64_t> expires_at,
                      std::int64_t service_now) {
  if (!is_not_found(error) || !error.is_json) return false;
  if (expires_at && *expires_at > 0 && service_now > *expires_at) return true;
  if (!since_) since_ = now;
  return now - *since_ >= gone_.count();
}

}  // namespace airforce
