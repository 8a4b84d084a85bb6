// SPDX-License-Identifier: LGPL-2.1-or-later
// What is accepted as a generation request, and how the rest is refused.
#include "service/request.h"

#include <gtest/gtest.h>

#include "service/api_error.h"

namespace airforce::simulator {
namespace {

/// "STATUS: message" of the refusal; empty if it is accepted.
std::string refusal(const std::string& body) {
  try {
    parse_request(body);
    return {};
  } catch (const ApiError& error) {
    return std::to_string(error.status) + ": " + error.what();
  }
}

std::string with(const std::string& fields) {
  return R"({"model":"wan-2.6","prompt":"a fox",)" + fields + "}";
}

TEST(Request, fills_in_the_models_defaults) {
  const Request request = parse_request(R"({"model":"kling-1","prompt":"a fox"})");
  EXPECT_EQ(request.mode, "text");
  EXPECT_EQ(request.duration_seconds, 5);
  EXPECT_EQ(request.aspect_ratio, "16:9");
  EXPECT_EQ(request.quality, "720p");
  EXPECT_FALSE(request.seed);
  EXPECT_FALSE(request.sound);
  EXPECT_EQ(request.cost_cents(), 5 * 28);
}

TEST(Request, counts_null_as_left_out) {
  EXPECT_EQ(refusal(with(R"("seed":null,"mode":null,"sound":null,"input_images":null)")), "");
}

TEST(Request, ignores_the_wish_for_sound_where_the_model_makes_none) {
  EXPECT_FALSE(parse_request(R"({"model":"kling-1","prompt":"p","sound":true})").sound);
  EXPECT_TRUE(parse_request(R"({"model":"wan-2.6","prompt":"p","sound":true})").sound);
}

TEST(Request, refuses_with_400_what_is_no_request) {
  EXPECT_EQ(refusal("{"), "400: the body is not valid JSON");
  EXPECT_EQ(refusal(""), "400: the body must be a JSON object");
  EXPECT_EQ(refusal("[]"), "400: the body must be a JSON object");
  EXPECT_EQ(refusal(R"({"prompt":"p"})"), "400: model is required");
  EXPECT_EQ(refusal(R"({"model":"wan-2.6","prompt":""})"), "400: prompt is required");
  EXPECT_EQ(refusal(with(R"("duration_seconds":"8")")), "400: duration_seconds must be an integer");
  EXPECT_EQ(refusal(with(R"("duration_seconds":8.5)")), "400: duration_seconds must be an integer");
  EXPECT_EQ(refusal(with(R"("sound":1)")), "400: sound must be true or false");
  EXPECT_EQ(refusal(with(R"("input_images":{})")), "400: input_images must be an array");
}

TEST(Request, refuses_with_404_a_model_that_makes_no_video) {
  EXPECT_EQ(refusal(R"({"model":"flux-schnell","prompt":"p"})"),
            "404: there is no video model named flux-schnell");
}

TEST(Request, refuses_with_422_what_the_model_cannot_do_and_lists_what_it_can) {
  EXPECT_EQ(refusal(with(R"("duration_seconds":11)")),
            "422: duration_seconds 11 is out of range for wan-2.6; allowed: 5 to 10");
  EXPECT_EQ(refusal(with(R"("aspect_ratio":"4:3")")),
            "422: aspect_ratio 4:3 is not supported by wan-2.6; allowed: 16:9, 9:16, 1:1");
  EXPECT_EQ(refusal(with(R"("quality":"4k")")),
            "422: quality 4k is not supported by wan-2.6; allowed: 480p, 720p, 1080p");
  EXPECT_EQ(refusal(with(R"("mode":"reference")")),
            "422: mode reference is not supported by wan-2.6; allowed: text, image");
}

TEST(Request, wants_as_many_images_as_the_mode_takes) {
  EXPECT_EQ(refusal(with(R"("mode":"image")")), "422: input_images is required for mode image");
  EXPECT_EQ(refusal(with(R"("input_images":[{"url":"http://a/b"}])")),
            "422: input_images need mode image or reference");
  EXPECT_EQ(refusal(with(R"("mode":"image","input_images":[{"url":"a"},{"url":"b"}])")),
            "422: input_images: mode image of wan-2.6 takes at most 1");
}

TEST(Request, takes_an_image_as_url_or_as_plain_base64) {
  const Request request =
      parse_request(with(R"("mode":"image","input_images":[{"b64_json":"aGVsbG8="}])"));
  EXPECT_EQ(request.images.at(0).bytes, "hello");
  EXPECT_EQ(refusal(with(R"("mode":"image","input_images":[{}])")),
            "400: input_images[0] must have exactly one of url and b64_json");
  EXPECT_EQ(
      refusal(with(R"("mode":"image","input_images":[{"b64_json":"data:image/png;base64,aA=="}])")),
      "400: input_images[0].b64_json must be plain base64, without a data: prefix");
}

TEST(PictureSize, counts_the_short_side_and_is_even) {
  const auto size = [](const char* quality, const char* ratio) {
    const auto [width, height] = picture_size(quality, ratio);
    return std::pair(width, height);
  };
  EXPECT_EQ(size("480p", "16:9"), std::pair(854, 480));
  EXPECT_EQ(size("720p", "9:16"), std::pair(720, 1280));
  EXPECT_EQ(size("1080p", "1:1"), std::pair(1080, 1080));
  EXPECT_EQ(size("480p", "4:3"), std::pair(640, 480));
}

TEST(Models, lists_models_of_other_kinds_too_and_one_without_caps) {
  const std::string json = models_json(Dialect::kReference, true);
  EXPECT_NE(json.find(R"("output_modalities":["image"])"), std::string::npos);
  EXPECT_NE(json.find(R"("output_modalities":["text"])"), std::string::npos);
  size_t without_caps = 0;
  for (const Model& model : models())
    without_caps += model.makes == "video" && !model.publishes_caps;
  EXPECT_EQ(without_caps, 1U);
}

}  // namespace
}  // namespace airforce::simulator
