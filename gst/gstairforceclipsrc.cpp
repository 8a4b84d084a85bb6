// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gstairforceclipsrc.h"

#include <algorithm>
#include <condition_variable>

#include "errors.h"
#include "values/guarded.h"

using airforce::gst::CoreGeneration;
using airforce::gst::Failure;

GST_DEBUG_CATEGORY_STATIC(clip_src_debug);

namespace airforce::gst {

// What is read. Not below the object lock, which a sanitizer of threads does not see.
struct ReadClip {
  std::shared_ptr<CoreGeneration> generation;  // nullptr after close
  bool is_open = false;                        // it has a clip
  bool flushing = false;
  std::condition_variable changed;  // one of these has
  guint64 position = 0;             // of the last read
  double rate = 0;                  // bytes a second
  int percent = 100;                // as reported in BUFFERING messages
};

}  // namespace airforce::gst

using airforce::gst::ReadClip;

struct _GstAirforceClipSrc {
  GstBaseSrc parent;
  airforce::Guarded<ReadClip>* clip;  // owned
};

G_DEFINE_TYPE_WITH_CODE(GstAirforceClipSrc, gst_airforce_clip_src, GST_TYPE_BASE_SRC,
                        GST_DEBUG_CATEGORY_INIT(clip_src_debug, "airforceclipsrc", 0,
                                                "Bytes of a generated clip"))

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static auto lock_clip(gpointer self) {
  return GST_AIRFORCE_CLIP_SRC(self)->clip->lock();
}

// nullptr before the clip is open, and after close.
static std::shared_ptr<CoreGeneration> generation_of(gpointer self) {
  const auto clip = lock_clip(self);
  return clip->is_open ? clip->generation : nullptr;
}

// Waits for the clip. nullptr where there will be none, or the reader is to flush.
static std::shared_ptr<CoreGeneration> wait_for_clip(gpointer self) {
  auto clip = lock_clip(self);
  clip.wait(clip->changed,
            [&clip] { return clip->is_open || clip->flushing || !clip->generation; });
  return clip->is_open ? clip->generation : nullptr;
}

static GstFlowReturn read_into(GstBaseSrc* base, guint64 offset, const GstMapInfo& map,
                               std::size_t* count) {
  const auto generation = wait_for_clip(base);
  if (!generation) return GST_FLOW_FLUSHING;
  lock_clip(base)->position = offset;
  try {
    *count = generation->read_at(offset, {map.data, map.size});
    return *count > 0 ? GST_FLOW_OK : GST_FLOW_EOS;
  } catch (const Failure& failure) {
    if (failure.kind == AIRFORCE_ERROR_CANCELLED || failure.kind == AIRFORCE_ERROR_INTERRUPTED) {
      return GST_FLOW_FLUSHING;
    }
    GST_CAT_DEBUG_OBJECT(clip_src_debug, base, "read at %" G_GUINT64_FORMAT " failed: %s", offset,
                         failure.what());
    airforce::gst::post_error(GST_ELEMENT(base), failure);
    return GST_FLOW_ERROR;
  }
}

static void set_extent(GstBuffer* buffer, guint64 offset, std::size_t count) {
  gst_buffer_set_size(buffer, static_cast<gssize>(count));
  GST_BUFFER_OFFSET(buffer) = offset;
  GST_BUFFER_OFFSET_END(buffer) = offset + count;
}

static GstFlowReturn gst_airforce_clip_src_fill(GstBaseSrc* base, guint64 offset, guint,
                                                GstBuffer* buffer) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE)) return GST_FLOW_ERROR;
  std::size_t count = 0;
  const GstFlowReturn result = read_into(base, offset, map, &count);
  gst_buffer_unmap(buffer, &map);
  if (result == GST_FLOW_OK) set_extent(buffer, offset, count);
  return result;
}

static gboolean gst_airforce_clip_src_get_size(GstBaseSrc* base, guint64* size) {
  const auto generation = generation_of(base);
  const std::int64_t known = generation ? generation->size() : -1;
  if (known < 0) return FALSE;
  *size = static_cast<guint64>(known);
  return TRUE;
}

static gboolean gst_airforce_clip_src_is_seekable(GstBaseSrc*) {
  return TRUE;
}

static gboolean set_flushing(GstBaseSrc* base, bool flushing) {
  {
    auto clip = lock_clip(base);
    clip->flushing = flushing;
    clip->changed.notify_all();
  }
  if (const auto generation = generation_of(base)) generation->set_flushing(flushing);
  return TRUE;
}

static gboolean gst_airforce_clip_src_unlock(GstBaseSrc* base) {
  return set_flushing(base, true);
}

static gboolean gst_airforce_clip_src_unlock_stop(GstBaseSrc* base) {
  return set_flushing(base, false);
}

// What is available, in parts of the clip or in bytes: from its beginning, and from where it is
// read.
static gboolean answer_buffering(GstBaseSrc* self, const CoreGeneration& generation,
                                 GstQuery* query) {
  GstFormat format = GST_FORMAT_UNDEFINED;
  gst_query_parse_buffering_range(query, &format, nullptr, nullptr, nullptr);
  const gint64 size = generation.size();
  if ((format != GST_FORMAT_PERCENT && format != GST_FORMAT_BYTES) || size <= 0) return FALSE;
  const auto in_format = [format, size](gint64 bytes) {
    if (format == GST_FORMAT_BYTES) return bytes;
    return static_cast<gint64>(gst_util_uint64_scale(bytes, GST_FORMAT_PERCENT_MAX, size));
  };
  gint64 position = 0;
  double rate = 0;
  int percent = 0;
  {
    const auto clip = lock_clip(self);
    position = static_cast<gint64>(clip->position);
    rate = clip->rate;
    percent = clip->percent;
  }

  const gint64 begin = std::min<gint64>(size, generation.available(0));
  gint64 start = 0;
  gint64 stop = begin;
  if (position > begin) {
    const gint64 there = generation.available(static_cast<guint64>(position));
    if (there > 0) {
      start = position;
      stop = std::min(size, position + there);
    }
  }
  const gint64 rest = size - begin - (start > 0 ? stop - start : 0);
  gint64 milliseconds = rest == 0 ? 0 : -1;
  if (rest > 0 && rate > 0) milliseconds = static_cast<gint64>(1000 * double(rest) / rate);
  gst_query_set_buffering_percent(query, percent < 100, percent);
  gst_query_set_buffering_stats(query, GST_BUFFERING_DOWNLOAD, static_cast<gint>(rate), -1,
                                milliseconds);
  gst_query_set_buffering_range(query, format, in_format(start), in_format(stop), milliseconds);
  if (begin > 0) gst_query_add_buffering_range(query, 0, in_format(begin));
  if (start > 0) gst_query_add_buffering_range(query, in_format(start), in_format(stop));
  return TRUE;
}

static gboolean gst_airforce_clip_src_query(GstBaseSrc* base, GstQuery* query) {
  const auto generation = generation_of(base);
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_DURATION: {
      // The parent answers "yes, unknown" to a question for time as long as it doesn't know the
      // size, and the demuxer, which does know the time, would pass that on.
      GstFormat format = GST_FORMAT_UNDEFINED;
      gst_query_parse_duration(query, &format, nullptr);
      if (format != GST_FORMAT_BYTES || !generation) return FALSE;
      gst_query_set_duration(query, GST_FORMAT_BYTES, generation->size());
      return TRUE;
    }
    case GST_QUERY_SCHEDULING:
      // A demuxer behind a typefind that is pushed to would change to pulling in our own thread.
      if (GST_PAD_MODE(GST_BASE_SRC_PAD(base)) != GST_PAD_MODE_PUSH) break;
      gst_query_set_scheduling(query, GST_SCHEDULING_FLAG_SEEKABLE, 1, -1, 0);
      gst_query_add_scheduling_mode(query, GST_PAD_MODE_PUSH);
      return TRUE;
    case GST_QUERY_BUFFERING: return generation && answer_buffering(base, *generation, query);
    case GST_QUERY_URI: {
      const auto bought = lock_clip(base)->generation;  // named before the clip is open
      if (!bought) return FALSE;
      // The extension lets typefinding try MP4 first and be done, rather than probe the end of a
      // file that isn't downloaded yet. Stream ids are made from this as well, so the same task has
      // the same ones in every run.
      g_autofree char* uri =
          g_strdup_printf("airforce://task/%s/clip.mp4", bought->task_id().c_str());
      gst_query_set_uri(query, uri);
      return TRUE;
    }
    default: break;
  }
  return GST_BASE_SRC_CLASS(gst_airforce_clip_src_parent_class)->query(base, query);
}

static void gst_airforce_clip_src_finalize(GObject* object) {
  delete GST_AIRFORCE_CLIP_SRC(object)->clip;
  G_OBJECT_CLASS(gst_airforce_clip_src_parent_class)->finalize(object);
}

static void gst_airforce_clip_src_class_init(GstAirforceClipSrcClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = gst_airforce_clip_src_finalize;

  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Generated clip source", "Source",
                                        "Reads the MP4 of a video task while it arrives",
                                        "The airforce-video authors");

  GstBaseSrcClass* base_class = GST_BASE_SRC_CLASS(klass);
  base_class->fill = gst_airforce_clip_src_fill;
  base_class->get_size = gst_airforce_clip_src_get_size;
  base_class->is_seekable = gst_airforce_clip_src_is_seekable;
  base_class->unlock = gst_airforce_clip_src_unlock;
  base_class->unlock_stop = gst_airforce_clip_src_unlock_stop;
  base_class->query = gst_airforce_clip_src_query;
}

static void gst_airforce_clip_src_init(GstAirforceClipSrc* self) {
  self->clip = new airforce::Guarded<ReadClip>();
  gst_base_src_set_format(GST_BASE_SRC(self), GST_FORMAT_BYTES);
}

GstElement* gst_airforce_clip_src_new(std::shared_ptr<CoreGeneration> generation) {
  auto* self = GST_AIRFORCE_CLIP_SRC(g_object_new(GST_TYPE_AIRFORCE_CLIP_SRC, nullptr));
  lock_clip(self)->generation = std::move(generation);
  return GST_ELEMENT(self);
}

void gst_airforce_clip_src_open(GstAirforceClipSrc* self) {
  auto clip = lock_clip(self);
  clip->is_open = true;
  clip->changed.notify_all();
}

void gst_airforce_clip_src_set_supply(GstAirforceClipSrc* self, double rate, int percent) {
  auto clip = lock_clip(self);
  clip->rate = rate;
  clip->percent = percent;
}

guint64 gst_airforce_clip_src_position(GstAirforceClipSrc* self) {
  return lock_clip(self)->position;
}

void gst_airforce_clip_src_close(GstAirforceClipSrc* self) {
  std::shared_ptr<CoreGeneration> generation;  // freed without the lock
  auto clip = lock_clip(self);
  generation.swap(clip->generation);
  clip->changed.notify_all();
}
