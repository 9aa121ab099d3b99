"""An interpreter as a file of the build, and as rules_python's py_exec_tools_toolchain has it."""

def _interpreter_impl(ctx):
    # A copy finds its library where the original has it.
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.run_shell(
        outputs = [out],
        command = "cp $1 $2",
        arguments = [ctx.attr.path, out.path],
    )
    return [DefaultInfo(executable = out, files = depset([out]))]

interpreter = rule(
    implementation = _interpreter_impl,
    executable = True,
    attrs = {"path": attr.string()},
)

def _exec_tools_impl(ctx):
    return [platform_common.ToolchainInfo(exec_tools = struct(exec_interpreter = ctx.attr.exec_interpreter))]

exec_tools = rule(
    implementation = _exec_tools_impl,
    attrs = {"exec_interpreter": attr.label(cfg = "exec", executable = True)},
)
