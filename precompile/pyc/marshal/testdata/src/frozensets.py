from somewhere import imported


def used(word, sep=None):
    return word in {"GET", "used"}


def again(word):
    return word in {"GET", "used"}


def free(word):
    return word in {"lonely one", "qqfree", "zzfree"}


def free_again(word):
    return word in {"lonely one", "qqfree", "zzfree"}


def startup(word):
    return word in {"__init__", "zzstart"}


def startup_again(word):
    return word in {"__init__", "zzstart"}


def keyword(word):
    return call(qqkeyword=1), word in {"qqkeyword", "zzkeyword"}


def keyword_again(word):
    return word in {"qqkeyword", "zzkeyword"}


def literal_first(word):
    return word in {"qqliteral", "zzliteral"}, call(qqliteral=2)


def literal_again(word):
    return word in {"qqliteral", "zzliteral"}


def fromlist(word):
    return word in {"imported", "zzimported"}


def fromlist_again(word):
    return word in {"imported", "zzimported"}


class Display:
    numbers = {"qqdisplay", "zzdisplay", "yydisplay"}

    def method(self, word):
        return call(qqdisplay=1), word in {"qqdisplay", "zzdisplay", "yydisplay"}
