"""rules_python_precompiler: in the place of rules_python's own precompiler."""

load(":compile.bzl", "TOOLCHAIN_TYPE")

# A link to the tool finds its runfiles by its own name; the name of the file is
# in cmd/precompile/worker.go.
_INTERPRETERS = "precompile.interpreters"

def _rules_python_precompiler_impl(ctx):
    toolchain = ctx.toolchains[TOOLCHAIN_TYPE].pyc
    executable = ctx.actions.declare_file(ctx.label.name + (".exe" if toolchain.tool.executable.extension == "exe" else ""))
    ctx.actions.symlink(output = executable, target_file = toolchain.tool.executable, is_executable = True)
    interpreters = ctx.actions.declare_file(ctx.label.name + ".interpreters")
    ctx.actions.write(interpreters, "".join(["{}\t{}\n".format(v, i.runfiles_path) for v, i in toolchain.interpreters.items()]))
    requirements = {"supports-path-mapping": "1"}
    if toolchain.persistent:
        requirements.update({
            "requires-worker-protocol": ctx.attr.protocol,
            "supports-multiplex-sandboxing": "1",
            "supports-multiplex-workers": "1",
            "supports-worker-cancellation": "1",
            "supports-workers": "1",
        })
    return [
        DefaultInfo(
            executable = executable,
            files = depset([executable]),
            runfiles = ctx.runfiles(
                files = [executable, toolchain.tool.executable],
                transitive_files = depset(transitive = [i.files for i in toolchain.interpreters.values()]),
                root_symlinks = {_INTERPRETERS: interpreters},
            ),
        ),
        testing.ExecutionInfo(requirements),
    ]

rules_python_precompiler = rule(
    implementation = _rules_python_precompiler_impl,
    executable = True,
    attrs = {
        "protocol": attr.string(default = "json", values = ["json", "proto"], doc = "The encoding of work requests; the tool reads both. Remote persistent workers may want `proto`."),
    },
    toolchains = [TOOLCHAIN_TYPE],
    doc = "An executable for `py_exec_tools_toolchain(precompiler = …)` of rules_python. It takes every argument that rules_python gives, and fails where the toolchain has no compiler for a version.",
)
