// SPDX-License-Identifier: LGPL-2.1-or-later
#include <glib.h>

#include "fuzz.h"
#include "values/error.h"
#include "values/request.h"
#include "values/settings.h"

namespace {

void require_own_fields_only(const airforce::Settings& settings) {
  for (const airforce::ParameterInfo& parameter : airforce::parameters()) {
    const bool is_initial = settings.is_initial(parameter.id);
    fuzz::require(is_initial || (parameter.traits & AIRFORCE_URI) != 0,
                  "a URI sets what a URI may set");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  airforce::Settings settings;
  try {
    settings.set_uri(fuzz::text_of(data, size));
    require_own_fields_only(settings);
    const std::string& prompt = settings.string(airforce::Parameter::prompt);
    fuzz::require(airforce::write_create_request(settings, prompt, {}).size() > 0,
                  "what a URI sets can be sent");
  } catch (const airforce::Error& error) {
    fuzz::require(error.kind == airforce::ErrorKind::Settings,
                  "a URI is refused as a wrong setting");
    fuzz::require(settings == airforce::Settings(), "a refused URI changes nothing");
    const std::string text = error.text();
    fuzz::require(g_utf8_validate_len(text.data(), text.size(), nullptr), "a refusal is UTF-8");
    fuzz::require(text.find('\n') == std::string::npos, "a refusal is one line");
  }
  return 0;
}
