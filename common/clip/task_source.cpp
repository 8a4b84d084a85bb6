// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/task_source.h"

#include <utility>

#include "values/guarded.h"

namespace airforce {
namespace {

class TaskSource final : public ByteSource {
 public:
  TaskSource(api::Client& client, Clip::UrlProvider provider)
      : client_(client), url_(Url{std::move(provider), {}}) {}

  std::unique_ptr<http::ByteStream> open(std::optional<api::Range> range,
                                         const std::string& validator,
                                         GCancellable* cancellable) override {
    return client_.fetch(current_url(cancellable), range, validator, cancellable);
  }

  void refresh(GCancellable* cancellable) override {
    auto url = url_.lock();
    url->text = url->provider(true, cancellable);
  }

 private:
  std::string current_url(GCancellable* cancellable) {
    auto url = url_.lock();
    if (url->text.empty()) url->text = url->provider(false, cancellable);
    return url->text;
  }

  struct Url {
    Clip::UrlProvider provider;
    std::string text;
  };

  api::Client& client_;
  // Locked while the provider asks the API, so that two threads whose URL was refused at once don't
  // call it together; cancelling either ends it at once.
  Guarded<Url> url_;
};

}  // namespace

std::unique_ptr<ByteSource> make_task_source(api::Client& client, Clip::UrlProvider url) {
  return std::make_unique<TaskSource>(client, std::move(url));
}

}  // namespace airforce
