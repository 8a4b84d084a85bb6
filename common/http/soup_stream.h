// SPDX-License-Identifier: LGPL-2.1-or-later
// One message of libsoup as a byte stream: connecting, sending, the head, the body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <libsoup/soup.h>

#include "http/blocking.h"
#include "http/place.h"
#include "http/session.h"

namespace airforce::http {

// The host of a URL as messages name it.
std::string host_of(const std::string& url);

class SoupStream final : public ByteStream {
 public:
  SoupStream(std::string url, GObjectPtr<SoupMessage> message)
      : url_(std::move(url)), message_(std::move(message)) {}

  ~SoupStream() override;

  // Of the body, by its head; 0 where that does not say.
  std::uint64_t announced_size() const;

  void send(SoupSession* session, const Request& request, gint64 end, GCancellable* cancellable);

  Outcome next(std::size_t most, std::span<const char>& bytes, double seconds,
               GCancellable* cancellable) override;

 private:
  static void touch(SoupStream* self) { self->last_life_ = g_get_monotonic_time(); }

  // libsoup sends again what an idle connection did not take, as that was closing. It may take
  // another idle one for it at once, and then hears of the first failure when the second try is
  // under way: it ends the message, and continues it when it is freed (3.2.3 aborted by
  // "item->context == soup_thread_default_context ()"). A new connection takes until after that.
  static void restart_afresh(SoupStream* self);

  // Before a connection is made: whether its address is one that this request may go to. Behind a
  // proxy nobody knows.
  static void check_connecting(SoupMessage*, GSocketClientEvent event, GIOStream* stream,
                               SoupStream* self);

  // Before the request is written, to a connection that may have been there already.
  static void check_connected(SoupStream* self);

  // No exception may leave a callback of libsoup.
  void announce();

  static std::optional<Place> place_of_peer(GSocketAddress* address);

  void check(GSocketAddress* address);

  TransportError forbidden() const;

  // Gives the request up; true if it was answered after all. What has arrived is taken first:
  // libsoup frees a message twice when it is cancelled between its headers and its callback.
  bool end_sending(const ThreadContext& context);

  void read_head(bool decoded);

  // Nothing compressed was asked for. What libsoup does not decode would be taken for the answer.
  void check_coding() const;

  // False: nothing arrived in time, and the read stays pending.
  bool fill(std::size_t wanted, double seconds, GCancellable* cancellable);
  // What has arrived already. False: nothing has, or it can't be known without waiting.
  bool fill_at_once();
  void take(gssize size, const GErrorSlot& error);

  const std::string url_;
  GObjectPtr<SoupMessage> message_;
  GObjectPtr<GCancellable> abort_{g_cancellable_new()};
  GObjectPtr<GInputStream> body_;
  Pending sending_;
  Pending reading_;
  bool delivered_ = false;
  unsigned allowed_places_ = kAnyPlace;
  std::optional<Place> forbidden_;  // where the request would have gone
  std::function<void()> about_to_send_;
  std::exception_ptr objection_;  // of about_to_send_
  gint64 last_life_ = 0;
  std::vector<char> chunk_;
  std::size_t taken_ = 0;
  std::size_t filled_ = 0;
  bool ended_ = false;
};

}  // namespace airforce::http
