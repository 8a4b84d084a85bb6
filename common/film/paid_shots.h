// SPDX-License-Identifier: LGPL-2.1-or-later
// Which shots of a film are paid for already, as the store and the clip cache of this machine know
// it. Private to common/film.
#pragma once

#include <string>
#include <vector>

#include <gio/gio.h>

#include "film/film.h"

namespace airforce {

// By shot: whether it is resumed or replayed, and nothing bought. A create whose outcome is unknown
// may be bought. Nothing is claimed; a store that can't be read knows of nothing.
std::vector<bool> paid_shots(const Storyboard& storyboard, const FilmOptions& options,
                             const std::string& store, const std::string& account,
                             GCancellable* cancellable);

// What stands for the picture that a continued shot starts from, where that is known by its
// identity alone: no purchase sends it.
std::string_view any_picture();

}  // namespace airforce
