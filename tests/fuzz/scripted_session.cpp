// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scripted_session.h"

#include <algorithm>
#include <charconv>

namespace airforce::fuzz {
namespace {

using Kind = http::TransportError::Kind;

constexpr char kNextAnswer = '\xFF';
constexpr char kSilence = '\xFE';

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

class ScriptedStream final : public http::ByteStream {
 public:
  // Throws TransportError where the text says so.
  explicit ScriptedStream(std::string answer) : answer_(std::move(answer)), rest_(answer_) {
    const std::string_view status = take_until(rest_, '\n');
    std::from_chars(status.data(), status.data() + status.size(), head_.status);
    if (head_.status == 0)
      throw http::TransportError(Kind::Unreachable, "cannot reach the server", false);
    if (head_.status == 1) throw http::TransportError(Kind::Lost, "the answer was lost");
    for (;;) {
      std::string_view value = take_until(rest_, '\n');
      if (value.empty()) break;
      const std::string_view name = take_until(value, ':');
      value.remove_prefix(std::min(value.size(), value.find_first_not_of(' ')));
      head_.headers.emplace_back(name, value);
    }
  }

  Outcome next(std::size_t most, std::span<const char>& bytes, double,
               GCancellable* cancellable) override {
    bytes = {};
    if (cancellable != nullptr && g_cancellable_is_cancelled(cancellable))
      throw http::TransportError(Kind::Cancelled, "cancelled");
    if (rest_.empty()) {
      if (!head_.header("X-Lost").empty()) throw http::TransportError(Kind::Lost, "it was lost");
      return Outcome::End;
    }
    if (rest_.front() == kSilence) {
      rest_.remove_prefix(1);
      return Outcome::Silent;
    }
    bytes = rest_.substr(0, std::min(most, rest_.find(kSilence)));
    rest_.remove_prefix(bytes.size());
    return Outcome::Bytes;
  }

 private:
  const std::string answer_;
  std::string_view rest_;
};

}  // namespace

std::string ScriptedSession::next() {
  const std::lock_guard lock(mutex_);
  return std::string(take_until(script_, kNextAnswer));
}

std::unique_ptr<http::ByteStream> ScriptedSession::open(const http::Request& request,
                                                        GCancellable*) {
  check_(request);
  if (request.about_to_send) request.about_to_send();
  return std::make_unique<ScriptedStream>(next());
}

http::Response ScriptedSession::send(const http::Request& request, GCancellable* cancellable) {
  const auto stream = open(request, cancellable);
  http::Response answer{stream->head(), {}};
  std::string buffer(4096, '\0');
  for (;;) {
    std::size_t count = 0;
    switch (stream->read(buffer, count, request.timeout_seconds, cancellable)) {
      case http::ByteStream::Outcome::End: return answer;
      case http::ByteStream::Outcome::Silent:
        throw http::TransportError(Kind::TimedOut, "it stopped in the middle of its answer");
      case http::ByteStream::Outcome::Bytes: answer.body.append(buffer, 0, count);
    }
  }
}

}  // namespace airforce::fuzz
