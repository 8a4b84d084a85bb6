// SPDX-License-Identifier: LGPL-2.1-or-later
#include "shared_stream.h"

#include <vector>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {
namespace {

// The pads that an element links with this one inside of it.
std::vector<Ref<GstPad>> internal_links(GstPad* pad) {
  std::vector<Ref<GstPad>> links;
  GstIterator* iterator = gst_pad_iterate_internal_links(pad);
  if (iterator == nullptr) return links;
  GValue value = G_VALUE_INIT;
  while (true) {
    const GstIteratorResult result = gst_iterator_next(iterator, &value);
    if (result == GST_ITERATOR_OK) {
      links.emplace_back(GST_PAD(g_value_dup_object(&value)));
      g_value_reset(&value);
    } else if (result == GST_ITERATOR_RESYNC) {
      links.clear();
      gst_iterator_resync(iterator);
    } else {
      break;
    }
  }
  if (G_IS_VALUE(&value)) g_value_unset(&value);
  gst_iterator_free(iterator);
  return links;
}

std::size_t linked(const std::vector<Ref<GstPad>>& pads) {
  std::size_t count = 0;
  for (const Ref<GstPad>& pad : pads) {
    if (gst_pad_is_linked(pad.get())) ++count;
  }
  return count;
}

}  // namespace

bool is_shared_stream(GstPad* sink) {
  const Ref<GstPad> source(gst_pad_get_peer(sink));
  if (source == nullptr) return false;
  for (const Ref<GstPad>& before : internal_links(source.get())) {
    if (linked(internal_links(before.get())) > 1 || is_shared_stream(before.get())) return true;
  }
  return false;
}

}  // namespace airforce::gst
