// SPDX-License-Identifier: LGPL-2.1-or-later
#include "render/image_fetch.h"

#include <stdexcept>

#include <libsoup/soup.h>

#include "glib_handles.h"
#include "render/frame.h"

namespace airforce::simulator {
namespace {

constexpr guint kTimeoutSeconds = 10;
constexpr gsize kMaxFile = 32 << 20;

[[noreturn]] void fail(GError* error) {
  const ErrorPtr owned(error);
  throw std::runtime_error(std::string("it could not be fetched: ") + error->message);
}

std::string read_all(GInputStream* stream) {
  std::string file;
  std::string piece(1 << 16, '\0');
  for (;;) {
    GError* error = nullptr;
    const gssize got = g_input_stream_read(stream, piece.data(), piece.size(), nullptr, &error);
    if (got < 0) fail(error);
    if (got == 0) return file;
    file.append(piece, 0, static_cast<size_t>(got));
    if (file.size() > kMaxFile) throw std::runtime_error("it is larger than 32 MB");
  }
}

std::string fetch(const std::string& url) {
  const Object<SoupMessage> message(soup_message_new("GET", url.c_str()));
  const Object<SoupSession> session(
      soup_session_new_with_options("timeout", kTimeoutSeconds, nullptr));
  GError* error = nullptr;
  const Object<GInputStream> stream(
      soup_session_send(session.get(), message.get(), nullptr, &error));
  if (!stream) fail(error);
  const guint status = soup_message_get_status(message.get());
  if (status != SOUP_STATUS_OK)
    throw std::runtime_error("it could not be fetched: status " + std::to_string(status));
  return read_all(stream.get());
}

bool is_for_documentation(GUri* url) {
  const std::string host = std::string(".") + g_uri_get_host(url);
  for (const char* name : {".example.com", ".example.org", ".example.net"})
    if (host.ends_with(name)) return true;
  return false;
}

/// What stands in for an image that exists in documentation only.
Picture stand_in(const std::string& url) {
  constexpr int kWidth = 1280;
  constexpr int kHeight = 720;
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, kWidth, kHeight));
  landscape(url, g_str_hash(url.c_str()), kWidth, kHeight)
      ->draw(Context(cairo_create(surface.get())).get(), 0, 1);
  return make_picture(std::move(surface));
}

}  // namespace

Picture load_image(const InputImage& image) {
  if (image.url.empty()) return decode_picture(image.bytes);
  const std::unique_ptr<GUri, decltype(&g_uri_unref)> url(
      g_uri_parse(image.url.c_str(), static_cast<GUriFlags>(SOUP_HTTP_URI_FLAGS), nullptr),
      g_uri_unref);
  const std::string scheme = url ? g_uri_get_scheme(url.get()) : "";
  if ((scheme != "http" && scheme != "https") || !g_uri_get_host(url.get()))
    throw std::runtime_error("it is no http or https URL");
  if (is_for_documentation(url.get())) return stand_in(image.url);
  return decode_picture(fetch(image.url));
}

}  // namespace airforce::simulator
