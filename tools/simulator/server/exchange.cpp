// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/exchange.h"

#include <cmath>

#include <strings.h>

namespace airforce::simulator {
namespace {

constexpr char kServer[] = "airforce-simulator/" AIRFORCE_VERSION;

constexpr int64_t kEndlessHeadRate = 100000;  // bytes a second
constexpr char kPaddingHeader[] = "X-Padding: so many words and nothing said\r\n";

/// What has been answered stays without its end, and spaces follow.
void make_body_endless(Response& answer) {
  constexpr size_t kBefore = 1 << 16;
  std::string before = answer.source ? answer.source->read(kBefore) : answer.text;
  if (!answer.source && !before.empty()) before.pop_back();
  answer.source = std::make_shared<EndlessSource>(before, std::string(1024, ' '));
  answer.length.reset();
}

std::string http_date() {
  GDateTime* now = g_date_time_new_now_utc();
  const Text text(soup_date_time_to_string(now, SOUP_DATE_HTTP));
  g_date_time_unref(now);
  return text.get();
}

}  // namespace

std::string new_request_id() {
  char text[40];
  g_snprintf(text, sizeof text, "req_%08x%08x", g_random_int(), g_random_int());
  return text;
}

Exchange::Exchange(SoupServerMessage* message, RequestLog& log, Clock clock, Ended on_end)
    : message_(static_cast<SoupServerMessage*>(g_object_ref(message))),
      log_(log),
      clock_(std::move(clock)),
      on_end_(std::move(on_end)) {
  GUri* uri = soup_server_message_get_uri(message);
  const char* query = g_uri_get_query(uri);
  raw_query_ = query ? query : "";
  target_ = std::string(g_uri_get_path(uri)) + (query ? "?" + raw_query_ : "");
  http_1_0_ = soup_server_message_get_http_version(message) == SOUP_HTTP_1_0;
  const SoupMessageBody* body = soup_server_message_get_request_body(message);
  if (body && body->length > 0) {
    GBytes* bytes = soup_message_body_flatten(soup_server_message_get_request_body(message));
    body_.assign(static_cast<const char*>(g_bytes_get_data(bytes, nullptr)),
                 g_bytes_get_size(bytes));
    g_bytes_unref(bytes);
  }
  soup_message_headers_foreach(
      soup_server_message_get_request_headers(message),
      [](const char* name, const char* value, gpointer data) {
        static_cast<Headers*>(data)->emplace_back(name, value);
      },
      &request_headers_);

  record.number = log_.open();
  record.request_id = new_request_id();
  record.idempotency_key = header("Idempotency-Key");
  record.method = soup_server_message_get_method(message);
  record.path = g_uri_get_path(uri);
  record.range = header("Range");
  record.if_range = header("If-Range");
  record.begun = clock_();

  // One of these comes for every end but that of a connection that was taken away: "disconnected"
  // alone, where the listener drops its connections.
  handlers_.push_back(g_signal_connect(
      message, "finished", G_CALLBACK(+[](SoupServerMessage* finished, gpointer data) {
        auto* self = static_cast<Exchange*>(data);
        const auto* sent = soup_server_message_get_response_body(finished);
        self->ended(self->answered_ ? "complete" : "client left",
                    self->answered_ && sent ? sent->length : 0);
      }),
      this));
  handlers_.push_back(g_signal_connect(message, "disconnected",
                                       G_CALLBACK(+[](SoupServerMessage*, gpointer data) {
                                         auto* self = static_cast<Exchange*>(data);
                                         self->answered_ = true;  // there is nobody left to answer
                                         self->ended("dropped", 0);
                                       }),
                                       this));
  soup_server_message_pause(message);
}

Exchange::~Exchange() {
  if (!message_) return;
  for (const gulong handler : handlers_) g_signal_handler_disconnect(message_, handler);
  g_object_unref(message_);
}

std::string Exchange::header(const char* name) const {
  for (const auto& [key, value] : request_headers_)
    if (strcasecmp(key.c_str(), name) == 0) return value;
  return {};
}

bool Exchange::has_header(const char* name) const {
  for (const auto& field : request_headers_)
    if (strcasecmp(field.first.c_str(), name) == 0) return true;
  return false;
}

std::optional<std::string> Exchange::query(const char* name) const {
  if (raw_query_.empty()) return std::nullopt;
  const std::unique_ptr<GHashTable, decltype(&g_hash_table_unref)> fields(
      soup_form_decode(raw_query_.c_str()), g_hash_table_unref);
  const auto* value = static_cast<const char*>(g_hash_table_lookup(fields.get(), name));
  return value ? std::optional<std::string>(value) : std::nullopt;
}

void Exchange::answer(Response answer) {
  if (!message_ || answered_ || logged_) return;
  answered_ = true;
  record.status = answer.status;
  answer.headers.emplace_back("X-Request-ID", record.request_id);
  if (needs_own_hand(answer))
    answer_by_hand(std::move(answer));
  else
    answer_by_soup(answer);
}

bool Exchange::needs_own_hand(const Response& answer) const {
  if (answer.source) return true;
  if (!fault) return false;
  return fault->lost_answer || fault->stall || fault->stall_after || fault->reset_after ||
         fault->close_after || fault->reset_end || fault->drip || fault->drip_head ||
         !fault->endless.empty();
}

void Exchange::answer_by_soup(const Response& answer) {
  soup_server_message_set_status(message_, static_cast<guint>(answer.status), nullptr);
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message_);
  soup_message_headers_replace(headers, "Server", kServer);
  for (const auto& [name, value] : answer.headers)
    soup_message_headers_replace(headers, name.c_str(), value.c_str());
  if (answer.text.empty() || record.method == "HEAD")
    soup_message_headers_set_content_length(headers, 0);
  else
    soup_server_message_set_response(message_, answer.content_type.c_str(), SOUP_MEMORY_COPY,
                                     answer.text.data(), answer.text.size());
  soup_server_message_unpause(message_);
}

std::string Exchange::head(const Response& answer) const {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " " +
                     soup_status_get_phrase(static_cast<guint>(answer.status)) + "\r\n";
  head += "Date: " + http_date() + "\r\nServer: " + kServer + "\r\nConnection: close\r\n";
  if (!answer.content_type.empty()) head += "Content-Type: " + answer.content_type + "\r\n";
  for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
  if (!answer.source)
    head += "Content-Length: " + std::to_string(answer.text.size()) + "\r\n";
  else if (answer.length)
    head += "Content-Length: " + std::to_string(*answer.length) + "\r\n";
  else if (!http_1_0_)
    head += "Transfer-Encoding: chunked\r\n";
  return head + "\r\n";
}

Delivery Exchange::delivery(const Response& answer) const {
  Delivery delivery;
  delivery.chunked = answer.source && !answer.length && !http_1_0_;
  delivery.shared_pacer = answer.pacer;
  if (!fault) return delivery;
  delivery.drip = fault->drip.value_or(0);
  delivery.drip_head = fault->drip_head.value_or(0);
  delivery.stall = fault->stall.value_or(0);
  delivery.reset_end = fault->reset_end;
  if (fault->close_after) {
    delivery.stop_after = fault->close_after;
    delivery.stop = Delivery::Stop::kClose;
  } else if (fault->reset_after) {
    delivery.stop_after = fault->reset_after;
    delivery.stop = Delivery::Stop::kReset;
  } else if (fault->stall_after) {
    delivery.stop_after = fault->stall_after;
    delivery.stop = Delivery::Stop::kSilence;
  }
  return delivery;
}

void Exchange::answer_by_hand(Response answer) {
  if (fault && fault->lost_answer) {
    record.status = 0;
    auto [stream, socket] = take_connection();
    if (stream) reset_connection(stream.get(), socket.get());
    return ended("reset", 0);
  }
  if (fault && fault->endless == "body") make_body_endless(answer);
  std::string head_text = head(answer);
  Delivery how = delivery(answer);
  std::shared_ptr<ByteSource> source = std::move(answer.source);
  if (!source) source = std::make_shared<TextSource>(std::move(answer.text));
  if (fault && (fault->endless == "102" || fault->endless == "head")) {
    const bool informational = fault->endless == "102";
    if (informational) head_text.clear();
    if (!informational) head_text.resize(head_text.size() - 2);  // its last, empty line
    source = std::make_shared<EndlessSource>(
        "", informational ? "HTTP/1.1 102 Processing\r\n\r\n" : kPaddingHeader);
    how.chunked = false;
    if (how.drip == 0) how.drip = kEndlessHeadRate;
  }
  auto [stream, socket] = take_connection();
  if (!stream) return ended("client left", 0);
  wire_ = Wire::start(std::move(stream), std::move(socket), std::move(head_text), std::move(source),
                      how, [this](const WireEnd& end) { ended(end.how, end.body_bytes); });
}

void Exchange::break_off(bool reset, const std::function<void()>& before) {
  if (!message_ || answered_) return;
  answered_ = true;
  auto [stream, socket] = take_connection();
  if (before) before();
  if (stream && reset)
    reset_connection(stream.get(), socket.get());
  else if (stream)
    g_io_stream_close(stream.get(), nullptr, nullptr);
  ended(reset ? "reset" : "cut", 0);
}

void Exchange::after_silence(double seconds, std::function<void()> call) {
  if (std::isinf(seconds)) {
    // A connection of our own notices when the client leaves.
    answered_ = true;
    auto [stream, socket] = take_connection();
    if (!stream) return ended("client left", 0);
    Delivery for_ever;
    for_ever.stall = seconds;
    wire_ = Wire::start(std::move(stream), std::move(socket), "", std::make_shared<QueueSource>(),
                        for_ever, [this](const WireEnd& end) { ended(end.how, 0); });
    return;
  }
  silence_ =
      after_milliseconds(static_cast<guint>(seconds * 1000), [call = std::move(call)] { call(); });
}

void Exchange::abandon() {
  silence_.clear();
  if (wire_) wire_->reset();
}

std::pair<Object<GIOStream>, Object<GSocket>> Exchange::take_connection() {
  for (const gulong handler : handlers_) g_signal_handler_disconnect(message_, handler);
  handlers_.clear();
  Object<SoupServerMessage> message(std::exchange(message_, nullptr));
  GSocket* socket = soup_server_message_get_socket(message.get());
  if (!socket) return {};
  Object<GSocket> kept = add_reference(socket);
  Object<GIOStream> stream(soup_server_message_steal_connection(message.get()));
  return {std::move(stream), std::move(kept)};
}

void Exchange::ended(const char* how, int64_t bytes) {
  if (std::exchange(logged_, true)) return;
  record.end = how;
  record.bytes = bytes;
  record.ended = clock_();
  if (fault) record.fault = fault->spec;
  log_.close(record);
  silence_.clear();
  on_end_(this);
}

}  // namespace airforce::simulator
