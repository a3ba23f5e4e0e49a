#!/bin/sh
# Each object holds one header of the kit, compiled alone with all of its functions kept. Passes if
# none of them refers to anything outside itself: no C library, no compiler support function.
#
# usage: headers_alone_test.sh OBJECT...
set -eu

for object in "$@"; do
    undefined=$(nm --undefined-only "$object")
    if [ -n "$undefined" ]; then
        echo "$object needs: $undefined"
        exit 1
    fi
    functions=$(nm --defined-only "$object" | grep -c ' [tT] ' || true)
    if [ "$functions" -eq 0 ]; then
        echo "$object holds no function: nothing was tested"
        exit 1
    fi
done
