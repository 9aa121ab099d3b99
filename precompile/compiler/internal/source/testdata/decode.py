"""Decodes byte strings by this interpreter's codecs, for the conformance test.

Standard input has requests: the name of a codec and a line end, how many byte strings
follow, as a big-endian number of four bytes, and the strings, each behind its length in
two bytes. The output has for each string a letter and a text behind its length in four
bytes: o and the decoded text as UTF-8, or e and the error.
"""
import struct
import sys
import warnings


def outcome(name, data):
    try:
        return b"o", data.decode(name).encode()
    except (UnicodeError, LookupError) as e:
        return b"e", str(e).encode("utf-8", "backslashreplace")


def main():
    warnings.simplefilter("ignore")
    inp, out = sys.stdin.buffer, sys.stdout.buffer
    while name := inp.readline().decode().strip():
        count, = struct.unpack(">I", inp.read(4))
        strings = [inp.read(*struct.unpack(">H", inp.read(2))) for _ in range(count)]
        for data in strings:
            kind, text = outcome(name, data)
            out.write(kind + struct.pack(">I", len(text)) + text)


main()
