#!/bin/sh
# Makes a mutant's source: apply_patch.sh SOURCE PATCH OUTPUT, with SOURCE named from the root of
# the checkout, as in the patch. Fails unless each line of the patch fits and some line changes.
set -u
source=$1
patch=$2
output=$3

work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/${source%/*}" && cp -L "$source" "$work/$source" && chmod u+w "$work/$source" ||
    exit 3

# --batch and --forward: no questions, and no patch taken backwards when it is there already.
if ! patch --quiet --batch --forward --fuzz=0 --no-backup-if-mismatch -r - -p1 -d "$work" <"$patch"
then
    echo "$patch: does not apply to $source any more" >&2
    exit 1
fi
if cmp -s "$source" "$work/$source"; then
    echo "$patch: changes nothing in $source" >&2
    exit 1
fi
cp "$work/$source" "$output"
