"""Finds the AFL++ runtime of this machine. Where there is none, only linking for AFL fails."""

_FOLDERS = ["/usr/lib/afl", "/usr/local/lib/afl"]
_FILES = ["libAFLDriver.a", "afl-compiler-rt.o"]

_FOUND = """package(default_visibility = ["//visibility:public"])

cc_library(
    name = "driver",
    srcs = %r,
    linkopts = ["-ldl", "-lm", "-lpthread"],
    alwayslink = True,
)
""" % _FILES

_MISSING = """package(default_visibility = ["//visibility:public"])

cc_library(
    name = "driver",
    linkopts = ["-Wl,AFL++_not_found:_install_afl++_or_set_AFL_PATH"],
)
"""

def _afl_repository_impl(ctx):
    folders = [ctx.os.environ["AFL_PATH"]] if ctx.os.environ.get("AFL_PATH") else _FOLDERS
    found = [f for f in folders if all([ctx.path(f + "/" + name).exists for name in _FILES])]
    for name in _FILES if found else []:
        ctx.symlink(found[0] + "/" + name, name)
    ctx.file("BUILD", _FOUND if found else _MISSING)
    ctx.file("defs.bzl", "AFL_FOUND = %r\n" % bool(found))

afl_repository = repository_rule(
    implementation = _afl_repository_impl,
    doc = "A repository with a target driver, AFL++'s main() and runtime; defs.bzl has AFL_FOUND.",
    environ = ["AFL_PATH"],
    local = True,
)
