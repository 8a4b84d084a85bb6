// SPDX-License-Identifier: LGPL-2.1-or-later
// The properties of airforcechannelsrc: those of the channel, and the defaults of its requests.
#pragma once

#include <string>

#include <gst/gst.h>

#include "channel/channel.h"
#include "channel/request_defaults.h"
#include "gstreamer/gst_ptr.h"
#include "properties.h"
#include "values/guarded.h"

namespace airforce::gst {

GType channel_when_empty_type();

// Thread-safe.
class ChannelProperties {
 public:
  explicit ChannelProperties(Channel& channel) : channel_(channel) {}

  static void install(GObjectClass* object_class);
  void set(guint id, const GValue* value, const GParamSpec* spec);
  void get(guint id, GValue* value, GParamSpec* spec) const;

  // As asked for; null: anything.
  Caps wanted_caps(bool video) const;
  // Of a prompt (may be null) and more fields (may be null), with the channel's defaults.
  ItemRequest request(const char* prompt, const GstStructure* fields) const;
  // Queues the storyboard's shots, if there is one that was not queued yet. Throws Failure.
  void queue_storyboard();
  // A source of an item, and one of a clip that was made before.
  GstElement* new_source(const ItemRequest& request, Series series) const;
  GstElement* new_source_of(const std::string& task_id) const;

 private:
  struct Values {
    Caps video_caps;
    Caps audio_caps;
    std::string storyboard;  // a path
    bool is_storyboard_queued = false;
    bool continues = false;
  };
  Channel& channel_;
  RequestDefaults defaults_;
  Guarded<Values> values_;  // before the channel's own lock
};

}  // namespace airforce::gst
