// SPDX-License-Identifier: LGPL-2.1-or-later
// A service that gives a clip as a test says, without sockets.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "clip/byte_source.h"

namespace airforce::test {

// Holds a connection back until it is opened.
class Gate {
 public:
  void open();
  // Returns false if it was cancelled.
  bool wait(GCancellable* cancellable);
  // Returns when somebody waits at the gate, false after ten seconds.
  bool wait_for_somebody();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

// How the service answers one request.
struct Answering {
  std::string content;    // of the whole clip
  int status = 0;         // 0: 200 or 206; else an answer without the clip
  std::string body;       // of such an answer
  bool ranges = true;     // obeys Range
  bool if_range = true;   // obeys If-Range
  bool length = true;     // reports Content-Length
  std::int64_t more = 0;  // how much more than the truth the Content-Length is
  std::string etag = "\"one\"";
  std::string last_modified;
  std::string date;
  std::string content_range;  // in place of the right one
  std::string encoding;
  std::string retry_after;
  std::optional<std::uint64_t> from;  // where a range begins in place of where it was asked for
  std::uint64_t most = UINT64_MAX;    // bytes of a range at most
  std::size_t chunk = 4096;           // bytes that a read gets at most

  // Where in the clip the connection breaks, ends or falls silent.
  std::optional<std::uint64_t> lost_at;
  std::optional<std::uint64_t> end_at;
  std::optional<std::uint64_t> silent_at;
  // Where it waits.
  std::optional<std::uint64_t> gate_at;
  std::shared_ptr<Gate> gate;
  // The connection is refused.
  bool unreachable = false;
};

struct Request {
  std::optional<api::Range> range;
  std::string validator;
};

class ScriptedSource final : public ByteSource {
 public:
  using Script = std::function<Answering(const Request& request, int number)>;

  // `script` is asked for each request, numbered from 0, one at a time.
  explicit ScriptedSource(Script script) : script_(std::move(script)) {}

  std::unique_ptr<http::ByteStream> open(std::optional<api::Range> range,
                                         const std::string& validator,
                                         GCancellable* cancellable) override;
  void refresh(GCancellable* cancellable) override;

  // What refresh() throws, first things first; then it succeeds.
  std::vector<Error> refresh_errors;

  std::vector<Request> requests() const;
  int refreshes() const;

 private:
  Script script_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  int refreshes_ = 0;
};

}  // namespace airforce::test
