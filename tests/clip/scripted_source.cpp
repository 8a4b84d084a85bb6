// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scripted_source.h"

#include <algorithm>
#include <chrono>

namespace airforce::test {
namespace {

using http::TransportError;

class ScriptedStream final : public http::ByteStream {
 public:
  ScriptedStream(Answering answering, const Request& request) : answering_(std::move(answering)) {
    const auto& clip = answering_.content;
    if (answering_.status != 0) {
      head_.status = answering_.status;
      body_ = answering_.body;
      end_ = body_.size();
    } else {
      const bool condition_failed = answering_.if_range && !request.validator.empty() &&
                                    request.validator != answering_.etag &&
                                    request.validator != answering_.last_modified;
      const bool partial = answering_.ranges && request.range && !condition_failed;
      body_ = clip;
      end_ = clip.size();
      head_.status = 200;
      if (partial && request.range->first >= clip.size()) {
        head_.status = 416;
        add("Content-Range", "bytes */" + std::to_string(clip.size()));
        end_ = 0;
      } else if (partial) {
        head_.status = 206;
        position_ = answering_.from.value_or(request.range->first);
        if (request.range->last) end_ = std::min<std::uint64_t>(end_, *request.range->last + 1);
        end_ = std::min(end_, position_ + std::min(answering_.most, UINT64_MAX - position_));
        add("Content-Range", answering_.content_range.empty()
                                 ? "bytes " + std::to_string(position_) + "-" +
                                       std::to_string(end_ - 1) + "/" + std::to_string(clip.size())
                                 : answering_.content_range);
      }
      if (answering_.length) {
        const auto length = static_cast<std::int64_t>(end_ - position_) + answering_.more;
        add("Content-Length", std::to_string(length));
      }
      add("ETag", answering_.etag);
      add("Last-Modified", answering_.last_modified);
      add("Date", answering_.date);
      add("Content-Encoding", answering_.encoding);
    }
    add("Retry-After", answering_.retry_after);
  }

  Outcome next(std::size_t most, std::span<const char>& bytes, double,
               GCancellable* cancellable) override {
    if (g_cancellable_is_cancelled(cancellable)) {
      throw TransportError(TransportError::Kind::Cancelled, "cancelled");
    }
    if (answering_.gate && reached(answering_.gate_at) && !answering_.gate->wait(cancellable)) {
      throw TransportError(TransportError::Kind::Cancelled, "cancelled");
    }
    if (reached(answering_.lost_at)) {
      throw TransportError(TransportError::Kind::Lost, "connection reset");
    }
    if (reached(answering_.silent_at)) return Outcome::Silent;
    if (position_ >= end_ || reached(answering_.end_at)) return Outcome::End;
    auto until = end_;
    for (const auto& stop : {answering_.lost_at, answering_.silent_at, answering_.end_at,
                             answering_.gate ? answering_.gate_at : std::nullopt}) {
      if (stop && *stop > position_) until = std::min(until, *stop);
    }
    const auto count =
        std::min({most, answering_.chunk, static_cast<std::size_t>(until - position_)});
    bytes = std::span<const char>(body_).subspan(position_, count);
    position_ += count;
    return Outcome::Bytes;
  }

 private:
  void add(const char* name, const std::string& value) {
    if (!value.empty()) head_.headers.emplace_back(name, value);
  }
  bool reached(const std::optional<std::uint64_t>& where) const {
    return where && position_ >= *where;
  }

  Answering answering_;
  std::string body_;
  std::uint64_t position_ = 0;
  std::uint64_t end_ = 0;
};

constexpr std::chrono::seconds kLong(10);

}  // namespace

void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

bool Gate::wait(GCancellable* cancellable) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.notify_all();
  while (!open_ && !g_cancellable_is_cancelled(cancellable)) {
    changed_.wait_for(lock, std::chrono::milliseconds(1));
  }
  --waiting_;
  return open_;
}

bool Gate::wait_for_somebody() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kLong, [this] { return waiting_ > 0; });
}

std::unique_ptr<http::ByteStream> ScriptedSource::open(std::optional<api::Range> range,
                                                       const std::string& validator,
                                                       GCancellable* cancellable) {
  if (g_cancellable_is_cancelled(cancellable)) {
    throw TransportError(TransportError::Kind::Cancelled, "cancelled");
  }
  const std::lock_guard lock(mutex_);
  requests_.push_back({range, validator});
  auto answering = script_(requests_.back(), static_cast<int>(requests_.size()) - 1);
  if (answering.unreachable) {
    throw TransportError(TransportError::Kind::Unreachable, "connection refused", false);
  }
  return std::make_unique<ScriptedStream>(std::move(answering), requests_.back());
}

void ScriptedSource::refresh(GCancellable*) {
  const std::lock_guard lock(mutex_);
  ++refreshes_;
  if (refresh_errors.empty()) return;
  const auto error = refresh_errors.front();
  refresh_errors.erase(refresh_errors.begin());
  throw error;
}

std::vector<Request> ScriptedSource::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int ScriptedSource::refreshes() const {
  const std::lock_guard lock(mutex_);
  return refreshes_;
}

}  // namespace airforce::test
