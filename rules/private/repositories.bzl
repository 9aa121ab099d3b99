"""The repository of toolchains, which the module extension and the WORKSPACE macro make alike."""

# By the platform's name, what it is constrained to.
PLATFORMS = {
    "darwin_amd64": ["@platforms//os:macos", "@platforms//cpu:x86_64"],
    "darwin_arm64": ["@platforms//os:macos", "@platforms//cpu:aarch64"],
    "linux_amd64": ["@platforms//os:linux", "@platforms//cpu:x86_64"],
    "linux_arm64": ["@platforms//os:linux", "@platforms//cpu:aarch64"],
    "windows_amd64": ["@platforms//os:windows", "@platforms//cpu:x86_64"],
    "windows_arm64": ["@platforms//os:windows", "@platforms//cpu:aarch64"],
}

_HEAD = """load("{defs}", "precompile_toolchain")

package(default_visibility = ["//visibility:public"])
"""

_TOOLCHAIN = """
precompile_toolchain(
    name = "{name}_compiler",
    compiler = {compiler},
    interpreter_paths = {interpreter_paths},
    interpreters = {interpreters},
    persistent = {persistent},
    tool = "{tool}",
)

toolchain(
    name = "{name}",
    exec_compatible_with = {constraints},
    toolchain = ":{name}_compiler",
    toolchain_type = "{type}",
)
"""

def _toolchains_repo_impl(rctx):
    build = _HEAD.format(defs = Label("//rules:toolchain.bzl"))
    named = dict(rctx.attr.prebuilt)
    common = {
        "compiler": repr(rctx.attr.compiler),
        "interpreter_paths": repr(rctx.attr.interpreter_paths),
        "interpreters": repr({str(k): v for k, v in rctx.attr.interpreters.items()}),
        "persistent": repr(rctx.attr.persistent),
        "type": Label("//rules:toolchain_type"),
    }

    # Names are sorted where Bazel registers all of a package: what is prebuilt
    # comes before the source.
    for platform, tool in sorted(named.items()):
        if platform not in PLATFORMS:
            fail("{} is not a platform: want one of {}".format(repr(platform), ", ".join(PLATFORMS)))
        build += _TOOLCHAIN.format(name = "prebuilt_" + platform, tool = tool, constraints = repr(PLATFORMS[platform]), **common)
    if rctx.attr.from_source:
        build += _TOOLCHAIN.format(name = "source", tool = Label("//cmd/precompile"), constraints = "[]", **common)
    rctx.file("BUILD.bazel", build)

toolchains_repo = repository_rule(
    implementation = _toolchains_repo_impl,
    attrs = {
        "compiler": attr.string(default = "auto"),
        "from_source": attr.bool(default = True),
        "interpreter_paths": attr.string_dict(),
        "interpreters": attr.label_keyed_string_dict(),
        "persistent": attr.bool(default = True),
        "prebuilt": attr.string_dict(),
    },
)

def _prebuilt_repo_impl(rctx):
    name = "precompile.exe" if rctx.attr.platform.startswith("windows") else "precompile"
    if rctx.attr.file:
        rctx.symlink(rctx.attr.file, name)
    else:
        if not rctx.attr.sha256:
            fail("a prebuilt binary needs its sha256: without it a download is whatever is there that day")
        rctx.download(rctx.attr.urls, output = name, sha256 = rctx.attr.sha256, executable = True)
    rctx.file("BUILD.bazel", "exports_files([\"{}\"], visibility = [\"//visibility:public\"])\n".format(name))

prebuilt_repo = repository_rule(
    implementation = _prebuilt_repo_impl,
    attrs = {
        "file": attr.label(allow_single_file = True),
        "platform": attr.string(mandatory = True),
        "sha256": attr.string(),
        "urls": attr.string_list(),
    },
)

def prebuilt_tool(platform):
    """Says what the tool of a platform's prebuilt repository is called there."""
    return "precompile.exe" if platform.startswith("windows") else "precompile"
