// SPDX-License-Identifier: LGPL-2.1-or-later
#include "saved_clip.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <glib.h>

#include "generation/generation.h"
#include "json_lines.h"
#include "media/media.h"
#include "mp4/metadata_file.h"
#include "values/glib_ptr.h"
#include "values/image.h"

namespace airforce::cli {
namespace {

constexpr std::size_t kMaxThumbnail = std::size_t{8} << 20U;
constexpr const char* kSourceType = "trainedAlgorithmicMedia";  // IPTC's
constexpr const char* kGenerator = "airforce-video " AIRFORCE_VERSION;
constexpr const char* kPictures[] = {".jpg", ".png", ".webp"};

// Of bytes that check_image() has taken.
const char* extension_of(std::string_view picture) {
  if (picture.starts_with("\x89PNG")) return kPictures[1];
  return picture.starts_with("RIFF") ? kPictures[2] : kPictures[0];
}

// Whether this program has written the description.
bool is_own_sidecar(std::string_view text) {
  return text.find("\"generator\":\"airforce-video ") != std::string_view::npos;
}

constexpr std::size_t kMaxSidecar = std::size_t{1} << 20U;

std::string first_bytes_of(const std::string& path, std::size_t size) {
  std::string content(size, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(content.data(), static_cast<std::streamsize>(size));
  content.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return content;
}

bool is_in_the_way(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::symlink_status(path, ignored);
  return std::filesystem::is_regular_file(status) || std::filesystem::is_symlink(status);
}

Error in_the_way(const std::string& path) {
  return {ErrorKind::File, Step::Settings, "'" + path + "' exists already and is kept",
          "choose another --output, or pass --force to replace it"};
}

// Complete or not at all.
void write_beside(const std::string& path, std::string_view bytes, bool replace) {
  if (!replace && is_in_the_way(path)) {
    const std::string there = first_bytes_of(path, std::max(bytes.size() + 1, kMaxSidecar));
    if (there != bytes && !is_own_sidecar(there)) throw in_the_way(path);
  }
  GErrorSlot error;
  if (!g_file_set_contents_full(path.c_str(), bytes.data(), static_cast<gssize>(bytes.size()),
                                G_FILE_SET_CONTENTS_CONSISTENT, 0666, error))
    throw Error(ErrorKind::File, Step::Download, "cannot write '" + path + "': " + error->message);
}

std::string name_of_file(const std::string& path) {
  const GCharPtr name(g_path_get_basename(path.c_str()));
  return name.get();
}

const std::string& first_known(const std::string& asked, const std::string& answered) {
  return asked.empty() ? answered : asked;
}

// The request as it was sent, and what the service made of it. No URL and no picture is in it.
JsonLine described(JsonLine line, const ClipOrigin& origin) {
  const Settings& settings = origin.settings;
  const Task& task = origin.task;
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) line.text(name, value);
  };
  text("task_id", task.task_id);
  text("model", first_known(task.model, settings.string(Parameter::model)));
  text("prompt", origin.prompt);
  const auto mode = static_cast<std::size_t>(settings.integer(Parameter::mode));
  text("mode", first_known(task.mode, settings.is_initial(Parameter::mode)
                                          ? ""
                                          : choices(Parameter::mode).at(mode).name));
  text("aspect_ratio", first_known(settings.string(Parameter::aspect_ratio), task.aspect_ratio));
  text("quality", first_known(settings.string(Parameter::quality), task.quality));
  if (task.duration_seconds)
    line.integer("duration_seconds", *task.duration_seconds);
  else if (!settings.is_initial(Parameter::duration_seconds))
    line.integer("duration_seconds", settings.integer(Parameter::duration_seconds));
  if (!settings.is_initial(Parameter::seed))
    line.integer("seed", settings.integer(Parameter::seed));
  if (task.cost_cents) line.number("cost_cents", *task.cost_cents);
  if (task.created) line.integer("created", *task.created);
  return line;
}

std::string write_sidecar(const std::string& path, const ClipOrigin& origin, bool replace) {
  JsonLine line;
  line.text("file", name_of_file(path));
  line = described(std::move(line), origin);
  line.text("digital_source_type", kSourceType).text("generator", kGenerator);
  write_beside(path + ".json", line.str(), replace);
  return path + ".json";
}

// The service's own; the clip's first frame where it has none.
std::string thumbnail_of(const std::string& path, Generation& generation) {
  try {
    std::vector<char> buffer(kMaxThumbnail);
    std::string picture(buffer.data(), generation.thumbnail(buffer));
    check_image(picture, "the thumbnail");
    return picture;
  } catch (const Error& error) {
    if (error.kind == ErrorKind::Cancelled || !has_media()) throw;
    return small_frame_jpeg(path);
  }
}

std::string write_thumbnail(const std::string& path, const std::string& picture, bool replace) {
  const std::string beside = path + extension_of(picture);
  write_beside(beside, picture, replace);
  return beside;
}

}  // namespace

mp4::Metadata metadata_of(const ClipOrigin& origin) {
  mp4::Metadata metadata;
  metadata.prompt = origin.prompt;
  metadata.model = first_known(origin.task.model, origin.settings.string(Parameter::model));
  metadata.task_id = origin.task.task_id;
  metadata.created = origin.task.created.value_or(std::time(nullptr));
  return metadata;
}

mp4::Metadata film_metadata(const std::vector<ClipOrigin>& shots) {
  mp4::Metadata film;
  // Each word once, in order.
  const auto add = [](std::string& list, const std::string& word) {
    if ((" " + list + " ").find(" " + word + " ") != std::string::npos) return;
    list += (list.empty() ? "" : " ") + word;
  };
  for (const ClipOrigin& shot : shots) {
    const mp4::Metadata of_shot = metadata_of(shot);
    film.prompt += (film.prompt.empty() ? "" : "\n") + of_shot.prompt;
    add(film.model, of_shot.model);
    add(film.task_id, of_shot.task_id);
    film.created = std::max(film.created, of_shot.created);
  }
  return film;
}

WrittenCompanions write_companions(const Companions& wanted, const std::string& path,
                                   const ClipOrigin& origin,
                                   const std::function<std::string()>& picture) {
  WrittenCompanions written;
  const auto attempt = [&](bool asked, const char* what, const auto& action) {
    if (!asked) return;
    try {
      action();
    } catch (const Error& error) {
      written.warnings.push_back(std::string("no ") + what + " for " + path + ": " + error.message);
    }
  };
  attempt(wanted.thumbnail, "thumbnail",
          [&] { written.thumbnail = write_thumbnail(path, picture(), wanted.replace); });
  attempt(wanted.metadata, "metadata", [&] {
    const std::string why = mp4::write_metadata(path, metadata_of(origin));
    if (!why.empty()) throw Error(ErrorKind::Clip, Step::Download, why);
    written.metadata = true;
  });
  attempt(wanted.sidecar, "sidecar",
          [&] { written.sidecar = write_sidecar(path, origin, wanted.replace); });
  return written;
}

WrittenCompanions write_companions(const Companions& wanted, const std::string& path,
                                   Generation& generation, const Settings& settings) {
  const ClipOrigin origin{settings, generation.task(), generation.prompt()};
  return write_companions(wanted, path, origin, [&] { return thumbnail_of(path, generation); });
}

std::string words_of(const WrittenCompanions& written) {
  std::vector<std::string> words;
  if (written.metadata) words.emplace_back("metadata");
  if (!written.sidecar.empty()) words.emplace_back("sidecar");
  if (!written.thumbnail.empty()) words.emplace_back("thumbnail");
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

void add_companions(JsonLine& line, const WrittenCompanions& written) {
  if (written.metadata) line.flag("metadata", true);
  if (!written.sidecar.empty()) line.text("sidecar", written.sidecar);
  if (!written.thumbnail.empty()) line.text("thumbnail", written.thumbnail);
}

std::string write_film_sidecar(const std::string& path, const std::vector<ClipOrigin>& shots,
                               bool replace) {
  std::vector<JsonLine> described_shots;
  for (const ClipOrigin& shot : shots) described_shots.push_back(described(JsonLine(), shot));
  JsonLine film;
  film.text("file", name_of_file(path)).objects("shots", described_shots);
  film.text("digital_source_type", kSourceType).text("generator", kGenerator);
  write_beside(path + ".json", film.str(), replace);
  return path + ".json";
}

void write_film_thumbnail(const std::string& path, const std::string& first_shot, bool replace) {
  write_beside(path + ".jpg", small_frame_jpeg(first_shot), replace);
}

void check_companions(const Companions& wanted, const std::string& path) {
  if (wanted.replace) return;
  const std::string sidecar = path + ".json";
  if (wanted.sidecar && is_in_the_way(sidecar) &&
      !is_own_sidecar(first_bytes_of(sidecar, kMaxSidecar)))
    throw in_the_way(sidecar);
  if (!wanted.thumbnail) return;
  for (const char* extension : kPictures) {
    if (is_in_the_way(path + extension)) throw in_the_way(path + extension);
  }
}

std::string thumbnail_beside(const std::string& path) {
  for (const char* extension : kPictures) {
    const std::string picture = path + extension;
    if (access(picture.c_str(), R_OK) == 0) return picture;
  }
  return {};
}

}  // namespace airforce::cli
