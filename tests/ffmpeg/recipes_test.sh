#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the commands of docs/ffmpeg.md with the stock ffmpeg and the drop-in.
# usage: recipes_test.sh BUILD_DIRECTORY SOURCE_DIRECTORY
set -euo pipefail
build=$1 source=$2
library=$build/ffmpeg-filter/drop-in/lib
if [ ! -d "$library" ]; then
  echo "skipped: the stock ffmpeg has no airforcevideosrc in this build; run: ninja -C $build ffmpeg-drop-in"
  exit 77
fi
export LD_LIBRARY_PATH=$library PATH=$build/tools/airforce-video:$build/tools/simulator:$PATH
export AIRFORCE_VIDEO_LIBRARY=$build/common/capi/libairforcevideo.so.0
exec python3 "$source/tests/docs/run_blocks.py" "$source/docs/ffmpeg.md"
