// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/image.h"

#include "values/error.h"

namespace airforce {
namespace {

Error bad(const std::string& what, const std::string& next_step) {
  return {ErrorKind::Settings, Step::Settings, what, next_step};
}

bool is_picture(std::string_view bytes) {
  using namespace std::string_view_literals;
  const std::string_view head = bytes.substr(0, 12);
  return head.starts_with("\xFF\xD8\xFF"sv) || head.starts_with("\x89PNG\r\n\x1A\n"sv) ||
         (head.starts_with("RIFF"sv) && head.ends_with("WEBP"sv));
}

}  // namespace

void check_image(std::string_view bytes, const std::string& what) {
  if (bytes.empty()) throw bad(what + " is empty", "give a picture");
  if (bytes.size() > kMaxImage) {
    throw bad(what + " is larger than " + std::to_string(kMaxImage) + " bytes", "make it smaller");
  }
  if (!is_picture(bytes)) throw bad(what + " is not a JPEG, PNG or WebP picture", "convert it");
}

}  // namespace airforce
