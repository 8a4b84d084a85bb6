// SPDX-License-Identifier: LGPL-2.1-or-later
// A pad of a clip's bin, and those of the bins around it that stand for it.
#pragma once

#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

// Whether the outermost ghost of this source pad is linked.
inline bool is_linked_outside(GstPad* pad) {
  Ref<GstPad> at = share(pad);
  while (true) {
    const Ref<GstPad> peer(gst_pad_get_peer(at.get()));
    if (peer == nullptr) return false;
    if (!GST_IS_PROXY_PAD(peer.get()) || GST_IS_GHOST_PAD(peer.get())) return true;
    const Ref<GstProxyPad> ghost(gst_proxy_pad_get_internal(GST_PROXY_PAD(peer.get())));
    if (ghost == nullptr) return false;
    at = share(GST_PAD(ghost.get()));
  }
}

// Takes a ghost pad off its bin.
inline void remove_ghost(GstElement* bin, GstPad* ghost) {
  gst_ghost_pad_set_target(GST_GHOST_PAD(ghost), nullptr);
  gst_pad_set_active(ghost, FALSE);
  gst_element_remove_pad(bin, ghost);
}

}  // namespace airforce::gst
