// SPDX-License-Identifier: LGPL-2.1-or-later
// Films in the element: several shots on one timeline.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <malloc.h>

#include "film_support.h"

using namespace airforce::gst::test;

namespace {

constexpr const char* kBranches =
    "s. ! video/x-raw ! queue ! fakesink name=video sync=false "
    "s. ! audio/x-raw ! audioconvert ! audio/x-raw,format=S16LE ! queue ! "
    "fakesink name=audio sync=false ";
constexpr const char* kVideoBranch = "s. ! video/x-raw ! queue ! fakesink name=video sync=false ";

// Clips of a model each: a and b share the picture 24, b and c the picture 48, where colours have
// drifted; d stands alone.
struct FilmService {
  explicit FilmService(std::vector<std::string> arguments = {})
      : simulator([&] {
          const ClipSpec a{.first = 0, .count = 25, .sound = 50};
          const ClipSpec b{.first = 24, .count = 25, .sound = 0};
          const ClipSpec c{.first = 48,
                           .count = 25,
                           .sound = 40,
                           .drift = {.gain = 1.08, .offset = -4, .blue = 6}};
          const ClipSpec d{.first = 200, .count = 24, .sound = 44};
          for (const auto& [model, spec] :
               {std::pair{"wan-2.6", a}, {"seedance-lite", b}, {"kling-1", c}, {"veo-3", d}}) {
            arguments.push_back(std::string("--clip=") + model + "=" +
                                make_numbered_clip(directory, model, spec));
          }
          arguments.emplace_back("--task-seconds=0.2");
          return arguments;
        }()) {}

  // JSON Lines of shots, "a" to "d"; a '+' before one continues the shot before it.
  std::string storyboard(const std::string& shots, const std::string& more = "") const {
    const std::string path = directory.file("film.jsonl");
    std::ofstream file(path);
    bool continues = false;
    int number = 0;
    for (const char shot : shots) {
      if (shot == '+') {
        continues = true;
        continue;
      }
      const char* model = shot == 'a'   ? "wan-2.6"
                          : shot == 'b' ? "seedance-lite"
                          : shot == 'c' ? "kling-1"
                                        : "veo-3";
      file << "{\"prompt\": \"shot " << ++number << "\", \"model\": \"" << model << "\""
           << (continues ? ", \"continue\": true" : "") << more << "}\n";
      continues = false;
    }
    return path;
  }

  TempDir directory;
  Simulator simulator;
};

std::string film(const std::string& storyboard, const std::string& settings = "") {
  return "airforcevideosrc name=s poll-interval=0.1 storyboard=" + storyboard + " " + settings +
         " ";
}

// What the shots show, without the pictures that are shown twice.
std::vector<int> expected_numbers(const std::string& shots) {
  std::vector<int> numbers;
  bool continues = false;
  for (const char shot : shots) {
    if (shot == '+') {
      continues = true;
      continue;
    }
    const int first = shot == 'a' ? 0 : shot == 'b' ? 24 : shot == 'c' ? 48 : 200;
    const int count = shot == 'd' ? 24 : 25;
    const bool repeats = continues && !numbers.empty() && numbers.back() == first;
    append(numbers, first + (repeats ? 1 : 0), count - (repeats ? 1 : 0));
    continues = false;
  }
  return numbers;
}

void seek(const Pipeline& pipeline, double rate, GstClockTime start, GstClockTime stop, int flags) {
  fail_unless(gst_element_seek(
      pipeline.get(), rate, GST_FORMAT_TIME, static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | flags),
      GST_SEEK_TYPE_SET, static_cast<gint64>(start),
      GST_CLOCK_TIME_IS_VALID(stop) ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE,
      static_cast<gint64>(stop)));
}

struct Used {
  long kilobytes = 0;  // of memory
  long files = 0;
  long threads = 0;
};

long entries_of(const char* directory) {
  return std::distance(std::filesystem::directory_iterator(directory), {});
}

Used used() {
  Used now;
  malloc_trim(0);  // what is free is not in use
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") status >> now.kilobytes;
  }
  now.files = entries_of("/proc/self/fd");
  now.threads = entries_of("/proc/self/task");
  return now;
}

void preroll(Pipeline& pipeline) {
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless_equals_int(gst_element_get_state(pipeline.get(), nullptr, nullptr, 60 * GST_SECOND),
                         GST_STATE_CHANGE_SUCCESS);
}

}  // namespace

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

// The third one comes five seconds after the others: it continues the second.
GST_START_TEST(the_first_shot_plays_while_the_last_one_is_made) {
  const FilmService service({"--fault=create:after=2,gateway=20,late=5"});
  Pipeline pipeline(film(service.storyboard("ad+d")) + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  bool has_begun = false;
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  guint done = 0;
                  gst_structure_get_uint(gst_message_get_structure(message), "shots-done", &done);
                  if (gst_message_has_name(message, "airforce-shot")) has_begun = true;
                  if (done == 3) fail_unless(has_begun, "the first shot waited for the last");
                  return false;
                });
  const Ref<GstElement> source = pipeline.element("s");
  guint shot = 0;
  g_object_get(source.get(), "current-shot", &shot, nullptr);
  fail_unless_equals_int(shot, 3);
}
GST_END_TEST

GST_START_TEST(each_shot_is_announced_with_its_price_task_and_place) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ad")) + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  std::vector<Structure> shots;
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  if (gst_message_has_name(message, "airforce-shot")) {
                    shots.emplace_back(gst_structure_copy(gst_message_get_structure(message)));
                  }
                  return false;
                });
  fail_unless_equals_int(shots.size(), 2);
  guint number = 0;
  guint64 time = 0;
  guint64 duration = 0;
  double cents = 0;
  const GstStructure* second = shots[1].get();
  fail_unless(gst_structure_get(second, "number", G_TYPE_UINT, &number, "film-time", G_TYPE_UINT64,
                                &time, "duration", G_TYPE_UINT64, &duration, "price-cents",
                                G_TYPE_DOUBLE, &cents, nullptr));
  fail_unless_equals_int(number, 2);
  fail_unless_equals_uint64(time, gst_util_uint64_scale(25, GST_SECOND, kFilmRate));
  fail_unless_equals_uint64(duration, GST_SECOND);
  fail_unless(cents == 600, "%f", cents);
  fail_unless_equals_string(gst_structure_get_string(second, "prompt"), "shot 2");
  fail_unless(gst_structure_get_string(second, "task-id") != nullptr);
}
GST_END_TEST

GST_START_TEST(progress_is_complete_with_the_first_shot_and_has_the_price_of_all) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("add")) + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  double cents = 0;
  guint shots = 0;
  pipeline.wait(GST_MESSAGE_PROGRESS, [&](GstMessage* message) {
    const GstStructure* structure = gst_message_get_structure(message);
    gst_structure_get(structure, "price-cents", G_TYPE_DOUBLE, &cents, "shots", G_TYPE_UINT, &shots,
                      nullptr);
    return progress_type(message) == GST_PROGRESS_TYPE_COMPLETE;
  });
  fail_unless(cents == 200 + 600 + 600, "%f", cents);
  fail_unless_equals_int(shots, 3);
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(a_film_above_its_ceiling_is_refused_before_any_purchase) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("add"), "max-cost-cents=1399") + kVideoBranch);
  const Message error = pipeline.play_to_error();
  g_autoptr(GError) reported = nullptr;
  gst_message_parse_error(error.get(), &reported, nullptr);
  fail_unless(g_error_matches(reported, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless(strstr(reported->message, "max-cost-cents") != nullptr, "%s", reported->message);
  fail_unless_equals_int(service.simulator.creates(), 0);
}
GST_END_TEST

GST_START_TEST(a_shot_that_fails_is_an_error_behind_those_before_it) {
  const FilmService service({"--fault=task:failed,after=1,message=no foxes today"});
  Pipeline pipeline(film(service.storyboard("a+b")) + kVideoBranch);
  const FilmWatch watch(pipeline, false);
  const Message error = pipeline.play_to_error();
  g_autoptr(GError) reported = nullptr;
  gst_message_parse_error(error.get(), &reported, nullptr);
  fail_unless(strstr(reported->message, "shot 2") != nullptr, "%s", reported->message);
  fail_unless(strstr(reported->message, "no foxes today") != nullptr, "%s", reported->message);
  const GstStructure* details = nullptr;
  gst_message_parse_error_details(error.get(), &details);
  fail_unless(details != nullptr && gst_structure_get_string(details, "charge") != nullptr);
  fail_unless_equals_int(watch.frames().size(), 25);
}
GST_END_TEST

GST_START_TEST(a_film_that_is_played_again_is_not_bought_again) {
  const FilmService service;
  const std::string storyboard = service.storyboard("a+bd");
  for (int round = 0; round < 2; ++round) {
    Pipeline pipeline(film(storyboard) + kVideoBranch);
    const FilmWatch watch(pipeline, false);
    pipeline.play_to_end();
    fail_unless(watch.numbers() == expected_numbers("a+bd"));
  }
  fail_unless_equals_int(service.simulator.creates(), 3);
}
GST_END_TEST

// Whether a prompt, a list of one or a storyboard of one line asks for it.
GST_START_TEST(one_clip_is_a_film_of_one_shot) {
  const FilmService service;
  for (const std::string& request :
       {std::string("prompt=fox model=veo-3"), std::string("prompts=\"<\\\"fox\\\">\" model=veo-3"),
        "storyboard=" + service.storyboard("d")}) {
    Pipeline pipeline("airforcevideosrc name=s poll-interval=0.1 reuse=always " + request + " " +
                      kVideoBranch);
    const FilmWatch watch(pipeline, false);
    pipeline.set_state(GST_STATE_PLAYING);
    int shots = 0;
    pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT),
                  [&](GstMessage* message) {
                    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                    if (!gst_message_has_name(message, "airforce-shot")) return false;
                    ++shots;
                    const GstStructure* structure = gst_message_get_structure(message);
                    guint number = 0;
                    guint64 time = 1;
                    guint64 duration = 0;
                    double cents = 0;
                    fail_unless(
                        gst_structure_get(structure, "number", G_TYPE_UINT, &number, "film-time",
                                          G_TYPE_UINT64, &time, "duration", G_TYPE_UINT64,
                                          &duration, "price-cents", G_TYPE_DOUBLE, &cents, nullptr),
                        "%s", request.c_str());
                    fail_unless_equals_int(number, 1);
                    fail_unless_equals_uint64(time, 0);
                    fail_unless_equals_uint64(duration, GST_SECOND);
                    fail_unless(cents == 600, "%f", cents);
                    fail_unless(gst_structure_get_string(structure, "task-id") != nullptr);
                    return false;
                  });
    fail_unless_equals_int(shots, 1);
    guint current = 0;
    g_object_get(pipeline.element("s").get(), "current-shot", &current, nullptr);
    fail_unless_equals_int(current, 1);
    fail_unless(watch.numbers() == expected_numbers("d"), "%s", request.c_str());
  }
}
GST_END_TEST

GST_START_TEST(prompts_make_a_film_without_a_file) {
  const FilmService service;
  Pipeline pipeline(
      "airforcevideosrc name=s poll-interval=0.1 model=wan-2.6 "
      "prompts=\"<\\\"one fox\\\",\\\"two foxes\\\">\" " +
      std::string(kVideoBranch));
  const FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers("aa"));
}
GST_END_TEST

GST_START_TEST(a_uri_holds_a_whole_film) {
  const FilmService service;
  const std::string uri =
      "airforce://film?model=wan-2.6&storyboard=one%20fox%0Atwo%20foxes&sound=true";
  Pipeline pipeline("uridecodebin3 name=s uri=\"" + uri + "\" " + kBranches);
  const FilmWatch watch(pipeline);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers("aa"));
  fail_unless_contiguous(watch.frames());
}
GST_END_TEST

GST_START_TEST(a_container_of_a_film_is_refused_before_any_purchase) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ad"), "output=container") + "s. ! fakesink");
  pipeline.play_to_error();
  fail_unless_equals_int(service.simulator.creates(), 0);
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

GST_START_TEST(a_seek_goes_to_any_shot_by_the_time_of_the_film) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("a+bd")) + kBranches);
  FilmWatch watch(pipeline);
  preroll(pipeline);
  // Once all are there their lengths are known.
  pipeline.play_to_end();
  const auto whole = watch.numbers();
  for (const int frame : {60, 3, 25, 24, 49}) {
    pipeline.set_state(GST_STATE_PAUSED);
    watch.clear();
    seek(pipeline, 1, gst_util_uint64_scale(static_cast<guint64>(frame), GST_SECOND, kFilmRate) + 1,
         GST_CLOCK_TIME_NONE, GST_SEEK_FLAG_ACCURATE);
    pipeline.play_to_end();
    const std::vector<int> rest(whole.begin() + frame, whole.end());
    fail_unless(watch.numbers() == rest, "from %d: %u pictures, the first is %d", frame,
                static_cast<unsigned>(watch.numbers().size()), watch.numbers().front());
    fail_unless_contiguous(watch.sound());
  }
  fail_unless_equals_int(service.simulator.creates(), 3);
}
GST_END_TEST

// The second shot continues the first, and comes three seconds later.
GST_START_TEST(a_seek_into_a_shot_that_is_being_made_buffers_until_it_comes) {
  const FilmService service({"--fault=create:after=1,gateway=20,late=3"});
  Pipeline pipeline(film(service.storyboard("a+b")) + kVideoBranch);
  FilmWatch watch(pipeline, false);
  preroll(pipeline);
  watch.clear();
  seek(pipeline, 1, 25 * kFilmFrame + 26, GST_CLOCK_TIME_NONE, GST_SEEK_FLAG_ACCURATE);
  int percent = 100;
  const auto report = [&](GstMessage* message) {
    gst_message_parse_buffering(message, &percent);
    return true;
  };
  pipeline.wait(GST_MESSAGE_BUFFERING, report);
  fail_unless(percent < 100);
  fail_unless_equals_int(watch.frames().size(), 0);
  while (percent < 100) pipeline.wait(GST_MESSAGE_BUFFERING, report);
  pipeline.play_to_end();
  std::vector<int> numbers;
  append(numbers, 25, 24);
  fail_unless(watch.numbers() == numbers, "%u pictures",
              static_cast<unsigned>(watch.numbers().size()));
  fail_unless_equals_int(service.simulator.creates(), 2);
}
GST_END_TEST

GST_START_TEST(a_seek_with_an_end_ends_there) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("adda")) + kVideoBranch);
  FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  const auto whole = watch.numbers();
  pipeline.set_state(GST_STATE_PAUSED);
  watch.clear();
  seek(pipeline, 1, 10 * kFilmFrame + 11, 60 * kFilmFrame, GST_SEEK_FLAG_ACCURATE);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == std::vector<int>(whole.begin() + 10, whole.begin() + 60));
}
GST_END_TEST

GST_START_TEST(a_film_plays_backwards) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ad")) + kVideoBranch);
  FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  std::vector<int> whole = watch.numbers();
  std::sort(whole.begin(), whole.end());
  pipeline.set_state(GST_STATE_PAUSED);
  watch.clear();
  seek(pipeline, -1, 0, 49 * kFilmFrame + 49, GST_SEEK_FLAG_ACCURATE);
  pipeline.play_to_end();
  std::vector<int> numbers = watch.numbers();
  fail_unless(numbers.front() > 200 && numbers.back() < 25, "%d to %d", numbers.front(),
              numbers.back());
  std::sort(numbers.begin(), numbers.end());
  fail_unless(numbers == whole, "%u pictures", static_cast<unsigned>(numbers.size()));
}
GST_END_TEST

GST_START_TEST(a_seek_before_there_are_pads_begins_in_its_shot) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ddd")) + kVideoBranch);
  const FilmWatch watch(pipeline, false);
  const Ref<GstElement> source = pipeline.element("s");
  pipeline.set_state(GST_STATE_PAUSED);
  // By the plan each of them has eight seconds.
  fail_unless(gst_element_send_event(
      source.get(),
      gst_event_new_seek(1, GST_FORMAT_TIME,
                         static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                         GST_SEEK_TYPE_SET, 8 * GST_SECOND, GST_SEEK_TYPE_NONE, -1)));
  pipeline.play_to_end();
  fail_unless_equals_int(watch.frames().size(), 48);
}
GST_END_TEST

GST_START_TEST(the_duration_is_planned_and_then_measured) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("ad")) + kVideoBranch);
  preroll(pipeline);
  gint64 duration = 0;
  fail_unless(gst_element_query_duration(pipeline.get(), GST_FORMAT_TIME, &duration));
  fail_unless(duration <= static_cast<gint64>(25 * kFilmFrame + 8 * GST_SECOND + 100));
  pipeline.play_to_end();
  const Ref<GstElement> source = pipeline.element("s");
  const Ref<GstPad> pad(gst_element_get_static_pad(source.get(), "video_0"));
  fail_unless(gst_pad_query_duration(pad.get(), GST_FORMAT_TIME, &duration));
  fail_unless(std::abs(duration - static_cast<gint64>(49 * kFilmFrame)) < 100, "%lld",
              static_cast<long long>(duration));
}
GST_END_TEST

GST_START_TEST(a_film_stops_anywhere) {
  const FilmService service;
  const std::string storyboard = service.storyboard("a+bda+b");
  for (const int wait : {0, 20, 80, 200, 400, 700, 1000}) {
    Pipeline pipeline(film(storyboard) +
                      "s. ! video/x-raw ! queue ! fakesink name=video sync=true s. ! audio/x-raw ! "
                      "queue ! fakesink sync=true");
    pipeline.set_state(GST_STATE_PLAYING);
    g_usleep(static_cast<gulong>(wait) * 1000);
    pipeline.set_state(GST_STATE_NULL);
  }
  fail_unless(service.simulator.creates() <= 5);
}
GST_END_TEST

GST_START_TEST(eos_ends_a_film_in_its_middle) {
  const FilmService service;
  Pipeline pipeline(film(service.storyboard("adad")) +
                    "s. ! video/x-raw ! queue ! fakesink name=video sync=true");
  preroll(pipeline);
  pipeline.set_state(GST_STATE_PLAYING);
  const Ref<GstElement> source = pipeline.element("s");
  fail_unless(gst_element_send_event(source.get(), gst_event_new_eos()));
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(eos_ends_a_film_whose_first_shot_is_being_made) {
  const TempDir directory;
  const Simulator simulator({"--task-seconds=300"});
  const std::string storyboard = directory.file("film.txt");
  std::ofstream(storyboard) << "Fern\nMoss\n";
  Pipeline pipeline(film(storyboard, "model=wan-2.6") + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(GST_MESSAGE_ELEMENT, [](GstMessage* message) {
    return gst_message_has_name(message, "airforce-task") != FALSE;
  });
  const Ref<GstElement> source = pipeline.element("s");
  fail_unless(gst_element_send_event(source.get(), gst_event_new_eos()));
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(eos_ends_a_film_that_waits_for_its_second_shot) {
  const FilmService service({"--fault=create:after=1,gateway=20,late=300"});
  Pipeline pipeline(film(service.storyboard("a+b")) + kVideoBranch);
  pipeline.set_state(GST_STATE_PLAYING);
  pipeline.wait(GST_MESSAGE_BUFFERING);
  const Ref<GstElement> source = pipeline.element("s");
  fail_unless(gst_element_send_event(source.get(), gst_event_new_eos()));
  pipeline.wait(GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST(a_policy_that_denies_uris_denies_films) {
  const FilmService service;
  Pipeline pipeline("airforcevideosrc name=s uri-policy=deny " + std::string(kVideoBranch));
  const Ref<GstElement> source = pipeline.element("s");
  fail_unless(gst_uri_handler_set_uri(GST_URI_HANDLER(source.get()),
                                      "airforce://film?model=wan-2.6&storyboard=Fern", nullptr));
  pipeline.play_to_error();
  fail_unless_equals_int(service.simulator.creates(), 0);
}
GST_END_TEST

GST_START_TEST(a_uri_of_a_film_that_is_wrong_is_refused_with_its_line) {
  const FilmService service;
  Pipeline pipeline("airforcevideosrc name=s " + std::string(kVideoBranch));
  const Ref<GstElement> source = pipeline.element("s");
  g_autoptr(GError) error = nullptr;
  const char* uri = "airforce://film?model=wan-2.6&storyboard=%7B%22promt%22%3A%22Fern%22%7D";
  fail_if(gst_uri_handler_set_uri(GST_URI_HANDLER(source.get()), uri, &error));
  fail_unless(g_error_matches(error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
  fail_unless(strstr(error->message, ":1:") != nullptr, "%s", error->message);
}
GST_END_TEST

// AIRFORCE_KILLS says how often.
GST_START_TEST(a_film_that_is_killed_is_resumed_and_each_shot_bought_once) {
  const char* wanted = g_getenv("AIRFORCE_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 3;
  const FilmService service;
  const std::string line = film(service.storyboard("a+bda+b")) + kVideoBranch;
  for (int i = 0; i < kills; ++i) {
    g_auto(GStrv) words = nullptr;
    fail_unless(
        g_shell_parse_argv(("gst-launch-1.0 -q " + line).c_str(), nullptr, &words, nullptr));
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(words, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, nullptr);
    fail_unless(process != nullptr);
    g_usleep(static_cast<gulong>(g_random_int_range(20, 1800)) * 1000);
    g_subprocess_force_exit(process);
    fail_unless(g_subprocess_wait(process, nullptr, nullptr));
  }
  Pipeline pipeline(line);
  const FilmWatch watch(pipeline, false);
  pipeline.play_to_end();
  fail_unless(watch.numbers() == expected_numbers("a+bda+b"));
  fail_unless_equals_int(service.simulator.creates(), 5);
}
GST_END_TEST

// AIRFORCE_FILM_SHOTS says how many there are.
GST_START_TEST(a_long_film_takes_no_more_than_a_short_one) {
  const char* wanted = g_getenv("AIRFORCE_FILM_SHOTS");
  const int count = wanted != nullptr ? std::atoi(wanted) : 30;
  // Threads come and go with each shot: arenas of their own would hide what is in use.
  mallopt(M_ARENA_MAX, 1);
  const FilmService service({"--balance=1000000"});
  const std::string storyboard = service.directory.file("long.txt");
  {
    std::ofstream file(storyboard);
    for (int i = 1; i <= count; ++i) file << "fox number " << i << "\n";
  }
  // Queues of their usual size would hold more or less from moment to moment.
  Pipeline pipeline(film(storyboard, "model=veo-3") +
                    "s. ! video/x-raw ! queue max-size-buffers=2 ! fakesink name=video sync=false "
                    "s. ! audio/x-raw ! audioconvert ! audio/x-raw,format=S16LE ! "
                    "queue max-size-buffers=2 ! fakesink name=audio sync=false");
  const FilmWatch watch(pipeline);
  pipeline.set_state(GST_STATE_PLAYING);
  std::vector<Used> after;
  pipeline.wait(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ELEMENT),
                [&](GstMessage* message) {
                  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) return true;
                  if (gst_message_has_name(message, "airforce-shot")) after.push_back(used());
                  return false;
                });
  fail_unless_equals_int(watch.frames().size(), 24 * count);
  fail_unless_equals_int(service.simulator.creates(), count);
  // Up to sixteen shots are ready ahead of the one that plays, with some descriptors each; how
  // many, and how many pictures are decoded, changes from moment to moment.
  const auto usual = [&](std::size_t first, long Used::*what) {
    std::vector<long> values;
    for (std::size_t i = first; i < first + 9; ++i) values.push_back(after[i].*what);
    std::nth_element(values.begin(), values.begin() + 4, values.end());
    return values[4];
  };
  const std::size_t end = after.size() - 10;
  for (const auto& [name, what, more] : {std::tuple{"kB of memory", &Used::kilobytes, 10000L},
                                         {"descriptors", &Used::files, 64L},
                                         {"threads", &Used::threads, 8L}}) {
    const long before = usual(9, what);
    const long now = usual(end, what);
    g_print("%d shots: %ld %s about the tenth, %ld near the end\n", count, before, name, now);
    fail_unless(now < before + more, "%ld %s, then %ld", before, name, now);
  }
}
GST_END_TEST

static Suite* film_element_suite() {
  Suite* suite = suite_create("film_element");
  TCase* tcase = tcase_create("film_element");
  suite_add_tcase(suite, tcase);
  tcase_set_timeout(tcase, 200);
  tcase_add_test(tcase, shots_follow_one_another_without_gap_or_overlap);
  tcase_add_test(tcase, sound_is_cut_or_padded_to_the_picture_of_its_shot);
  tcase_add_test(tcase,
                 sound_that_the_first_shot_lacks_is_silence_where_asked_for_and_else_a_warning);
  tcase_add_test(tcase, a_continued_shot_does_not_show_its_first_picture_twice);
  tcase_add_test(tcase, colours_of_a_chain_are_those_of_its_first_shot);
  tcase_add_test(tcase, a_known_drift_and_echo_are_measured_and_taken_out);
  tcase_add_test(tcase, a_film_of_twelve_shots_is_recorded_with_sound_and_picture_together);
  tcase_add_test(tcase, the_first_shot_plays_while_the_last_one_is_made);
  tcase_add_test(tcase, each_shot_is_announced_with_its_price_task_and_place);
  tcase_add_test(tcase, progress_is_complete_with_the_first_shot_and_has_the_price_of_all);
  tcase_add_test(tcase, a_film_above_its_ceiling_is_refused_before_any_purchase);
  tcase_add_test(tcase, a_shot_that_fails_is_an_error_behind_those_before_it);
  tcase_add_test(tcase, a_film_that_is_played_again_is_not_bought_again);
  tcase_add_test(tcase, one_clip_is_a_film_of_one_shot);
  tcase_add_test(tcase, prompts_make_a_film_without_a_file);
  tcase_add_test(tcase, a_uri_holds_a_whole_film);
  tcase_add_test(tcase, a_container_of_a_film_is_refused_before_any_purchase);
  tcase_add_test(tcase, encoded_shots_of_one_kind_follow_one_another);
  tcase_add_test(tcase, encoded_shots_of_two_kinds_are_an_error_at_their_seam);
  tcase_add_test(tcase, a_seek_goes_to_any_shot_by_the_time_of_the_film);
  tcase_add_test(tcase, a_seek_into_a_shot_that_is_being_made_buffers_until_it_comes);
  tcase_add_test(tcase, a_seek_with_an_end_ends_there);
  tcase_add_test(tcase, a_film_plays_backwards);
  tcase_add_test(tcase, a_seek_before_there_are_pads_begins_in_its_shot);
  tcase_add_test(tcase, the_duration_is_planned_and_then_measured);
  tcase_add_test(tcase, a_film_stops_anywhere);
  tcase_add_test(tcase, eos_ends_a_film_in_its_middle);
  tcase_add_test(tcase, eos_ends_a_film_whose_first_shot_is_being_made);
  tcase_add_test(tcase, eos_ends_a_film_that_waits_for_its_second_shot);
  tcase_add_test(tcase, a_policy_that_denies_uris_denies_films);
  tcase_add_test(tcase, a_uri_of_a_film_that_is_wrong_is_refused_with_its_line);
  tcase_add_test(tcase, a_film_that_is_killed_is_resumed_and_each_shot_bought_once);
  tcase_add_test(tcase, a_long_film_takes_no_more_than_a_short_one);
  return suite;
}

GST_CHECK_MAIN(film_element)
