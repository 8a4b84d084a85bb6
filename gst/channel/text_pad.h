// SPDX-License-Identifier: LGPL-2.1-or-later
// A sink pad of a channel that takes prompts, one a buffer.
#pragma once

#include <gst/gst.h>

#include "channel/channel.h"
#include "channel/channel_properties.h"

namespace airforce::gst {

// Where prompts go, and what their requests have besides.
struct PromptSink {
  Channel& channel;
  const ChannelProperties& properties;
};

// `sink` outlives the pad. The pad blocks while max-queued prompts wait.
GstPad* new_text_pad(GstPadTemplate* pad_template, const char* name, PromptSink* sink);

}  // namespace airforce::gst
