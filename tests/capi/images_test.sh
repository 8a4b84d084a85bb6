#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs it against a simulator, with a store and a cache of its own.
# usage: images_test.sh IMAGES_TEST SIMULATOR
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AIRFORCE_STORE=$work/store.sqlite XDG_CACHE_HOME=$work/cache
"$2" --quiet --dialect "${AIRFORCE_TEST_DIALECT:-reference}" --task-seconds 0.2 -- "$1" "$work"
