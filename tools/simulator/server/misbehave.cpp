// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/misbehave.h"

#include <algorithm>

#include "server/answer_form.h"

namespace airforce::simulator {
namespace {

constexpr int64_t kHuge = int64_t{1} << 30;

/// What a proxy shows in place of the service.
std::string html_page(int status) {
  const int shown = status >= 400 ? status : 502;
  const char* phrase = soup_status_get_phrase(static_cast<guint>(shown));
  const std::string title = std::to_string(shown) + " " + (phrase ? phrase : "Error");
  return "<!DOCTYPE html>\n<html><head><title>" + title + "</title></head>\n<body><center><h1>" +
         title + "</h1></center><hr><center>nginx</center></body></html>\n";
}

void replace_body(Response& answer, const std::string& what) {
  // Whatever there was to come over time is not to come.
  std::string text = answer.source ? answer.source->read(1 << 16) : answer.text;
  answer.source.reset();
  answer.length.reset();
  if (what == "empty") text.clear();
  if (what == "html") {
    text = html_page(answer.status);
    answer.content_type = "text/html";
  }
  if (what == "cut") text.resize(text.size() / 2);
  if (what == "garbage") text = "\x01\x02\xff\xfe{]}\n";
  if (what == "null") text = "null";
  if (what == "array") text = "[]";
  if (what == "wrong-types") text = with_wrong_types(text);
  if (what == "huge") {
    const auto brace = text.find('{');
    const std::string before = "{\"padding\":\"";
    const std::string behind = brace == std::string::npos ? "\"}" : "\"," + text.substr(brace + 1);
    answer.source = std::make_shared<PaddingSource>(before, kHuge, behind);
    answer.length = static_cast<int64_t>(before.size() + behind.size()) + kHuge;
    text.clear();
  }
  answer.text = text;
}

std::string retry_after_value(const std::string& wanted) {
  constexpr char kDate[] = "date:";
  if (!wanted.starts_with(kDate)) return wanted;
  const double seconds = g_ascii_strtod(wanted.c_str() + sizeof kDate - 1, nullptr);
  GDateTime* now = g_date_time_new_now_utc();
  GDateTime* then = g_date_time_add_seconds(now, seconds);
  const Text text(soup_date_time_to_string(then, SOUP_DATE_HTTP));
  g_date_time_unref(now);
  g_date_time_unref(then);
  return text.get();
}

std::string redirect_target(const Exchange& exchange, const PortContext& context,
                            const std::string& where) {
  const std::string& target = exchange.target();
  const std::string mark =
      target.find('?') == std::string::npos ? "?redirected=1" : "&redirected=1";
  if (where == "same") return context.own_origin + target + mark;
  if (where == "other") return context.other_origin + target + mark;
  if (where == "loop") return context.own_origin + target;
  return where;
}

/// Whether the fault answers in place of the service.
bool answers_itself(const Fault& fault) {
  return fault.status || !fault.redirect.empty() || !fault.error_code.empty();
}

ApiError refusal_by_status(int status) {
  return {status, "simulated_fault", "this failure is simulated (" + std::to_string(status) + ")"};
}

/// Adds `retry_after` to an object's JSON.
std::string with_retry_after(const std::string& json, double seconds) {
  if (json.empty() || json.front() != '{') return json;
  char number[32];
  g_ascii_formatd(number, sizeof number, "%g", seconds);
  return std::string("{\"retry_after\":") + number + (json == "{}" ? "" : ",") + json.substr(1);
}

void set_header(Response& answer, const std::string& name, const std::string& value) {
  std::erase_if(answer.headers, [&](const auto& header) { return header.first == name; });
  answer.headers.emplace_back(name, value);
}

void compress(Response& answer) {
  if (!answer.source) answer.source = std::make_shared<TextSource>(std::move(answer.text));
  answer.source = std::make_shared<GzipSource>(std::move(answer.source));
  answer.length.reset();
  answer.headers.emplace_back("Content-Encoding", "gzip");
}

void spoil(Response& answer, const Exchange& exchange, const PortContext& context) {
  const Fault& fault = *exchange.fault;
  if (!fault.redirect.empty()) {
    answer = error_answer({302, "redirect", "moved"}, context.dialect);
    answer.headers = {{"Location", redirect_target(exchange, context, fault.redirect)}};
    if (fault.status) answer.status = *fault.status;
  } else if (!fault.error_code.empty()) {
    answer = error_answer(refusal_of(fault.error_code), context.dialect);
    if (fault.status) answer.status = *fault.status;
  } else if (fault.status) {
    // A success keeps its body; a failure explains itself as the service does.
    const Headers headers = answer.headers;
    if (*fault.status >= 300)
      answer = error_answer(refusal_by_status(*fault.status), context.dialect);
    answer.headers = headers;
    answer.status = *fault.status;
  }
  if (!fault.retry_after.empty())
    set_header(answer, "Retry-After", retry_after_value(fault.retry_after));
  if (fault.retry_in_body) answer.text = with_retry_after(answer.text, *fault.retry_in_body);
  if (!answer.source) answer.text = reformed(answer.text, fault);
  if (!fault.body.empty()) replace_body(answer, fault.body);
  if (!fault.content_type.empty()) answer.content_type = fault.content_type;
  if (fault.gzip) compress(answer);
}

void answer_as_a_gateway(Exchange& exchange) {
  Response answer;
  answer.status = exchange.fault->status.value_or(504);
  answer.content_type = "text/html";
  answer.text = html_page(answer.status);
  exchange.record.note = "a gateway gave up";
  exchange.answer(std::move(answer));
}

/// The category of an error in the sdk dialect, beside its code.
const char* category_of(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 402: return "insufficient_quota";
    case 403: return "permission_error";
    case 429: return "rate_limit_error";
    default: return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

}  // namespace

Response error_answer(const ApiError& error, Dialect dialect, ErrorShape shape) {
  const std::string message = error.what();
  Response answer;
  answer.status = error.status;
  JsonObjectText json;
  if (dialect == Dialect::kReference) {
    json.set("error", JsonObjectText().set("type", error.type).set("message", message));
    if (error.retry_after)
      answer.headers.emplace_back("Retry-After", std::to_string(*error.retry_after));
  } else {
    if (shape == ErrorShape::kFlat)
      json.set("error", error.code).set("message", message);
    else
      json.set("error", JsonObjectText()
                            .set("message", message)
                            .set("type", category_of(error.status))
                            .set_null("param")
                            .set("code", error.code));
    if (error.retry_after) json.set("retry_after", *error.retry_after);
  }
  answer.text = json.text();
  return answer;
}

void reply(Exchange& exchange, const PortContext& context, Response answer) {
  if (exchange.fault) spoil(answer, exchange, context);
  exchange.answer(std::move(answer));
}

void with_fault(Listener& listener, const std::shared_ptr<Exchange>& exchange,
                const PortContext& context, std::function<void()> go) {
  if (!exchange->fault) return go();
  const Fault& fault = *exchange->fault;
  // From here on the request is carried out whatever happens to the connection.
  if (fault.late) context.later(*fault.late, std::exchange(go, [] {}));
  if (fault.refuse) {
    return exchange->break_off(true, [&] { listener.refuse(*fault.refuse); });
  }
  if (fault.reset_before || fault.close_before) return exchange->break_off(fault.reset_before);
  if (fault.gateway)
    return exchange->after_silence(*fault.gateway, [exchange] { answer_as_a_gateway(*exchange); });

  auto proceed = [exchange, context, go = std::move(go)] {
    if (answers_itself(*exchange->fault) && !exchange->fault->carried_out)
      reply(*exchange, context, {});
    else
      go();
  };
  if (fault.stall_before)
    exchange->after_silence(*fault.stall_before, std::move(proceed));
  else
    proceed();
}

}  // namespace airforce::simulator
