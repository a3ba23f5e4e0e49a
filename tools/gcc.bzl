"""slub_gcc_binary and slub_gcc_test: the same sources once more, by the other compiler.

One invocation of Bazel has one C toolchain, clang. An aspect walks over the same libraries and has
gcc compile each source, so that one run proves both compilers' warnings silent and both programs'
results equal. Built without sanitizer, under the replay engine, whatever the command line says.
"""

load("//tools:defs.bzl", "raw_cc_binary", "settings_transition")

_Objects = provider(
    doc = "What gcc made of a target and all below it.",
    fields = {"objects": "depset of .o files", "linkopts": "depset of words"},
)

_FLAGS = ["-std=c11", "-O2", "-g", "-fno-omit-frame-pointer", "-fPIE"]

# Copts that gcc does not have.
_CLANG_ONLY = ["-nostdlibinc"]

def _compile(ctx, source, compilation):
    out = ctx.actions.declare_file("%s_gcc_/%s.o" % (ctx.label.name, source.basename))
    arguments = ctx.actions.args()
    arguments.add_all(_FLAGS)
    arguments.add_all(compilation.defines, before_each = "-D")
    arguments.add_all(compilation.local_defines, before_each = "-D")
    arguments.add_all(compilation.quote_includes, before_each = "-iquote")
    arguments.add_all(compilation.includes, before_each = "-I")
    arguments.add_all(compilation.system_includes, before_each = "-isystem")
    arguments.add_all([flag for flag in ctx.rule.attr.copts if flag not in _CLANG_ONLY])
    arguments.add("-c", source)
    arguments.add("-o", out)
    ctx.actions.run_shell(
        inputs = depset([source], transitive = [compilation.headers]),
        outputs = [out],
        arguments = [arguments],
        command = "exec gcc \"$@\"",
        use_default_shell_env = True,
        mnemonic = "GccCompile",
        progress_message = "Compiling %s with gcc" % source.short_path,
    )
    return out

def _gcc_aspect_impl(target, ctx):
    rule = ctx.rule.attr
    below = [dep[_Objects] for dep in getattr(rule, "deps", []) if _Objects in dep]
    if ctx.rule.kind == "alias":
        return [rule.actual[_Objects]] if _Objects in rule.actual else []
    if not ctx.rule.kind in ["cc_library", "cc_binary"]:
        return []
    sources = [f for f in ctx.rule.files.srcs if f.extension in ["c", "S"]]
    compilation = target[CcInfo].compilation_context
    return [_Objects(
        objects = depset(
            [_compile(ctx, source, compilation) for source in sources],
            transitive = [b.objects for b in below],
        ),
        linkopts = depset(rule.linkopts, transitive = [b.linkopts for b in below]),
    )]

_gcc_aspect = aspect(
    implementation = _gcc_aspect_impl,
    attr_aspects = ["deps", "actual"],
)

def _gcc_link_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    made = ctx.attr.binary[0][_Objects]
    arguments = ctx.actions.args()
    arguments.add_all(["-pie", "-o", out])
    arguments.add_all(made.objects)
    arguments.add_all(made.linkopts)
    ctx.actions.run_shell(
        inputs = made.objects,
        outputs = [out],
        arguments = [arguments],
        command = "exec gcc \"$@\"",
        use_default_shell_env = True,
        mnemonic = "GccLink",
        progress_message = "Linking %s with gcc" % ctx.label,
    )
    runfiles = ctx.runfiles([out] + ctx.files.data)
    runfiles = runfiles.merge(ctx.attr.binary[0][DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = out, files = depset([out]), runfiles = runfiles)]

_ATTRS = {
    "binary": attr.label(mandatory = True, aspects = [_gcc_aspect], cfg = settings_transition),
    "data": attr.label_list(allow_files = True, doc = "Files that args may name."),
    "world": attr.string(),
    "engine": attr.string(default = "replay"),
    "sanitizer": attr.string(default = "none"),
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}

_gcc_binary = rule(implementation = _gcc_link_impl, attrs = _ATTRS, executable = True)
_gcc_test = rule(implementation = _gcc_link_impl, attrs = _ATTRS, test = True)

def slub_gcc_binary(
        name,
        srcs = [],
        deps = [],
        world = "sim",
        tags = [],
        testonly = None,
        visibility = None,
        **kwargs):
    """As slub_cc_binary, by gcc.

    Args:
      name: of the program.
      srcs: its sources.
      deps: its libraries; for a fuzz target, NAME_harness and NAME_driver.
      world: as for slub_cc_binary.
      tags: as usual.
      testonly: as usual.
      visibility: as usual.
      **kwargs: as for cc_binary.
    """
    _gcc_binary(
        name = name,
        binary = raw_cc_binary(name, srcs, deps, testonly = testonly, **kwargs),
        world = world,
        tags = tags,
        testonly = testonly,
        visibility = visibility,
    )

def slub_gcc_test(
        name,
        srcs = [],
        deps = [],
        world = "sim",
        size = "small",
        cmocka = True,
        args = [],
        data = [],
        tags = [],
        linkopts = [],
        **kwargs):
    """As slub_cc_test, by gcc.

    Args:
      name: of the test.
      srcs: its sources.
      deps: its libraries.
      world: as for slub_cc_binary.
      size: small (a minute), medium (5), large (15).
      cmocka: link the cmocka library.
      args: of the test program; $(location ...) of data works.
      data: files needed when it runs.
      tags: as usual.
      linkopts: further libraries.
      **kwargs: as for cc_binary.
    """
    linkopts = linkopts + (["-lcmocka"] if cmocka else [])
    _gcc_test(
        name = name,
        binary = raw_cc_binary(name, srcs, deps, linkopts = linkopts, testonly = True, **kwargs),
        world = world,
        size = size,
        args = args,
        data = data,
        tags = tags,
    )
