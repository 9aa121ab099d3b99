"""A folder of sources that analysis does not know."""

def _impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    ctx.actions.run_shell(
        outputs = [out],
        command = "mkdir -p $1/sub && echo 'ONE = 1' > $1/one.py && echo 'TWO = 2' > $1/sub/two.py && touch $1/__init__.py $1/sub/__init__.py && echo data > $1/sub/data.txt",
        arguments = [out.path],
    )
    return [DefaultInfo(files = depset([out]))]

tree = rule(implementation = _impl)
