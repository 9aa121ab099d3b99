"""pyc_aspect: the caches of a graph that knows nothing of them."""

load("//rules:providers.bzl", "PycInfo")
load(":compile.bzl", "TOOLCHAINS", "is_source")
load(":py.bzl", "PyInfo")
load(":pycs.bzl", "compile_all", "pyc_info", "unique_sources")
load(":settings.bzl", "MODES", "SETTING_ATTRS", "resolve_ignored", "resolve_levels", "resolve_mode", "resolve_versions")

# The attributes that lead from a target to what it needs when it runs.
EDGES = ["deps", "data", "pyi_deps", "actual"]

# A version that an aspect can be given is one of a list; "" is what the flag says.
VERSIONS = [""] + ["3.{}".format(n) for n in range(8, 16)] + ["pypy3.10", "pypy3.11"]

def _has_sources(target, rule):
    """Whether the .py files of a target are what Python imports.

    Those of a genrule, say, are its tool's input.
    """
    return PyInfo in target or rule.kind == "filegroup" or rule.kind.lstrip("_").startswith("py_")

def _files(rule, attribute):
    return getattr(rule.files, attribute, [])

def _compile(target, ctx, found, version, level, mode):
    """Makes the PycInfo of a target.

    Args:
      target: the target.
      ctx: of the aspect.
      found: function that reads the PycInfo off a target, or None.
      version: string, or "".
      level: string, or "".
      mode: string, or "".

    Returns:
      PycInfo.
    """
    rule = ctx.rule
    deps = []
    for edge in EDGES:
        value = getattr(rule.attr, edge, None)
        for dep in value if type(value) == "list" else [value] if value else []:
            info = found(dep) if type(dep) == "Target" else None
            if info:
                deps.append(info)
    sources = []
    if _has_sources(target, rule):
        sources = unique_sources(_files(rule, "srcs") + _files(rule, "data"), is_source)
    made = []
    if sources:
        made = compile_all(
            ctx,
            sources = sources,
            versions = resolve_versions(ctx, [version] if version else []),
            levels = resolve_levels(ctx, [int(level)] if level else []),
            mode = resolve_mode(ctx, mode),
            folder = target.label.name + ".aspect",
            layout = "pycache",
            ignore_errors = resolve_ignored(ctx, []),
        )
    return pyc_info(ctx, made, deps)

def _found(dep):
    return dep[PycInfo] if PycInfo in dep else None

def _pyc_aspect_impl(target, ctx):
    if PycInfo in target:
        return []
    info = _compile(target, ctx, _found, ctx.attr.pyc_version, ctx.attr.pyc_optimize, ctx.attr.pyc_invalidation_mode)
    return [info, OutputGroupInfo(precompile_pyc = info.transitive)]

# What a rule must have that applies pyc_aspect: its values are the aspect's.
ASPECT_ATTRS = {
    "pyc_invalidation_mode": attr.string(default = "", values = [""] + MODES, doc = "How an import checks the caches: a word of the flag `invalidation_mode`; empty: the flag's."),
    "pyc_optimize": attr.string(default = "", values = ["", "0", "1", "2"], doc = "The optimise level; empty: what the flag `optimize` says."),
    "pyc_version": attr.string(default = "", values = VERSIONS, doc = "The Python to compile for; empty: what the flag `python_versions` says, or the Python toolchain."),
}

pyc_aspect = aspect(
    implementation = _pyc_aspect_impl,
    attr_aspects = EDGES,
    attrs = ASPECT_ATTRS | SETTING_ATTRS,
    toolchains = TOOLCHAINS,
    doc = """Compiles the sources of a graph of Python targets, external ones included, with one action a target.

It walks `deps`, `data` and aliases, and compiles the `.py` files and folders in `srcs` and `data` of rules that carry PyInfo, are named py_…, or are filegroups. The caches of the whole closure are in PycInfo and in the output group `precompile_pyc`, so that `bazel build --aspects=@rules_precompile//rules:defs.bzl%pyc_aspect --output_groups=precompile_pyc //…` needs no change to a BUILD file.""",
)

# What pyc_flags_aspect says, lest a target that both aspects come to have two
# PycInfos.
_FlagsInfo = provider(doc = "PycInfo by the flags alone.", fields = {"info": "PycInfo"})

def flags_info(dep):
    """Reads PycInfo off a dependency that pyc_flags_aspect was at.

    Args:
      dep: Target.

    Returns:
      PycInfo, or None.
    """
    if PycInfo in dep:
        return dep[PycInfo]
    return dep[_FlagsInfo].info if _FlagsInfo in dep else None

def _pyc_flags_aspect_impl(target, ctx):
    if PycInfo in target:
        return []
    return [_FlagsInfo(info = _compile(target, ctx, flags_info, "", "", ""))]

# pyc_aspect by the flags alone, for rules without ASPECT_ATTRS. What both
# compile alike they share.
pyc_flags_aspect = aspect(
    implementation = _pyc_flags_aspect_impl,
    attr_aspects = EDGES,
    attrs = SETTING_ATTRS,
    toolchains = TOOLCHAINS,
    doc = "pyc_aspect by the flags alone.",
)

def _pyc_collection_impl(ctx):
    info = pyc_info(ctx, [], [d[PycInfo] for d in ctx.attr.targets if PycInfo in d])
    return [
        DefaultInfo(files = info.transitive, runfiles = info.runfiles),
        OutputGroupInfo(precompile_pyc = info.transitive),
        info,
    ]

pyc_collection = rule(
    implementation = _pyc_collection_impl,
    attrs = {
        # Not deps: no aspect shall walk through here, and meet what this one made.
        "targets": attr.label_list(aspects = [pyc_aspect], mandatory = True, doc = "The targets whose closures are compiled: py_binary, py_library, filegroup, pyc_library, …"),
    } | ASPECT_ATTRS,
    doc = "The caches of the closures of some targets, as files, and as runfiles that lie beside the sources: add it to the `data` of a py_binary to run with them.",
)
