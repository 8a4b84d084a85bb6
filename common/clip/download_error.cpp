// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/download_error.h"

#include "values/text.h"

namespace airforce {
namespace {

std::string again(const std::string& task_id) {
  if (task_id.empty()) return {};
  const std::string id = shell_quoted(task_id);
  return "fetch it again without paying: airforce-video download " + id + ", or set task_id=" + id;
}

}  // namespace

std::string DownloadedRange::text() const {
  auto line = std::to_string(bytes);
  if (total) line += " of " + std::to_string(*total);
  return line + " bytes came";
}

Error download_error(ErrorKind kind, const std::string& what, const std::string& task_id,
                     const DownloadedRange& arrived, int http_status) {
  Error error(kind, Step::Download, what + "; " + arrived.text(), again(task_id));
  error.charge = Charge::Announced;
  error.task_id = task_id;
  error.resumable = !task_id.empty();
  error.http_status = http_status;
  if (kind == ErrorKind::NotFound && !task_id.empty()) {
    error.next_step = "see whether it has expired: airforce-video status " + shell_quoted(task_id);
  }
  return error;
}

Error not_playable(const std::string& problem, const std::string& task_id,
                   const DownloadedRange& arrived) {
  auto error = download_error(ErrorKind::Clip, "the clip is not a playable MP4: it " + problem,
                              task_id, arrived);
  if (!task_id.empty())
    error.next_step =
        "report task " + shell_quoted(task_id) + " to the service; " + error.next_step;
  return error;
}

Error in_download(Error error, const std::string& task_id, const DownloadedRange& arrived) {
  if (error.step == Step::Download && error.charge != Charge::None) return error;
  auto made = download_error(error.kind, error.message, task_id, arrived, error.http_status);
  error.message = made.message;
  error.step = made.step;
  error.task_id = made.task_id;
  if (error.charge == Charge::None) error.charge = Charge::Announced;
  if (error.next_step.empty()) error.next_step = made.next_step;
  return error;
}

Error given_up_error(FailureReason failure, bool only_cut_short, int status,
                     const std::string& words, const std::string& task_id,
                     const DownloadedRange& arrived) {
  const auto made = [&](ErrorKind kind, const std::string& what) {
    return download_error(kind, what, task_id, arrived, status);
  };
  if (only_cut_short) {
    return made(ErrorKind::Clip,
                "the clip is cut short: the service always ends it here (" + words + ")");
  }
  switch (failure) {
    case FailureReason::Unreachable:
    case FailureReason::Lost:
    case FailureReason::Stalled:
    case FailureReason::CutShort:
      return made(ErrorKind::Network, "the clip can't be fetched: " + words);
    case FailureReason::Busy:
      return made(ErrorKind::Busy, "the clip can't be fetched now: " + words);
    case FailureReason::ServerError:
      return made(ErrorKind::Server, "the clip can't be fetched: " + words);
    case FailureReason::BadAnswer:
      return made(ErrorKind::Protocol, "the clip can't be fetched: " + words);
    case FailureReason::Refused: break;
  }
  const auto what = "the clip's URL is refused, and so are fresh ones: " + words;
  switch (status) {
    // The URL was the service's own, and the key was not asked for.
    case 401:
    case 402:
    case 403: return made(ErrorKind::Server, what);
    case 404:
    case 410: return made(ErrorKind::NotFound, what);
    default: return made(ErrorKind::Rejected, what);
  }
}

Error file_error(const std::system_error& failure, const std::string& task_id,
                 const DownloadedRange& arrived) {
  const auto code = failure.code();
  std::string what = std::string("can't write the clip: ") + failure.what();
  const bool no_room = code == std::errc::no_space_on_device || code.value() == EDQUOT;
  if (no_room && arrived.total) {
    what += " (" + std::to_string(*arrived.total) + " bytes are needed in all)";
  }
  auto error = download_error(ErrorKind::File, what, task_id, arrived);
  if (no_room && !task_id.empty()) error.next_step = "make room, then " + error.next_step;
  return error;
}

Error no_room_error(const std::string& directory, std::uint64_t free_bytes,
                    const std::string& task_id, const DownloadedRange& arrived) {
  auto error = download_error(ErrorKind::File,
                              "no room for the clip in " + directory + ": " +
                                  std::to_string(arrived.total.value_or(0)) +
                                  " bytes are needed, " + std::to_string(free_bytes) + " are free",
                              task_id, arrived);
  if (!task_id.empty()) error.next_step = "make room, then " + error.next_step;
  return error;
}

}  // namespace airforce
