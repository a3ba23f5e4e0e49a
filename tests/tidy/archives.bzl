"""archives: the static libraries of the allocator below some targets."""

load("//tools:defs.bzl", "settings_transition")

def _archives_impl(ctx):
    found = []
    for dep in ctx.attr.deps:
        for linker_input in dep[CcInfo].linking_context.linker_inputs.to_list():
            if linker_input.owner.package.startswith("allocator/"):
                found += [l.pic_static_library or l.static_library for l in linker_input.libraries]
    found = [library for library in found if library]
    return [DefaultInfo(files = depset(found), runfiles = ctx.runfiles(found))]

archives = rule(
    implementation = _archives_impl,
    attrs = {
        "deps": attr.label_list(providers = [CcInfo], cfg = settings_transition),
        "world": attr.string(),
        "engine": attr.string(default = "replay"),
        # A sanitizer has data of its own.
        "sanitizer": attr.string(default = "none"),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
