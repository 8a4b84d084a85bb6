// SPDX-License-Identifier: LGPL-2.1-or-later
// Build tool: fills a man page's source from the tables. Usage: airforce-video-manual SOURCE > PAGE
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "manual.h"

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "");
  const std::string source{std::istreambuf_iterator<char>(file), {}};
  if (source.empty()) {
    std::cerr << "airforce-video-manual: cannot read the page's source\n";
    return 1;
  }
  std::cout << airforce::cli::filled_manual(source) << std::flush;
  return std::cout ? 0 : 1;
}
