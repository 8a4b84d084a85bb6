// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "clip/byte_source.h"
#include "clip/clip.h"
#include "clip/downloader.h"
#include "clip/partial_file.h"

namespace airforce {

// A clip from a ByteSource.
class DownloadedClip final : public Clip {
 public:
  // Throws Error{File} where the file can't be made.
  DownloadedClip(std::unique_ptr<ByteSource> source, const ClipOptions& options,
                 DownloadEnvironment environment = {});

  std::size_t read_until(const Deadline& deadline, std::uint64_t offset,
                         std::span<char> buffer) override;
  std::int64_t size() const override { return partial_.size(); }
  std::int64_t available(std::uint64_t offset) const override { return partial_.available(offset); }
  void set_flushing(bool flushing) override { partial_.set_flushing(flushing); }
  void cancel() override;
  void wait_complete() override { partial_.wait_complete(); }
  std::string path() const override { return partial_.path(); }
  std::string location() const override { return partial_.location(); }

 private:
  PartialFile partial_;
  Downloader downloader_;  // uses partial_, so it goes first
};

}  // namespace airforce
