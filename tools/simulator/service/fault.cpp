// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/fault.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>

namespace airforce::simulator {
namespace {

// Groups of steps at which an effect makes sense.
constexpr char kAny[] = "models create poll confirm stream list delete download thumbnail";
constexpr char kViews[] = "task poll confirm stream";
constexpr char kTask[] = "task";
constexpr char kStream[] = "stream";
constexpr char kDownload[] = "download thumbnail";
constexpr char kAll[] = "models create poll confirm stream list delete download thumbnail task";

struct Effect {
  const char* name;
  const char* value;  ///< how the help shows its value; "": takes none; "[=…]": may take one
  const char* steps;
  const char* help;
  std::function<void(Fault&, const std::string&)> apply;
};

[[noreturn]] void wrong(const std::string& message) {
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
  if (text.empty() || used != text.size()) wrong("\"" + text + "\" is not a whole number");
  return value;
}

int64_t count(const std::string& text) {
  const int64_t value = integer(text);
  if (value < 0) wrong("\"" + text + "\" is below 0");
  return value;
}

int status(const std::string& text) {
  const int64_t value = integer(text);
  if (value < 200 || value > 999) wrong("a status is a number from 200 to 999");
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
    wrong("\"" + text + "\" is not a number");
  return value;
}

/// Seconds; nothing given: for ever.
double patience(const std::string& text) {
  return text.empty() ? std::numeric_limits<double>::infinity() : number(text);
}

std::string choice(const std::string& text, const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
    std::string list;
    for (const auto& one : allowed) list += (list.empty() ? "" : ", ") + one;
    wrong("\"" + text + "\" is none of: " + list);
  }
  return text;
}

using F = Fault;
using S = const std::string&;

const std::vector<Effect>& effects() {
  static const std::vector<Effect> table = {
      {"times", "=N", kAll, "hits N requests, then no more", [](F& f, S v) { f.times = count(v); }},
      {"after", "=N", kAll, "spares the first N", [](F& f, S v) { f.after = count(v); }},
      {"probability", "=P", kAll, "hits a request with probability P, 0 to 1",
       [](F& f, S v) { f.probability = number(v); }},

      {"refuse", "=SECONDS", kAny, "resets, and refuses connections to this port for a time",
       [](F& f, S v) { f.refuse = number(v); }},
      {"reset-before", "", kAny, "resets the connection; nothing is carried out",
       [](F& f, S) { f.reset_before = true; }},
      {"close-before", "", kAny, "closes it without a word; nothing is carried out",
       [](F& f, S) { f.close_before = true; }},
      {"stall-before", "[=SECONDS]", kAny, "is silent, then carries it out; without a time: never",
       [](F& f, S v) { f.stall_before = patience(v); }},

      {"status", "=NNN", kAny, "answers with this status; nothing is carried out",
       [](F& f, S v) { f.status = status(v); }},
      {"retry-after", "=VALUE", kAny, "with Retry-After: a number, any text, or date:SECONDS",
       [](F& f, S v) { f.retry_after = v; }},
      {"carried-out", "", kAny, "carries the request out in spite of status or redirect",
       [](F& f, S) { f.carried_out = true; }},
      {"redirect", "=WHERE", kAny, "302 to same, other (the other origin), loop, or this URL",
       [](F& f, S v) { f.redirect = v; }},
      {"body", "=WHAT", kAny,
       "another body: empty, html, cut, garbage, null, array, wrong-types, huge",
       [](F& f, S v) {
         f.body =
             choice(v, {"empty", "html", "cut", "garbage", "null", "array", "wrong-types", "huge"});
       }},
      {"content-type", "=TYPE", kAny, "another Content-Type",
       [](F& f, S v) { f.content_type = v; }},

      {"lost-answer", "", kAny, "carries it out, then resets before the answer",
       [](F& f, S) { f.lost_answer = true; }},
      {"stall", "[=SECONDS]", kAny, "carries it out, then is silent before the answer",
       [](F& f, S v) { f.stall = patience(v); }},
      {"stall-after", "=BYTES", kAny, "is silent for ever after so much of the body",
       [](F& f, S v) { f.stall_after = count(v); }},
      {"reset-after", "=BYTES", kAny, "resets after so much of the body",
       [](F& f, S v) { f.reset_after = count(v); }},
      {"close-after", "=BYTES", kAny, "closes after so much of the body",
       [](F& f, S v) { f.close_after = count(v); }},
      {"reset-end", "", kAny, "resets after the whole answer", [](F& f, S) { f.reset_end = true; }},
      {"drip", "=BYTES", kAny, "sends so many bytes a second",
       [](F& f, S v) { f.drip = std::max<int64_t>(1, count(v)); }},

      {"failed", "", kTask, "the new task fails (and is refunded)",
       [](F& f, S) { f.failed = true; }},
      {"expired", "", kTask, "the new task ends expired (and is refunded)",
       [](F& f, S) { f.expired = true; }},
      {"type", "=TYPE", kTask, "error type of the failed task",
       [](F& f, S v) { f.error_type = v; }},
      {"message", "=TEXT", kTask, "error message of the failed task; takes the rest of the line",
       [](F& f, S v) { f.error_message = v; }},
      {"unknown-status", "[=NAME]", kViews, "shows a status that nobody documented while it runs",
       [](F& f, S v) { f.unknown_status = v.empty() ? "warming_up" : v; }},
      {"backwards", "", kViews, "shows progress that goes back",
       [](F& f, S) { f.backwards = true; }},

      {"line-ends", "=cr|crlf|lf", kStream, "ends lines so",
       [](F& f, S v) {
         f.line_ends = choice(v, {"cr", "crlf", "lf"});
       }},
      {"bom", "", kStream, "begins with a byte order mark", [](F& f, S) { f.bom = true; }},
      {"silent", "", kStream, "answers, and then says nothing, for ever",
       [](F& f, S) { f.stall_after = 0; }},
      {"comments", "", kStream, "sends comments only, for ever",
       [](F& f, S) { f.comments = true; }},
      {"no-final", "", kStream, "closes without the final event",
       [](F& f, S) { f.no_final = true; }},
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
      {"truncated", "=BYTES", kDownload, "the file ends there, for good",
       [](F& f, S v) { f.truncated = count(v); }},
  };
  return table;
}

bool has_word(const std::string& words, const std::string& word) {
  return (" " + words + " ").find(" " + word + " ") != std::string::npos;
}

void apply_effect(Fault& fault, const std::string& item) {
  const auto equals = item.find('=');
  const std::string name = item.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : item.substr(equals + 1);
  const auto& table = effects();
  const auto effect =
      std::find_if(table.begin(), table.end(), [&](const Effect& e) { return name == e.name; });
  if (effect == table.end() || !has_word(effect->steps, fault.step)) {
    std::string known;
    for (const auto& e : table)
      if (has_word(e.steps, fault.step)) known += std::string(known.empty() ? "" : ", ") + e.name;
    wrong("step " + fault.step + " has no fault \"" + name + "\"; it has: " + known);
  }
  const std::string form = effect->value;
  if (form.empty() && equals != std::string::npos) wrong(name + " takes no value");
  if (form.starts_with("=") && value.empty()) wrong(name + " needs a value: " + name + form);
  effect->apply(fault, value);
}

}  // namespace

Fault parse_fault(const std::string& spec) try {
  Fault fault;
  fault.spec = spec;
  const auto colon = spec.find(':');
  fault.step = spec.substr(0, colon);
  if (!has_word(kAll, fault.step) || fault.step.empty())
    wrong("there is no step \"" + fault.step + "\"; the steps are: " + kAll);
  if (colon == std::string::npos || colon + 1 == spec.size())
    wrong("it says no effect: " + fault.step + ":EFFECT[=VALUE][,…]");

  for (size_t begin = colon + 1; begin < spec.size();) {
    size_t end = spec.find(',', begin);
    // The one value that may hold commas.
    if (end == std::string::npos || spec.compare(begin, 8, "message=") == 0) end = spec.size();
    apply_effect(fault, spec.substr(begin, end - begin));
    begin = end + 1;
  }
  return fault;
} catch (const std::invalid_argument& error) {
  throw std::invalid_argument("fault \"" + spec + "\": " + error.what());
}

std::string fault_help() {
  constexpr size_t kColumn = 28;
  std::string text = "Faults: STEP:EFFECT[=VALUE][,EFFECT…]\nSteps: " + std::string(kAll) + "\n";
  const char* steps = "";
  for (const Effect& effect : effects()) {
    if (std::string(steps) != effect.steps) {
      steps = effect.steps;
      text += "\n" +
              std::string(steps == kAll   ? "any step"
                          : steps == kAny ? "any request"
                                          : steps) +
              ":\n";
    }
    std::string left = "  " + std::string(effect.name) + effect.value;
    const auto width = static_cast<size_t>(g_utf8_strlen(left.c_str(), -1));
    left.append(width < kColumn ? kColumn - width : 0, ' ');
    text += left + " " + effect.help + "\n";
  }
  return text;
}

void Faults::add(Fault fault) {
  active_.push_back({.fault = std::move(fault)});
}

std::optional<Fault> Faults::strike(const std::string& step) {
  std::optional<Fault> chosen;
  for (Active& active : active_) {
    const Fault& fault = active.fault;
    if (fault.step != step) continue;
    active.seen += 1;
    if (chosen || active.seen <= fault.after) continue;
    if (fault.times && active.hits >= *fault.times) continue;
    if (fault.probability < 1 &&
        std::uniform_real_distribution<double>(0, 1)(random_) >= fault.probability)
      continue;
    active.hits += 1;
    chosen = fault;
  }
  return chosen;
}

JsonArrayText Faults::json() const {
  JsonArrayText list;
  for (const Active& active : active_)
    list.add(JsonObjectText()
                 .set("fault", active.fault.spec)
                 .set("seen", active.seen)
                 .set("hits", active.hits));
  return list;
}

}  // namespace airforce::simulator
