"""A docstring, which level 2 drops."""


def greet(name):
    assert name, "a name is needed"
    return {"a", "b", "c"} & {name} or f"hello, {name}"
