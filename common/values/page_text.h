// SPDX-License-Identifier: LGPL-2.1-or-later
// What a page of HTML says, such as one that a gateway answers in the service's place.
#pragma once

#include <string>
#include <string_view>

namespace airforce {

// Its title, or else its text, without any markup. Foreign text still: it goes through
// display_text() before it is shown. Only the first 4 KiB are looked at.
std::string page_text(std::string_view page);

}  // namespace airforce
