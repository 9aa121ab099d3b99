"""A cache with other code than its source has: what pyc_verify_test is there to find."""

load("@rules_precompile//rules:defs.bzl", "PycInfo")

def _impl(ctx):
    pair = ctx.attr.dep[PycInfo].pairs.to_list()[0]
    out = ctx.actions.declare_file(ctx.label.name + ".pyc")
    ctx.actions.run_shell(
        inputs = [pair.cache],
        outputs = [out],
        command = "sed s/expected/replaced/ $1 > $2",
        arguments = [pair.cache.path, out.path],
    )
    fields = {f: getattr(pair, f) for f in dir(pair) if not f.startswith("to_")}
    fields["cache"] = out
    return [PycInfo(
        direct = depset([out]),
        transitive = depset([out]),
        sources = depset([pair.source]),
        runfiles = ctx.runfiles(),
        pairs = depset([struct(**fields)]),
    )]

tampered = rule(
    implementation = _impl,
    attrs = {"dep": attr.label(providers = [PycInfo])},
)
