// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints each line of standard input as the elements would show it.
#include <iostream>
#include <string>

#include "../../gst/properties.h"

int main() {
  for (std::string line; std::getline(std::cin, line);)
    std::cout << airforce::gst::in_property_names(line) << '\n';
}
