// SPDX-License-Identifier: LGPL-2.1-or-later
// The files that are given beside a storyboard, looked at before anything is bought. They throw
// Error{Settings} that names the option.
#pragma once

#include <string>

namespace airforce::cli {

// --music
void check_given_music(const std::string& path);
// --continue-from: the clip's last frame, as PNG.
std::string given_frame(const std::string& path);

}  // namespace airforce::cli
