// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "clip/downloaded_clip.h"
#include "outcome.h"
#include "sample_clip.h"
#include "scripted_source.h"
#include "support/temp_dir.h"

namespace airforce::test {

// Continues only when a test says so.
struct StillClock final : Clock {
  double elapsed() const override { return now; }
  std::int64_t unix_time() const override { return system_clock().unix_time(); }
  std::atomic<double> now = 0;
};

// Downloads from a ScriptedSource, in a directory of its own, with waits that take no time.
class DownloadFixture : public testing::Test {
 protected:
  DownloadFixture() {
    options_.task_id = "vid_1";
    options_.cache_directory = directory_.path();
  }

  // Its threads use what derived fixtures have, which goes before what is available.
  void TearDown() override { clip_.reset(); }

  DownloadedClip& start(ScriptedSource::Script script) {
    auto source = std::make_unique<ScriptedSource>(std::move(script));
    source->refresh_errors = refresh_errors_;
    source_ = source.get();
    clip_ = std::make_unique<DownloadedClip>(std::move(source), options_, environment());
    return *clip_;
  }

  DownloadEnvironment environment() {
    return {*clock_, [] { return 1.0; },
            [this](double seconds, GCancellable*) {
              const std::lock_guard lock(mutex_);
              waits_.push_back(seconds);
            }};
  }

  std::string completed() { return test::completed(*clip_); }
  Error failure() { return failure_of(*clip_); }

  static std::string read(Clip& clip, std::uint64_t offset, std::size_t size) {
    std::string buffer(size, '\0');
    buffer.resize(clip.read_at(offset, buffer));
    return buffer;
  }

  std::vector<double> waits() {
    const std::lock_guard lock(mutex_);
    return waits_;
  }

  TempDir directory_;
  ClipOptions options_;
  StillClock still_clock_;
  const Clock* clock_ = &system_clock();
  std::vector<Error> refresh_errors_;
  ScriptedSource* source_ = nullptr;

 private:
  std::mutex mutex_;
  std::vector<double> waits_;
  std::unique_ptr<DownloadedClip> clip_;
};

class DownloadFaults : public DownloadFixture {
 protected:
  const std::string clip_bytes_ = faststart_clip(300'000);
};

}  // namespace airforce::test
