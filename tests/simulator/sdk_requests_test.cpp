// SPDX-License-Identifier: LGPL-2.1-or-later
// The requests of the vendor's SDKs, header by header, and what those read of the answers.
#include <thread>

#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

/// A client that speaks as one of them.
struct Sdk {
  const char* name;
  Headers headers;      ///< of every request
  Headers of_a_stream;  ///< of a request for events, in place of those
};

const std::string kBearer = std::string("Bearer ") + kKey;

const Sdk kPython = {"python",
                     {{"accept", "*/*"},
                      {"accept-encoding", "gzip, deflate"},
                      {"user-agent", "airforce-sdk-python/0.0.1"},
                      {"x-airforce-sdk", "python/0.0.1"}},
                     {}};
const Sdk kTypeScript = {"typescript",
                         {{"accept", "application/json"},
                          {"accept-language", "*"},
                          {"sec-fetch-mode", "cors"},
                          {"accept-encoding", "gzip, deflate"},
                          {"user-agent", "airforce-sdk-js/0.0.1"},
                          {"x-airforce-sdk", "js/0.0.1"}},
                         {{"accept", "text/event-stream"},
                          {"user-agent", "airforce-sdk-js/0.0.1"},
                          {"x-airforce-sdk", "js/0.0.1"}}};

class SdkRequests : public testing::TestWithParam<Sdk> {
 protected:
  Reply ask(const std::string& method, const std::string& path, const std::string& body = {},
            const std::string& key = kBearer) const {
    Headers headers = GetParam().headers;
    if (path.ends_with("/stream") && !GetParam().of_a_stream.empty())
      headers = GetParam().of_a_stream;
    if (!key.empty()) headers.emplace_back("authorization", key);
    if (!body.empty()) headers.emplace_back("content-type", "application/json");
    return request(method, server.url() + path, headers, body);
  }
  /// What both SDKs make of an error: its status, its code, and whether there is a request id.
  static std::string typed(const Reply& reply) {
    std::string code = at(reply.body, "$.error.code");
    if (code.empty()) code = at(reply.body, "$.error");
    return std::to_string(reply.status) + " " + code +
           (reply.header("x-request-id").empty() ? " without id" : "");
  }
  Server server{{"--dialect", "sdk", "--task-seconds", "0.3"}};
};

INSTANTIATE_TEST_SUITE_P(, SdkRequests, testing::Values(kPython, kTypeScript),
                         [](const auto& sdk) { return std::string(sdk.param.name); });

TEST_P(SdkRequests, list_models_without_a_key) {
  const Reply reply = ask("GET", "/v1/models", {}, "");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(at(reply.body, "$.object"), "list");
  EXPECT_NE(reply.body.find("\"id\":\"wan-2.6\""), std::string::npos);
  EXPECT_EQ(ask("GET", "/v1/models?channels=1", {}, "").status, 200);
}

TEST_P(SdkRequests, create_follow_list_and_delete) {
  const Reply created =
      ask("POST", "/v1/video/generations",
          R"({"model": "ltx-mini", "prompt": "a red fox", "negative_prompt": "rain"})");
  EXPECT_GE(created.status, 200);
  EXPECT_LT(created.status, 300);
  const std::string id = at(created.body, "$.task_id");
  EXPECT_EQ(at(created.body, "$.status"), "queued");

  const std::string events = ask("GET", "/v1/video/tasks/" + id + "/stream").body;
  EXPECT_NE(events.find("data: {\"task_id\":\"" + id), std::string::npos);
  EXPECT_TRUE(events.ends_with("data: [DONE]\n\n"));

  const Reply task = ask("GET", "/v1/video/tasks/" + id);
  EXPECT_EQ(at(task.body, "$.status"), "completed");
  EXPECT_EQ(at(task.body, "$.prompt"), "a red fox");
  EXPECT_EQ(at(ask("GET", "/v1/video/tasks").body, "$.data[0].task_id"), id);
  EXPECT_EQ(at(ask("DELETE", "/v1/video/tasks/" + id).body, "$.deleted"), "true");
  EXPECT_EQ(typed(ask("GET", "/v1/video/tasks/" + id)), "404 not_found");
}

TEST_P(SdkRequests, get_errors_that_they_can_type) {
  const auto create = [&](const std::string& model) {
    return typed(
        ask("POST", "/v1/video/generations", R"({"model": ")" + model + R"(", "prompt": "p"})"));
  };
  EXPECT_EQ(create("nothing"), "404 model_not_found");
  EXPECT_EQ(create("gpt-4o"), "400 unknown_model");
  EXPECT_EQ(create("atelier-pro"), "403 free_tier_gated");
  for (const auto& [code, status] :
       std::vector<std::pair<std::string, std::string>>{{"insufficient_balance", "402"},
                                                        {"email_verification_required", "403"},
                                                        {"account_temporarily_locked", "429"}}) {
    server.add_fault("create:times=1,error=" + code);
    EXPECT_EQ(create("ltx-mini"), status + " " + code);
  }
  EXPECT_EQ(typed(ask("GET", "/v1/video/tasks", {}, "Bearer sk-other")), "401 invalid_api_key");
  server.add_fault("create:error=account_temporarily_locked");
  const Reply locked = ask("POST", "/v1/video/generations", R"({"model":"ltx-mini","prompt":"p"})");
  EXPECT_EQ(number_at(locked.body, "$.retry_after"), 900);
}

}  // namespace
}  // namespace airforce::simulator::test
