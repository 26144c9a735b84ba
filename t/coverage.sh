#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Line coverage per file and per folder, of the object files below the current
# folder and what has run since they were built.  GCOV names the program.
set -eu
gcov=${GCOV:-gcov}

find . -name '*.gcno' ! -path './t/*' | while read -r notes; do
    # Without -n it would leave a .gcov file for every header, too.
    $gcov -n -o "${notes%.gcno}.o" "${notes%.gcno}.o" 2>/dev/null
done | awk '
    /^File / {
        gsub(/^File .|.$/, "")
        # ../src/lib/eas_text.c: the last folder tells the layer.
        n = split($0, part, "/")
        file = part[n]
        layer = part[n - 1]
        if (layer !~ /^(lib|ldap|server)$/)
            layer = "."
        ours = file ~ /^(eas_|mod_eas_|auth_).*\.c$/
    }
    /^Lines executed:/ && ours {
        split($0, part, /[:% ]+/)
        sub(/.* of /, "")
        lines = $0 + 0
        hit = int(lines * part[3] / 100 + 0.5)
        printf "%6.1f%%  %4d of %4d  %s/%s\n", part[3], hit, lines, layer, file \
            | "sort -k5"
        total[layer] += lines
        done[layer] += hit
        ours = 0
    }
    END {
        close("sort -k5")
        for (layer in total) {
            printf "%6.1f%%  %4d of %4d  %s/\n", 100 * done[layer] / total[layer],
                done[layer], total[layer], layer
            all += total[layer]
            hits += done[layer]
        }
        if (!all) {
            print "nothing was built for gcov here" > "/dev/stderr"
            exit 1
        }
        printf "%6.1f%%  %4d of %4d  all\n", 100 * hits / all, hits, all
    }'
