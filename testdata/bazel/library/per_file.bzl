"""The contract of rules_python's precompiler slot: one action a source, whatever executable is in the slot."""

def _per_file_impl(ctx):
    outputs = []
    requirements = {}
    if testing.ExecutionInfo in ctx.attr.precompiler:
        requirements = ctx.attr.precompiler[testing.ExecutionInfo].requirements
    for src in ctx.files.srcs:
        name = src.short_path[:-len(src.basename)]
        pyc = ctx.actions.declare_file("{}/{}__pycache__/{}.cpython-313.pyc".format(ctx.label.name, name, src.basename[:-3]))
        args = ctx.actions.args()
        args.use_param_file("@%s", use_always = True)
        args.set_param_file_format("multiline")
        args.add("--invalidation_mode", "checked_hash")
        args.add("--src", src)
        args.add("--src_name", "_main/" + src.short_path)
        args.add("--pyc", pyc)
        args.add("--optimize", "0")
        args.add("--python_version", ctx.attr.python_version)
        ctx.actions.run(
            executable = ctx.attr.precompiler[DefaultInfo].files_to_run,
            arguments = [args],
            inputs = [src],
            outputs = [pyc],
            mnemonic = "PyCompile",
            progress_message = "Python precompiling %{input} into %{output}",
            execution_requirements = requirements,
        )
        outputs.append(pyc)
    return [DefaultInfo(files = depset(outputs))]

per_file = rule(
    implementation = _per_file_impl,
    attrs = {
        "precompiler": attr.label(cfg = "exec", executable = True, allow_files = True),
        "python_version": attr.string(default = "3.13"),
        "srcs": attr.label_list(allow_files = [".py"]),
    },
)

def _python_worker_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(out, "#!/bin/sh\nexec {} \"$0.runfiles/{}/{}\" \"$@\"\n".format(ctx.attr.interpreter, ctx.workspace_name, ctx.file.src.short_path), is_executable = True)
    return [
        DefaultInfo(executable = out, runfiles = ctx.runfiles([ctx.file.src])),
        testing.ExecutionInfo({
            "requires-worker-protocol": "json",
            "supports-multiplex-sandboxing": "1",
            "supports-multiplex-workers": "1",
            "supports-worker-cancellation": "1",
            "supports-workers": "1",
        }),
    ]

python_worker = rule(
    implementation = _python_worker_impl,
    executable = True,
    attrs = {
        "interpreter": attr.string(),
        "src": attr.label(allow_single_file = True),
    },
)
