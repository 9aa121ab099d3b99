"""The module extension: which compiler, and which interpreters it may use."""

load("//rules/private:repositories.bzl", "PLATFORMS", "prebuilt_repo", "prebuilt_tool", "toolchains_repo")

_toolchain = tag_class(
    attrs = {
        "compiler": attr.string(default = "auto", values = ["auto", "embedded", "cpython"], doc = "As in precompile_toolchain."),
        "from_source": attr.bool(default = True, doc = "Whether there is a toolchain that builds the tool with rules_go. Prebuilt ones come first."),
        "persistent": attr.bool(default = True, doc = "As in precompile_toolchain."),
    },
    doc = "What holds for every toolchain. At most one tag of the root module.",
)

_interpreter = tag_class(
    attrs = {
        "version": attr.string(mandatory = True, doc = "What it compiles for: `3.13`."),
        "path": attr.string(doc = "An absolute path, the same on every machine that runs actions."),
        "target": attr.label(doc = "Or what precompile_toolchain's `interpreters` takes."),
    },
    doc = "An interpreter for a version that the embedded compiler does not cover.",
)

_prebuilt = tag_class(
    attrs = {
        "platform": attr.string(mandatory = True, values = PLATFORMS.keys(), doc = "Where it runs: `linux_amd64`."),
        "file": attr.label(allow_single_file = True, doc = "The binary, a file of the workspace."),
        "sha256": attr.string(doc = "The digest of what is downloaded."),
        "urls": attr.string_list(doc = "Or where it is downloaded from."),
    },
    doc = "A binary that is not built from source.",
)

def _precompile_impl(mctx):
    compiler, from_source, persistent = "auto", True, True
    paths, targets, prebuilt = {}, {}, {}
    for module in mctx.modules:
        # Only the root module decides: it alone knows which Pythons are run.
        if not module.is_root:
            continue
        if len(module.tags.toolchain) > 1:
            fail("there are {} toolchain tags: want one".format(len(module.tags.toolchain)))
        for tag in module.tags.toolchain:
            compiler, from_source, persistent = tag.compiler, tag.from_source, tag.persistent
        for tag in module.tags.interpreter:
            if bool(tag.path) == bool(tag.target):
                fail("the interpreter for {} needs either a path or a target".format(tag.version))
            if tag.path:
                paths[tag.version] = tag.path
            else:
                targets.setdefault(tag.target, []).append(tag.version)
        for tag in module.tags.prebuilt:
            if tag.platform in prebuilt:
                fail("there are two binaries for {}".format(tag.platform))
            if bool(tag.file) == bool(tag.urls):
                fail("the binary for {} needs either a file or urls".format(tag.platform))
            name = "precompile_" + tag.platform
            prebuilt_repo(name = name, platform = tag.platform, file = tag.file, urls = tag.urls, sha256 = tag.sha256)
            prebuilt[tag.platform] = "@{}//:{}".format(name, prebuilt_tool(tag.platform))
    toolchains_repo(
        name = "precompile_toolchains",
        compiler = compiler,
        from_source = from_source,
        interpreter_paths = paths,
        interpreters = {k: ",".join(v) for k, v in targets.items()},
        persistent = persistent,
        prebuilt = prebuilt,
    )

precompile = module_extension(
    implementation = _precompile_impl,
    tag_classes = {"interpreter": _interpreter, "prebuilt": _prebuilt, "toolchain": _toolchain},
    doc = "Makes the repository `precompile_toolchains`, whose toolchains are registered by `register_toolchains(\"@precompile_toolchains//:all\")`.",
)
