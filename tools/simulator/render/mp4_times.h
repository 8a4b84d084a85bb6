// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes the time of day out of an MP4, so that the same clip is the same file.
#pragma once

namespace airforce::simulator {

/// Sets the creation and modification times of an MP4's movie, tracks and media to 0, in place.
void clear_mp4_times(int file);

}  // namespace airforce::simulator
