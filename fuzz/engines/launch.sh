#!/bin/sh
# Runs one fuzz target under its engine: what NAME_run executes. Options, and the variables that say
# what to run, are those of rules_fuzzing; FUZZER_ENGINE and FUZZER_NAME come on top.
#
# Exit codes: 0 nothing found, 1 findings, 2 usage, 3 the engine failed.
set -u

usage="options: --clean --fuzzing_output_root=FOLDER --timeout_secs=N --regression"
usage="$usage; after --: options of the engine"
root=${BUILD_WORKING_DIRECTORY:-.}/out/$FUZZER_NAME
seconds=0
clean=false
regression=false

# As in a campaign of op programs: bytes of an input, and how long the engines let one run.
bytes_max=8192
afl_milliseconds_max=5000
libfuzzer_seconds_max=10

fail() {
    echo "$FUZZER_NAME: $1" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --clean) clean=true ;;
        --regression) regression=true ;;
        --fuzzing_output_root=*) root=${1#*=} ;;
        --timeout_secs=*) seconds=${1#*=} ;;
        --) shift && break ;;
        *) fail "$usage" ;;
    esac
    shift
done

case $seconds in
    '' | *[!0-9]*) fail "--timeout_secs is a number of seconds, 0 for no limit" ;;
esac
case $root in
    /*) ;;
    *) root=${BUILD_WORKING_DIRECTORY:-$PWD}/$root ;;
esac

if $clean; then
    rm -rf "$root/corpus" "$root/artifacts" "$root/afl"
fi
mkdir -p "$root/corpus" "$root/artifacts" || fail "cannot write to $root"

run_libfuzzer() {
    if $regression; then
        exec "$FUZZER_BINARY" -runs=0 "$@" "$FUZZER_SEED_CORPUS_DIR"
    fi
    "$FUZZER_BINARY" ${FUZZER_DICTIONARY_PATH:+"-dict=$FUZZER_DICTIONARY_PATH"} \
        -max_total_time="$seconds" -timeout="$libfuzzer_seconds_max" -max_len="$bytes_max" \
        -artifact_prefix="$root/artifacts/" "$@" "$root/corpus" "$FUZZER_SEED_CORPUS_DIR"
    code=$?
    # A finding leaves its input; anything else that went wrong does not.
    case $code,$(ls "$root/artifacts") in
        0,*) exit 0 ;;
        *,?*) exit 1 ;;
        *) exit 3 ;;
    esac
}

# AFL++ refuses empty folders and empty files, so one byte is always among the inputs.
run_afl() {
    command -v afl-fuzz >/dev/null || fail "afl-fuzz is not installed"
    mkdir -p "$root/afl/seeds" && cp "$FUZZER_SEED_CORPUS_DIR"/* "$root/afl/seeds/" 2>/dev/null
    printf '\0' >"$root/afl/seeds/zero"
    if $regression; then
        for input in "$root"/afl/seeds/*; do
            "$FUZZER_BINARY" "$input" >"$root/artifacts/regression.log" 2>&1 && continue
            cat "$root/artifacts/regression.log"
            exit 1
        done
        exit 0
    fi
    export AFL_AUTORESUME=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1
    export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
    if [ -n "${AFL_CUSTOM_MUTATOR_LIBRARY:-}" ]; then
        export AFL_CUSTOM_MUTATOR_ONLY=1
    fi
    limit=
    if [ "$seconds" -gt 0 ]; then
        limit="-V $seconds"
    fi
    # $limit is two words or none.
    # shellcheck disable=SC2086
    afl-fuzz -i "$root/afl/seeds" -o "$root/afl" $limit \
        -t "$afl_milliseconds_max" -G "$bytes_max" \
        ${FUZZER_DICTIONARY_PATH:+-x "$FUZZER_DICTIONARY_PATH"} "$@" -- "$FUZZER_BINARY" || exit 3
    for finding in "$root"/afl/*/crashes/id* "$root"/afl/*/hangs/id*; do
        if [ -e "$finding" ]; then
            cp "$root"/afl/*/crashes/id* "$root"/afl/*/hangs/id* "$root/artifacts/" 2>/dev/null
            echo "$FUZZER_NAME: findings in $root/artifacts"
            exit 1
        fi
    done
}

run_random() {
    if $regression; then
        fail "the random engine only makes new inputs; --regression is for the other engines"
    fi
    if [ "$seconds" -eq 0 ]; then
        seconds=1e9
    fi
    exec "$FUZZER_BINARY" --seconds "$seconds" --max-size "$bytes_max" --out "$root/artifacts" \
        "$@" "$FUZZER_SEED_CORPUS_DIR"
}

run_replay() {
    exec "$FUZZER_BINARY" "$@" "$FUZZER_SEED_CORPUS_DIR" "$root/corpus"
}

"run_$FUZZER_ENGINE" "$@"
