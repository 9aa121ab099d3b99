"""The build settings in //rules/settings, and how a rule reads them."""

load(":py.bzl", "PYTHON_TOOLCHAIN")

MODES = ["auto", "checked-hash", "unchecked-hash"]

SettingInfo = provider(
    doc = "The value of one build setting.",
    fields = {"value": "string or list of string"},
)

def _string_setting_impl(ctx):
    value = ctx.build_setting_value
    if ctx.attr.values and value not in ctx.attr.values:
        fail("{} is {}: want one of {}".format(ctx.label, repr(value), ", ".join(ctx.attr.values)))
    return [SettingInfo(value = value)]

string_setting = rule(
    implementation = _string_setting_impl,
    build_setting = config.string(flag = True),
    attrs = {"values": attr.string_list(doc = "The words that are allowed; none: any.")},
    doc = "A flag with one word.",
)

def _list_setting_impl(ctx):
    return [SettingInfo(value = ctx.build_setting_value)]

list_setting = rule(
    implementation = _list_setting_impl,
    build_setting = config.string_list(flag = True),
    doc = "A flag with words between commas.",
)

# The attributes by which a rule or an aspect reads the flags.
SETTING_ATTRS = {
    "_ignore_errors": attr.label(default = Label("//rules/settings:ignore_errors")),
    "_invalidation_mode": attr.label(default = Label("//rules/settings:invalidation_mode")),
    "_optimize": attr.label(default = Label("//rules/settings:optimize")),
    "_python_versions": attr.label(default = Label("//rules/settings:python_versions")),
}

def resolve_mode(ctx, word):
    """Says which invalidation mode a target's caches have.

    Args:
      ctx: of a rule or an aspect with SETTING_ATTRS.
      word: of MODES, or "" for what the flag says.

    Returns:
      "checked-hash" or "unchecked-hash". auto is unchecked under -c opt, where
      what runs is what was built, and checked otherwise, where sources change
      beside their caches.
    """
    word = word or ctx.attr._invalidation_mode[SettingInfo].value
    if word != "auto":
        return word
    return "unchecked-hash" if ctx.var["COMPILATION_MODE"] == "opt" else "checked-hash"

def resolve_levels(ctx, levels):
    """Says at which levels a target is compiled: levels, or the flag's.

    Args:
      ctx: of a rule or an aspect with SETTING_ATTRS.
      levels: list of int, or [] for what the flag says.

    Returns:
      A list of int without repetition, each 0, 1 or 2.
    """
    if not levels:
        levels = []
        for word in ctx.attr._optimize[SettingInfo].value:
            if word not in ["0", "1", "2"]:
                fail("{} has the level {}: want 0, 1 or 2".format(ctx.attr._optimize.label, repr(word)))
            levels.append(int(word))
    out = []
    for level in levels:
        if level not in [0, 1, 2]:
            fail("optimize has the level {}: want 0, 1 or 2".format(level))
        if level not in out:
            out.append(level)
    return out or [0]

def resolve_versions(ctx, versions):
    """Says for which Python versions a target is compiled.

    Args:
      ctx: of a rule or an aspect with SETTING_ATTRS and an optional PYTHON_TOOLCHAIN.
      versions: list of string, or [] for what the flag says, and where that is
        empty for the version of the Python toolchain.

    Returns:
      A list of string without repetition, such as ["3.13"].
    """
    versions = versions or ctx.attr._python_versions[SettingInfo].value
    if not versions:
        toolchain = ctx.toolchains[PYTHON_TOOLCHAIN]
        runtime = getattr(toolchain, "py3_runtime", None) if toolchain else None
        info = getattr(runtime, "interpreter_version_info", None) if runtime else None
        if not info or getattr(info, "major", None) == None:
            fail(("{}: no Python version to compile for: set python_versions, or the flag {}; " +
                  "the registered Python toolchain names none").format(ctx.label, ctx.attr._python_versions.label))
        versions = ["{}.{}".format(info.major, info.minor)]
    out = []
    for version in versions:
        if version not in out:
            out.append(version)
    return out

def resolve_ignored(ctx, globs):
    """Says which sources need not compile: those of globs and of the flag.

    Args:
      ctx: of a rule or an aspect with SETTING_ATTRS.
      globs: list of string.

    Returns:
      A list of string.
    """
    return globs + ctx.attr._ignore_errors[SettingInfo].value
