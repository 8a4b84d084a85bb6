// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/downloaded_clip.h"

#include <utility>

#include "clip/task_source.h"

namespace airforce {

DownloadedClip::DownloadedClip(std::unique_ptr<ByteSource> source, const ClipOptions& options,
                               DownloadEnvironment environment) try
    : partial_(options.location, options.cache_directory, options.task_id, options.replace),
      downloader_(
          std::move(source), partial_, options,
          [this, completed = options.completed] {
            if (completed) completed(*this);
          },
          std::move(environment)) {
} catch (const std::system_error& failure) {
  throw file_error(failure, options.task_id, {});
}

std::size_t DownloadedClip::read_until(const Deadline& deadline, std::uint64_t offset,
                                       std::span<char> buffer) {
  return partial_.read_at(
      offset, buffer, [this](std::uint64_t wanted) { downloader_.want(wanted); }, &deadline);
}

void DownloadedClip::cancel() {
  partial_.cancel();
  downloader_.cancel();
}

std::unique_ptr<Clip> download_clip(api::Client& client, Clip::UrlProvider url,
                                    const ClipOptions& options) {
  return std::make_unique<DownloadedClip>(make_task_source(client, std::move(url)), options);
}

}  // namespace airforce
