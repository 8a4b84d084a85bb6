// SPDX-License-Identifier: LGPL-2.1-or-later
#include <mutex>
#include <utility>

#include "clip/byte_source.h"

namespace airforce {
namespace {

class TaskSource final : public ByteSource {
 public:
  TaskSource(api::Client& client, Clip::UrlProvider provider)
      : client_(client), provider_(std::move(provider)) {}

  std::unique_ptr<http::ByteStream> open(std::optional<api::Range> range,
                                         const std::string& validator,
                                         GCancellable* cancellable) override {
    return client_.fetch(current_url(cancellable), range, validator, cancellable);
  }

  void refresh(GCancellable* cancellable) override {
    const std::lock_guard lock(mutex_);
    url_ = provider_(true, cancellable);
  }

 private:
  std::string current_url(GCancellable* cancellable) {
    const std::lock_guard lock(mutex_);
    if (url_.empty()) url_ = provider_(false, cancellable);
    return url_;
  }

  api::Client& client_;
  // Held while the provider asks the API, so that two threads whose URL was refused at once don't
  // call it together; cancelling either ends it at once.
  std::mutex mutex_;
  Clip::UrlProvider provider_;
  std::string url_;
};

}  // namespace

std::unique_ptr<ByteSource> make_task_source(api::Client& client, Clip::UrlProvider url) {
  return std::make_unique<TaskSource>(client, std::move(url));
}

}  // namespace airforce
