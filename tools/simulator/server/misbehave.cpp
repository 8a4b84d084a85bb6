// SPDX-License-Identifier: LGPL-2.1-or-later
#include "server/misbehave.h"

#include <json-glib/json-glib.h>

namespace airforce::simulator {
namespace {

constexpr int64_t kHuge = int64_t{1} << 30;

constexpr char kHtml[] =
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>\n";

/// The same JSON with every value of another type.
JsonNodePtr with_wrong_types(JsonNode* node) {
  JsonNodePtr turned;
  if (JSON_NODE_HOLDS_OBJECT(node)) {
    JsonObject* object = json_object_new();
    JsonObjectIter member;
    json_object_iter_init_ordered(&member, json_node_get_object(node));
    const char* name = nullptr;
    JsonNode* value = nullptr;
    while (json_object_iter_next_ordered(&member, &name, &value))
      json_object_set_member(object, name, with_wrong_types(value).release());
    turned.reset(json_node_new(JSON_NODE_OBJECT));
    json_node_take_object(turned.get(), object);
  } else if (JSON_NODE_HOLDS_ARRAY(node)) {
    JsonArray* array = json_array_new();
    for (guint i = 0; i < json_array_get_length(json_node_get_array(node)); ++i)
      json_array_add_element(
          array, with_wrong_types(json_array_get_element(json_node_get_array(node), i)).release());
    turned.reset(json_node_new(JSON_NODE_ARRAY));
    json_node_take_array(turned.get(), array);
  } else {
    const bool text =
        JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
    turned.reset(json_node_alloc());
    if (text)
      json_node_init_int(turned.get(), 7);
    else
      json_node_init_string(turned.get(), "seven");
  }
  return turned;
}

void replace_body(Response& answer, const std::string& what) {
  // Whatever there was to come over time is not to come.
  std::string text = answer.source ? answer.source->read(1 << 16) : answer.text;
  answer.source.reset();
  answer.length.reset();
  if (what == "empty") text.clear();
  if (what == "html") {
    text = kHtml;
    answer.content_type = "text/html";
  }
  if (what == "cut") text.resize(text.size() / 2);
  if (what == "garbage") text = "\x01\x02\xff\xfe{]}\n";
  if (what == "null") text = "null";
  if (what == "array") text = "[]";
  if (what == "wrong-types") {
    if (const JsonNodePtr json(json_from_string(text.c_str(), nullptr)); json)
      text = Text(json_to_string(with_wrong_types(json.get()).get(), FALSE)).get();
  }
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

std::string redirect_target(const Exchange& exchange, const Origins& origins,
                            const std::string& where) {
  const std::string& target = exchange.target();
  const std::string mark =
      target.find('?') == std::string::npos ? "?redirected=1" : "&redirected=1";
  if (where == "same") return origins.own + target + mark;
  if (where == "other") return origins.other + target + mark;
  if (where == "loop") return origins.own + target;
  return where;
}

void spoil(Response& answer, const Exchange& exchange, const Origins& origins) {
  const Fault& fault = *exchange.fault;
  if (!fault.redirect.empty()) {
    answer = error_answer(302, "redirect", "moved");
    answer.headers = {{"Location", redirect_target(exchange, origins, fault.redirect)}};
  }
  if (fault.status) {
    // A success keeps its body; a failure explains itself as the service does.
    const Headers headers = answer.headers;
    if (*fault.status >= 300 && fault.redirect.empty())
      answer = error_answer(*fault.status, "simulated_fault",
                            "the simulator was told to answer " + std::to_string(*fault.status));
    answer.headers = headers;
    answer.status = *fault.status;
  }
  if (!fault.retry_after.empty())
    answer.headers.emplace_back("Retry-After", retry_after_value(fault.retry_after));
  if (!fault.body.empty()) replace_body(answer, fault.body);
  if (!fault.content_type.empty()) answer.content_type = fault.content_type;
}

}  // namespace

Response error_answer(int status, const std::string& type, const std::string& message) {
  Response answer;
  answer.status = status;
  answer.text = JsonObjectText()
                    .set("error", JsonObjectText().set("type", type).set("message", message))
                    .text();
  return answer;
}

void reply(Exchange& exchange, const Origins& origins, Response answer) {
  if (exchange.fault) spoil(answer, exchange, origins);
  exchange.answer(std::move(answer));
}

void with_fault(Listener& listener, const std::shared_ptr<Exchange>& exchange,
                const Origins& origins, std::function<void()> go) {
  if (!exchange->fault) return go();
  const Fault& fault = *exchange->fault;
  if (fault.refuse) {
    return exchange->break_off(true, [&] { listener.refuse(*fault.refuse); });
  }
  if (fault.reset_before || fault.close_before) return exchange->break_off(fault.reset_before);

  auto proceed = [exchange, origins, go = std::move(go)] {
    const Fault& now = *exchange->fault;
    if ((now.status || !now.redirect.empty()) && !now.carried_out)
      reply(*exchange, origins, {});
    else
      go();
  };
  if (fault.stall_before)
    exchange->after_silence(*fault.stall_before, std::move(proceed));
  else
    proceed();
}

}  // namespace airforce::simulator
