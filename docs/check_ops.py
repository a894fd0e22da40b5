"""Compares the table at the end of pages/ops.md with the one that the conformance test wrote.

    check_ops.py PAGE TABLE             fails if they differ
    check_ops.py PAGE TABLE --update    writes the table into the page

The page may have columns that the table lacks: backends that this machine cannot open.
"""

import pathlib
import sys


def columns(table):
    """The cells of a Markdown table, by the heading of their column."""
    rows = [[cell.strip() for cell in line.replace(r"\|", "\0").strip("|").split("|")]
            for line in table.splitlines() if line.startswith("|")]
    cells = zip(*(row for number, row in enumerate(rows) if number != 1))
    return {heading: below for heading, *below in cells}


page, table = map(pathlib.Path, sys.argv[1:3])
text = page.read_text(encoding="utf-8")
start = text.index("| op ")
found = table.read_text(encoding="utf-8")
if sys.argv[3:] == ["--update"]:
    page.write_text(text[:start] + found, encoding="utf-8")
    sys.exit()
written, wanted = columns(text[start:]), columns(found)
for heading in written.keys() - wanted.keys():
    print(f"not compared: {heading}, which cannot be opened here")
if any(written.get(heading) != cells for heading, cells in wanted.items()):
    sys.exit(f"{page} is not what the op table and the backends say. Update it:\n"
             f"  python3 docs/check_ops.py {page} {table} --update")
