// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip_frames.h"

#include <algorithm>
#include <span>

#include <gio/gio.h>

#include "errors.h"

namespace airforce::gst {
namespace {

constexpr std::size_t kMaxClip = std::size_t{512} << 20;
constexpr std::size_t kPiece = std::size_t{1} << 20;

using Decode = Sample (*)(const FrameSource&, const Cancelled&);

Sample decoded(Decode decode, const std::vector<std::uint8_t>& clip, const BoughtTask& task,
               const Cancelled& cancelled) {
  g_autoptr(GInputStream) stream =
      g_memory_input_stream_new_from_data(clip.data(), static_cast<gssize>(clip.size()), nullptr);
  try {
    return decode({.element = "giostreamsrc", .stream = stream}, cancelled);
  } catch (const NoFrame& none) {
    if (none.reason == NoFrame::Reason::Stopped) throw cancelled_failure();
    throw clip_failure("the frames of the clip can't be decoded: " + none.why,
                       none.reason == NoFrame::Reason::NoElements
                           ? "install GStreamer's base and good plugins"
                           : kKeepTheFile,
                       task);
  }
}

}  // namespace

std::vector<std::uint8_t> clip_bytes(CoreGeneration& generation, const Cancelled& cancelled) {
  generation.wait_complete();
  const std::int64_t size = generation.size();
  if (size < 0 || static_cast<std::uint64_t>(size) > kMaxClip) {
    throw clip_failure("the clip is larger than 512 MiB: its frames are not looked at",
                       kKeepTheFile, generation.bought());
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    if (cancelled()) throw cancelled_failure();
    const std::size_t wanted = std::min(kPiece, bytes.size() - offset);
    try {
      const std::size_t count =
          generation.read_at(offset, std::span(bytes).subspan(offset, wanted));
      if (count == 0) break;
      offset += count;
    } catch (const Failure& failure) {
      // The reader that plays the same clip has stopped.
      if (failure.kind != AIRFORCE_ERROR_INTERRUPTED) throw;
      generation.set_flushing(false);
    }
  }
  bytes.resize(offset);
  return bytes;
}

Sample first_frame(const std::vector<std::uint8_t>& clip, const BoughtTask& task,
                   const Cancelled& cancelled) {
  return decoded(first_frame, clip, task, cancelled);
}

Sample last_frame(const std::vector<std::uint8_t>& clip, const BoughtTask& task,
                  const Cancelled& cancelled) {
  return decoded(last_frame, clip, task, cancelled);
}

}  // namespace airforce::gst
