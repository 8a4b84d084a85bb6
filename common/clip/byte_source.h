// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gio/gio.h>

#include "api/client.h"

namespace airforce {

// Where a clip's bytes come from: open() is one GET. Thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Answers any status. `validator`: for If-Range, may be "". Throws http::TransportError; Error
  // where there is no URL to be obtained.
  virtual std::unique_ptr<http::ByteStream> open(std::optional<api::Range> range,
                                                 const std::string& validator,
                                                 GCancellable* cancellable) = 0;
  // The URL was refused: the next open() takes a fresh one. Throws Error.
  virtual void refresh(GCancellable* cancellable) = 0;
};

}  // namespace airforce
