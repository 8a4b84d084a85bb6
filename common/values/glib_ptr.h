// SPDX-License-Identifier: LGPL-2.1-or-later
// Ownership of GLib's types by RAII, where g_autoptr (a C scope) is not enough: members,
// containers, returns.
#pragma once

#include <memory>

#include <gio/gio.h>
#include <glib.h>

namespace airforce {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};

template <typename T>
using GObjectPtr = std::unique_ptr<T, Deleter<g_object_unref>>;
using GCharPtr = std::unique_ptr<char, Deleter<g_free>>;
using GUriPtr = std::unique_ptr<GUri, Deleter<g_uri_unref>>;
using GErrorPtr = std::unique_ptr<GError, Deleter<g_error_free>>;
using GMainContextPtr = std::unique_ptr<GMainContext, Deleter<g_main_context_unref>>;
using GBytesPtr = std::unique_ptr<GBytes, Deleter<g_bytes_unref>>;

// Another reference to `object`.
template <typename T>
GObjectPtr<T> share(T* object) {
  return GObjectPtr<T>(static_cast<T*>(g_object_ref(object)));
}

// Receives a GError** and owns what it gets.
class GErrorSlot {
 public:
  GErrorSlot() = default;
  GErrorSlot(const GErrorSlot&) = delete;
  GErrorSlot& operator=(const GErrorSlot&) = delete;
  ~GErrorSlot() { g_clear_error(&error_); }
  operator GError**() { return &error_; }
  GError* operator->() const { return error_; }
  // Not const: a const one would lose to the GError** above, which is always true.
  explicit operator bool() { return error_ != nullptr; }
  bool matches(GQuark domain, int code) const { return g_error_matches(error_, domain, code); }

 private:
  GError* error_ = nullptr;
};

}  // namespace airforce
