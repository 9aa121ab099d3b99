"""From compiled sources to PycInfo: what the rules and the aspect share."""

load("//rules:providers.bzl", "PycInfo")
load(":compile.bzl", "COPY_NONE", "compile_pycs", "pyc_runfiles")

def compile_all(ctx, *, sources, versions, levels, mode, folder, layout, ignore_errors, copy = COPY_NONE):
    """Compiles sources for each version at each level: one action for each pair.

    Args:
      ctx: of a rule or an aspect with TOOLCHAINS.
      sources: list of File.
      versions: list of string.
      levels: list of int.
      mode: string.
      folder: string, see compile_pycs.
      layout: string.
      ignore_errors: list of string.
      copy: string.

    Returns:
      A list of what compile_pycs returns.
    """
    if layout == "legacy" and len(versions) * len(levels) > 1:
        fail("{}: the legacy layout has room for one version and one optimise level, not {} and {}: a.pyc names neither".format(
            ctx.label,
            len(versions),
            len(levels),
        ))
    made = []
    for version in versions:
        for level in levels:
            made.extend(compile_pycs(
                ctx,
                sources = sources,
                version = version,
                level = level,
                mode = mode,
                folder = folder,
                layout = layout,
                ignore_errors = ignore_errors,
                copy = copy,
            ))
    return made

def pyc_info(ctx, made, deps):
    """Makes the PycInfo of a target.

    Args:
      ctx: of a rule or an aspect.
      made: list of what compile_pycs returns.
      deps: list of PycInfo.

    Returns:
      PycInfo.
    """
    caches = [m.cache for m in made]
    return PycInfo(
        direct = depset(caches),
        transitive = depset(caches, transitive = [d.transitive for d in deps]),
        sources = depset([m.source for m in made], transitive = [d.sources for d in deps]),
        runfiles = pyc_runfiles(ctx, made).merge_all([d.runfiles for d in deps]),
        pairs = depset(made, transitive = [d.pairs for d in deps]),
    )

def unique_sources(files, is_source):
    """Keeps the files that are compiled, each once.

    Args:
      files: list of File.
      is_source: function of a File.

    Returns:
      A list of File.
    """
    seen = {}
    for f in files:
        if is_source(f):
            seen[f] = True
    return seen.keys()
