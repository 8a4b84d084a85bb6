// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/wire.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace airforce::simulator {
namespace {

constexpr int64_t kPiece = 64 * 1024;

using WireRef = std::weak_ptr<Wire>;

GSource* socket_source(GSocket* socket, GIOCondition condition, GSocketSourceFunc callback,
                       WireRef wire) {
  GSource* source = g_socket_create_source(socket, condition, nullptr);
  g_source_set_callback(source, G_SOURCE_FUNC(callback), new WireRef(std::move(wire)),
                        [](gpointer data) { delete static_cast<WireRef*>(data); });
  return source;
}

/// Bytes that the kernel has taken but the client's side has not.
int unsent_bytes(GSocket* socket) {
  int bytes = 0;
  return ioctl(g_socket_get_fd(socket), SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

void reset_connection(GIOStream* stream, GSocket* socket) {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  setsockopt(g_socket_get_fd(socket), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  g_io_stream_close(stream, nullptr, nullptr);
}

std::shared_ptr<Wire> Wire::start(Object<GIOStream> stream, Object<GSocket> socket,
                                  std::string head, std::shared_ptr<ByteSource> body,
                                  Delivery delivery, Done done) {
  std::shared_ptr<Wire> wire(new Wire(std::move(stream), std::move(socket), std::move(head),
                                      std::move(body), delivery, std::move(done)));
  wire->body_->on_more = [weak = WireRef(wire)] {
    if (const auto self = weak.lock()) self->pump();
  };
  wire->watch_for_the_client_leaving();
  if (wire->delivery_.stall > 0)
    wire->wait(std::isinf(delivery.stall) ? 0 : static_cast<guint>(delivery.stall * 1000));
  else
    wire->resume_after(0);  // never from inside the caller
  return wire;
}

Wire::Wire(Object<GIOStream> stream, Object<GSocket> socket, std::string head,
           std::shared_ptr<ByteSource> body, Delivery delivery, Done done)
    : stream_(std::move(stream)),
      socket_(std::move(socket)),
      head_(std::move(head)),
      body_(std::move(body)),
      delivery_(delivery),
      drip_(delivery.drip),
      drip_head_(delivery.drip_head),
      done_(std::move(done)) {
  g_socket_set_blocking(socket_.get(), FALSE);
}

Wire::~Wire() {
  body_->on_more = nullptr;
}

void Wire::watch_for_the_client_leaving() {
  readable_ = LoopSource(socket_source(
      socket_.get(), G_IO_IN,
      [](GSocket* socket, GIOCondition, gpointer data) -> gboolean {
        char scratch[4096];
        const gssize got = g_socket_receive(socket, scratch, sizeof scratch, nullptr, nullptr);
        if (got > 0) return G_SOURCE_CONTINUE;
        if (const auto wire = static_cast<WireRef*>(data)->lock())
          wire->finish(false, "client left");
        return G_SOURCE_REMOVE;
      },
      weak_from_this()));
}

/// 0: for ever.
void Wire::wait(guint milliseconds) {
  if (milliseconds == 0)
    silent_ = true;
  else
    resume_after(milliseconds);
}

void Wire::resume_after(guint milliseconds) {
  timer_ = after_milliseconds(milliseconds, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->timer_.clear();
      self->pump();
    }
  });
}

void Wire::pump() {
  const auto self = shared_from_this();  // finish() may drop the last other reference
  int64_t burst = 0;
  while (done_ && !silent_ && !timer_ && !writable_) {
    if (sent_ == buffer_.size() && !refill()) return;
    ErrorPtr error;
    GError* raw = nullptr;
    const gssize sent =
        g_socket_send(socket_.get(), buffer_.data() + sent_, buffer_.size() - sent_, nullptr, &raw);
    error.reset(raw);
    const bool blocked = error && g_error_matches(raw, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
    if (sent < 0 && !blocked) return finish(false, "client left");
    if (sent > 0) {
      sent_ += static_cast<size_t>(sent);
      burst += sent;
    }
    // Others get their turn, too, between the pieces of a large body.
    if (blocked || burst >= 4 * kPiece) {
      writable_ = LoopSource(socket_source(
          socket_.get(), G_IO_OUT,
          [](GSocket*, GIOCondition, gpointer data) -> gboolean {
            if (const auto wire = static_cast<WireRef*>(data)->lock()) {
              wire->writable_.clear();
              wire->pump();
            }
            return G_SOURCE_REMOVE;
          },
          weak_from_this()));
    }
  }
}

/// Fills the buffer. Whether there is something to send now.
bool Wire::refill() {
  buffer_.clear();
  sent_ = 0;
  if (!head_.empty()) return refill_from_head();
  if (last_piece_) {
    finish_when_sent(delivery_.reset_end, "complete");
    return false;
  }
  int64_t limit = kPiece;
  if (delivery_.stop_after) {
    limit = std::min(limit, *delivery_.stop_after - end_.body_bytes);
    if (limit <= 0) {
      stop_here();
      return false;
    }
  }
  for (const auto& [turn, pacer] :
       {std::pair(&drip_turn_, &drip_), std::pair(&shared_turn_, delivery_.shared_pacer)}) {
    limit = turn->take(pacer, limit);
    if (limit == 0) {
      wait(turn->wait());
      return false;
    }
  }
  return refill_from(limit);
}

bool Wire::refill_from_head() {
  const int64_t size = head_turn_.take(&drip_head_, static_cast<int64_t>(head_.size()));
  if (size == 0) {
    wait(head_turn_.wait());
    return false;
  }
  head_turn_.sent(&drip_head_, size);
  buffer_ = head_.substr(0, static_cast<size_t>(size));
  head_.erase(0, buffer_.size());
  return true;
}

bool Wire::refill_from(int64_t limit) {
  std::string piece = body_->read(static_cast<size_t>(limit));
  if (piece.empty() && !body_->finished()) return false;  // on_more will call
  const auto size = static_cast<int64_t>(piece.size());
  drip_turn_.sent(&drip_, size);
  shared_turn_.sent(delivery_.shared_pacer, size);
  end_.body_bytes += size;
  last_piece_ =
      body_->finished() && !(delivery_.stop_after && end_.body_bytes >= *delivery_.stop_after);
  if (!delivery_.chunked) {
    buffer_ = std::move(piece);
  } else {
    if (!piece.empty()) {
      char length[24];
      std::snprintf(length, sizeof length, "%zx\r\n", piece.size());
      buffer_ = length + piece + "\r\n";
    }
    if (last_piece_) buffer_ += "0\r\n\r\n";
  }
  return true;
}

void Wire::stop_here() {
  switch (delivery_.stop) {
    case Delivery::Stop::kClose: return finish_when_sent(false, "cut");
    case Delivery::Stop::kReset: return finish_when_sent(true, "reset");
    case Delivery::Stop::kSilence: silent_ = true;
  }
}

/// RST throws away what is still in the kernel's buffer, so that it has to wait for that.
void Wire::finish_when_sent(bool reset, const char* how) {
  if (!reset || unsent_bytes(socket_.get()) == 0) return finish(reset, how);
  silent_ = true;
  timer_ = after_milliseconds(2, [weak = weak_from_this(), how] {
    if (const auto self = weak.lock()) self->finish_when_sent(true, how);
  });
}

void Wire::finish(bool reset, const char* how) {
  if (!done_) return;
  readable_.clear();
  writable_.clear();
  timer_.clear();
  if (reset)
    reset_connection(stream_.get(), socket_.get());
  else
    g_io_stream_close(stream_.get(), nullptr, nullptr);
  end_.how = how;
  const Done done = std::move(done_);
  done_ = nullptr;
  done(end_);
}

}  // namespace airforce::simulator
