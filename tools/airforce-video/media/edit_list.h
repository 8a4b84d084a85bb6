// SPDX-License-Identifier: LGPL-2.1-or-later
// Edit lists (ISO/IEC 14496-12, 8.6.6) written into a finished MP4. Private to media/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace airforce::cli {

struct Edit {
  double media_seconds = 0;  // where it begins in the track's own time
  double seconds = 0;        // how long it is shown
};

struct TrackEdits {
  std::string handler;  // "vide", "soun"
  std::vector<Edit> edits;
};

// The `moov` box with these edit lists in place of what it had, and the durations that follow from
// them. Throws Error{Clip} for a box that cannot be understood.
std::string with_edit_lists(std::string_view moov, const std::vector<TrackEdits>& tracks);

// Rewrites the `moov` of a file in which it is the last box. Throws Error{Clip}, Error{File}.
void set_edit_lists(const std::string& path, const std::vector<TrackEdits>& tracks);

}  // namespace airforce::cli
