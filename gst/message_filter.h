// SPDX-License-Identifier: LGPL-2.1-or-later
// What may leave the bin of the messages of the elements that read, demux and decode a clip. A clip
// is hostile input: no message that it causes may make an application open or install anything.
#pragma once

#include <string>
#include <vector>

#include <gst/gst.h>

#include "core.h"

namespace airforce::gst {

enum class MessageFate {
  Pass,
  Drop,
  Rewrite,        // an error or a warning, which leaves as one of the bin's own
  MissingDecoder  // nothing decodes a stream; missing_decoder() says which
};

MessageFate fate_of(GstMessage* message);

// For an error or a warning: whether it says that an element is missing.
bool is_about_missing_plugin(GstMessage* message);

// A stream that nothing decodes.
struct MissingDecoder {
  std::string kind;  // "video", "audio", or "" where it is neither
  std::string name;  // for a person: "H.264 (Main Profile) decoder"
};
// For a message whose fate is MissingDecoder.
MissingDecoder missing_decoder(GstMessage* message);

// Why streams of the clip of this task can't be played: nothing decodes these, or none is known.
Failure undecodable(const std::vector<MissingDecoder>& missing, const BoughtTask& task);

// An error of the source of a clip's bytes, which has the charge status.
Failure failure_with_details(GstMessage* message);

// An error or a warning of a child as a failure of the clip of this task.
Failure failure_of(GstMessage* message, const BoughtTask& task);

}  // namespace airforce::gst
