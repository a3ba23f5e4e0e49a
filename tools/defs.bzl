"""What BUILD files are made of: slub_cc_library, slub_cc_binary, slub_cc_test, slub_py_test.

World, engine and sanitizer are settings of a final binary (//tools/settings). One transition sets
them, and each library reads them through select(), so a library never names an engine and one
invocation builds any mixture side by side. What an engine needs linked is in //fuzz/engines.
"""

_SETTINGS = ["world", "engine", "sanitizer"]

WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-Wmissing-prototypes",
    "-Wstrict-prototypes",
    "-Werror",
]

# For compiling and for linking.
_SANITIZER_FLAGS = {
    "asan": ["-fsanitize=address"],
    "ubsan": ["-fsanitize=undefined", "-fno-sanitize-recover=undefined"],
    "asan-ubsan": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
    "msan": ["-fsanitize=memory", "-fsanitize-memory-track-origins=2"],
    "tsan": ["-fsanitize=thread"],
    # Valgrind 3.19 reads no DWARF 5.
    "memcheck": ["-DSLUBBED_MEMCHECK", "-gdwarf-4"],
}

# What makes an engine see which edges a run took. Plain clang serves AFL++ too: its runtime
# implements the callbacks of trace-pc-guard, and those of trace-cmp as CMPLOG.
_FEEDBACK_FLAGS = {
    "libfuzzer": ["-fsanitize=fuzzer-no-link"],
    "afl": ["-fsanitize-coverage=trace-pc-guard"],
    "afl_cmplog": ["-fsanitize-coverage=trace-pc-guard,trace-cmp"],
}

# Real threads are no simulation to be looked into at any point: a frame for each function that
# calls nothing would be a seventh of what an allocation and a free cost.
_WORLD_FLAGS = {
    "native": ["-momit-leaf-frame-pointer"],
}

def _select_setting(setting, flags):
    """flags, a list for each value of setting that needs any, as a select()."""
    cases = {"//tools/settings:%s_is_%s" % (setting, value): flags[value] for value in flags}
    cases["//conditions:default"] = []
    return select(cases)

def _is_allocator(package):
    return package == "allocator" or package.startswith("allocator/")

def _sanitizer_flags(judge):
    """Judges and schedulers read what they like: in the sim world TSan does not look at them."""
    if not judge:
        return _select_setting("sanitizer", _SANITIZER_FLAGS)
    cases = {
        "//tools/settings:sanitizer_is_" + value: flags
        for value, flags in _SANITIZER_FLAGS.items()
    }
    cases["//tools/settings:races_are_simulated"] = ["-DSLUBBED_RACE_RUNTIME"]
    cases["//conditions:default"] = []
    return select(cases)

def _compile_flags(judge, copts):
    feedback = [] if judge else _select_setting("engine", _FEEDBACK_FLAGS)
    world = _select_setting("world", _WORLD_FLAGS)
    return WARNINGS + _sanitizer_flags(judge) + feedback + world + copts

def slub_cc_library(
        name,
        srcs = [],
        hdrs = [],
        deps = [],
        freestanding = False,
        judge = None,
        copts = [],
        **kwargs):
    """A C11 library under the project's warnings and the settings of the binary it ends up in.

    Includes are written from the root of the checkout: #include "allocator/base/list.h". Each
    include needs its own line in deps (layering_check), and each header must compile alone.

    Args:
      name: of the library.
      srcs: .c files and headers that no other library may include.
      hdrs: headers for others.
      deps: libraries whose headers srcs or hdrs include.
      freestanding: nothing of the C library can be included, only the compiler's own headers
        (stdint.h, stddef.h, stdbool.h, ...).
      judge: True for code that drives or judges the allocator. Engines get no edge coverage from
        it: it is most of a run's time, and its edges say nothing about the allocator. By default
        only code below allocator/ gives coverage; a parser that is itself a target says False.
      copts: further flags, after all others.
      **kwargs: as for cc_library.
    """
    if judge == None:
        judge = not _is_allocator(native.package_name())
    if freestanding:
        copts = ["-ffreestanding", "-nostdlibinc"] + copts
    _export_sources(srcs)
    native.cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        copts = _compile_flags(judge, copts),
        deps = deps,
        **kwargs
    )
    _check_headers(name, hdrs, deps, copts, kwargs)

def _export_sources(srcs):
    """Lets //mutants read the allocator's .c files, which it compiles with one patch each."""
    if _is_allocator(native.package_name()) and type(srcs) == "list":
        native.exports_files(
            [s for s in srcs if s.endswith(".c") and ":" not in s],
            visibility = ["//visibility:public"],
        )

# A header compiled by itself uses nothing of what it offers.
_UNUSED = [
    "-Wno-unused-const-variable",
    "-Wno-unused-function",
    "-Wno-unneeded-internal-declaration",
]

def _check_headers(name, hdrs, deps, copts, kwargs):
    """Compiles each header as a source of its own: alone, and under layering_check.

    Clang 14 checks the includes of the file it compiles, not those of the headers it meets.
    """
    headers = [h for h in hdrs if h.endswith(".h") and ":" not in h] if type(hdrs) == "list" else []
    if not headers:
        return
    sources = {h: name + "_headers_/" + h + ".c" for h in headers}
    native.genrule(
        name = name + "_headers_copy_",
        srcs = headers,
        outs = sources.values(),
        cmd = " && ".join(["cp $(location %s) $(location %s)" % (h, sources[h]) for h in headers]),
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name + "_headers_",
        srcs = sources.values(),
        copts = WARNINGS + copts + _UNUSED,
        deps = deps + [":" + name],
        local_defines = kwargs.get("local_defines", []),
        testonly = kwargs.get("testonly"),
        visibility = ["//visibility:private"],
    )

def _transition_impl(settings, attr):
    chosen = {name: getattr(attr, name) for name in _SETTINGS}
    return {
        "//tools/settings:" + name: chosen[name] or settings["//tools/settings:" + name]
        for name in _SETTINGS
    }

settings_transition = transition(
    implementation = _transition_impl,
    inputs = ["//tools/settings:" + name for name in _SETTINGS],
    outputs = ["//tools/settings:" + name for name in _SETTINGS],
)

def _with_settings_impl(ctx):
    """The binary built under the settings, by its public name."""
    executable = ctx.actions.declare_file(ctx.attr.output or ctx.label.name)
    ctx.actions.symlink(
        output = executable,
        target_file = ctx.executable.binary,
        is_executable = True,
    )
    return [
        DefaultInfo(
            executable = executable,
            files = depset([executable]),
            runfiles = ctx.runfiles(files = [executable] + ctx.files.data).merge(
                ctx.attr.binary[0][DefaultInfo].default_runfiles,
            ),
        ),
        coverage_common.instrumented_files_info(ctx, dependency_attributes = ["binary"]),
    ]

_WITH_SETTINGS_ATTRS = {
    "binary": attr.label(executable = True, mandatory = True, cfg = settings_transition),
    "data": attr.label_list(allow_files = True, doc = "Files that args may name."),
    "output": attr.string(doc = "File name, where it is not the target's name."),
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}
_WITH_SETTINGS_ATTRS.update({name: attr.string() for name in _SETTINGS})

with_settings_binary = rule(
    implementation = _with_settings_impl,
    doc = "An executable built under the given world, engine and sanitizer; '' inherits.",
    attrs = _WITH_SETTINGS_ATTRS,
    executable = True,
)

# What bazel coverage needs of a test rule besides the binary.
COVERAGE_ATTRS = {
    "_collect_cc_coverage": attr.label(
        default = "@bazel_tools//tools/test:collect_cc_coverage",
        executable = True,
        cfg = "target",
    ),
    "_lcov_merger": attr.label(
        default = "@bazel_tools//tools/test:lcov_merger",
        executable = True,
        cfg = "target",
    ),
}

_with_settings_test = rule(
    implementation = _with_settings_impl,
    doc = "As with_settings_binary, run by bazel test.",
    attrs = dict(_WITH_SETTINGS_ATTRS, **COVERAGE_ATTRS),
    test = True,
)

def raw_cc_binary(name, srcs = [], deps = [], copts = [], linkopts = [], judge = None, **kwargs):
    """The cc_binary under a name of its own that only the macros here and in //fuzz refer to.

    Returns:
      The label of the binary, to be given to a rule that applies the settings.
    """
    if judge == None:
        judge = not _is_allocator(native.package_name())
    raw = name + "_raw_"
    native.cc_binary(
        name = raw,
        srcs = srcs,
        copts = _compile_flags(judge, copts),
        linkopts = _select_setting("sanitizer", _SANITIZER_FLAGS) + linkopts,
        linkstatic = True,
        tags = ["manual"],
        visibility = ["//visibility:private"],
        deps = deps,
        **kwargs
    )
    return ":" + raw

def slub_cc_binary(
        name,
        srcs = [],
        deps = [],
        world = "sim",
        engine = "",
        sanitizer = "",
        data = [],
        output = "",
        tags = [],
        testonly = None,
        visibility = None,
        **kwargs):
    """A program built under the given settings.

    Args:
      name: of the program.
      srcs: its sources.
      deps: its libraries.
      world: "sim" or "native"; "" inherits from the command line.
      engine: see //tools/settings; "" inherits.
      sanitizer: see //tools/settings; "" inherits, which is how --config=asan works.
      data: files needed when it runs.
      output: file name, where it is not name.
      tags: as usual.
      testonly: as usual.
      visibility: as usual.
      **kwargs: as for cc_binary.
    """
    with_settings_binary(
        name = name,
        binary = raw_cc_binary(name, srcs, deps, testonly = testonly, **kwargs),
        world = world,
        engine = engine,
        sanitizer = sanitizer,
        data = data,
        output = output,
        tags = tags,
        testonly = testonly,
        visibility = visibility,
    )

def slub_cc_test(
        name,
        srcs = [],
        deps = [],
        world = "sim",
        engine = "",
        sanitizer = "",
        size = "small",
        cmocka = True,
        args = [],
        data = [],
        tags = [],
        timeout = None,
        flaky = False,
        shard_count = None,
        visibility = None,
        linkopts = [],
        **kwargs):
    """A test built under the given settings; runs under --config=asan and the like, and coverage.

    Args:
      name: of the test.
      srcs: its sources.
      deps: its libraries.
      world: "sim" or "native"; "" inherits from the command line.
      engine: see //tools/settings; "" inherits.
      sanitizer: pins one; "" inherits from --config=.
      size: small (a minute), medium (5), large (15).
      cmocka: link the cmocka library.
      args: of the test program; $(location ...) of data works.
      data: files needed when it runs.
      tags: smoke, exhaustive, mutant, manual, ...
      timeout: as usual.
      flaky: as usual.
      shard_count: as usual.
      visibility: as usual.
      linkopts: further libraries.
      **kwargs: as for cc_binary.
    """
    linkopts = linkopts + (["-lcmocka"] if cmocka else [])
    _with_settings_test(
        name = name,
        binary = raw_cc_binary(name, srcs, deps, linkopts = linkopts, testonly = True, **kwargs),
        world = world,
        engine = engine,
        sanitizer = sanitizer,
        size = size,
        args = args,
        data = data,
        tags = tags,
        timeout = timeout,
        flaky = flaky,
        shard_count = shard_count,
        visibility = visibility,
    )

def slub_py_test(name, main, srcs = [], data = [], args = [], size = "small", **kwargs):
    """A test in Python, for Debian's interpreter.

    Args:
      name: of the test.
      main: the file to run; exit code 0 passes.
      srcs: modules it imports, found beside it (import rules) or from the root of the checkout
        (from tools.cli import bazel).
      data: files needed when it runs, found from the root of the checkout.
      args: of the test; $(location ...) of data works.
      size: small (a minute), medium (5), large (15).
      **kwargs: as for sh_test.
    """
    native.sh_test(
        name = name,
        srcs = ["//tools:python_test.sh"],
        args = ["$(location %s)" % main] + args,
        data = [main] + srcs + data,
        size = size,
        **kwargs
    )
