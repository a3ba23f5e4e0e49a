"""archives: the static libraries of the allocator below some targets."""

def _archives_impl(ctx):
    found = []
    for dep in ctx.attr.deps:
        for linker_input in dep[CcInfo].linking_context.linker_inputs.to_list():
            if linker_input.owner.package.startswith("allocator/"):
                libraries = [l.pic_static_library or l.static_library for l in linker_input.libraries]
                found += [library for library in libraries if library]
    return [DefaultInfo(files = depset(found), runfiles = ctx.runfiles(found))]

archives = rule(
    implementation = _archives_impl,
    attrs = {"deps": attr.label_list(providers = [CcInfo])},
)
