// SPDX-License-Identifier: LGPL-2.1-or-later
// The properties of airforcevideosrc: those of the vocabulary, and what only GStreamer has.
#pragma once

#include <glib-object.h>

namespace airforce::gst {

class State;

void install_element_properties(GObjectClass* object_class);
void set_element_property(State& state, guint id, const GValue* value);
void get_element_property(State& state, guint id, GValue* value);

}  // namespace airforce::gst
