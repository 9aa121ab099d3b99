from collections import OrderedDict as spam, namedtuple as eggs


class Outer:
    """A class that holds classes."""

    attribute = "Outer.Inner"

    class Inner:
        class Innermost:
            def method(self, *args, key=None, **kwargs):
                def closure():
                    nonlocal key
                    return self, args, key, kwargs
                return closure

        def method(self):
            return "Outer.Inner.method"

    class Inner:
        again = True


class HelpFormatter:
    class _Section:
        def format_help(self):
            return lambda: [i for i in self.items if i]


def factory(flag):
    if flag:
        class Made:
            x = 1
    else:
        class Made:
            x = 2

    def _():
        return 1

    class _:
        pass
    return Made, _
