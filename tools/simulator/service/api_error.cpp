// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/api_error.h"

namespace airforce::simulator {

ApiError refusal_of(const std::string& code) {
  struct Row {
    const char* code;
    int status;
    const char* message;
    int retry_after;  // seconds; 0: says nothing about it
  };
  static constexpr Row kRows[] = {
      {"invalid_api_key", 401, "this API key is not valid", 0},
      {"insufficient_balance", 402, "the balance does not cover this request", 0},
      {"free_tier_gated", 403, "this model needs a paid plan", 0},
      {"email_verification_required", 403, "verify your e-mail address first", 0},
      {"model_not_found", 404, "there is no such model", 0},
      {"unknown_model", 400, "this model is not known", 0},
      {"rate_limit_exceeded", 429, "too many requests", 1},
      {"account_temporarily_locked", 429, "the account is locked for a while", 900},
      {"upstream_error", 502, "all providers of this model failed", 0},
  };
  for (const Row& row : kRows) {
    if (code != row.code) continue;
    ApiError error(row.status, code, row.message);
    if (row.retry_after > 0) error.retry_after = row.retry_after;
    return error;
  }
  return {400, code, "this refusal is simulated (" + code + ")"};
}

}  // namespace airforce::simulator
