"""Writes what this interpreter makes of testdata/cases.txt into testdata/golden.

Run it in the package's folder, once with each interpreter whose release the
target package knows: python3.13 testdata/generate.py
"""

import os
import platform
import sys
import warnings

import oracle

SEPARATOR = "---\n"


def main():
    warnings.simplefilter("ignore")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "cases.txt"), encoding="utf-8") as f:
        cases = f.read().split(SEPARATOR)
    out = []
    for case in cases:
        status, text = oracle.answer(case.encode())
        out.append(text if status == "o" else "error\n" + text + "\n")
    version = platform.python_version()
    os.makedirs(os.path.join(here, "golden"), exist_ok=True)
    with open(os.path.join(here, "golden", version + ".txt"), "w", encoding="utf-8") as f:
        f.write(f"# Made by testdata/generate.py with Python {version}. DO NOT EDIT.\n")
        f.write(SEPARATOR.join(out))


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
