// SPDX-License-Identifier: LGPL-2.1-or-later
// `GET /v1/models` in both dialects.
#include <algorithm>

#include "service/models.h"

namespace airforce::simulator {
namespace {

constexpr int kReleased = 1714521600;  // 1 May 2024; the field only has to look like a date

JsonObjectText caps_of(const Model& model) {
  return JsonObjectText()
      .set("aspect_ratios", JsonArrayText(model.aspect_ratios))
      .set("qualities", JsonArrayText(model.qualities))
      .set("min_duration_s", model.min_seconds)
      .set("max_duration_s", model.max_seconds)
      .set("modes", JsonArrayText(model.modes))
      .set("price_per_second_cents", model.cents_per_second);
}

JsonObjectText reference_row(const Model& model) {
  JsonObjectText row;
  row.set("id", model.id)
      .set("object", "model")
      .set("created", kReleased)
      .set("owned_by", model.owner)
      .set("output_modalities", JsonArrayText({model.makes}));
  if (model.makes == "video" && model.publishes_caps) row.set("video_caps", caps_of(model));
  return row;
}

/// Models that make no video, as families of versions.
struct Family {
  const char* name;
  const char* owner;
  const char* kind;  ///< "text", "image", "audio", "embeddings"
  std::vector<const char*> versions;
};

const std::vector<Family>& families() {
  static const std::vector<Family> table = {
      {"gpt", "openai", "text", {"4o", "4o-mini", "4.1", "4.1-mini", "4.1-nano", "5", "5-mini"}},
      {"o", "openai", "text", {"1", "1-mini", "3", "3-mini", "4-mini"}},
      {"claude", "anthropic", "text", {"3-haiku", "3.5-haiku", "3.5-sonnet", "4-opus", "4-sonnet"}},
      {"gemini", "google", "text", {"1.5-flash", "1.5-pro", "2.0-flash", "2.5-flash", "2.5-pro"}},
      {"llama", "meta", "text", {"3-8b", "3-70b", "3.1-8b", "3.1-70b", "3.1-405b", "4-scout"}},
      {"mistral", "mistral", "text", {"7b", "small", "medium", "large", "nemo"}},
      {"qwen", "qwen", "text", {"2-7b", "2-72b", "2.5-7b", "2.5-72b", "3-8b", "3-235b"}},
      {"deepseek", "deepseek", "text", {"v2", "v3", "v3.1", "r1", "r1-distill"}},
      {"phi", "microsoft", "text", {"3-mini", "3-medium", "4", "4-mini"}},
      {"command", "cohere", "text", {"r", "r-plus", "a"}},
      {"grok", "xai", "text", {"2", "3", "3-mini", "4"}},
      {"kimi", "moonshot", "text", {"k1.5", "k2"}},
      {"glm", "zhipu", "text", {"4", "4-air", "4.5"}},
      {"flux", "flux", "image", {"schnell", "dev", "pro", "1.1-pro", "kontext"}},
      {"sdxl", "stability", "image", {"1.0", "turbo", "lightning"}},
      {"dall-e", "openai", "image", {"2", "3"}},
      {"imagen", "google", "image", {"3", "3-fast", "4", "4-ultra"}},
      {"ideogram", "ideogram", "image", {"v2", "v2-turbo", "v3"}},
      {"recraft", "recraft", "image", {"v2", "v3"}},
      {"seedream", "seedance", "image", {"3", "4"}},
      {"tts", "openai", "audio", {"1", "1-hd"}},
      {"whisper", "openai", "audio", {"1", "large-v3"}},
      {"eleven", "elevenlabs", "audio", {"v2", "v3", "turbo-v2.5", "sfx"}},
      {"suno", "suno", "audio", {"v3.5", "v4", "v4.5"}},
      {"kokoro", "hexgrad", "audio", {"82m"}},
      {"text-embedding", "openai", "embeddings", {"ada-002", "3-small", "3-large"}},
      {"bge", "baai", "embeddings", {"small", "large", "m3"}},
      {"embed", "cohere", "embeddings", {"v3", "v4"}},
  };
  return table;
}

/// What every row of the sdk dialect has; most of it null.
JsonObjectText sdk_row(const std::string& id, const std::string& owner) {
  JsonObjectText row;
  row.set("id", id).set("object", "model").set("created", kReleased).set("owned_by", owner);
  for (const char* no : {"supports_chat", "supports_images", "moderated"}) row.set(no, false);
  row.set("moderated_categories", JsonArrayText()).set("tier", "paid").set("status", "operational");
  for (const char* unknown : {"multiplier",
                              "min_tier",
                              "max_tokens",
                              "pricepermilliontokens",
                              "output_pricepermilliontokens",
                              "official_pricepermilliontokens",
                              "price_tiers",
                              "priceperthousandimages",
                              "latency_ms",
                              "ttft_ms",
                              "supports_streaming",
                              "supports_tools",
                              "supports_vision",
                              "supports_reasoning",
                              "supports_documents",
                              "supports_web_search",
                              "supports_caching",
                              "group",
                              "supported_parameters",
                              "default_parameters",
                              "media_type",
                              "image_caps",
                              "video_caps",
                              "audio_caps",
                              "speech_caps",
                              "sfx_caps",
                              "transcription_caps",
                              "price_per_audio_minute_cents",
                              "price_per_generation_cents",
                              "catalog_id",
                              "context_length",
                              "max_output_tokens",
                              "input_modalities",
                              "output_modalities",
                              "knowledge_cutoff",
                              "released_unix",
                              "customer_price_table"})
    row.set_null(unknown);
  return row;
}

JsonObjectText other_row(const Family& family, const std::string& id) {
  JsonObjectText row = sdk_row(id, family.owner);
  const std::string kind = family.kind;
  if (kind == "text")
    row.set("supports_chat", true)
        .set("pricepermilliontokens", 12.5)
        .set("output_modalities", JsonArrayText({"text"}));
  else if (kind == "image")
    row.set("supports_images", true)
        .set("media_type", "image")
        .set("priceperthousandimages", 400)
        .set("image_caps", JsonObjectText().set("sizes", JsonArrayText({"1024x1024"})));
  else if (kind == "audio")
    row.set("media_type", "audio").set("audio_caps", JsonObjectText().set("max_seconds", 120));
  return row;  // embeddings: nothing but nulls
}

/// Video models differ in how they can be recognised: by modality, by media type or by caps alone.
JsonObjectText video_row(const Model& model, size_t index) {
  JsonObjectText row = sdk_row(model.id, model.owner);
  if (model.gated) row.set("min_tier", "sub");
  if (!model.publishes_caps || index % 3 == 0)
    row.set("output_modalities", JsonArrayText({"video"}));
  else if (index % 3 == 1)
    row.set("media_type", "video");
  if (model.publishes_caps) row.set("video_caps", caps_of(model));
  return row;
}

JsonArrayText sdk_rows(bool with_key) {
  std::vector<const Model*> videos;
  for (const Model& model : models())
    if (model.makes == "video" && !(model.gated && with_key)) videos.push_back(&model);
  JsonArrayText list;
  size_t next = 0;
  for (const Family& family : families()) {
    for (const char* version : family.versions)
      list.add(other_row(family, std::string(family.name) + "-" + version));
    if (next < videos.size()) {
      list.add(video_row(*videos[next], next));
      ++next;
    }
  }
  return list;
}

}  // namespace

std::string models_json(Dialect dialect, bool with_key) {
  JsonArrayText list;
  if (dialect == Dialect::kSdk) {
    list = sdk_rows(with_key);
  } else {
    for (const Model& model : models())
      if (!model.gated) list.add(reference_row(model));
  }
  return JsonObjectText().set("object", "list").set("data", list).text();
}

bool is_in_catalogue(std::string_view id) {
  const auto& table = models();
  if (std::any_of(table.begin(), table.end(), [id](const Model& model) { return model.id == id; }))
    return true;
  for (const Family& family : families())
    for (const char* version : family.versions)
      if (std::string(family.name) + "-" + version == id) return true;
  return false;
}

}  // namespace airforce::simulator
