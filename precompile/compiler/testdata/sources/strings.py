def formats(a, b, w):
    return (
        f"", f"text", f"{a}", f"{a!r}{b!s}{w!a}", f"{a:>10}{b:{w}.{w}}", f"{a = }", f"{{}}{a}" "tail" f"{b}",
        "%s" % (a,), "%r and %5s%%" % (a, b), "%-10.3a|" % (a,), "%d" % (a,), "%s %s" % (a,), "%s" % a, "%%" % (), "100%%%s" % (a,),
        f"{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}",
        f'{(lambda: 1)()}', f"{a['k']}{b:%H:%M}", rf"\d{a}", b"bytes" b"more", u"prefix", "Gr\u00fc\u00dfe", "\ud800", "\N{BULLET}",
        "na\u00efve", "a" "b", "x" * 3, "%s" % ("a",),
    )


def t():
    "One line"


def u():
    """First

      indented
    less\tand a tab
    """


def v():
    f"no {docstring}"


def w():
    "not" "docstring %s" % ("x",)
