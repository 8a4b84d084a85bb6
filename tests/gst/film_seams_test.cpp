// SPDX-License-Identifier: LGPL-2.1-or-later
// Seams of a film in the element: pictures, sound and colours from shot to shot.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include "film_service.h"
#include "image_support.h"

using namespace airforce::gst::test;

GST_START_TEST(shots_follow_one_another_without_gap_or_overlap) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ada")) + kBranches);
  const FilmWatch watch(pipeline);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers("ada"));
  fail_unless_contiguous(watch.frames());
  fail_unless_contiguous(watch.sound());
  fail_unless_equals_int(watch.starts(), 1);
  fail_unless_equals_int(watch.segments(), 1);
  fail_unless_equals_int(service.simulator.creates(), 3);
}
GST_END_TEST

// The sound of a is longer than its picture, that of d shorter, b has none.
GST_START_TEST(sound_is_cut_or_padded_to_the_picture_of_its_shot) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("adba")) + kBranches);
  const FilmWatch watch(pipeline);
  pipeline.play_to_end();
  const auto frames = watch.frames();
  const auto sound = watch.sound();
  fail_unless_equals_int(frames.size(), 25 + 24 + 25 + 25);
  fail_unless_contiguous(sound);
  fail_unless_equals_uint64(sound.front().time, 0);
  const auto near = [](GstClockTime one, GstClockTime other) {
    return std::abs(static_cast<gint64>(one) - static_cast<gint64>(other)) < GST_MSECOND;
  };
  for (const std::size_t seam : {25, 49, 74}) {
    const GstClockTime time = frames[seam].time;
    fail_unless(std::any_of(sound.begin(), sound.end(),
                            [&](const HeardBuffer& heard) { return near(heard.time, time); }),
                "no sound begins with picture %u", static_cast<unsigned>(seam));
  }
  fail_unless(
      near(sound.back().time + sound.back().duration, frames.back().time + frames.back().duration));
  for (const HeardBuffer& heard : sound) {
    const GstClockTime time = heard.time + heard.duration / 2;
    const bool in_b = time > frames[49].time && time < frames[74].time;
    if (in_b) fail_unless(heard.silent, "it sounds at %f", double(time) / GST_SECOND);
  }
}
GST_END_TEST

// b has no sound, a has.
GST_START_TEST(sound_that_the_first_shot_lacks_is_silence_where_asked_for_and_else_a_warning) {
  const FilmService service;
  {
    Pipeline pipeline(film(service.storyboard("ba"), "sound=true") + kBranches);
    const FilmWatch watch(pipeline);
    pipeline.play_to_end();
    const auto sound = watch.sound();
    const auto frames = watch.frames();
    fail_unless_contiguous(sound);
    for (const HeardBuffer& heard : sound) {
      const GstClockTime time = heard.time + heard.duration / 2;
      const GstClockTime margin = 50 * GST_MSECOND;  // fades and the encoder's start
      if (time + margin < frames[25].time) fail_unless(heard.silent);
      if (time > frames[25].time + margin && time + margin < frames.back().time)
        fail_if(heard.silent, "no sound at %f", double(time) / GST_SECOND);
    }
  }
  Pipeline pipeline(film(service.storyboard("baa")) + kVideoBranch);
  const FilmWatch watch(pipeline, false);
  pipeline.set_state(GST_STATE_PLAYING);
  int warnings = 0;
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_WARNING),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  g_autoptr(GError) warning = nullptr;
                  gst_message_parse_warning(message, &warning, nullptr);
                  if (strstr(warning->message, "sound of shot 2") != nullptr) ++warnings;
                  return false;
                });
  fail_unless_equals_int(warnings, 1);
  fail_unless(watch.numbers() == expected_numbers("baa"));
}
GST_END_TEST

GST_START_TEST(a_continued_shot_does_not_show_its_first_picture_twice) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("a+bd+a")) + kVideoBranch);
  const FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  // The last shot continues another picture than it begins with: nothing of it is left out.
  fail_unless(watch.numbers() == expected_numbers("a+bd+a"));
  fail_unless_equals_int(watch.frames().size(), 25 + 24 + 24 + 25);
  fail_unless_contiguous(watch.frames());
  fail_unless_equals_int(service.simulator.creates(), 4);
  fail_unless_equals_int(service.simulator.last_images().size(), 1);
}
GST_END_TEST

// The MP4 with a display matrix that turns its first track, the video, clockwise by 90 degrees.
static void turn(const std::string& path) {
  std::string clip = airforce::test::read_file(path);
  const std::size_t matrix = clip.find("tkhd") - 4 + 48;  // in a track header of version 0
  fail_unless(clip.at(matrix - 40) == 0);
  const std::array<guint32, 4> turned = {0, 0x10000, 0xffff0000, 0};  // a, b, c, d
  const std::array<std::size_t, 4> places = {0, 4, 12, 16};
  for (std::size_t i = 0; i < turned.size(); ++i)
    GST_WRITE_UINT32_BE(clip.data() + matrix + places[i], turned[i]);
  airforce::test::write_file(path, clip);
}

// The SHA-256 of the last of all the frames, as PNG.
static std::string last_of_all(const TempDir& directory, const std::string& clip,
                               const std::string& flip) {
  Pipeline("filesrc location=" + clip + " ! qtdemux name=d d.video_0 ! queue ! decodebin ! " +
           flip +
           "videoconvert ! video/x-raw,format=RGB ! pngenc snapshot=false ! "
           "multifilesink max-files=1 location=" +
           directory.file("frame-%03d.png"))
      .play_to_end();
  for (const std::string& entry : directory.entries()) {
    if (entry.rfind("frame-", 0) == 0)
      return sha256(airforce::test::read_file(directory.file(entry)));
  }
  return "no frame";
}

GST_START_TEST(a_shot_continues_from_the_frame_that_players_show_last) {
  const bool is_turned = __i__ == 0;
  const TempDir directory;
  // Its sound is longer than its picture by more than the tail that is looked at.
  const std::string clip =
      make_numbered_clip(directory, "first", {.count = 24, .sound = is_turned ? 47 : 94});
  if (is_turned) turn(clip);
  const std::string next = make_numbered_clip(directory, "next", {.first = 200});
  const Simulator simulator(
      {"--clip=wan-2.6=" + clip, "--clip=veo-3=" + next, "--task-seconds=0.2"});
  const std::string storyboard = directory.file("film.jsonl");
  std::ofstream(storyboard) << R"({"prompt":"one","model":"wan-2.6"})"
                               "\n"
                               R"({"prompt":"two","model":"veo-3","continue":true})"
                               "\n";
  Pipeline(film(storyboard) + kVideoBranch).play_to_end();
  const auto images = simulator.last_images();
  fail_unless_equals_int(images.size(), 1);
  const std::string expected =
      last_of_all(directory, clip, is_turned ? "videoflip video-direction=90r ! " : "");
  fail_unless_equals_string(images.front().c_str(), expected.c_str());
}
GST_END_TEST

GST_START_TEST(colours_of_a_chain_are_those_of_its_first_shot) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("b+c")) + kVideoBranch);
  const FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  const auto frames = watch.frames();
  fail_unless_equals_int(frames.size(), 49);
  // Undisturbed the mean is the same in all pictures; the drift changes it by 6.
  const double brightness = frames[24].brightness;
  const double blue = frames[24].blue;
  for (std::size_t i = 25; i < frames.size(); ++i) {
    fail_unless(std::abs(frames[i].brightness - brightness) < 2, "picture %u: %f, not %f",
                static_cast<unsigned>(i), frames[i].brightness, brightness);
    fail_unless(std::abs(frames[i].blue - blue) < 2, "picture %u: %f, not %f",
                static_cast<unsigned>(i), frames[i].blue, blue);
  }
}
GST_END_TEST

// The simulator's clips repeat the picture that they start from once, and have 8 % of orange mixed
// in. Encoded, the film shows both; decoded, neither.
GST_START_TEST(a_known_drift_and_echo_are_measured_and_taken_out) {
  const TempDir directory;
  const Simulator simulator({"--echo=1", "--drift=8", "--task-seconds=0.2"});
  const std::string storyboard = directory.file("film.txt");
  std::ofstream(storyboard) << "A forest at noon\nThe camera moves in\n";
  const std::string request =
      film(storyboard, "continue=true model=seedance-lite duration-seconds=2 quality=480p");
  constexpr std::size_t kShot = 48;  // pictures
  {
    Pipeline pipeline(request +
                      "output=encoded s. ! h264parse ! avdec_h264 ! video/x-raw ! "
                      "queue ! fakesink name=video sync=false");
    const FilmWatch watch(pipeline, false);
    pipeline.play_to_end();
    const auto frames = watch.frames();
    fail_unless_equals_int(frames.size(), 2 * kShot);
    // BT.601: orange (1, 0.6, 0.2) has this difference of blue.
    const double before = frames[kShot - 1].blue - 128;
    const double expected = 128 + 0.92 * before - 0.08 * 59.9;
    fail_unless(std::abs(frames[kShot].blue - expected) < 1.5, "%f, not %f", frames[kShot].blue,
                expected);
  }
  Pipeline pipeline(request + kVideoBranch);
  const FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  const auto frames = watch.frames();
  fail_unless_equals_int(frames.size(), 2 * kShot - 1);
  fail_unless(std::abs(frames[kShot].blue - frames[kShot - 1].blue) < 2, "%f, then %f",
              frames[kShot - 1].blue, frames[kShot].blue);
  fail_unless(std::abs(frames[kShot].brightness - frames[kShot - 1].brightness) < 2, "%f, then %f",
              frames[kShot - 1].brightness, frames[kShot].brightness);
  fail_unless_equals_int(simulator.creates(), 2);
}
GST_END_TEST

// Without loss, so that each sample can be compared: the sound of a shot begins as long after its
// first picture as in its clip, and that of a, which is cut, ends with its last picture.
GST_START_TEST(a_film_of_twelve_shots_is_recorded_with_sound_and_picture_together) {
  const std::string shots = "a+b+cda+b+cdadad";
  const FilmService service;
  const std::string file = service.directory.file("film.mp4");
  Pipeline(film(service.storyboard(shots)) +
           "s. ! video/x-raw ! queue ! x264enc threads=1 speed-preset=ultrafast qp-max=18 ! mux. "
           "s. ! audio/x-raw ! queue ! audioconvert ! avenc_alac ! mux. "
           "mp4mux name=mux ! filesink location=" +
           file)
      .play_to_end();
  fail_unless_equals_int(service.simulator.creates(), 12);
  const auto play = [](const std::string& path, const std::string& decoder) {
    return "filesrc location=" + path +
           " ! qtdemux name=s s. ! video/x-h264 ! queue ! avdec_h264 ! video/x-raw ! "
           "fakesink name=video sync=false s.audio_0 ! queue ! " +
           decoder + " ! audioconvert ! audio/x-raw,format=S16LE ! fakesink name=audio sync=false";
  };
  Pipeline pipeline(play(file, "avdec_alac"));
  const FilmWatch watch(pipeline);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers(shots));
  const auto frames = watch.frames();
  const auto sound = watch.sound();
  const auto ms = [](GstClockTime one, GstClockTime other) {
    return std::abs(static_cast<double>(one) - static_cast<double>(other)) / GST_MSECOND;
  };
  std::map<char, GstClockTime> begins;  // of the sound in each clip
  for (const auto& [shot, model] : {std::pair{'a', "wan-2.6"}, {'c', "kling-1"}, {'d', "veo-3"}}) {
    Pipeline clip(play(service.directory.file(std::string(model) + ".mp4"), "avdec_aac"));
    const FilmWatch own(clip);
    clip.play_to_end();
    begins[shot] = first_loud(own.sound(), 0).value();
  }
  std::string plain = shots;
  plain.erase(std::remove(plain.begin(), plain.end(), '+'), plain.end());
  std::size_t first = 0;  // picture of the shot
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const bool continues = plain[i] == 'b' || plain[i] == 'c';
    const std::size_t count = (plain[i] == 'd' ? 24U : 25U) - (continues ? 1U : 0U);
    const GstClockTime begin = frames[first].time;
    const GstClockTime end = frames[first + count - 1].time + frames[first + count - 1].duration;
    if (plain[i] != 'b') {
      // A picture that is left out takes its sound along.
      const GstClockTime cut = continues ? kFilmFrame : 0;
      const GstClockTime own = begins[plain[i]] > cut ? begins[plain[i]] - cut : 0;
      const auto heard = first_loud(sound, begin);
      fail_unless(heard && ms(*heard, begin + own) < 1, "the sound of shot %u begins %.2f ms off",
                  static_cast<unsigned>(i + 1), heard ? ms(*heard, begin + own) : -1.0);
    }
    if (plain[i] == 'a') {
      const auto heard = last_loud(sound, end + GST_MSECOND);
      fail_unless(heard && ms(*heard, end) < 1, "the sound of shot %u ends %.2f ms off",
                  static_cast<unsigned>(i + 1), heard ? ms(*heard, end) : -1.0);
    }
    first += count;
  }
  fail_unless_equals_int(frames.size(), first);
}
GST_END_TEST

GST_START_TEST(encoded_shots_of_one_kind_follow_one_another) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("aa"), "output=encoded") +
                    "s. ! video/x-h264 ! queue ! h264parse ! avdec_h264 ! queue ! "
                    "fakesink name=video sync=false s. ! audio/mpeg ! queue ! fakesink sync=false");
  const FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers("aa"));
  fail_unless_contiguous(watch.frames());
}
GST_END_TEST

GST_START_TEST(encoded_shots_of_two_kinds_are_an_error_at_their_seam) {
  const TempDir directory;
  const std::string small = make_numbered_clip(directory, "small", {});
  const std::string large = make_numbered_clip(directory, "large", {.width = 320, .height = 240});
  const Simulator simulator(
      {"--clip=wan-2.6=" + small, "--clip=veo-3=" + large, "--task-seconds=0.2"});
  const std::string storyboard = directory.file("film.jsonl");
  std::ofstream(storyboard) << "{\"prompt\":\"one\",\"model\":\"wan-2.6\"}\n"
                               "{\"prompt\":\"two\",\"model\":\"veo-3\"}\n";
  Pipeline pipeline(film(storyboard, "output=encoded") +
                    "s. ! video/x-h264 ! queue ! fakesink sync=false s. ! audio/mpeg ! queue ! "
                    "fakesink sync=false");
  const Message error = pipeline.play_to_error();
  g_autoptr(GError) reported = nullptr;
  gst_message_parse_error(error.get(), &reported, nullptr);
  fail_unless(strstr(reported->message, "shot 2") != nullptr, "%s", reported->message);
  // Decoded, the second one is scaled to the first.
  Pipeline raw(film(storyboard) + kVideoBranch);
  const FilmWatch watch(raw, false);
  raw.play_to_end();
  fail_unless_equals_int(watch.frames().size(), 48);
  fail_unless_equals_int(watch.formats(), 1);
}
GST_END_TEST

static Suite* film_seams_suite() {
  Suite* suite = suite_create("film_seams");
  TCase* tcase = tcase_create("film_seams");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, shots_follow_one_another_without_gap_or_overlap);
  tcase_add_test(tcase, sound_is_cut_or_padded_to_the_picture_of_its_shot);
  tcase_add_test(tcase,
                 sound_that_the_first_shot_lacks_is_silence_where_asked_for_and_else_a_warning);
  tcase_add_test(tcase, a_continued_shot_does_not_show_its_first_picture_twice);
  tcase_add_loop_test(tcase, a_shot_continues_from_the_frame_that_players_show_last, 0, 2);
  tcase_add_test(tcase, colours_of_a_chain_are_those_of_its_first_shot);
  tcase_add_test(tcase, a_known_drift_and_echo_are_measured_and_taken_out);
  tcase_add_test(tcase, a_film_of_twelve_shots_is_recorded_with_sound_and_picture_together);
  tcase_add_test(tcase, encoded_shots_of_one_kind_follow_one_another);
  tcase_add_test(tcase, encoded_shots_of_two_kinds_are_an_error_at_their_seam);
  return suite;
}

GST_CHECK_MAIN(film_seams)
