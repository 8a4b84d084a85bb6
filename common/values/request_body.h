// SPDX-License-Identifier: LGPL-2.1-or-later
// The body of a request, in parts. Pictures make it large: parts are shared, never copied.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace airforce {

class RequestBody {
 public:
  using Part = std::shared_ptr<const std::string>;

  RequestBody() = default;
  // Most bodies are one short text.
  RequestBody(const char* text) : RequestBody(std::string(text)) {}
  RequestBody(std::string text) { add(std::move(text)); }

  void add(Part part) { parts_.push_back(std::move(part)); }
  void add(std::string text) { add(std::make_shared<const std::string>(std::move(text))); }

  const std::vector<Part>& parts() const { return parts_; }
  std::size_t size() const {
    std::size_t size = 0;
    for (const Part& part : parts_) size += part->size();
    return size;
  }
  // All of it, as a copy.
  std::string text() const {
    std::string text;
    for (const Part& part : parts_) text += *part;
    return text;
  }

 private:
  std::vector<Part> parts_;
};

}  // namespace airforce
