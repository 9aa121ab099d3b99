"""The one place where compile actions are made."""

load(":py.bzl", "PYTHON_TOOLCHAIN")

TOOLCHAIN_TYPE = Label("//rules:toolchain_type")

# What a rule or an aspect that compiles must ask for.
TOOLCHAINS = [
    config_common.toolchain_type(TOOLCHAIN_TYPE, mandatory = True),
    config_common.toolchain_type(PYTHON_TOOLCHAIN, mandatory = False),
]

LAYOUTS = ["pycache", "legacy"]

# The series that the embedded compiler covers; a test holds the list to it.
EMBEDDED = ["3.13", "3.14"]

# What a folder of caches has beside them.
COPY_NONE = "none"
COPY_ALL = "all"  # every other file of the folder
COPY_DATA = "data"  # those, but no sources

def is_source(file):
    """Whether a file is compiled: a Python source, or a folder that may hold some.

    Args:
      file: File.

    Returns:
      bool.
    """
    return file.is_directory or file.extension == "py"

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
    """Parts a version into its implementation, "cpython" or "pypy", and its series, "3.13"."""
    implementation, number = "cpython", version
    if version.startswith("pypy"):
        implementation, number = "pypy", version[len("pypy"):]
    words = number.split(".")
    if len(words) not in [2, 3] or not all([w.isdigit() for w in words]):
        fail("{} is not a Python version: want a form like 3.13, 3.13.0 or pypy3.11".format(repr(version)))
    return implementation, words[0] + "." + words[1]

def cache_basename(file, version, level):
    """Says what PEP 3147 and PEP 488 call the cache of a source.

    Args:
      file: File of the source.
      version: string, "3.13", "3.13.0" or "pypy3.11".
      level: int.

    Returns:
      string, such as "a.cpython-313.opt-1.pyc".
    """
    implementation, series = _series(version)
    tag = series.replace(".", "")
    tag = "pypy" + tag if implementation == "pypy" else "cpython-" + tag
    stem = file.basename[:-len(file.extension) - 1]
    return "{}.{}{}.pyc".format(stem, tag, ".opt-{}".format(level) if level else "")

def needs_interpreter(compiler, version):
    """Says whether an interpreter is what compiles for a version.

    Args:
      compiler: string, of the toolchain.
      version: string.

    Returns:
      bool.
    """
    implementation, series = _series(version)
    return compiler == "cpython" or implementation != "cpython" or series not in EMBEDDED

def interpreter_for(toolchain, version):
    """Says which interpreter of a toolchain is for a version.

    Args:
      toolchain: PycToolchainInfo.
      version: string.

    Returns:
      A struct of PycToolchainInfo.interpreters, or None.
    """
    implementation, series = _series(version)
    if implementation == "pypy":
        series = "pypy" + series
    return toolchain.interpreters.get(version) or toolchain.interpreters.get(series)

def compile_pycs(ctx, *, sources, version, level, mode, folder, layout = "pycache", ignore_errors = [], copy = COPY_NONE):
    """Registers the action that compiles sources for one version at one level.

    One action, however many sources: a worker is handed them together, and
    without a worker the tool starts once.

    Args:
      ctx: of a rule or an aspect with TOOLCHAINS.
      sources: list of File, none of them twice.
      version: string, such as "3.13".
      level: int, 0 to 2.
      mode: "checked-hash" or "unchecked-hash".
      folder: string, what the folder of the caches is named after: the target.
      layout: "pycache" (__pycache__/a.cpython-313.pyc) or "legacy" (a.pyc).
      ignore_errors: list of string, globs of names that need not compile.
      copy: what folders of caches have beside them.

    Returns:
      A list of struct(source, name, cache, path, version, level, mode, layout,
      complete): name is the one compiled in, path where the cache belongs below a
      runfiles root; a complete folder stands in for its source.
    """
    if not sources:
        return []
    toolchain = ctx.toolchains[TOOLCHAIN_TYPE].pyc
    args = ctx.actions.args()
    args.use_param_file("@%s", use_always = True)
    args.set_param_file_format("multiline")
    args.add("--python_version", version)
    args.add("--optimize", str(level))
    args.add("--invalidation_mode", mode)
    if toolchain.compiler != "auto":
        args.add("--compiler", toolchain.compiler)
    args.add_all(ignore_errors, before_each = "--ignore_errors")
    if ctx.label.workspace_name:
        # Remarks on the code of others help nobody here.
        args.add("--quiet")

    tools = []
    interpreter = interpreter_for(toolchain, version)
    if interpreter:
        if interpreter.file:
            args.add("--interpreter", interpreter.file)
        else:
            args.add("--interpreter", interpreter.path)
        tools.append(interpreter.files)

    # Whatever decides the bytes is in the path: two rules or aspects that compile
    # one source of one target differently do not meet.
    prefix = "_pyc/{}/{}-O{}-{}-{}".format(folder, version, level, mode.split("-")[0], layout if copy == COPY_NONE else layout + "-" + copy)
    made = []
    for source in sources:
        name = runfiles_path(ctx.workspace_name, source)
        if source.is_directory:
            # Analysis does not know the files: the tool mirrors the folder.
            cache = ctx.actions.declare_directory("{}/{}".format(prefix, name))
            args.add_all([source], before_each = "--tree", expand_directories = False)
            args.add("--tree_name", name)
            args.add("--tree_layout", layout)
            args.add("--tree_copy", copy)
            args.add_all([cache], before_each = "--tree_out", expand_directories = False)
            path = name
        else:
            parent = name[:-len(source.basename)]
            if layout == "legacy":
                path = parent + source.basename[:-len(source.extension) - 1] + ".pyc"
            else:
                path = parent + "__pycache__/" + cache_basename(source, version, level)
            cache = ctx.actions.declare_file("{}/{}".format(prefix, path))
            args.add("--src", source)
            args.add("--src_name", name)
            args.add("--pyc", cache)
        made.append(struct(
            source = source,
            name = name,
            cache = cache,
            path = path,
            version = version,
            level = level,
            mode = mode,
            layout = layout,
            complete = source.is_directory and copy != COPY_NONE,
        ))

    requirements = {"supports-path-mapping": "1"}
    if toolchain.persistent:
        requirements.update({
            "requires-worker-protocol": "json",
            "supports-multiplex-sandboxing": "1",
            "supports-multiplex-workers": "1",
            "supports-worker-cancellation": "1",
            "supports-workers": "1",
        })
    ctx.actions.run(
        executable = toolchain.tool,
        arguments = ["worker", args],
        inputs = sources,
        tools = tools,
        outputs = [m.cache for m in made],
        mnemonic = "PyPrecompile",
        progress_message = "Precompiling %{label} for Python " + version,
        execution_requirements = requirements,
        # Nothing of the host: what the tool needs is in its arguments.
        env = {},
        toolchain = TOOLCHAIN_TYPE,
    )
    return made

def pyc_runfiles(ctx, made):
    """Puts caches beside the runfiles paths of their sources.

    A folder of caches alone is left out: its place is taken by the folder of
    sources.

    Args:
      ctx: of a rule or an aspect.
      made: list of what compile_pycs returns.

    Returns:
      runfiles.
    """

    # Runfiles.symlinks lie below the main repository's folder, root_symlinks
    # beside it.
    main = ctx.workspace_name + "/"
    symlinks = {}
    root_symlinks = {}
    for m in made:
        if m.source.is_directory and not m.complete:
            continue
        if m.path.startswith(main):
            symlinks[m.path[len(main):]] = m.cache
        else:
            root_symlinks[m.path] = m.cache

    # Two targets may list one source, and then both have its cache, with the same
    # bytes. Handed on as depsets, links of one name are no conflict for Bazel.
    links = ctx.runfiles(symlinks = symlinks, root_symlinks = root_symlinks)
    return ctx.runfiles(symlinks = links.symlinks, root_symlinks = links.root_symlinks)
