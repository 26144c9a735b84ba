#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs t/fuzz/fuzz_X.replay over the corpus of X.
set -eu
target=${1##*/fuzz_}
exec "$1" "$top_srcdir/t/fuzz/corpus/${target%.replay}"
