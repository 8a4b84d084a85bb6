// SPDX-License-Identifier: LGPL-2.1-or-later
// What was odd about an answer and did no harm: reported once, for those who look.
#pragma once

#include <functional>
#include <string>

namespace airforce {

// Reports `what` at GLib's debug level (G_MESSAGES_DEBUG=airforce-video), the first time that it is
// said in this process. `what` holds nothing of the answer itself. Any thread.
void report_odd(const std::string& what);

// Gets what is reported instead of GLib's log, each time; nullptr: the log again. For tests.
void set_odd_listener(std::function<void(const std::string&)> listener);

}  // namespace airforce
