from lib import a

WORDS = frozenset(("x", "y"))


class B:
    def run(self, *, times=3):
        return [a.greet("b") for _ in range(times)]
