// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include "clip/download_policy.h"
#include "values/error.h"

namespace airforce {

// How far a clip came.
struct DownloadedRange {
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> total;

  std::string text() const;  // "12 of 345 bytes came"
};

// What a failed download says: what was wrong, how far it came, that a task exists, and how to
// fetch it again without paying.
Error download_error(ErrorKind kind, const std::string& what, const std::string& task_id,
                     const DownloadedRange& arrived, int http_status = 0);

// What was downloaded is no MP4 that may be played: `problem` follows "it ".
Error not_playable(const std::string& problem, const std::string& task_id,
                   const DownloadedRange& arrived);

// `error`, from elsewhere, as the end of a download.
Error in_download(Error error, const std::string& task_id, const DownloadedRange& arrived);

// For a download that gave up after its last try.
Error given_up_error(FailureReason failure, bool only_cut_short, int status,
                     const std::string& words, const std::string& task_id,
                     const DownloadedRange& arrived);

// The same for a file that can't be written; says how much room is needed where that is the matter.
Error file_error(const std::system_error& failure, const std::string& task_id,
                 const DownloadedRange& arrived);
Error no_room_error(const std::string& directory, std::uint64_t free_bytes,
                    const std::string& task_id, const DownloadedRange& arrived);

}  // namespace airforce
