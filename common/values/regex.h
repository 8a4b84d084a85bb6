// SPDX-License-Identifier: LGPL-2.1-or-later
// Replacement in short foreign texts.
#pragma once

#include <string>

#include <glib.h>

#include "values/glib_ptr.h"

namespace airforce {

// Foreign text may be large; what is shown of it is short, so that no more than this is ever looked
// at.
inline constexpr std::size_t kMaxExamined = 4u << 10;

// Of upper and lower case alike. For objects that live as long as the process: other threads may
// still be at work when static ones are destroyed. Not G_REGEX_OPTIMIZE: the few short texts are
// not worth executable memory.
inline const GRegex* compiled(const char* pattern) {
  return g_regex_new(pattern, G_REGEX_CASELESS, GRegexMatchFlags(0), nullptr);
}

// Every match; `replacement` may name groups ("\\1"). "" where matching ran out of its limits.
inline std::string replaced(const std::string& text, const GRegex* regex, const char* replacement) {
  const GCharPtr result(g_regex_replace(regex, text.c_str(), static_cast<gssize>(text.size()), 0,
                                        replacement, GRegexMatchFlags(0), nullptr));
  return result ? result.get() : "";
}

}  // namespace airforce
