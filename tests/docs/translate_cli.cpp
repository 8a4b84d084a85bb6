// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints each line of standard input as the command line would show it.
#include <iostream>
#include <string>

#include "report.h"

int main() {
  for (std::string line; std::getline(std::cin, line);)
    std::cout << airforce::cli::with_flags(line) << '\n';
}
