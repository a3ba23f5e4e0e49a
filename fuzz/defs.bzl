"""cc_fuzz_test: one harness, every engine. slub_mutant: the same harness over one planted bug.

Names and attributes of cc_fuzz_test are those of rules_fuzzing, which needs the network and has no
AFL++ engine. This file and //fuzz/engines are all that knows an engine.
"""

load(
    "//tools:defs.bzl",
    "COVERAGE_ATTRS",
    "raw_cc_binary",
    "slub_cc_binary",
    "slub_cc_library",
    "with_settings_binary",
)

# suffix: (engine, sanitizer). "" inherits from the command line.
_VARIANTS = {
    "bin": ("", ""),
    "replay": ("replay", ""),
    "random": ("random", "none"),
    "libfuzzer": ("libfuzzer", "asan"),
    "libfuzzer_plain": ("libfuzzer", "none"),
    "afl": ("afl", "none"),
    "afl_asan": ("afl", "asan"),
    "afl_cmplog": ("afl_cmplog", "none"),
}

_MUTANT_VARIANTS = {
    "replay": ("replay", "none"),
    "replay_asan": ("replay", "asan"),
    "replay_tsan": ("replay", "tsan"),
    "random": ("random", "none"),
    "libfuzzer": ("libfuzzer", "asan"),
    "afl": ("afl", "none"),
}

# //fuzz/triage once more, on the planted bug.
_TRIAGE_SANITIZERS = {
    "triage": "none",
    "triage_asan": "asan",
}

def _declare_variants(name, raw, variants, world, more = [], tags = [], **kwargs):
    for suffix in variants:
        engine, sanitizer = variants[suffix]
        with_settings_binary(
            name = name + "_" + suffix,
            binary = raw,
            world = world,
            engine = engine,
            sanitizer = sanitizer,
            tags = ["manual"],
            **kwargs
        )
    native.filegroup(
        name = name + "_all_engines",
        srcs = [name + "_" + suffix for suffix in variants] + more,
        tags = tags + ["manual"],
        **kwargs
    )

def cc_fuzz_test(
        name,
        srcs,
        deps = [],
        corpus = [],
        dicts = [],
        options = [],
        encoder = None,
        mutator = None,
        world = "sim",
        size = "medium",
        timeout = None,
        tags = [],
        visibility = None,
        **kwargs):
    """A fuzz target: a harness with LLVMFuzzerTestOneInput(), built for every engine.

    Makes these targets, all but the first two tagged manual:
      NAME: regression test that replays the corpus
      NAME_corpus: folder with the corpus as the engines read it, and the empty input
      NAME_dict: the dictionaries, checked and merged (only with dicts)
      NAME_options: the option files (only with options)
      NAME_bin: for the engine and sanitizer of the command line
      NAME_run: launcher of NAME_bin; its options are --clean, --fuzzing_output_root=DIR,
        --timeout_secs=N, --regression, and after -- those of the engine
      NAME_replay: runs each input it is given once; any sanitizer
      NAME_random: random programs without feedback
      NAME_libfuzzer, NAME_libfuzzer_plain: libFuzzer with ASan, and without
      NAME_afl, NAME_afl_asan, NAME_afl_cmplog: AFL++, persistent, test cases in shared memory
      NAME_afl_mutator: NAME_afl_mutator.so for AFL_CUSTOM_MUTATOR_LIBRARY (only with mutator)
      NAME_all_engines: all binaries, with the corpus, dictionary and mutator they are run with
      NAME_harness, NAME_driver: the two halves of each binary, for slub_mutant

    Args:
      name: of the target.
      srcs: the harness.
      deps: its libraries; //fuzz/engines:engine is among them already.
      corpus: inputs. With an encoder, those named *.trace are text and encoded here.
      dicts: dictionary files in the syntax of libFuzzer and AFL++.
      options: .options files for OSS-Fuzz.
      encoder: a program, called as: ENCODER convert --to raw INPUT OUTPUT.
      mutator: where inputs are op programs, the profile to mutate them by: an enumerator of enum
        mutate_profile. By default inputs are any bytes, and the engines edit them as such.
      world: as for slub_cc_binary.
      size: of the regression test.
      timeout: of the regression test.
      tags: of the regression test.
      visibility: of every target.
      **kwargs: as for slub_cc_library, for the harness.
    """
    slub_cc_library(
        name = name + "_harness",
        srcs = srcs,
        alwayslink = True,
        judge = False,
        tags = ["manual"],
        visibility = visibility,
        deps = deps + ["//fuzz/engines:engine"],
        **kwargs
    )
    _declare_driver(name, mutator, visibility)
    raw = raw_cc_binary(name, deps = [name + "_harness", name + "_driver"])
    _declare_variants(
        name,
        raw,
        _VARIANTS,
        world,
        more = [name + "_corpus"] +
               ([name + "_dict"] if dicts else []) +
               ([name + "_afl_mutator"] if mutator else []),
        visibility = visibility,
    )
    _corpus(name = name + "_corpus", corpus = corpus, encoder = encoder, visibility = visibility)
    if dicts:
        _dictionary(
            name = name + "_dict",
            dicts = dicts,
            tags = ["manual"],
            visibility = visibility,
        )
    if options:
        native.filegroup(
            name = name + "_options",
            srcs = options,
            tags = ["manual"],
            visibility = visibility,
        )
    _launcher(
        name = name + "_run",
        binary = name + "_bin",
        corpus = name + "_corpus",
        dictionary = name + "_dict" if dicts else None,
        engine = select({
            "//tools/settings:engine_is_libfuzzer": "libfuzzer",
            "//tools/settings:engine_is_afl": "afl",
            "//tools/settings:engine_is_afl_cmplog": "afl",
            "//tools/settings:engine_is_random": "random",
            "//conditions:default": "replay",
        }),
        mutator = name + "_afl_mutator" if mutator else None,
        tags = ["manual"],
        visibility = visibility,
    )
    _regression_test(
        name = name,
        binary = name + "_replay",
        corpus = name + "_corpus",
        size = size,
        timeout = timeout,
        tags = tags + ["fuzz"],
        visibility = visibility,
    )

def _declare_driver(name, mutator, visibility):
    """NAME_driver, main() with the mutator; and the mutator once more as AFL++ wants it."""
    if not mutator:
        native.alias(
            name = name + "_driver",
            actual = "//fuzz/engines:driver_bytes",
            visibility = visibility,
        )
        return
    source = name + "_profile_.c"
    native.genrule(
        name = name + "_profile_source_",
        outs = [source],
        cmd = "printf '%%s\\n' '#include \"fuzz/mutate.h\"' '%s' >$@" %
              ("const enum mutate_profile mutate_profile = %s;" % mutator),
        visibility = ["//visibility:private"],
    )
    slub_cc_library(
        name = name + "_driver",
        srcs = [source],
        alwayslink = True,
        visibility = visibility,
        deps = [
            "//fuzz:mutate",
            "//fuzz/engines:driver",
        ],
    )

    # afl-fuzz itself has no sanitizer, so neither has what it loads.
    slub_cc_binary(
        name = name + "_afl_mutator",
        srcs = [source],
        engine = "replay",
        linkshared = True,
        output = name + "_afl_mutator.so",
        sanitizer = "none",
        tags = ["manual"],
        visibility = visibility,
        deps = [
            "//fuzz:mutate",
            "//fuzz/engines:afl_mutator",
        ],
    )

def slub_mutant(
        name,
        library,
        src,
        patch,
        target,
        world = "sim",
        tags = [],
        visibility = None,
        **kwargs):
    """One planted bug: a source of the allocator with a patch applied, under a fuzz target.

    The patched source is compiled alone and linked ahead of the library it comes from. A patch that
    does not apply exactly fails the build.

    Makes NAME_replay, NAME_replay_asan, NAME_replay_tsan, NAME_random, NAME_libfuzzer (with ASan),
    NAME_afl, NAME_all_engines, NAME_triage and NAME_triage_asan (//fuzz/triage on the bug), and
    NAME_threads (//tests/stress:churn_program on the bug: real threads under TSan), all tagged
    manual, and NAME_source, which is built with everything else.

    Args:
      name: of the mutant.
      library: the library with that source, such as //allocator/page:buddy.
      src: the source, such as //allocator/page:buddy.c.
      patch: a patch to that one file, with paths from the root of the checkout (a/..., b/...).
      target: the fuzz target, such as //fuzz/targets:slub_sequence.
      world: as for slub_cc_binary.
      tags: of NAME_all_engines, by which a query finds mutants of one kind.
      visibility: of every target.
      **kwargs: as for slub_cc_library, for the patched source.
    """
    _patched_source(name = name + "_source", src = src, patch = patch)
    slub_cc_library(
        name = name + "_patched_",
        srcs = [name + "_source"],
        alwayslink = True,
        # A planted bug may leave a variable without use.
        copts = ["-Wno-error"],
        # The patched copy stands in another package, where its own private headers are foreign.
        features = ["-layering_check"],
        judge = False,
        tags = ["manual"],
        visibility = ["//visibility:private"],
        deps = [library],
        **kwargs
    )
    raw = raw_cc_binary(name, deps = [name + "_patched_", target + "_harness", target + "_driver"])
    _declare_variants(name, raw, _MUTANT_VARIANTS, world, tags = tags, visibility = visibility)
    triage = raw_cc_binary(
        name = name + "_triage",
        deps = [
            name + "_patched_",
            "//fuzz/triage:program",
        ],
    )
    for suffix in _TRIAGE_SANITIZERS:
        with_settings_binary(
            name = name + "_" + suffix,
            binary = triage,
            world = world,
            engine = "replay",
            sanitizer = _TRIAGE_SANITIZERS[suffix],
            tags = tags + ["manual"],
            visibility = visibility,
        )
    slub_cc_binary(
        name = name + "_threads",
        engine = "replay",
        sanitizer = "tsan",
        tags = tags + ["manual"],
        testonly = True,
        visibility = visibility,
        world = "native",
        deps = [
            name + "_patched_",
            "//tests/stress:churn_program",
        ],
    )

def _patched_source_impl(ctx):
    # Below a folder of its own, since two mutants may patch the same file.
    out = ctx.actions.declare_file(ctx.label.name + "_/" + ctx.file.src.basename)
    ctx.actions.run(
        executable = ctx.file._apply_patch,
        inputs = [ctx.file.src, ctx.file.patch],
        outputs = [out],
        arguments = [ctx.file.src.path, ctx.file.patch.path, out.path],
        use_default_shell_env = True,
        mnemonic = "PatchMutant",
        progress_message = "Applying " + ctx.file.patch.short_path,
    )
    return [DefaultInfo(files = depset([out]))]

_patched_source = rule(
    implementation = _patched_source_impl,
    attrs = {
        "src": attr.label(allow_single_file = [".c"], mandatory = True),
        "patch": attr.label(allow_single_file = [".patch"], mandatory = True),
        "_apply_patch": attr.label(allow_single_file = True, default = "//tools:apply_patch.sh"),
    },
)

def _corpus_impl(ctx):
    """Copies or encodes each input into one folder, named by its path, which is unique.

    The empty input is always among them; Bazel would lose a folder without a file.
    """
    out = ctx.actions.declare_directory(ctx.label.name)
    encoder = ctx.executable.encoder
    arguments = ctx.actions.args()
    arguments.add(out.path)
    arguments.add(encoder or "")
    arguments.use_param_file("%s", use_always = True)
    arguments.set_param_file_format("multiline")
    arguments.add_all(ctx.files.corpus, map_each = _source_and_name)
    ctx.actions.run_shell(
        inputs = ctx.files.corpus,
        outputs = [out],
        tools = [encoder] if encoder else [],
        arguments = [arguments],
        command = """
exec <"$1" && read -r out && read -r encoder && : >"$out/empty" || exit 1
while read -r input && read -r name; do
    case $encoder:$input in
        ?*:*.trace) "$encoder" convert --to raw "$input" "$out/${name%.trace}" || exit 1 ;;
        *) cp -L "$input" "$out/$name" || exit 1 ;;
    esac
done
""",
        use_default_shell_env = True,
        mnemonic = "FuzzCorpus",
        progress_message = "Encoding the inputs of %s" % ctx.label,
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

def _source_and_name(file):
    return [file.path, file.short_path.replace("/", "-")]

_corpus = rule(
    implementation = _corpus_impl,
    attrs = {
        "corpus": attr.label_list(allow_files = True),
        "encoder": attr.label(executable = True, cfg = "exec"),
    },
)

def _dictionary_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name[:-len("_dict")] + ".dict")
    ctx.actions.run_shell(
        inputs = ctx.files.dicts + [ctx.file._merge],
        outputs = [out],
        arguments = [ctx.file._merge.path, out.path] + [f.path for f in ctx.files.dicts],
        command = "exec python3 \"$@\"",
        use_default_shell_env = True,
        mnemonic = "FuzzDict",
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

_dictionary = rule(
    implementation = _dictionary_impl,
    attrs = {
        "dicts": attr.label_list(allow_files = True, mandatory = True),
        "_merge": attr.label(allow_single_file = True, default = "//fuzz/engines:merge_dicts.py"),
    },
)

def _runfile(path):
    """For a script of bazel run or bazel test: both start it at the root of the runfiles."""
    return "\"$PWD/%s\"" % path

def _launcher_impl(ctx):
    script = ctx.actions.declare_file(ctx.label.name)
    files = [ctx.executable.binary, ctx.file.corpus, ctx.file._launch]
    lines = [
        "#!/bin/sh",
        "export FUZZER_ENGINE=" + ctx.attr.engine,
        "export FUZZER_NAME=" + ctx.label.name[:-len("_run")],
        "export FUZZER_BINARY=" + _runfile(ctx.executable.binary.short_path),
        "export FUZZER_SEED_CORPUS_DIR=" + _runfile(ctx.file.corpus.short_path),
    ]
    if ctx.file.dictionary:
        files.append(ctx.file.dictionary)
        lines.append("export FUZZER_DICTIONARY_PATH=" + _runfile(ctx.file.dictionary.short_path))
    if ctx.attr.engine == "afl" and ctx.file.mutator:
        files.append(ctx.file.mutator)
        lines.append("export AFL_CUSTOM_MUTATOR_LIBRARY=" + _runfile(ctx.file.mutator.short_path))
    lines.append("exec %s \"$@\"" % _runfile(ctx.file._launch.short_path))
    ctx.actions.write(script, "\n".join(lines) + "\n", is_executable = True)
    runfiles = ctx.runfiles(files).merge(ctx.attr.binary[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = script, runfiles = runfiles)]

_launcher = rule(
    implementation = _launcher_impl,
    attrs = {
        "binary": attr.label(executable = True, mandatory = True, cfg = "target"),
        "corpus": attr.label(allow_single_file = True, mandatory = True),
        "dictionary": attr.label(allow_single_file = True),
        "engine": attr.string(mandatory = True),
        "mutator": attr.label(allow_single_file = True),
        "_launch": attr.label(allow_single_file = True, default = "//fuzz/engines:launch.sh"),
    },
    executable = True,
)

def _regression_test_impl(ctx):
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(script, "#!/bin/sh\nexec %s %s\n" % (
        _runfile(ctx.executable.binary.short_path),
        _runfile(ctx.file.corpus.short_path),
    ), is_executable = True)
    runfiles = ctx.runfiles([ctx.executable.binary, ctx.file.corpus])
    return [
        DefaultInfo(
            executable = script,
            runfiles = runfiles.merge(ctx.attr.binary[DefaultInfo].default_runfiles),
        ),
        coverage_common.instrumented_files_info(ctx, dependency_attributes = ["binary"]),
    ]

_regression_test = rule(
    implementation = _regression_test_impl,
    attrs = dict({
        "binary": attr.label(executable = True, mandatory = True, cfg = "target"),
        "corpus": attr.label(allow_single_file = True, mandatory = True),
    }, **COVERAGE_ATTRS),
    test = True,
)
