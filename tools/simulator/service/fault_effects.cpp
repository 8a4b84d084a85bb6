// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/fault_effects.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace airforce::simulator {
namespace {

[[noreturn]] void wrong_effect(const std::string& message) {
  throw std::invalid_argument(message);
}

int64_t integer(const std::string& text) {
  size_t used = 0;
  int64_t value = 0;
  try {
    value = std::stoll(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (text.empty() || used != text.size()) wrong_effect("\"" + text + "\" is not a whole number");
  return value;
}

int64_t count(const std::string& text) {
  const int64_t value = integer(text);
  if (value < 0) wrong_effect("\"" + text + "\" is below 0");
  return value;
}

int status(const std::string& text) {
  const int64_t value = integer(text);
  if (value < 200 || value > 999) wrong_effect("a status is a number from 200 to 999");
  return static_cast<int>(value);
}

double number(const std::string& text) {
  size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (text.empty() || used != text.size() || !(value >= 0))
    wrong_effect("\"" + text + "\" is not a number");
  return value;
}

/// Seconds; nothing given: for ever.
double seconds_or_for_ever(const std::string& text) {
  return text.empty() ? std::numeric_limits<double>::infinity() : number(text);
}

std::string choice(const std::string& text, const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
    std::string list;
    for (const auto& one : allowed) list += (list.empty() ? "" : ", ") + one;
    wrong_effect("\"" + text + "\" is none of: " + list);
  }
  return text;
}

using F = Fault;
using S = const std::string&;

/// "FIELD:…", both sides of the colon filled.
std::string pair(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == 0 || colon == std::string::npos || colon + 1 == text.size())
    wrong_effect("\"" + text + "\" is not of the form FIELD:VALUE");
  return text;
}

using F = Fault;
using S = const std::string&;

}  // namespace

const std::vector<Effect>& effects() {
  static const std::vector<Effect> table = {
      {"times", "=N", kAll, "hits N requests, then no more", [](F& f, S v) { f.times = count(v); }},
      {"after", "=N", kAll, "spares the first N", [](F& f, S v) { f.after = count(v); }},
      {"probability", "=P", kAll, "hits a request with probability P, 0 to 1",
       [](F& f, S v) { f.probability = number(v); }},
      {"for", "=SECONDS", kAll, "hits for so long after the first hit, then no more",
       [](F& f, S v) { f.window = number(v); }},

      {"refuse", "=SECONDS", kRequests,
       "resets, and refuses connections to this port for a time; nothing is carried out",
       [](F& f, S v) { f.refuse = number(v); }},
      {"reset-before", "", kRequests, "resets the connection; nothing is carried out",
       [](F& f, S) { f.reset_before = true; }},
      {"close-before", "", kRequests, "closes it without an answer; nothing is carried out",
       [](F& f, S) { f.close_before = true; }},
      {"stall-before", "[=SECONDS]", kRequests,
       "is silent, then carries it out; without a time: silent until the client leaves",
       [](F& f, S v) { f.stall_before = seconds_or_for_ever(v); }},

      {"gateway", "=SECONDS", kRequests,
       "after so long a gateway answers for the service: 504 in HTML, or `status`",
       [](F& f, S v) { f.gateway = number(v); }},
      {"late", "[=SECONDS]", kRequests,
       "carries the request out so long after it came (120), whoever has been answered what",
       [](F& f, S v) { f.late = v.empty() ? 120 : number(v); }},

      {"status", "=NNN", kRequests, "answers with this status; nothing is carried out",
       [](F& f, S v) { f.status = status(v); }},
      {"error", "=CODE", kRequests,
       "a documented refusal, such as account_temporarily_locked; nothing is carried out",
       [](F& f, S v) { f.error_code = v; }},
      {"retry-in-body", "=SECONDS", kRequests, "with retry_after in the JSON of an error",
       [](F& f, S v) { f.retry_in_body = number(v); }},
      {"retry-after", "=VALUE", kRequests,
       "with Retry-After: any text, or date:SECONDS for a date so far from now",
       [](F& f, S v) { f.retry_after = v; }},
      {"carried-out", "", kRequests,
       "carries the request out in spite of status, error or redirect",
       [](F& f, S) { f.carried_out = true; }},
      {"redirect", "=WHERE", kRequests,
       "302, or `status`, to same (which then works), other (the other origin), loop, or any URL; "
       "nothing is carried out",
       [](F& f, S v) { f.redirect = v; }},
      {"body", "=WHAT", kRequests,
       "another body: empty, html, cut (the first half), garbage, null, array, wrong-types, huge "
       "(1 GiB); without `status`: carried out, and 200",
       [](F& f, S v) {
         f.body =
             choice(v, {"empty", "html", "cut", "garbage", "null", "array", "wrong-types", "huge"});
       }},
      {"content-type", "=TYPE", kRequests, "another Content-Type",
       [](F& f, S v) { f.content_type = v; }},

      {"gzip", "", kRequests, "compresses the body, whatever was asked for",
       [](F& f, S) { f.gzip = true; }},

      {"lost-answer", "", kRequests, "carries it out, then resets before the answer",
       [](F& f, S) { f.lost_answer = true; }},
      {"stall", "[=SECONDS]", kRequests, "carries it out, then is silent before the answer",
       [](F& f, S v) { f.stall = seconds_or_for_ever(v); }},
      {"stall-after", "=BYTES", kRequests, "is silent for ever after so much of the body",
       [](F& f, S v) { f.stall_after = count(v); }},
      {"reset-after", "=BYTES", kRequests, "resets after so much of the body",
       [](F& f, S v) { f.reset_after = count(v); }},
      {"close-after", "=BYTES", kRequests, "closes after so much of the body",
       [](F& f, S v) { f.close_after = count(v); }},
      {"reset-end", "", kRequests, "resets after the whole answer",
       [](F& f, S) { f.reset_end = true; }},
      {"drip", "=BYTES", kRequests, "sends so many bytes a second",
       [](F& f, S v) { f.drip = std::max<int64_t>(1, count(v)); }},

      {"drip-head", "=BYTES", kRequests, "sends so many bytes of the head a second",
       [](F& f, S v) { f.drip_head = std::max<int64_t>(1, count(v)); }},
      {"endless", "=102|head|body", kRequests,
       "never ends: informational answers, headers, or the body",
       [](F& f, S v) {
         f.endless = choice(v, {"102", "head", "body"});
       }},

      {"drop", "=FIELD", kAnswers, "leaves a field out", [](F& f, S v) { f.dropped_field = v; }},
      {"rename", "=FIELD:NAME", kAnswers, "gives a field another name",
       [](F& f, S v) { f.renamed_field = pair(v); }},
      {"set", "=FIELD:JSON", kAnswers, "gives a field another value; takes the rest of the line",
       [](F& f, S v) { f.set_field = pair(v); }},
      {"wrap", "=NAME", kAnswers, "puts the answer into a field of an object",
       [](F& f, S v) { f.wrapped_in = v; }},
      {"times-as", "=milliseconds|iso|text", kAnswers, "writes times so",
       [](F& f, S v) {
         f.times_as = choice(v, {"milliseconds", "iso", "text"});
       }},
      {"statuses-as", "=capitals|synonyms", kAnswers,
       "writes statuses so; synonyms: pending, in_progress, succeeded, error, cancelled",
       [](F& f, S v) {
         f.statuses_as = choice(v, {"capitals", "synonyms"});
       }},
      {"number-ids", "", kAnswers, "writes ids as numbers", [](F& f, S) { f.number_ids = true; }},

      {"failed", "", kTask, "the new task fails (and is refunded)",
       [](F& f, S) { f.failed = true; }},
      {"expired", "", kTask, "the new task ends expired (and is refunded)",
       [](F& f, S) { f.expired = true; }},
      {"type", "=TYPE", kTask, "error type of the failed task",
       [](F& f, S v) { f.error_type = v; }},
      {"message", "=TEXT", kTask,
       "error message of the failed task; takes the rest of the line, commas and all",
       [](F& f, S v) { f.error_message = v; }},
      {"charge", "=CENTS", kTask, "charges so much for it, whatever the price",
       [](F& f, S v) { f.charge = count(v); }},
      {"refund", "=zero|silent|none", kTask,
       "how a task that fails is refunded: cost_cents 0 (as usual), without a sign, or not at all",
       [](F& f, S v) {
         f.refund = choice(v, {"zero", "silent", "none"});
       }},
      {"url-late", "=SECONDS", kTask, "its result_url comes so long after completed",
       [](F& f, S v) { f.url_late = number(v); }},
      {"url", "=relative|scheme-relative", kTask, "writes its result_url so",
       [](F& f, S v) {
         f.url_form = choice(v, {"relative", "scheme-relative"});
       }},
      {"unknown-status", "[=NAME]", kViews, "shows an undocumented status while it runs",
       [](F& f, S v) { f.unknown_status = v.empty() ? "warming_up" : v; }},
      {"backwards", "", kViews, "shows progress that goes back",
       [](F& f, S) { f.backwards = true; }},

      {"line-ends", "=cr|crlf|lf", kStream, "ends lines so",
       [](F& f, S v) {
         f.line_ends = choice(v, {"cr", "crlf", "lf"});
       }},
      {"bom", "", kStream, "begins with a byte order mark", [](F& f, S) { f.bom = true; }},
      {"silent", "", kStream, "answers, and then sends nothing, for ever",
       [](F& f, S) { f.stall_after = 0; }},
      {"comments", "", kStream, "sends comments only, for ever",
       [](F& f, S) { f.comments = true; }},
      {"no-final", "", kStream, "closes without the final event",
       [](F& f, S) { f.no_final = true; }},
      {"one-event", "", kStream, "closes after one event", [](F& f, S) { f.one_event = true; }},
      {"error-event", "[=TEXT]", kStream, "sends an error event first",
       [](F& f, S v) { f.error_event = v.empty() ? "provider failed, retrying" : v; }},
      {"cut-character", "", kStream, "closes in the middle of a UTF-8 character",
       [](F& f, S) { f.cut_character = true; }},
      {"retry", "=MS", kStream, "sends a retry: field first",
       [](F& f, S v) { f.retry = count(v); }},
      {"huge-line", "=BYTES", kStream, "sends a line of so many bytes first",
       [](F& f, S v) { f.huge_line = count(v); }},

      {"no-range", "", kDownload, "knows no Range: 200 and the whole file, always",
       [](F& f, S) { f.no_range = true; }},
      {"no-length", "", kDownload, "chunked, without Content-Length",
       [](F& f, S) { f.no_length = true; }},
      {"wrong-length", "=±BYTES", kDownload, "announces so many bytes more or fewer than it sends",
       [](F& f, S v) { f.wrong_length = integer(v); }},
      {"other-range", "=±BYTES", kDownload, "206 with a range that starts so much later or earlier",
       [](F& f, S v) { f.other_range = integer(v); }},
      {"etag-changes", "[=FILE]", kDownload,
       "from now on the file has another ETag, and is FILE if one is given",
       [](F& f, S v) { f.etag_changes = v; }},
      {"url-expires", "[=BYTES]", kDownload,
       "cut after so many bytes (none: 403 at once); the URL is revoked, a poll gives a new one",
       [](F& f, S v) { f.url_expires = v.empty() ? -1 : count(v); }},
      {"truncated", "=BYTES", kDownload, "the file ends there, permanently",
       [](F& f, S v) { f.truncated = count(v); }},
  };
  return table;
}

}  // namespace airforce::simulator
