// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film_service.h"

#include <fstream>
#include <utility>

namespace airforce::gst::test {

FilmService::FilmService(std::vector<std::string> arguments)
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

std::string FilmService::storyboard(const std::string& shots, const std::string& more) const {
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

std::string film(const std::string& storyboard, const std::string& settings) {
  return "airforcevideosrc name=s poll-interval=0.1 storyboard=" + storyboard + " " + settings +
         " ";
}

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

void preroll(Pipeline& pipeline) {
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless_equals_int(gst_element_get_state(pipeline.get(), nullptr, nullptr, 60 * GST_SECOND),
                         GST_STATE_CHANGE_SUCCESS);
}

}  // namespace airforce::gst::test
