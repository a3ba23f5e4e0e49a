#!/bin/sh
# Passes if the first object, made of wrong claims, refers to not_proved(), and no other one does.
#
# usage: proof_test.sh WRONG_CLAIMS_OBJECT OBJECT...
set -eu

# The functions of an object, a line each, and not_proved if one refers to it.
symbols_of() {
    nm "$1" | sed -n 's/.* [TU] //p'
}

wrong=$(symbols_of "$1")
case $wrong in
    *not_proved*) ;;
    *) echo "$1: a wrong claim counts as proved"; exit 1;;
esac
shift

for object in "$@"; do
    symbols=$(symbols_of "$object")
    case $symbols in
        "") echo "$object: holds no claim"; exit 1;;
        *not_proved*) echo "$object: a claim was not proved"; exit 1;;
    esac
    echo "$object proves:" $symbols
done
