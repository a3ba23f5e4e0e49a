#!/bin/sh
# ./slubbed setup: installs what is missing from Debian's packages. Asks the file system, not dpkg,
# what is there: it takes no time, and hand-made installations count.
#
# Exit codes: 0 all is there, 2 something is missing and cannot be installed.
set -u

usage="usage: ./slubbed setup [--quiet]"
quiet=false
case $*,$# in
    ,0) ;;
    --quiet,1) quiet=true ;;
    -h,1 | --help,1)
        echo "$usage"
        exit 0
        ;;
    *)
        echo "$usage" >&2
        exit 2
        ;;
esac

say() {
    echo "slubbed: $*" >&2
}

has_program() {
    command -v "$1" >/dev/null 2>&1
}

has_file() {
    # $1 is a pattern.
    # shellcheck disable=SC2086
    set -- $1
    [ -e "$1" ]
}

has_python_module() {
    has_file "/usr/lib/python3/dist-packages/$1" ||
        /usr/bin/python3 -c "import $1" 2>/dev/null
}

# Sets missing to the packages that are not there.
find_missing() {
    missing=
    while read -r package probe what; do
        "has_$probe" "$what" || missing="$missing $package"
    done <<'TABLE'
bazel-bootstrap  program        bazel
clang            program        clang
lld              program        ld.lld
llvm             program        llvm-profdata
libclang-rt-dev  file           /usr/lib*/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a
g++              program        g++
gcc              program        gcc
afl++            program        afl-fuzz
afl++            file           /usr/lib/afl/libAFLDriver.a
libcmocka-dev    file           /usr/include/cmocka.h
libbenchmark-dev file           /usr/include/benchmark/benchmark.h
python3          program        /usr/bin/python3
python3-rich     python_module  rich
python3-jinja2   python_module  jinja2
valgrind         program        valgrind
git              program        git
patch            program        patch
sqlite3          program        sqlite3
TABLE
    # Each package once.
    missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
    missing=${missing% }
}

install_missing() {
    # $missing is a list of words, $as_root one word or none.
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends $missing >&2
}

find_missing
if [ -z "$missing" ]; then
    $quiet || say "nothing is missing"
    exit 0
fi
if ! [ -e /etc/debian_version ] || ! has_program apt-get; then
    say "this is no Debian; install what these Debian packages hold: $missing"
    exit 2
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! has_program sudo; then
        say "not root and no sudo; run as root: apt-get install $missing"
        exit 2
    fi
    as_root=sudo
fi

say "installing Debian packages: $missing"
# The package lists may be absent or too old, which shows only now.
if ! install_missing; then
    say "updating the package lists and trying again"
    $as_root apt-get update >&2
    install_missing || {
        say "apt-get could not install: $missing"
        exit 2
    }
fi
find_missing
if [ -n "$missing" ]; then
    say "still missing after installation: $missing"
    exit 2
fi
say "everything is there"
