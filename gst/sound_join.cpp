// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sound_join.h"

#include <algorithm>
#include <cstring>

namespace airforce::gst {
namespace {

constexpr std::int64_t kFadesPerSecond = 200;       // 5 ms
constexpr std::int64_t kTolerancesPerSecond = 200;  // times of a clip are rounded
constexpr std::int64_t kSilencesPerSecond = 10;     // how long a buffer of silence is at most

template <typename Sample>
void scale(void* plane, std::int64_t step, std::int64_t count, const std::vector<double>& gains,
           std::int64_t channels) {
  auto* samples = static_cast<Sample*>(plane);
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t c = 0; c < channels; ++c) {
      Sample& sample = samples[i * step + c];
      sample = static_cast<Sample>(sample * gains[static_cast<std::size_t>(i)]);
    }
  }
}

bool can_fade(GstAudioFormat format) {
  return format == GST_AUDIO_FORMAT_S16 || format == GST_AUDIO_FORMAT_S32 ||
         format == GST_AUDIO_FORMAT_F32 || format == GST_AUDIO_FORMAT_F64;
}

}  // namespace

void SoundJoin::begin_run(GstClockTime start) {
  start_ = start;
  is_run_start_ = true;
}

std::int64_t SoundJoin::sample_at(GstClockTime time) const {
  return static_cast<std::int64_t>(
      gst_util_uint64_scale_round(time, static_cast<guint64>(info_.rate), GST_SECOND));
}

bool SoundJoin::begin_shot(GstCaps* caps, GstClockTime begin, GstClockTime end) {
  GstAudioInfo info;
  if (caps == nullptr || !gst_audio_info_from_caps(&info, caps)) return false;
  info_ = info;
  begin_ = sample_at(begin);
  end_ = sample_at(end);
  if (is_run_start_) next_ = std::max(begin_, sample_at(start_));
  is_run_start_ = false;
  return true;
}

void SoundJoin::stamp(GstBuffer* buffer, std::int64_t samples) {
  const auto rate = static_cast<guint64>(info_.rate);
  const auto time = [rate](std::int64_t sample) {
    return gst_util_uint64_scale(static_cast<guint64>(sample), GST_SECOND, rate);
  };
  GST_BUFFER_PTS(buffer) = time(next_);
  GST_BUFFER_DURATION(buffer) = time(next_ + samples) - GST_BUFFER_PTS(buffer);
  GST_BUFFER_OFFSET(buffer) = static_cast<guint64>(next_);
  GST_BUFFER_OFFSET_END(buffer) = static_cast<guint64>(next_ + samples);
  GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_DISCONT);
  next_ += samples;
}

Buffer SoundJoin::silence(std::int64_t samples) {
  const std::size_t size = static_cast<std::size_t>(samples) * static_cast<std::size_t>(info_.bpf);
  Buffer buffer(gst_buffer_new_allocate(nullptr, size, nullptr));
  GstMapInfo map;
  if (gst_buffer_map(buffer.get(), &map, GST_MAP_WRITE)) {
    gst_audio_format_info_fill_silence(info_.finfo, map.data, map.size);
    gst_buffer_unmap(buffer.get(), &map);
  }
  if (info_.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED) {
    gst_buffer_add_audio_meta(buffer.get(), &info_, static_cast<gsize>(samples), nullptr);
  }
  GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_GAP);
  stamp(buffer.get(), samples);
  return buffer;
}

// The shot's first and last milliseconds.
void SoundJoin::fade(Buffer& buffer, std::int64_t first, std::int64_t samples) {
  const std::int64_t length = info_.rate / kFadesPerSecond;
  if (first >= begin_ + length && first + samples <= end_ - length) return;
  if (!can_fade(GST_AUDIO_INFO_FORMAT(&info_))) return;
  std::vector<double> gains(static_cast<std::size_t>(samples));
  for (std::int64_t i = 0; i < samples; ++i) {
    const std::int64_t edge = std::min(first + i - begin_, end_ - 1 - first - i);
    gains[static_cast<std::size_t>(i)] =
        std::clamp(static_cast<double>(edge) / static_cast<double>(length), 0.0, 1.0);
  }
  buffer.reset(gst_buffer_make_writable(buffer.release()));
  GstAudioBuffer mapped;
  if (!gst_audio_buffer_map(&mapped, &info_, buffer.get(), GST_MAP_READWRITE)) return;
  samples = std::min(samples, static_cast<std::int64_t>(mapped.n_samples));
  const bool is_planar = info_.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  const std::int64_t channels = is_planar ? 1 : info_.channels;
  for (int plane = 0; plane < mapped.n_planes; ++plane) {
    void* data = mapped.planes[plane];
    switch (GST_AUDIO_INFO_FORMAT(&info_)) {
      case GST_AUDIO_FORMAT_S16: scale<gint16>(data, channels, samples, gains, channels); break;
      case GST_AUDIO_FORMAT_S32: scale<gint32>(data, channels, samples, gains, channels); break;
      case GST_AUDIO_FORMAT_F32: scale<gfloat>(data, channels, samples, gains, channels); break;
      default: scale<gdouble>(data, channels, samples, gains, channels); break;
    }
  }
  gst_audio_buffer_unmap(&mapped);
}

std::vector<Buffer> SoundJoin::place(Buffer buffer, GstClockTime time) {
  std::vector<Buffer> sent;
  // A decoder that clips planes leaves the buffer's size as it was.
  const GstAudioMeta* planes = gst_buffer_get_audio_meta(buffer.get());
  const auto given =
      static_cast<std::int64_t>(planes != nullptr ? planes->samples
                                                  : gst_buffer_get_size(buffer.get()) /
                                                        static_cast<gsize>(std::max(info_.bpf, 1)));
  std::int64_t samples = given;
  std::int64_t at = sample_at(time);
  if (std::abs(at - next_) <= info_.rate / kTolerancesPerSecond) at = next_;
  std::int64_t cut = 0;
  if (at < next_) {
    cut = std::min(next_ - at, samples);
    at = next_;
  }
  samples = std::min(samples - cut, end_ - at);
  if (samples <= 0) return sent;
  for (std::int64_t gap = at - next_; gap > 0; gap = at - next_) {
    sent.push_back(silence(std::min(gap, std::int64_t{info_.rate} / kSilencesPerSecond)));
  }
  if (cut > 0 || samples < given) {
    buffer.reset(gst_audio_buffer_truncate(buffer.release(), info_.bpf, static_cast<gsize>(cut),
                                           static_cast<gsize>(samples)));
  } else {
    buffer.reset(gst_buffer_make_writable(buffer.release()));
  }
  fade(buffer, at, samples);
  stamp(buffer.get(), samples);
  sent.push_back(std::move(buffer));
  return sent;
}

std::vector<Buffer> SoundJoin::finish() {
  std::vector<Buffer> sent;
  while (next_ < end_) {
    sent.push_back(silence(std::min(end_ - next_, std::int64_t{info_.rate} / kSilencesPerSecond)));
  }
  return sent;
}

}  // namespace airforce::gst
