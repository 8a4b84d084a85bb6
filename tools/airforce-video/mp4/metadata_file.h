// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include <gio/gio.h>

#include "clip/clip_file.h"
#include "mp4/metadata.h"

namespace airforce::cli::mp4 {

// Writes the metadata into this MP4, without touching pictures and sound: the file is replaced by
// one with more boxes, at once and durably, or stays as it is. Returns "", or why nothing was
// written: it is signed (C2PA), so that any change would break the signature, or has a structure
// that cannot be moved. Throws Error{File} for what cannot be read or written, and
// Error{Cancelled}. `to`: where the new file is committed instead, nullptr for its own place.
std::string write_metadata(const std::string& path, const Metadata& metadata,
                           ClipFile* to = nullptr, GCancellable* cancellable = nullptr);

// Whether write_metadata() would write, and has not yet. False for what cannot be read.
bool lacks_metadata(const std::string& path);

}  // namespace airforce::cli::mp4
