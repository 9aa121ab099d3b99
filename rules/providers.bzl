"""What the rules say to each other, and to yours."""

PycInfo = provider(
    doc = """Compiled caches of a target and of what it depends on.

Caches lie in folders of the target's own (two targets may list one source), so
their exec paths are not where Python looks. `runfiles` puts each beside the
runfiles path of its source.""",
    fields = {
        "direct": "depset of File: the caches of the target's own sources; folders where a source is one",
        "transitive": "depset of File: those, and the caches of everything below",
        "sources": "depset of File: the sources that the transitive caches were compiled from",
        "runfiles": "runfiles: the transitive caches, each beside its source's runfiles path",
        "pairs": "depset of struct(source, name, cache, path, version, level, mode, layout): what each transitive cache was made from, and where it belongs, for pyc_verify_test",
    },
)

PycToolchainInfo = provider(
    doc = "The compiler, as an executable of the exec configuration.",
    fields = {
        "tool": "FilesToRunProvider: the precompile binary",
        "interpreters": "dict of string to struct(file, path, runfiles_path, files): by version (\"3.12\"), the interpreter that compiles for it: none where the embedded compiler does; file is None where path is one of the machine, runfiles_path (absolute, or below a runfiles root) for tests and tools, files a depset of File",
        "compiler": "string: auto, embedded or cpython",
        "persistent": "bool: whether actions may run in a persistent worker",
    },
)
