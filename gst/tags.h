// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of a clip besides its streams, as tags.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"
#include "properties.h"

namespace airforce::gst {

// The prompt of a request; "" where it has none, as one that names a task.
std::string prompt_of(const Properties& request);

// A prompt as title and description; nullptr for none.
TagList prompt_tags(const std::string& prompt);

// Whether sound is asked for, by the property or by the URI.
bool wants_sound(const Properties& request);

// `tags`, which may be nullptr, with an image file as the preview image. The same if it is no
// image.
TagList with_thumbnail(const TagList& tags, const std::vector<std::uint8_t>& image);

// Tags that come from the clip, with their texts as they may be shown; nullptr where they may be
// shown as they are.
TagList visible_tags(const GstTagList* tags);
// The same for those of a stream, in place.
void make_tags_visible(GstStream* stream);

}  // namespace airforce::gst
