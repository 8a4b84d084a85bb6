// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tags.h"

#include <gst/base/gsttypefindhelper.h>

namespace airforce::gst {
namespace {

// Not of a pipe: what comes from it is for the core.
std::string file_contents(const char* path) {
  if (g_file_test(path, G_FILE_TEST_IS_REGULAR) == FALSE) return {};
  g_autofree char* text = nullptr;
  gsize size = 0;
  if (!g_file_get_contents(path, &text, &size, nullptr)) return {};
  return {text, size};
}

std::string uri_field(const std::string& uri, const char* name) {
  const std::size_t query = uri.find('?');
  if (query == std::string::npos) return {};
  g_autoptr(GHashTable) fields =
      g_uri_parse_params(uri.c_str() + query + 1, -1, "&", G_URI_PARAMS_WWW_FORM, nullptr);
  if (fields == nullptr) return {};
  const auto* value = static_cast<const char*>(g_hash_table_lookup(fields, name));
  return value != nullptr ? value : "";
}

}  // namespace

// As the core finds it: the property, its file, the URI.
std::string prompt_of(const Properties& request) {
  Value value = request.value(Property::prompt);
  if (const char* prompt = g_value_get_string(value.get()); prompt != nullptr && *prompt != '\0') {
    return prompt;
  }
  value = request.value(Property::prompt_file);
  if (const char* path = g_value_get_string(value.get()); path != nullptr && *path != '\0') {
    return file_contents(path);
  }
  return uri_field(request.uri(), "prompt");
}

TagList prompt_tags(const std::string& text) {
  g_autofree char* prompt = g_utf8_make_valid(text.c_str(), -1);
  g_strstrip(prompt);
  if (*prompt == '\0') return nullptr;
  TagList tags(gst_tag_list_new(GST_TAG_TITLE, prompt, GST_TAG_DESCRIPTION, prompt, GST_TAG_COMMENT,
                                prompt, GST_TAG_APPLICATION_NAME,
                                "airforce-video " AIRFORCE_VERSION, nullptr));
  gst_tag_list_set_scope(tags.get(), GST_TAG_SCOPE_GLOBAL);
  return tags;
}

bool wants_sound(const Properties& request) {
  if (request.uri().empty()) return request.flag(Property::sound);
  const std::string sound = uri_field(request.uri(), "sound");
  return sound == "true" || sound == "1";
}

TagList with_thumbnail(const TagList& tags, const std::vector<std::uint8_t>& image) {
  TagList made(tags ? gst_tag_list_copy(tags.get()) : gst_tag_list_new_empty());
  gst_tag_list_set_scope(made.get(), GST_TAG_SCOPE_GLOBAL);
  g_autoptr(GstCaps) caps =
      gst_type_find_helper_for_data(nullptr, image.data(), image.size(), nullptr);
  if (caps == nullptr || gst_caps_is_empty(caps) ||
      !g_str_has_prefix(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "image/")) {
    return made;
  }
  g_autoptr(GstBuffer) buffer = gst_buffer_new_memdup(image.data(), image.size());
  g_autoptr(GstSample) sample = gst_sample_new(buffer, caps, nullptr, nullptr);
  gst_tag_list_add(made.get(), GST_TAG_MERGE_REPLACE, GST_TAG_PREVIEW_IMAGE, sample, nullptr);
  return made;
}

TagList visible_tags(const GstTagList* tags) {
  TagList visible;
  for (int i = 0; i < gst_tag_list_n_tags(tags); ++i) {
    const char* name = gst_tag_list_nth_tag_name(tags, i);
    if (gst_tag_get_type(name) != G_TYPE_STRING) continue;
    for (guint at = 0; at < gst_tag_list_get_tag_size(tags, name); ++at) {
      const char* text = nullptr;
      if (gst_tag_list_peek_string_index(tags, name, at, &text) == FALSE) continue;
      const std::string shown = visible_text(text);
      if (shown == text) continue;
      if (visible == nullptr) visible.reset(gst_tag_list_copy(tags));
      // One text is enough of a tag that means harm.
      gst_tag_list_add(visible.get(), GST_TAG_MERGE_REPLACE, name, shown.c_str(), nullptr);
      break;
    }
  }
  return visible;
}

void make_tags_visible(GstStream* stream) {
  g_autoptr(GstTagList) tags = gst_stream_get_tags(stream);
  if (tags == nullptr) return;
  if (const TagList visible = visible_tags(tags)) gst_stream_set_tags(stream, visible.get());
}

}  // namespace airforce::gst
