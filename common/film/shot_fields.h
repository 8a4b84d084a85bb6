// SPDX-License-Identifier: LGPL-2.1-or-later
// The fields of one shot. Private to common/film.
#pragma once

#include <string_view>

namespace airforce {

struct Shot;

// Sets one field from its text form. Throws Error{Settings}.
void set_shot_field(Shot& shot, std::string_view name, std::string_view text);

// Sets the fields of a JSON object. Throws Error{Settings} for what is not one, for a field that a
// shot does not have, and for a value of the wrong type.
void set_shot_fields(Shot& shot, std::string_view object);

}  // namespace airforce
