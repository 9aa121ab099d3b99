#!/usr/bin/env python3
"""Generate charmaps.bin, multibyte.bin and codecs_gen.go from Python's own codecs.

Usage: generate.py DIRECTORY NEWEST [OLDER…]

DIRECTORY is where the files go. NEWEST is the Python of the newest target, and the
others those of the older ones, for the names that they have otherwise; their tables are
the same but for a character of palmos, which TestGenerated checks.

charmaps.bin has, for each codec of one byte a character, 256 little-endian
16-bit characters; 0xFFFF stands for a byte that the codec refuses.

multibyte.bin has, for each codec in which a character is up to three bytes, whatever
came before, what package source reads in multibyte.go: two sets of 256 bits, which are
the lead bytes of two-byte characters and the second bytes of three-byte ones (their
first is 0x8F); and for each one-byte, two-byte and three-byte sequence with such
beginnings a number: 0 for none, else 1 + zigzag(character - the one before). Numbers
are in groups of seven bits, lowest first. A character from 0x110000 on stands for two,
which the list at the end has. Each codec's part is deflated by itself.

codecs_gen.go names the codecs, and all spellings that Python's codec registry knows.
"""
import json
import os
import struct
import subprocess
import sys
import zlib

MULTIBYTE = """big5 big5hkscs cp932 cp949 cp950 euc_jis_2004 euc_jisx0213 euc_jp euc_kr gb18030 gb2312 gbk johab
shift_jis shift_jis_2004 shift_jisx0213""".split()
PROBE = r"""
import codecs, encodings, encodings.aliases, json, pkgutil, sys
maps, other, binary = {}, [], []
for m in pkgutil.iter_modules(encodings.__path__):
    try:
        info = codecs.lookup(m.name)
    except LookupError:
        continue
    if not info._is_text_encoding:
        binary.append(m.name)
        continue
    row = []
    for b in range(256):
        try:
            s = bytes([b]).decode(m.name)
            row.append(ord(s) if len(s) == 1 else None)
        except (UnicodeError, TypeError):
            row.append(None)
    # A codec is one byte a character if it is so for every pair of bytes too.
    table = {b: c for b, c in enumerate(row) if c is not None}
    def pair(a, b):
        try:
            return [ord(c) for c in bytes([a, b]).decode(m.name)]
        except UnicodeError:
            return None
    single = len(table) >= 128 and m.name not in ("unicode_escape", "raw_unicode_escape", "utf_7", "idna")
    for a in range(256):
        for b in range(256):
            if single and pair(a, b) != ([table[a], table[b]] if a in table and b in table else None):
                single = False
    if single:
        maps[m.name] = row
    else:
        other.append(m.name)
def characters(name, *bytes_):
    try:
        return [ord(c) for c in bytes(bytes_).decode(name)]
    except UnicodeError:
        return None
multibyte = {}
for name in json.loads(sys.argv[1]):
    one = [characters(name, a) for a in range(256)]
    two, three = {}, {}
    for a in range(256):
        if one[a] is None:
            row = [characters(name, a, b) for b in range(256)]
            if any(row):
                two[a] = row
    if name.startswith("euc_j"):
        for b in range(0xa1, 256):
            row = [characters(name, 0x8f, b, c) for c in range(256)]
            if any(row):
                three[b] = row
    multibyte[name] = [one, two, three]
# The characters of the Basic Multilingual Plane that take four bytes in gb18030, in
# runs: the number of the sequence and the character at which each begins.
runs, last = [], None
for n in range(39420):
    c = characters("gb18030", 0x81 + n // 12600, 0x30 + n // 1260 % 10, 0x81 + n // 10 % 126, 0x30 + n % 10)[0]
    if last is None or c != last + 1:
        runs.append([n, c])
    last = c
print(json.dumps({"multibyte": multibyte, "runs": runs, "python": sys.version.split()[0], "maps": maps, "other": other, "binary": binary,
                  "aliases": encodings.aliases.aliases}))
"""

ALIASES = "import encodings.aliases, json, sys; print(json.dumps([sys.version_info[1:3], encodings.aliases.aliases]))"


def packed(one, two, three):
    """A codec's part of multibyte.bin."""
    out, pairs, last = bytearray(), [], 0
    for rows in two, three:
        bits = sum(1 << int(a) for a in rows)
        out += bits.to_bytes(32, "little")

    def number(n):
        while n > 127:
            out.append(n & 127 | 128)
            n >>= 7
        out.append(n)
    for row in [one, *two.values(), *three.values()]:
        for chars in row:
            if chars is None:
                number(0)
                continue
            if len(chars) == 2:
                chars = [0x110000 + len(pairs) // 2, pairs.extend(chars)]
            d = chars[0] - last
            number(1 + (d << 1 if d >= 0 else -d << 1 | 1))
            last = chars[0]
    for c in pairs:
        number(c)
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(bytes(out)) + z.flush()


def main():
    here = sys.argv[1]

    def ask(python, *program):
        return json.loads(subprocess.run([python, "-I", "-c", *program], check=True, capture_output=True).stdout)
    data = ask(sys.argv[2], PROBE, json.dumps(MULTIBYTE))
    names = sorted(data["maps"])
    with open(os.path.join(here, "charmaps.bin"), "wb") as f:
        for n in names:
            f.write(struct.pack("<256H", *[0xFFFF if c is None else c for c in data["maps"][n]]))
    parts = [packed(*data["multibyte"][n]) for n in MULTIBYTE]
    with open(os.path.join(here, "multibyte.bin"), "wb") as f:
        f.write(b"".join(parts))
    known = set(names) | set(data["other"]) | set(data["binary"])
    out = ["// Code generated by generate.py from Python %s; DO NOT EDIT.\n" % data["python"], "package source\n",
           'import (\n\t"sync"\n\n\t"github.com/rules-precompile/precompile/precompile/compiler/internal/target"\n)\n',
           "// charmapNames are the codecs in charmaps.bin, in its order.", "var charmapNames = [...]string{"]
    out += ['\t"%s",' % n for n in names]
    out += ["}\n", "// multibyteNames are the codecs in multibyte.bin, in its order.", "var multibyteNames = [...]string{"]
    out += ['\t"%s",' % n for n in MULTIBYTE]
    out += ["}\n", "// multibyteEnds are the offsets in multibyte.bin at which they end.", "var multibyteEnds = [...]int{"]
    out += ["\t%d," % sum(map(len, parts[:i + 1])) for i in range(len(parts))]
    out += ["}\n", "// gb18030Runs are the runs of characters of four bytes: the number of the sequence and",
            "// the character at which each begins.", "var gb18030Runs = [...][2]uint16{"]
    out += ["\t{%d, 0x%04X}," % (n, c) for n, c in data["runs"]]
    out += ["}\n", "// otherCodecs are Python's text codecs beside those.", "var otherCodecs = [...]string{"]
    out += ['\t"%s",' % n for n in sorted(set(data["other"]) - set(MULTIBYTE))]
    out += ["}\n", "// binaryCodecs are Python's codecs between bytes and bytes, or text and text.", "var binaryCodecs = [...]string{"]
    out += ['\t"%s",' % n for n in sorted(data["binary"])]
    out += ["}\n", "// codecAliases are the other spellings of codecs.", "// The two are made where a cookie is looked up.",
            "var codecAliases = sync.OnceValue(func() map[string]string {", "return map[string]string{"]
    out += ['\t"%s": "%s",' % (a, c) for a, c in sorted(data["aliases"].items()) if c in known]
    out += ["}", "})\n", "// olderAliases are what a release has otherwise than the one after it among those that the",
            "// compiler knows; empty where it has none.",
            "var olderAliases = sync.OnceValue(func() map[target.Profile]map[string]string {",
            "return map[target.Profile]map[string]string{"]
    newer = data["aliases"]
    for python in sys.argv[3:]:
        (minor, patch), older = ask(python, ALIASES)
        out.append("\t{Minor: %d, Patch: %d}: {" % (minor, patch))
        out += ['\t\t"%s": "%s",' % (a, older.get(a, "")) for a in sorted(set(newer) | set(older))
                if older.get(a) != newer.get(a) and (older.get(a) or newer.get(a)) in known]
        out.append("\t},")
        newer = older
    out += ["}", "})"]
    with open(os.path.join(here, "codecs_gen.go"), "w") as f:
        f.write("\n".join(out) + "\n")
    subprocess.run(["gofmt", "-w", os.path.join(here, "codecs_gen.go")], check=True)


main()
