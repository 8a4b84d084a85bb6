// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../gst/sound_join.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace airforce::gst {
namespace {

constexpr gsize kBlock = 1024;   // samples that are decoded at a time
constexpr gsize kClipped = 924;  // of which the decoder leaves so many
constexpr float kUntouched = 0.5;

// As a decoder gives it for an edit list: the planes are clipped, the size of the buffer is not.
TEST(SoundJoin, ClippedPlanesAreTakenForWhatIsLeftOfThem) {
  gst_init(nullptr, nullptr);
  const Caps caps(gst_caps_from_string(
      "audio/x-raw,format=F32LE,layout=non-interleaved,rate=48000,channels=1"));
  GstAudioInfo info;
  ASSERT_TRUE(gst_audio_info_from_caps(&info, caps.get()));
  std::vector<float> memory(2 * kBlock, kUntouched);
  Buffer buffer(gst_buffer_new_wrapped_full(static_cast<GstMemoryFlags>(0), memory.data(),
                                            memory.size() * sizeof(float), 0,
                                            kBlock * sizeof(float), nullptr, nullptr));
  gst_buffer_add_audio_meta(buffer.get(), &info, kBlock, nullptr);
  buffer.reset(gst_audio_buffer_truncate(buffer.release(), info.bpf, kBlock - kClipped, kClipped));

  SoundJoin join;
  join.begin_run(0);
  ASSERT_TRUE(join.begin_shot(caps.get(), 0, gst_util_uint64_scale(2 * kBlock, GST_SECOND, 48000)));
  const std::vector<Buffer> sent = join.place(std::move(buffer), 0);

  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(GST_BUFFER_OFFSET_END(sent[0].get()) - GST_BUFFER_OFFSET(sent[0].get()), kClipped);
  EXPECT_TRUE(std::all_of(memory.begin() + kBlock, memory.end(),
                          [](float sample) { return sample == kUntouched; }));
}

}  // namespace
}  // namespace airforce::gst
