"""plain_object: one C file compiled with fixed flags, whatever the command line says.

A proof by the optimiser would fail where a sanitizer or coverage instruments the code, and gcc is
not the toolchain of this build.
"""

def _plain_object_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".o")
    compilation = cc_common.merge_cc_infos(
        cc_infos = [dep[CcInfo] for dep in ctx.attr.deps],
    ).compilation_context
    arguments = ctx.actions.args()
    arguments.add_all(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"])
    arguments.add_all(compilation.quote_includes, before_each = "-iquote")
    arguments.add_all(compilation.includes, before_each = "-I")
    arguments.add_all(compilation.system_includes, before_each = "-isystem")
    arguments.add("-c", ctx.file.src)
    arguments.add("-o", out)
    ctx.actions.run_shell(
        inputs = depset([ctx.file.src], transitive = [compilation.headers]),
        outputs = [out],
        arguments = [ctx.attr.compiler, arguments],
        command = "exec \"$@\"",
        use_default_shell_env = True,
        mnemonic = "PlainObject",
        progress_message = "Compiling %s with %s" % (ctx.file.src.short_path, ctx.attr.compiler),
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

plain_object = rule(
    implementation = _plain_object_impl,
    doc = "NAME.o, made of src by compiler under -std=c11 -O2.",
    attrs = {
        "compiler": attr.string(values = ["clang", "gcc"], mandatory = True),
        "deps": attr.label_list(providers = [CcInfo]),
        "src": attr.label(allow_single_file = [".c"], mandatory = True),
    },
)
