"""Build settings, without a dependency on bazel_skylib."""

def _string_flag_impl(ctx):
    if ctx.build_setting_value not in ctx.attr.values:
        fail("%s: '%s' is none of: %s" % (
            ctx.label,
            ctx.build_setting_value,
            ", ".join(ctx.attr.values),
        ))
    return []

_string_flag = rule(
    implementation = _string_flag_impl,
    build_setting = config.string(flag = True),
    attrs = {"values": attr.string_list()},
)

def string_flag(name, values):
    """A build setting that takes one of values, the first being the default.

    For each value V there is a config_setting NAME_is_V, for select().
    """
    _string_flag(name = name, build_setting_default = values[0], values = values)
    for value in values:
        native.config_setting(name = name + "_is_" + value, flag_values = {name: value})
