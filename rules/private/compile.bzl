"""The one place where compile actions are made."""

load(":settings.bzl", "PYTHON_TOOLCHAIN")

TOOLCHAIN_TYPE = Label("//rules:toolchain_type")

# What a rule or an aspect that compiles must ask for.
TOOLCHAINS = [
    config_common.toolchain_type(TOOLCHAIN_TYPE, mandatory = True),
    config_common.toolchain_type(PYTHON_TOOLCHAIN, mandatory = False),
]

# Endings of files that Python imports as source, and so looks for a cache of.
SOURCE_ENDINGS = ["py"]

def is_source(file):
    """Whether a file is compiled: a Python source, or a folder that may hold some.

    Args:
      file: File.

    Returns:
      bool.
    """
    return file.is_directory or file.extension in SOURCE_ENDINGS

def runfiles_path(workspace_name, file):
    """Says where a file lies below a runfiles root.

    It has neither the output base nor the configuration in it, which is why it
    is the name compiled in.

    Args:
      workspace_name: string, ctx.workspace_name.
      file: File.

    Returns:
      string, such as "_main/pkg/a.py".
    """
    if file.short_path.startswith("../"):
        return file.short_path[len("../"):]
    return workspace_name + "/" + file.short_path

def _series(version):
    words = version.split(".")
    if version.startswith("pypy") or len(words) not in [2, 3] or not all([w.isdigit() for w in words]):
        fail("{} is not a version that the rules compile for: want a form like 3.13 or 3.13.0".format(repr(version)))
    return words[0] + "." + words[1]

def cache_basename(file, version, level):
    """Says what PEP 3147 and PEP 488 call the cache of a source.

    Args:
      file: File of the source.
      version: string, "3.13" or "3.13.0".
      level: int.

    Returns:
      string, such as "a.cpython-313.opt-1.pyc".
    """
    tag = "cpython-" + _series(version).replace(".", "")
    stem = file.basename[:-len(file.extension) - 1]
    return "{}.{}{}.pyc".format(stem, tag, ".opt-{}".format(level) if level else "")

def _toolchain(ctx):
    return ctx.toolchains[TOOLCHAIN_TYPE].pyc

def _interpreter(toolchain, version):
    return toolchain.interpreters.get(version) or toolchain.interpreters.get(_series(version))

def compile_pycs(ctx, *, sources, version, level, mode, layout = "pycache", prefix):
    """Registers the action that compiles sources for one version at one level.

    One action, however many sources: a worker is handed them together, and
    without a worker the tool starts once.

    Args:
      ctx: of a rule or an aspect with TOOLCHAINS.
      sources: list of File, none of them twice.
      version: string, such as "3.13".
      level: int, 0 to 2.
      mode: "checked-hash" or "unchecked-hash".
      layout: "pycache" (__pycache__/a.cpython-313.pyc) or "legacy" (a.pyc).
      prefix: string, the folder of the target's own that the caches go to.

    Returns:
      A list of struct(source, name, cache, path): name is the one compiled in,
      path where the cache belongs below a runfiles root.
    """
    if not sources:
        return []
    toolchain = _toolchain(ctx)
    args = ctx.actions.args()
    args.use_param_file("@%s", use_always = True)
    args.set_param_file_format("multiline")
    args.add("--python_version", version)
    args.add("--optimize", str(level))
    args.add("--invalidation_mode", mode)

    tools = []
    interpreter = _interpreter(toolchain, version)
    if interpreter:
        args.add("--interpreter", interpreter.path)
        tools.append(interpreter.files)

    made = []
    for source in sources:
        name = runfiles_path(ctx.workspace_name, source)
        if source.is_directory:
            # Analysis does not know the files: the tool mirrors the folder.
            cache = ctx.actions.declare_directory("{}/{}".format(prefix, name))
            args.add("--tree")
            args.add_all([source], expand_directories = False)
            args.add("--tree_name", name)
            args.add("--tree_layout", layout)
            args.add("--tree_out")
            args.add_all([cache], expand_directories = False)
            path = name
        else:
            folder = name[:-len(source.basename)]
            if layout == "legacy":
                path = folder + source.basename[:-len(source.extension) - 1] + ".pyc"
            else:
                path = folder + "__pycache__/" + cache_basename(source, version, level)
            cache = ctx.actions.declare_file("{}/{}".format(prefix, path))
            args.add("--src", source)
            args.add("--src_name", name)
            args.add("--pyc", cache)
        made.append(struct(source = source, name = name, cache = cache, path = path))

    ctx.actions.run(
        executable = toolchain.tool,
        arguments = ["worker", args],
        inputs = sources,
        tools = tools,
        outputs = [m.cache for m in made],
        mnemonic = "PyPrecompile",
        progress_message = "Precompiling %{label} for Python " + version,
        execution_requirements = {
            "requires-worker-protocol": "json",
            "supports-multiplex-sandboxing": "1",
            "supports-multiplex-workers": "1",
            "supports-path-mapping": "1",
            "supports-worker-cancellation": "1",
            "supports-workers": "1",
        },
        # Nothing of the host: what the tool needs is in its arguments.
        env = {},
        toolchain = TOOLCHAIN_TYPE,
    )
    return made

def _key(workspace_name, path):
    # Runfiles.symlinks lie below the main repository's folder, root_symlinks beside it.
    main = workspace_name + "/"
    return path[len(main):] if path.startswith(main) else None

def pyc_runfiles(ctx, made):
    """Puts caches beside the runfiles paths of their sources.

    Args:
      ctx: of a rule or an aspect.
      made: list of what compile_pycs returns.

    Returns:
      runfiles.
    """
    symlinks = {}
    root_symlinks = {}
    for m in made:
        key = _key(ctx.workspace_name, m.path)
        if key != None:
            symlinks[key] = m.cache
        else:
            root_symlinks[m.path] = m.cache
    return struct(symlinks = symlinks, root_symlinks = root_symlinks)
