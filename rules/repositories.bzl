"""For WORKSPACE: the toolchains. With MODULE.bazel it is extensions.bzl."""

load("//rules/private:repositories.bzl", "prebuilt_repo", "prebuilt_tool", "toolchains_repo")

def precompile_toolchains(
        name = "precompile_toolchains",
        compiler = "auto",
        from_source = True,
        interpreter_paths = {},
        interpreters = {},
        persistent = True,
        prebuilt = {},
        register = True):
    """Makes the toolchains and registers them.

    rules_python must be there under that name, and rules_go (as
    io_bazel_rules_go) with Gazelle's go_repository rules where the tool is built
    from source.

    Args:
      name: string, the repository that has them.
      compiler: string, as in precompile_toolchain.
      from_source: bool, whether there is one that builds the tool with rules_go.
      interpreter_paths: dict of string to string, as in precompile_toolchain.
      interpreters: dict of label to string, as in precompile_toolchain.
      persistent: bool, as in precompile_toolchain.
      prebuilt: dict of string to dict: by platform ("linux_amd64"), either
        {"file": label} or {"urls": list of string, "sha256": string}.
      register: bool, whether they are registered.
    """
    tools = {}
    for platform, where in prebuilt.items():
        repo = "{}_{}".format(name, platform)
        prebuilt_repo(name = repo, platform = platform, **where)
        tools[platform] = "@{}//:{}".format(repo, prebuilt_tool(platform))
    toolchains_repo(
        name = name,
        compiler = compiler,
        from_source = from_source,
        interpreter_paths = interpreter_paths,
        interpreters = interpreters,
        persistent = persistent,
        prebuilt = tools,
    )
    if register:
        native.register_toolchains("@{}//:all".format(name))
