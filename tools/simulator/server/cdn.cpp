// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/cdn.h"

#include <algorithm>

#include <fcntl.h>

#include "render/rendered_clip.h"
#include "server/byte_range.h"

namespace airforce::simulator {
namespace {

constexpr char kFolder[] = "/video/";

std::string content_range(int64_t first, int64_t length, int64_t size) {
  return "bytes " + std::to_string(first) + "-" + std::to_string(first + length - 1) + "/" +
         std::to_string(size);
}

/// The same file under another tag, or another file.
std::shared_ptr<const Clip> changed(const Clip& clip, const std::string& path) {
  if (!path.empty()) return open_clip(path);
  auto twin = std::make_shared<Clip>();
  twin->file = FileDescriptor(fcntl(clip.file.get(), F_DUPFD_CLOEXEC, 0));
  twin->size = clip.size;
  twin->etag = clip.etag.substr(0, clip.etag.size() - 1) + "+\"";
  twin->thumbnail = clip.thumbnail;
  return twin;
}

}  // namespace

void Cdn::refuse(const Ref& exchange, int status, const char* code, const char* message) {
  Response answer;
  answer.status = status;
  answer.content_type = "application/xml";
  answer.text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + std::string(code) +
                "</Code><Message>" + message + "</Message></Error>\n";
  exchange->record.note = message;
  reply(*exchange, context_(), std::move(answer));
}

void Cdn::handle(Listener& listener, const Ref& exchange) {
  const std::string path = exchange->path();
  const auto dot = path.rfind('.');
  const std::string extension = dot == std::string::npos ? "" : path.substr(dot);
  if (!path.starts_with(kFolder) || (extension != ".mp4" && extension != ".jpg"))
    return refuse(exchange, 404, "NoSuchKey", "The specified key does not exist.");
  const bool thumbnail = extension == ".jpg";
  const std::string id = path.substr(sizeof kFolder - 1, dot - (sizeof kFolder - 1));
  exchange->record.step = thumbnail ? "thumbnail" : "download";
  exchange->record.task = id;
  if (!exchange->query("redirected")) exchange->fault = faults_.strike(exchange->record.step);
  with_fault(listener, exchange, context_(),
             [this, exchange, id, thumbnail] { serve(exchange, id, thumbnail); });
}

void Cdn::serve(const Ref& exchange, const std::string& id, bool thumbnail) {
  // A pre-signed URL is signed for one method, and is itself the authorization.
  if (exchange->method() != "GET")
    return refuse(exchange, 403, "SignatureDoesNotMatch",
                  "The signature is for another request method.");
  // On the API's own port, where a relative URL leads, the key belongs to the request.
  if (exchange->has_header("Authorization") && exchange->record.origin == "cdn")
    return refuse(exchange, 400, "InvalidArgument", "Only one auth mechanism allowed.");
  const std::string expires = exchange->query("expires").value_or("");
  const std::string signature = exchange->query("signature").value_or("");
  Task* task = service_.find(id);
  if (g_ascii_strtoll(expires.c_str(), nullptr, 10) <= unix_seconds(service_.now()))
    return refuse(exchange, 403, "AccessDenied", "Request has expired.");
  if (!task || !task->final || !task->clip)
    return refuse(exchange, 404, "NoSuchKey", "The specified key does not exist.");
  if (!signer_.accepts(exchange->path(), expires, task->url_generation, signature))
    return refuse(exchange, 403, "AccessDenied", "Access denied.");
  if (thumbnail) return serve_thumbnail(exchange, *task->clip);
  serve_clip(exchange, *task);
}

void Cdn::serve_thumbnail(const Ref& exchange, const Clip& clip) {
  if (clip.thumbnail.empty())
    return refuse(exchange, 404, "NoSuchKey", "The specified key does not exist.");
  Response answer;
  answer.content_type = "image/jpeg";
  answer.text = clip.thumbnail;
  reply(*exchange, context_(), std::move(answer));
}

void Cdn::serve_clip(const Ref& exchange, Task& task) {
  static const Fault kNone;
  const Fault& fault = exchange->fault ? *exchange->fault : kNone;
  if (fault.url_expires) {
    task.url_generation += 1;
    if (*fault.url_expires < 0)
      return refuse(exchange, 403, "AccessDenied", "Request has expired.");
    exchange->fault->close_after = fault.url_expires;
  }
  if (fault.etag_changes) task.clip = changed(*task.clip, *fault.etag_changes);

  const std::shared_ptr<const Clip> clip = task.clip;
  const int64_t size = fault.truncated ? std::min(*fault.truncated, clip->size) : clip->size;
  ByteRange part = {0, size};
  RangeResponse kind = RangeResponse::kWhole;
  const std::string if_range = exchange->header("If-Range");
  if (!fault.no_range && (if_range.empty() || if_range == clip->etag))
    kind = read_range(exchange->header("Range"), size, part);
  if (kind == RangeResponse::kNotSatisfiable) {
    Response answer;
    answer.status = 416;
    answer.headers = {{"Content-Range", "bytes */" + std::to_string(size)}};
    return reply(*exchange, context_(), std::move(answer));
  }
  if (fault.other_range && kind == RangeResponse::kPart) {
    const int64_t end = part.first + part.length;
    part.first = std::clamp<int64_t>(part.first + *fault.other_range, 0, size - 1);
    part.length = std::max<int64_t>(1, end - part.first);
  }

  Response answer;
  answer.content_type = "video/mp4";
  answer.headers = {{"ETag", clip->etag}};
  if (!fault.no_range) answer.headers.emplace_back("Accept-Ranges", "bytes");
  if (kind == RangeResponse::kPart) {
    answer.status = 206;
    answer.headers.emplace_back("Content-Range", content_range(part.first, part.length, size));
  }
  answer.source = std::make_shared<FileSource>(clip, part.first, part.length);
  if (!fault.no_length)
    answer.length = std::max<int64_t>(0, part.length + fault.wrong_length.value_or(0));
  answer.pacer = &pacer_;
  reply(*exchange, context_(), std::move(answer));
}

}  // namespace airforce::simulator
