// SPDX-License-Identifier: LGPL-2.1-or-later
// Meets what is asked downstream of a pad by converting: size, rate, format. Costs nothing where
// the clip is accepted as it is, as no element is there then.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <gst/gst.h>

namespace airforce::gst {

class Converter {
 public:
  // Called at most once, from the streaming thread, when nothing converts to what is accepted
  // downstream. `wanted` describes that.
  using Refused = std::function<void(const std::string& wanted)>;

  // Between `target`, a source pad of a child of `bin`, and `ghost`, a pad of `bin` with that
  // target, both of which outlive it. `kind` is "video" or "audio". Before any data.
  Converter(GstBin* bin, GstPad* target, GstPad* ghost, std::string kind, Refused refused);
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  // After the target was stopped; takes its elements out of the bin.
  ~Converter();

 private:
  static GstPadProbeReturn probe(GstPad* target, GstPadProbeInfo* info, gpointer self);
  static gboolean query_ghost(GstPad* ghost, GstObject* parent, GstQuery* query);
  static gboolean query_inside(GstPad* internal, GstObject* parent, GstQuery* query);
  GstPadProbeReturn look_at(GstEvent* event);
  bool is_accepted(GstCaps* caps);
  // Puts the elements between. False if that fails.
  bool convert();
  GstElement* add(const char* factory);

  GstBin* const bin_;
  GstPad* const target_;
  GstPad* const ghost_;
  const std::string kind_;
  const Refused refused_;
  // Of the streaming thread alone.
  bool needed_ =
      false;  // what has arrived since the caps is held back, and comes again once converted
  bool needs_rate_ = false;
  bool refused_once_ = false;
  std::vector<GstElement*> elements_;  // owned by the bin; in the order of the data
};

}  // namespace airforce::gst
