// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/page_text.h"

#include <algorithm>
#include <utility>

#include <glib.h>

#include "values/glib_ptr.h"
#include "values/regex.h"
#include "values/text.h"
#include "values/trim.h"

namespace airforce {
namespace {

using MatchPtr = std::unique_ptr<GMatchInfo, Deleter<g_match_info_unref>>;

// Not "&lt;": nothing that is shown becomes markup.
std::string without_entities(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&nbsp;", " "}, {"&quot;", "\""}, {"&apos;", "'"}, {"&#39;", "'"}, {"&amp;", "&"}};
  for (const auto& [entity, character] : kEntities) {
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos;
         at += character.size())
      text.replace(at, entity.size(), character);
  }
  return text;
}

}  // namespace

std::string page_text(std::string_view page) {
  static const GRegex* const unseen =
      compiled(R"(<!--[\s\S]*?(?:-->|$)|<(script|style|template)\b[\s\S]*?(?:</\1\s*>|$))");
  static const GRegex* const title = compiled(R"(<title\b[^>]*>([^<]*))");
  static const GRegex* const tag = compiled(R"(<[^<>]*(?:>|$))");
  std::string text = replaced(valid_utf8(page.substr(0, kMaxExamined)), unseen, " ");
  GMatchInfo* match = nullptr;
  g_regex_match(title, text.c_str(), GRegexMatchFlags(0), &match);
  const MatchPtr found(match);
  if (g_match_info_matches(found.get())) {
    const GCharPtr content(g_match_info_fetch(found.get(), 1));
    if (!trimmed(std::string_view(content.get())).empty()) text = content.get();
  }
  text = replaced(text, tag, " ");
  std::erase_if(text, [](char character) { return character == '<' || character == '>'; });
  return std::string(trimmed(std::string_view(without_entities(std::move(text)))));
}

}  // namespace airforce
