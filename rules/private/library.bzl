"""pyc_library: caches as the outputs of a target of their own."""

load(":aspect.bzl", "flags_info", "pyc_flags_aspect")
load(":compile.bzl", "COPY_ALL", "COPY_DATA", "LAYOUTS", "TOOLCHAINS", "is_source", "runfiles_path")
load(":py.bzl", "PyInfo")
load(":pycs.bzl", "compile_all", "pyc_info", "unique_sources")
load(":settings.bzl", "MODES", "SETTING_ATTRS", "resolve_ignored", "resolve_levels", "resolve_mode", "resolve_versions")

def _import_path(ctx, entry):
    """Says what an entry of `imports` is below a runfiles root."""
    if entry.startswith("/"):
        fail("{}: imports: {} is an absolute path".format(ctx.label, repr(entry)))
    words = [ctx.label.workspace_name or ctx.workspace_name]
    for word in (ctx.label.package + "/" + entry).split("/"):
        if word == "..":
            if len(words) == 1:
                fail("{}: imports: {} leads out of the repository".format(ctx.label, repr(entry)))
            words.pop()
        elif word not in ["", "."]:
            words.append(word)
    return "/".join(words)

def _pyc_library_impl(ctx):
    keep = ctx.attr.source_retention == "keep_source"
    if not keep and ctx.attr.layout != "legacy":
        fail("{}: source_retention = \"omit_source\" needs layout = \"legacy\": a cache in __pycache__ is not imported without its source".format(ctx.label))
    if keep and ctx.attr.layout == "legacy":
        fail("{}: layout = \"legacy\" needs source_retention = \"omit_source\": a.pyc is not imported while a.py is there".format(ctx.label))
    sources = unique_sources(ctx.files.srcs, is_source)
    if len(sources) < len(ctx.files.srcs):
        others = [f.short_path for f in ctx.files.srcs if not is_source(f)]
        if others:
            fail("{}: srcs has {}, which no Python imports as source; data is for other files".format(ctx.label, ", ".join(others)))
    made = compile_all(
        ctx,
        sources = sources,
        versions = resolve_versions(ctx, ctx.attr.python_versions),
        levels = resolve_levels(ctx, ctx.attr.optimize),
        mode = resolve_mode(ctx, ctx.attr.invalidation_mode),
        folder = ctx.label.name,
        layout = ctx.attr.layout,
        ignore_errors = resolve_ignored(ctx, ctx.attr.ignore_errors),
        copy = COPY_ALL if keep else COPY_DATA,
    )
    info = pyc_info(ctx, made, [i for i in [flags_info(d) for d in ctx.attr.deps + ctx.attr.data] if i])

    # A folder of sources is complete in its caches, which lie in the same place.
    shipped = [f for f in sources if keep and not f.is_directory]
    runfiles = ctx.runfiles(files = shipped + ctx.files.data).merge_all(
        [info.runfiles] + [d[DefaultInfo].default_runfiles for d in ctx.attr.deps + ctx.attr.data],
    )
    py_deps = [d[PyInfo] for d in ctx.attr.deps if PyInfo in d]
    return [
        DefaultInfo(files = info.direct, runfiles = runfiles),
        OutputGroupInfo(precompile_pyc = info.transitive),
        info,
        PyInfo(
            transitive_sources = depset(shipped, transitive = [p.transitive_sources for p in py_deps]),
            imports = depset([_import_path(ctx, i) for i in ctx.attr.imports], transitive = [p.imports for p in py_deps]),
        ),
    ]

pyc_library = rule(
    implementation = _pyc_library_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = True, doc = "The sources: `.py` files of this package and others, generated ones, and folders (TreeArtifacts), whose `.py` files are compiled wherever they lie in it."),
        "deps": attr.label_list(aspects = [pyc_flags_aspect], doc = "What the sources import: pyc_library, or any target that pyc_aspect can walk; their caches, made by the flags, are part of the closure."),
        "data": attr.label_list(allow_files = True, aspects = [pyc_flags_aspect], doc = "Files that are needed when the code runs."),
        "ignore_errors": attr.string_list(doc = "Globs (`**` spans folders) of runfiles paths whose sources need not compile; their caches are then empty files, which imports pass over. The flag `ignore_errors` adds to them."),
        "imports": attr.string_list(doc = "Folders for sys.path, relative to the package, as py_library has them."),
        "invalidation_mode": attr.string(default = "", values = [""] + MODES, doc = "How an import checks a cache: `checked-hash`, `unchecked-hash`, or `auto`: unchecked under `-c opt`, else checked. Empty: what the flag `invalidation_mode` says."),
        "layout": attr.string(default = "pycache", values = LAYOUTS, doc = "`pycache`: `__pycache__/a.cpython-313.pyc` beside the source. `legacy`: `a.pyc` in the place of `a.py`, for one version and level."),
        "optimize": attr.int_list(doc = "The optimise levels, each with caches of its own: 0, 1, 2. Empty: what the flag `optimize` says."),
        "python_versions": attr.string_list(doc = "The Pythons to compile for: `3.13`, `3.13.0`, `pypy3.11`. Empty: what the flag `python_versions` says, or the version of the Python toolchain."),
        "source_retention": attr.string(default = "keep_source", values = ["keep_source", "omit_source"], doc = "`keep_source`: runfiles have the sources beside the caches. `omit_source`: they have the caches alone, which needs `layout = \"legacy\"`."),
    } | SETTING_ATTRS,
    toolchains = TOOLCHAINS,
    doc = "Compiles sources, with one action a version and level, to caches that are outputs of this target. It carries PyInfo, so that a py_binary can depend on it in the place of a py_library.",
)
