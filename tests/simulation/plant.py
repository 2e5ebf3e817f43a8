# SPDX-License-Identifier: Apache-2.0
"""plant.py SOURCE FAULT OUT: the source with a fault in it.

A fault is a text file: lines that begin with "# " say what is wrong with it,
those with "- " stand in the source, once, and are replaced by those with "+ ".
"""

import sys


def part(lines, mark):
    return "".join(l[2:] for l in lines if l.startswith(mark)).rstrip("\n")


def main():
    source_path, fault_path, out_path = sys.argv[1:]
    source = open(source_path, encoding="utf-8").read()
    lines = open(fault_path, encoding="utf-8").readlines()
    before, after = part(lines, "- "), part(lines, "+ ")
    if source.count(before) != 1:
        sys.exit(f"{fault_path}: what it replaces stands in {source_path} "
                 f"{source.count(before)} times: bring it up to date")
    with open(out_path, "w", encoding="utf-8") as out:
        out.write(source.replace(before, after))


main()
