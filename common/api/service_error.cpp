// SPDX-License-Identifier: LGPL-2.1-or-later
#include "api/service_error.h"

#include <algorithm>
#include <string_view>

#include <glib.h>

namespace airforce::api {
namespace {

constexpr const char* kCheckKey = "check AIRFORCE_API_KEY (or api_key_file)";
constexpr const char* kTopUp = "top up the account's balance";
constexpr const char* kModels = "choose one of the models that the service lists";
constexpr const char* kCheckBaseUrl = "check the base URL";

struct CodeRow {
  std::string_view code;
  ErrorKind kind;
  const char* next_step;
};

constexpr CodeRow kCodes[] = {
    {"invalid_api_key", ErrorKind::NotAuthorized, kCheckKey},
    {"insufficient_balance", ErrorKind::NotAuthorized, kTopUp},
    {"free_tier_gated", ErrorKind::NotAuthorized,
     "the account's plan does not include this: change the plan, or choose another model"},
    {"email_verification_required", ErrorKind::NotAuthorized,
     "confirm the account's e-mail address first"},
    {"consent_stale", ErrorKind::NotAuthorized,
     "accept the service's current terms in the account's settings first"},
    {"model_not_found", ErrorKind::Rejected, kModels},
    {"unknown_model", ErrorKind::Rejected, kModels},
    {"account_temporarily_locked", ErrorKind::Busy,
     "the account is locked for a while: wait before the next request"},
};

// Codes are compared without case, and with any mark between their words.
const CodeRow* row_of(std::string_view code) {
  const auto is_alike = [](char ours, char theirs) {
    const bool is_mark = theirs == '-' || theirs == ' ' || theirs == '.';
    return ours == (is_mark ? '_' : g_ascii_tolower(theirs));
  };
  for (const CodeRow& row : kCodes) {
    if (std::equal(row.code.begin(), row.code.end(), code.begin(), code.end(), is_alike))
      return &row;
  }
  return nullptr;
}

const CodeRow* row_of(const ApiError& error) {
  for (const std::string* name : {&error.code, &error.type, &error.message}) {
    if (const CodeRow* row = row_of(*name)) return row;
  }
  return nullptr;
}

// Of a create that was refused.
const char* next_step_of_create(int status) {
  switch (status) {
    case 405:
    case 501: return kCheckBaseUrl;
    case 409: return "wait until what the service names has ended, then run the same request again";
    case 413: return "send fewer or smaller input images, or a shorter prompt";
    case 425: return "run the same request again";
    default:
      return "change what the service objects to, or ask its support, and quote the request's id";
  }
}

ErrorMeaning meaning_of_status(int status, Step step) {
  const bool about_a_task = step == Step::Follow || step == Step::Delete;
  switch (status) {
    case 401: return {ErrorKind::NotAuthorized, kCheckKey};
    case 402: return {ErrorKind::NotAuthorized, kTopUp};
    case 403:
      return {ErrorKind::NotAuthorized,
              "the account may not do this; ask the service's support, and quote the request's id"};
    case 410:
      if (!about_a_task) break;
      [[fallthrough]];
    case 404:
      return {ErrorKind::NotFound,
              about_a_task
                  ? "check the id and the base URL; tasks are purged 24 h after their creation"
                  : kCheckBaseUrl};
    case 429:
    case 503: return {ErrorKind::Busy, ""};
    default: break;
  }
  const bool is_refused_create =
      step == Step::Create && ((status >= 400 && status < 500 && status != 408) || status == 501);
  const char* const next_step = is_refused_create ? next_step_of_create(status) : "";
  if (status >= 500) return {ErrorKind::Server, next_step};
  if (status >= 400) return {ErrorKind::Rejected, next_step};
  if (status >= 300)
    return {ErrorKind::Protocol, kCheckBaseUrl};  // a redirect, which the API does not make
  return {ErrorKind::Protocol, ""};
}

}  // namespace

std::string code_of(const ApiError& error) {
  if (row_of(error.code) != nullptr) return error.code;
  if (const CodeRow* row = row_of(error)) return std::string(row->code);
  return error.code;
}

ErrorMeaning meaning_of(int status, const ApiError& error, Step step) {
  if (const CodeRow* row = row_of(error)) return {row->kind, row->next_step};
  return meaning_of_status(status, step);
}

}  // namespace airforce::api
