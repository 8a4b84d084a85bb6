// SPDX-License-Identifier: LGPL-2.1-or-later
#include "images.h"

#include <algorithm>
#include <cstdlib>

#include "debug.h"
#include "picture.h"
#include "shared_stream.h"

namespace airforce::gst {
namespace {

constexpr std::string_view kPrefix = "image_";

bool is_whole(GstBuffer* buffer) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return false;
  const bool whole = is_whole_picture({map.data, map.size});
  gst_buffer_unmap(buffer, &map);
  return whole;
}

}  // namespace

bool is_raw(GstCaps* caps) {
  return gst_structure_has_name(gst_caps_get_structure(caps, 0), "video/x-raw");
}

Failure image_failure(const std::string& message) {
  Failure failure;
  failure.kind = AIRFORCE_ERROR_SETTINGS;
  failure.step = "image";
  failure.message = message;
  failure.text = message + "; nothing was charged";
  return failure;
}

GstPad* Images::request(GstPadTemplate* pad_template, const char* name) {
  std::string wanted = name != nullptr ? name : "";
  GstPad* pad = nullptr;
  {
    auto inputs = inputs_.lock();
    const unsigned number = inputs->number_for(name);
    wanted = std::string(kPrefix) + std::to_string(number);
    const auto behind =
        std::find_if(inputs->all.begin(), inputs->all.end(),
                     [number](const Input& input) { return input.number >= number; });
    const bool is_free = behind == inputs->all.end() || behind->number != number;
    if (!inputs->is_started && is_free) {
      pad = gst_pad_new_from_template(pad_template, wanted.c_str());
      inputs->all.insert(behind, Input{pad, number, wanted, nullptr});
    }
  }
  if (pad == nullptr) {
    GST_ELEMENT_WARNING(element_, CORE, PAD,
                        ("The pad %s is not available: pads for pictures are requested in NULL or "
                         "READY, once each.",
                         wanted.c_str()),
                        (nullptr));
    return nullptr;
  }
  gst_pad_set_chain_function_full(pad, chain, this, nullptr);
  gst_pad_set_event_function_full(pad, event, this, nullptr);
  // What goes in is no part of what comes out: whoever follows the data through the graph ends
  // here.
  gst_pad_set_iterate_internal_links_function(
      pad, [](GstPad*, GstObject*) -> GstIterator* { return nullptr; });
  gst_element_add_pad(element_, pad);
  return pad;
}

unsigned Images::Inputs::number_for(const char* name) const {
  if (name != nullptr && g_str_has_prefix(name, kPrefix.data()) &&
      g_ascii_isdigit(name[kPrefix.size()])) {
    return static_cast<unsigned>(std::strtoul(name + kPrefix.size(), nullptr, 10));
  }
  unsigned number = 0;
  for (const Input& input : all) {
    if (input.number == number) ++number;
  }
  return number;
}

void Images::release(GstPad* pad) {
  refuse(pad, "was released before its picture arrived");
  {
    auto inputs = inputs_.lock();
    // What it has taken stays, without the pad, until wait() has given it.
    for (Input& input : inputs->all) {
      if (input.pad == pad) input.pad = nullptr;
    }
    std::erase_if(inputs->all,
                  [](const Input& input) { return input.pad == nullptr && !input.sample; });
  }
  gst_pad_set_active(pad, FALSE);
  gst_element_remove_pad(element_, pad);
}

void Images::start() {
  stop();
  auto inputs = inputs_.lock();
  inputs->is_started = true;
}

void Images::stop() {
  auto inputs = inputs_.lock();
  inputs->is_started = false;
  inputs->refusal.clear();
  std::erase_if(inputs->all, [](const Input& input) { return input.pad == nullptr; });
  for (Input& input : inputs->all) {
    input.sample.reset();
    input.is_taken = false;
  }
}

std::string Images::awaited() const {
  auto inputs = inputs_.lock();
  std::string names;
  for (const Input& input : inputs->all) {
    if (!input.is_taken) names += (names.empty() ? "" : ", ") + input.name;
  }
  return names;
}

std::vector<Image> Images::wait(const std::function<bool()>& cancelled) {
  auto inputs = inputs_.lock();
  bool is_cancelled = false;
  inputs.wait(changed_, [&] {
    is_cancelled = cancelled();
    return is_cancelled || !inputs->refusal.empty() ||
           std::all_of(inputs->all.begin(), inputs->all.end(),
                       [](const Input& input) { return input.is_taken; });
  });
  if (is_cancelled) return {};
  if (!inputs->refusal.empty()) throw image_failure(inputs->refusal);
  std::vector<Image> images;
  for (Input& input : inputs->all) {
    if (input.sample) images.push_back({input.name, std::move(input.sample)});
  }
  std::erase_if(inputs->all, [](const Input& input) { return input.pad == nullptr; });
  return images;
}

void Images::wake() {
  const auto inputs = inputs_.lock();
  changed_.notify_all();
}

Images::Input* Images::Inputs::awaited_at(GstPad* pad) {
  const auto found =
      std::find_if(all.begin(), all.end(), [pad](const Input& input) { return input.pad == pad; });
  const bool waits = found != all.end() && is_started && refusal.empty() && !found->is_taken;
  return waits ? &*found : nullptr;
}

void Images::refuse(GstPad* pad, const std::string& why) {
  auto inputs = inputs_.lock();
  const Input* input = inputs->awaited_at(pad);
  if (input == nullptr) return;
  inputs->refusal = input->name + " " + why;
  changed_.notify_all();
}

// Whether the pad has been waiting for it.
bool Images::take(GstPad* pad, GstBuffer* buffer) {
  if (inputs_.lock()->awaited_at(pad) == nullptr) return false;
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
  if (caps == nullptr || (!is_raw(caps) && !is_whole(buffer))) {
    refuse(pad,
           "has got a piece of a picture, or none: a buffer must be a whole JPEG, PNG or raw "
           "frame; put a decoder before it, jpegparse or pngparse");
    return true;
  }
  Sample sample(gst_sample_new(buffer, caps, nullptr, nullptr));
  auto inputs = inputs_.lock();
  Input* input = inputs->awaited_at(pad);
  if (input == nullptr) return false;
  GST_DEBUG_OBJECT(pad, "takes its picture: %" GST_PTR_FORMAT, caps);
  input->sample = std::move(sample);
  input->is_taken = true;
  changed_.notify_all();
  return true;
}

GstFlowReturn Images::chain(GstPad* pad, GstObject*, GstBuffer* buffer) {
  const Buffer owned(buffer);
  if (static_cast<Images*>(pad->chaindata)->take(pad, buffer)) return GST_FLOW_OK;
  // There is no need for more, so what is before this pad may stop; but not the other branches of a
  // tee, which would.
  return is_shared_stream(pad) ? GST_FLOW_OK : GST_FLOW_EOS;
}

gboolean Images::event(GstPad* pad, GstObject*, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
    static_cast<Images*>(pad->eventdata)->refuse(pad, "got the end of its stream, but no picture");
  }
  // A flush takes nothing back: the picture may be paid for by then.
  gst_event_unref(event);
  return TRUE;
}

}  // namespace airforce::gst
