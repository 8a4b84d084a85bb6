// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/storyboard_result.h"

#include <cmath>

#include <unistd.h>

#include "json_lines.h"
#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

void add_charge(JsonLine& line, const FilmProgress& progress) {
  if (const auto cents = progress.charged_cents()) line.number("charged_cents", *cents);
}

}  // namespace

void write_result(Invocation& invocation, std::size_t made, std::size_t existed,
                  const FilmProgress* progress, const std::string& text) {
  if (invocation.json) {
    JsonLine line("result");
    line.integer("made", static_cast<std::int64_t>(made));
    line.integer("existed", static_cast<std::int64_t>(existed));
    if (progress != nullptr) add_charge(line, *progress);
    line.text("text", text);
    invocation.output->write(line.str());
  } else {
    invocation.output->write(visible_line(text) + "\n");
  }
}

void write_film_result(Invocation& invocation, const FilmResult& result,
                       const FilmProgress& progress) {
  if (invocation.json) {
    JsonLine line("result");
    line.text("path", result.path);
    add_charge(line, progress);
    line.number("seconds", std::round(result.seconds * 1000) / 1000);
    line.integer("frames", result.frames);
    line.integer("hidden_frames", result.hidden_frames);
    line.flag("sound", result.has_sound);
    line.texts("notes", result.notes);
    invocation.output->write(line.str());
    return;
  }
  for (const std::string& note : result.notes)
    write_all(STDERR_FILENO, "airforce-video: " + visible_line(note) + "\n");
  invocation.output->write(
      visible_line("Saved " + result.path + ": " + duration_text(std::round(result.seconds)) +
                   ", " + std::to_string(result.frames) + " frames" +
                   (result.has_sound ? ", with sound. " : ", without sound. ") +
                   progress.charge_text()) +
      "\n");
}

}  // namespace airforce::cli
