"""pyc_verify_test: shipped caches are what their sources compile to."""

load("//rules:providers.bzl", "PycInfo")
load(":aspect.bzl", "ASPECT_ATTRS", "pyc_aspect")
load(":compile.bzl", "TOOLCHAIN_TYPE")

_LAUNCHER = """#!/bin/sh
# Made by pyc_verify_test.
root=${{TEST_SRCDIR:-${{RUNFILES_DIR:-$0.runfiles}}}}
case $root in /*) ;; *) root=$PWD/$root ;; esac
cd "$root" && exec ./{tool} worker --verify={manifest}
"""

def _runfiles_path(workspace_name, file):
    return file.short_path[3:] if file.short_path.startswith("../") else workspace_name + "/" + file.short_path

def _line(pair):
    return "\t".join([
        "tree" if pair.source.is_directory else "file",
        pair.version,
        str(pair.level),
        pair.mode,
        pair.layout,
        pair.name,
        pair.path,
        pair.source.short_path,
        pair.cache.short_path,
    ])

def _pyc_verify_test_impl(ctx):
    toolchain = ctx.toolchains[TOOLCHAIN_TYPE].pyc
    infos = [d[PycInfo] for d in ctx.attr.targets if PycInfo in d]
    if not infos:
        fail("{}: none of targets has caches".format(ctx.label))
    interpreters = toolchain.interpreters.values()
    head = ["workspace\t" + ctx.workspace_name, "compiler\t" + toolchain.compiler]
    head += ["interpreter\t{}\t{}".format(v, i.runfiles_path) for v, i in toolchain.interpreters.items()]

    manifest = ctx.actions.declare_file(ctx.label.name + ".caches")
    content = ctx.actions.args()
    content.set_param_file_format("multiline")
    content.add_all(head)
    content.add_all(depset(transitive = [i.pairs for i in infos]), map_each = _line)
    ctx.actions.write(manifest, content)

    launcher = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(launcher, _LAUNCHER.format(
        tool = _runfiles_path(ctx.workspace_name, toolchain.tool.executable),
        manifest = _runfiles_path(ctx.workspace_name, manifest),
    ), is_executable = True)
    runfiles = ctx.runfiles(
        files = [manifest, toolchain.tool.executable],
        transitive_files = depset(transitive = [i.sources for i in infos] + [i.transitive for i in infos] + [i.files for i in interpreters]),
    )
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

pyc_verify_test = rule(
    implementation = _pyc_verify_test_impl,
    test = True,
    attrs = {
        "targets": attr.label_list(aspects = [pyc_aspect], mandatory = True, doc = "The targets whose caches are verified, with those of their closures: pyc_library, pyc_collection, or what pyc_aspect can walk."),
    } | ASPECT_ATTRS,
    toolchains = [TOOLCHAIN_TYPE],
    doc = "Fails when a cache is not, byte for byte, what its source compiles to under the name that it runs by. The report of `precompile verify` is the test's log, and so in its `test.xml`.",
)
