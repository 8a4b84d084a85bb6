// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/request.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "values/glib_ptr.h"

namespace airforce {
namespace {

using test::text_of_error;
using testing::HasSubstr;
using testing::Not;

Settings settings_of(const std::vector<std::pair<const char*, const char*>>& values) {
  Settings settings;
  for (const auto& [name, text] : values) settings.set(name, text);
  return settings;
}

const InputImage kUrl = image_of_url("https://example.com/dragon.jpg");
const InputImage kBytes = image_of_bytes(std::string("\xFF\xD8\0\x01", 4));

std::string written(const Settings& settings, const std::string& prompt,
                    const std::vector<InputImage>& images) {
  return write_create_request(settings, prompt, images).text();
}

TEST(CreateRequest, is_the_services_own_example) {
  const Settings settings = settings_of({{"model", "wan-2.6"},
                                         {"duration_seconds", "8"},
                                         {"aspect_ratio", "16:9"},
                                         {"quality", "720p"},
                                         {"sound", "true"}});
  EXPECT_EQ(
      written(settings, "A red fox darting across snowy hills at dawn", {}),
      R"({"prompt":"A red fox darting across snowy hills at dawn","model":"wan-2.6","duration_seconds":8,)"
      R"("aspect_ratio":"16:9","quality":"720p","sound":true})");
}

TEST(CreateRequest, says_only_what_was_asked_for) {
  EXPECT_EQ(written(settings_of({{"model", "m"}}), "p", {}), R"({"prompt":"p","model":"m"})");
}

TEST(CreateRequest, never_sends_what_is_not_the_services_business) {
  Settings settings;
  for (const ParameterInfo& parameter : parameters()) {
    if (parameter.type == ParameterType::String && (parameter.traits & AIRFORCE_BODY) == 0)
      settings.set(parameter.name, "canary");
  }
  settings.reset("extra");  // that is
  settings.set("max_cost_cents", "77");
  EXPECT_EQ(written(settings, "p", {}), R"({"prompt":"p"})");
}

TEST(CreateRequest, sends_seed_0_but_not_minus_1) {
  EXPECT_THAT(written(settings_of({{"seed", "0"}}), "p", {}), HasSubstr(R"("seed":0)"));
  EXPECT_THAT(written(settings_of({{"seed", "9223372036854775807"}}), "p", {}),
              HasSubstr("9223372036854775807"));
  EXPECT_THAT(written(settings_of({{"seed", "-1"}}), "p", {}), Not(HasSubstr("seed")));
}

TEST(CreateRequest, makes_auto_definite_by_the_number_of_images) {
  EXPECT_EQ(resolve_mode(Mode::Auto, 0), Mode::Text);
  EXPECT_EQ(resolve_mode(Mode::Auto, 1), Mode::Image);
  EXPECT_EQ(resolve_mode(Mode::Auto, 2), Mode::Reference);
  EXPECT_EQ(resolve_mode(Mode::Reference, 1), Mode::Reference);
  EXPECT_THAT(written({}, "p", {kUrl}), HasSubstr(R"("mode":"image")"));
  EXPECT_THAT(written({}, "p", {kUrl, kBytes}), HasSubstr(R"("mode":"reference")"));
  EXPECT_THAT(written(settings_of({{"mode", "text"}}), "p", {kUrl}), HasSubstr(R"("mode":"text")"));
}

TEST(CreateRequest, passes_urls_on_and_sends_bytes_as_plain_base64_in_their_order) {
  EXPECT_THAT(
      written({}, "p", {kBytes, kUrl}),
      HasSubstr(
          R"("input_images":[{"b64_json":"/9gAAQ=="},{"url":"https://example.com/dragon.jpg"}])"));
}

TEST(CreateRequest, escapes_what_json_must_have_escaped) {
  EXPECT_EQ(written({}, "a \"b\" \\ \n\t\x01 ü 🦊", {}),
            "{\"prompt\":\"a \\\"b\\\" \\\\ \\n\\t\\u0001 ü 🦊\"}");
}

TEST(CreateRequest, refuses_a_prompt_that_is_not_utf8) {
  EXPECT_THAT(text_of_error([] { written({}, "caf\xE9", {}); }),
              HasSubstr("the prompt is not UTF-8"));
  EXPECT_THAT(text_of_error([] { written({}, std::string("a\0b", 3), {}); }),
              HasSubstr("the prompt is not UTF-8"));
}

TEST(RequestHash, is_equal_for_equal_requests_however_they_were_said) {
  EXPECT_EQ(
      request_hash({}, "p", {}),
      request_hash(settings_of({{"mode", "text"}, {"seed", "-1"}, {"timeout", "5"}}), "p", {}));
  EXPECT_EQ(request_hash({}, "p", {kUrl}),
            request_hash(settings_of({{"mode", "image"}}), "p", {kUrl}));
  EXPECT_EQ(request_hash(settings_of({{"prompt", "ignored"}}), "p", {}),
            request_hash(settings_of({{"prompt_file", "f"}}), "p", {}));
}

TEST(RequestHash, differs_with_each_thing_that_changes_the_clip) {
  std::vector<std::string> hashes;
  hashes.push_back(request_hash({}, "p", {}));
  hashes.push_back(request_hash({}, "q", {}));
  hashes.push_back(request_hash({}, "p", {kUrl}));
  hashes.push_back(request_hash({}, "p", {kBytes}));
  hashes.push_back(request_hash({}, "p", {kUrl, kBytes}));
  hashes.push_back(request_hash({}, "p", {kBytes, kUrl}));
  for (const auto& [name, text] :
       std::vector<std::pair<const char*, const char*>>{{"model", "m"},
                                                        {"duration_seconds", "5"},
                                                        {"aspect_ratio", "1:1"},
                                                        {"quality", "480p"},
                                                        {"seed", "0"},
                                                        {"sound", "true"},
                                                        {"extra", R"({"negative_prompt":"rain"})"},
                                                        {"extra", R"({"negative_prompt":"fog"})"},
                                                        {"extra", R"({"camera":{"pan":[1,2]}})"},
                                                        {"extra", R"({"camera":{"pan":[2,1]}})"}}) {
    hashes.push_back(request_hash(settings_of({{name, text}}), "p", {}));
  }
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::adjacent_find(hashes.begin(), hashes.end()), hashes.end());
}

TEST(RequestHash, is_equal_for_extra_fields_in_another_order_or_layout) {
  const auto hash_with = [](const char* extra) {
    return request_hash(settings_of({{"extra", extra}}), "p", {});
  };
  EXPECT_EQ(hash_with(R"({"a":{"x":1,"y":2},"b":true})"),
            hash_with("{ \"b\" : true,\n \"a\": {\"y\":2, \"x\":1} }"));
  EXPECT_EQ(hash_with("{}"), request_hash({}, "p", {}));
}

TEST(CreateRequest, sends_extra_fields_as_they_are_behind_its_own) {
  EXPECT_EQ(written(settings_of({{"model", "m"}, {"extra", R"({"z":[null,1.5],"n":{"k":"ü"}})"}}),
                    "p", {}),
            R"({"prompt":"p","model":"m","n":{"k":"ü"},"z":[null,1.5]})");
}

TEST(CreateRequest, lets_extra_fields_overwrite_none_of_its_own) {
  for (const char* name : {"prompt", "model", "mode", "duration_seconds", "aspect_ratio", "quality",
                           "seed", "sound", "input_images"}) {
    const std::string extra = std::string("{\"") + name + "\":1}";
    EXPECT_THAT(text_of_error([&] {
                  written(settings_of({{"extra", extra.c_str()}}), "p", {});
                }),
                HasSubstr(name));
  }
}

TEST(CreateRequest, lets_extra_fields_overwrite_none_of_its_own_in_another_case) {
  for (const char* extra : {R"({"Model":"x"})", R"({"DURATION_SECONDS":5})", R"({"pRompt":"x"})"}) {
    EXPECT_THAT(text_of_error([&] {
                  write_create_request(settings_of({{"extra", extra}}), "p", {});
                }),
                HasSubstr("which is a parameter"))
        << extra;
  }
}

TEST(CreateRequest, refuses_extra_numbers_that_it_cannot_send_as_they_are) {
  for (const char* extra : {R"({"a":1e400})", R"({"a":[-1e999]})", R"({"a":12345678901234567890})",
                            R"({"n":{"a":-9223372036854775809}})", R"({"\":""","a":1e400})"}) {
    EXPECT_THAT(text_of_error([&] {
                  write_create_request(settings_of({{"extra", extra}}), "p", {});
                }),
                HasSubstr("out of range"))
        << extra;
  }
  EXPECT_EQ(written(settings_of({{"model", "m"},
                                 {"extra", R"({"a":9223372036854775807,"b":1e-400,"c":"1e400"})"}}),
                    "p", {}),
            R"({"prompt":"p","model":"m","a":9223372036854775807,"b":0.0,"c":"1e400"})");
}

TEST(CreateRequest, refuses_extra_that_is_no_json_object) {
  for (const char* extra : {"[1]", "1", "{\"a\":", "null", "{\"a\":1} b", "caf\xE9"}) {
    EXPECT_THAT(text_of_error([&] {
                  written(settings_of({{"extra", extra}}), "p", {});
                }),
                HasSubstr("extra"))
        << extra;
  }
}

TEST(RequestHash, distinguishes_equal_shots_of_a_film_by_their_occurrence) {
  Settings first;
  Settings second;
  second.set_occurrence(2);
  EXPECT_EQ(request_hash(first, "p", {}), request_hash({}, "p", {}));
  EXPECT_NE(request_hash(second, "p", {}), request_hash(first, "p", {}));
  EXPECT_EQ(written(second, "p", {}), written(first, "p", {}));
}

TEST(RequestHash, knows_an_image_by_its_identity_where_it_has_one) {
  const InputImage one = image_of_bytes("bytes of one decoder", "last frame of vid_1");
  const InputImage other = image_of_bytes("bytes of another", "last frame of vid_1");
  EXPECT_EQ(request_hash({}, "p", {one}), request_hash({}, "p", {other}));
  EXPECT_NE(request_hash({}, "p", {one}),
            request_hash({}, "p", {image_of_bytes("bytes of one decoder", "last frame of vid_2")}));
}

// The store of an earlier version knows requests by these hashes: a change forgets what was paid
// for.
TEST(RequestHash, stays_the_same_from_version_to_version) {
  EXPECT_EQ(
      request_hash(settings_of({{"model", "wan-2.6"}, {"seed", "7"}}), "A red fox", {kBytes, kUrl}),
      "7503a836c5c755c1334cb33d7fc775f4a0de875121709202caee57e02d0f1ff1");
}

TEST(InputImage, is_encoded_in_the_memory_that_it_came_in) {
  for (std::size_t size = 0; size < 9000; size += size < 20 ? 1 : 997) {
    std::string bytes;
    bytes.reserve(base64_size(size) + 16);
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 31 + i / 251);
    const GCharPtr expected(g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), size));
    const char* const memory = bytes.data();
    const InputImage image = image_of_bytes(std::move(bytes));
    EXPECT_EQ(*image.base64, expected.get()) << size;
    EXPECT_TRUE(size < 16 || image.base64->data() == memory) << size;
  }
}

TEST(Sha256, is_the_published_one) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace airforce
