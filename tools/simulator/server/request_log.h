// SPDX-License-Identifier: LGPL-2.1-or-later
// What was asked and answered: a line each for people, a record each for tests.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "service/json_text.h"
#include "service/time.h"

namespace airforce::simulator {

struct RequestRecord {
  int64_t number = 0;  ///< 1, 2, 3 … since the start or the last reset
  std::string step;    ///< "create", "poll", "download" …; "other" for what is no endpoint
  std::string method;
  std::string origin;         ///< the port that was asked: "api" or "cdn"
  std::string path;           ///< without the query
  std::string authorization;  ///< "none", "right" (one of our keys), "wrong"
  std::string range;
  std::string if_range;
  std::string request_id;
  std::string idempotency_key;
  std::string prompt;  ///< of a create
  std::string extra;   ///< of a create: the fields that are passed on, as JSON
  std::string task;
  int status = 0;     ///< 0: no answer was begun
  int64_t bytes = 0;  ///< of the body
  std::string end;    ///< "complete", "client left", "reset" …
  std::string fault;
  std::string note;
  std::vector<std::string> images;  ///< of a create: their URLs, or the SHA-256 of their bytes
  Time begun;
  Time ended;
};

class RequestLog {
 public:
  /// Lines go to `file` (not owned); nullptr: nowhere.
  explicit RequestLog(FILE* file) : file_(file) {}

  /// The next request's number.
  int64_t open();
  /// The request has ended: writes its line, keeps its record. A control request leaves no trace.
  void close(RequestRecord record);
  /// A line that is about no request.
  void say(const std::string& text);

  /// The last requests, oldest first, as JSON.
  [[nodiscard]] JsonArrayText json() const;
  [[nodiscard]] JsonObjectText counts() const;
  void reset();

 private:
  FILE* file_;
  int64_t opened_ = 0;
  std::deque<RequestRecord> records_;
  std::map<std::string, int64_t> counts_;
};

}  // namespace airforce::simulator
