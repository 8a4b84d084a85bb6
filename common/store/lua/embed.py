#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a C++ source of Lua scripts: embed.py OUTPUT SCRIPT.lua..."""
import pathlib
import sys

output, *scripts = map(pathlib.Path, sys.argv[1:])
lines = ['#include "store/redis_scripts.h"', 'namespace airforce::lua {']
for script in scripts:
    lines.append(f'const char* const {script.stem} = R"lua({script.read_text()})lua";')
lines.append('}  // namespace airforce::lua')
output.write_text('\n'.join(lines) + '\n')
