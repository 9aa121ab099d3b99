"""precompile_toolchain: the compiler and the interpreters that it may use."""

load("//rules:providers.bzl", "PycToolchainInfo")
load(":compile.bzl", "needs_interpreter", "runfiles_path")

def _of_executable(ctx, target, version):
    info = target[DefaultInfo]
    if info.files_to_run and info.files_to_run.executable:
        file = info.files_to_run.executable
        return file, depset([file], transitive = [info.default_runfiles.files])
    files = info.files.to_list()  # of one target's own outputs
    if len(files) != 1:
        fail("{}: interpreters: {} has {} files: want an executable for Python {}".format(ctx.label, target.label, len(files), version))
    return files[0], info.files

def _interpreter(ctx, target, version):
    """Reads an interpreter off whatever has one.

    Args:
      ctx: of the rule.
      target: an executable, a file, a py_runtime, a py_runtime_pair, or a
        py_exec_tools_toolchain.
      version: string.

    Returns:
      A struct of PycToolchainInfo.interpreters.
    """
    runtime = None
    for _ in range(2):  # an exec_interpreter may be a runtime in its turn
        if runtime or platform_common.ToolchainInfo not in target:
            break
        info = target[platform_common.ToolchainInfo]
        exec_tools = getattr(info, "exec_tools", None)
        if exec_tools:
            runtime = getattr(exec_tools, "exec_runtime", None)
            target = getattr(exec_tools, "exec_interpreter", None) or target
        else:
            runtime = getattr(info, "py3_runtime", None)
    if runtime and runtime.interpreter_path:
        return struct(file = None, path = runtime.interpreter_path, runfiles_path = runtime.interpreter_path, files = depset())
    if runtime:
        file, files = runtime.interpreter, depset([runtime.interpreter], transitive = [runtime.files])
    else:
        file, files = _of_executable(ctx, target, version)
    return struct(file = file, path = file.path, runfiles_path = runfiles_path(ctx.workspace_name, file), files = files)

def _precompile_toolchain_impl(ctx):
    interpreters = {}
    for version, path in ctx.attr.interpreter_paths.items():
        if not path.startswith("/") and path[1:2] != ":":
            fail("{}: interpreter_paths: {} is not absolute".format(ctx.label, repr(path)))
        interpreters[version] = struct(file = None, path = path, runfiles_path = path, files = depset())
    for target, versions in ctx.attr.interpreters.items():
        for version in versions.split(","):
            if version in interpreters:
                fail("{}: there are two interpreters for Python {}".format(ctx.label, version))
            interpreters[version] = _interpreter(ctx, target, version)
    pyc = PycToolchainInfo(
        tool = ctx.attr.tool[DefaultInfo].files_to_run,
        # One that is not used is no input of any action.
        interpreters = {v: i for v, i in interpreters.items() if needs_interpreter(ctx.attr.compiler, v)},
        compiler = ctx.attr.compiler,
        persistent = ctx.attr.persistent,
    )
    return [platform_common.ToolchainInfo(pyc = pyc), pyc]

precompile_toolchain = rule(
    implementation = _precompile_toolchain_impl,
    attrs = {
        "tool": attr.label(mandatory = True, executable = True, allow_files = True, cfg = "exec", doc = "The precompile binary."),
        "compiler": attr.string(default = "auto", values = ["auto", "embedded", "cpython"], doc = "Who compiles: `auto` is the embedded compiler where it covers the version, else the interpreter for it. It is decided once for a version, never file by file."),
        "interpreter_paths": attr.string_dict(doc = "By version (`3.13`, `pypy3.11`), the absolute path of an interpreter that every machine has which runs actions. Bazel does not see when it changes: better are `interpreters`."),
        "interpreters": attr.label_keyed_string_dict(allow_files = True, cfg = "exec", doc = "Interpreters, and the versions that each is for, between commas: an executable, a py_runtime_pair or a py_exec_tools_toolchain. They are needed only for versions that the embedded compiler does not cover."),
        "persistent": attr.bool(default = True, doc = "Whether actions run in a persistent worker where the strategy allows it."),
    },
    doc = "A compiler for the toolchain type `//rules:toolchain_type`.",
)
