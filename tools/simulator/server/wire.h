// SPDX-License-Identifier: LGPL-2.1-or-later
// One answer written by hand on a connection that was taken from libsoup: the answers that come
// over time (event streams, paced downloads), and those that a proper server would never give.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gio/gio.h>

#include "glib_handles.h"
#include "server/byte_source.h"
#include "server/pacer.h"

namespace airforce::simulator {

/// How the answer travels, and where it breaks.
struct Delivery {
  bool chunked = false;
  Pacer* shared_pacer = nullptr;      ///< the CDN's bandwidth; outlives the wire
  int64_t drip = 0;                   ///< bytes of the body a second, 0: no limit
  int64_t drip_head = 0;              ///< bytes of the head a second, 0: no limit
  double stall = 0;                   ///< seconds before the first byte
  std::optional<int64_t> stop_after;  ///< bytes of the body after which `stop` happens
  enum class Stop { kClose, kReset, kSilence } stop = Stop::kClose;
  bool reset_end = false;  ///< RST in place of FIN at the end
};

/// How it ended.
struct WireEnd {
  int64_t body_bytes = 0;
  const char* how = "";  ///< "complete", "cut", "reset", "client left"
};

class Wire : public std::enable_shared_from_this<Wire> {
 public:
  using Done = std::function<void(const WireEnd&)>;

  /// `stream` is the connection, `socket` the socket under it. `done` is called once, from the
  /// main loop.
  static std::shared_ptr<Wire> start(Object<GIOStream> stream, Object<GSocket> socket,
                                     std::string head, std::shared_ptr<ByteSource> body,
                                     Delivery delivery, Done done);
  ~Wire();

  /// Resets the connection at once.
  void reset() { finish(true, "reset"); }

 private:
  Wire(Object<GIOStream> stream, Object<GSocket> socket, std::string head,
       std::shared_ptr<ByteSource> body, Delivery delivery, Done done);

  void watch_for_the_client_leaving();
  void pump();
  bool refill();
  bool refill_from_head();
  bool refill_from(int64_t limit);
  void stop_here();
  void finish_when_sent(bool reset, const char* how);
  void finish(bool reset, const char* how);
  void wait(guint milliseconds);
  void resume_after(guint milliseconds);

  Object<GIOStream> stream_;
  Object<GSocket> socket_;
  std::string head_;    // what is left of it
  std::string buffer_;  // what is to be sent next
  size_t sent_ = 0;     // of buffer_
  std::shared_ptr<ByteSource> body_;
  Delivery delivery_;
  Pacer drip_;
  Pacer drip_head_;
  Turn head_turn_;
  Turn drip_turn_;
  Turn shared_turn_;
  Done done_;
  WireEnd end_;
  bool last_piece_ = false;  // buffer_ ends the answer
  bool silent_ = false;
  LoopSource readable_;
  LoopSource writable_;
  LoopSource timer_;
};

/// Ends a connection with RST.
void reset_connection(GIOStream* stream, GSocket* socket);

}  // namespace airforce::simulator
