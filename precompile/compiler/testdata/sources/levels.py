"""Module docstring."""
assert x, "message"
assert (x, "always true")


def f(a):
    """Function docstring."""
    assert a
    if __debug__:
        print(1)
    else:
        print(2)
    return __debug__


def only_docstring():
    "Only this."


class C:
    """Class docstring."""

    def m(self):
        """Method docstring."""
        "second string"


class D:
    "Only this."


x = lambda: __debug__
