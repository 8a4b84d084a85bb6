// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/request_log.h"

#include <glib.h>

#include "glib_handles.h"

namespace airforce::simulator {
namespace {

constexpr size_t kKept = 20000;     // records; older ones go
constexpr size_t kMaxField = 4096;  // bytes that a record keeps of what a client sent

std::string clock_text(Time time) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  GDateTime* local = g_date_time_new_from_unix_local(milliseconds / 1000);
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", g_date_time_get_hour(local),
                g_date_time_get_minute(local), g_date_time_get_second(local),
                static_cast<int>(milliseconds % 1000));
  g_date_time_unref(local);
  return text;
}

std::string duration_text(Duration duration) {
  char text[32];
  const double seconds = in_seconds(duration);
  if (seconds < 1)
    std::snprintf(text, sizeof text, "%.0f ms", seconds * 1000);
  else
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

bool is_visible(gunichar character) {
  const GUnicodeType type = g_unichar_type(character);
  return g_unichar_isprint(character) && type != G_UNICODE_LINE_SEPARATOR &&
         type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

/// What a client sent, made safe to print: one line of bounded length, with "?" for each character
/// that draws, hides or turns others around.
std::string printable(const std::string& text) {
  constexpr size_t kMax = 200;
  const Text valid(g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
  std::string safe;
  const char* at = valid.get();
  for (const char* next = at; *at != '\0' && safe.size() < kMax; at = next) {
    next = g_utf8_next_char(at);
    if (is_visible(g_utf8_get_char(at)))
      safe.append(at, next);
    else
      safe += '?';
  }
  return *at != '\0' ? safe + "..." : safe;
}

/// Cuts a text that is too long to be kept, between two characters.
void shorten(std::string& text) {
  if (text.size() <= kMaxField) return;
  size_t end = kMaxField;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  text.shrink_to_fit();
}

}  // namespace

int64_t RequestLog::open() {
  return ++opened_;
}

void RequestLog::close(RequestRecord record) {
  if (record.step == "control") return;
  if (file_) {
    const std::string status = record.status ? std::to_string(record.status) : "---";
    std::string note = record.note;
    if (record.end != "complete") note += (note.empty() ? "" : ", ") + record.end;
    if (!record.fault.empty()) note += (note.empty() ? "" : ", ") + ("fault " + record.fault);
    std::fprintf(file_, "%s %-6s %s %s (%s)%s%s\n", clock_text(record.begun).c_str(),
                 printable(record.method).c_str(), printable(record.path).c_str(), status.c_str(),
                 duration_text(record.ended - record.begun).c_str(), note.empty() ? "" : " ",
                 printable(note).c_str());
    std::fflush(file_);
  }
  counts_[record.step] += 1;
  for (std::string* field :
       {&record.method, &record.path, &record.range, &record.if_range, &record.idempotency_key,
        &record.prompt, &record.extra, &record.task, &record.note})
    shorten(*field);
  for (std::string& image : record.images) shorten(image);
  records_.push_back(std::move(record));
  if (records_.size() > kKept) records_.pop_front();
}

void RequestLog::say(const std::string& text) {
  if (!file_) return;
  std::fprintf(file_, "%s %s\n", clock_text(wall_clock()).c_str(), printable(text).c_str());
  std::fflush(file_);
}

JsonArrayText RequestLog::json() const {
  JsonArrayText list;
  for (const RequestRecord& record : records_) {
    list.add(JsonObjectText()
                 .set("number", record.number)
                 .set("step", record.step)
                 .set("method", record.method)
                 .set("origin", record.origin)
                 .set("path", record.path)
                 .set("authorization", record.authorization)
                 .set("range", record.range)
                 .set("if_range", record.if_range)
                 .set("request_id", record.request_id)
                 .set("idempotency_key", record.idempotency_key)
                 .set("prompt", record.prompt)
                 .set("extra", record.extra)
                 .set("task", record.task)
                 .set("status", record.status)
                 .set("bytes", record.bytes)
                 .set("end", record.end)
                 .set("fault", record.fault)
                 .set("note", record.note)
                 .set("images", JsonArrayText(record.images))
                 .set("begun", in_seconds(record.begun.time_since_epoch()))
                 .set("ended", in_seconds(record.ended.time_since_epoch())));
  }
  return list;
}

JsonObjectText RequestLog::counts() const {
  JsonObjectText object;
  for (const auto& [step, count] : counts_) object.set(step.c_str(), count);
  return object;
}

void RequestLog::reset() {
  opened_ = 0;
  records_.clear();
  counts_.clear();
}

}  // namespace airforce::simulator
