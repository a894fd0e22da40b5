"""Compares the table at the end of pages/ops.md with the one that the conformance test wrote.

    check_ops.py PAGE TABLE             fails if they differ
    check_ops.py PAGE TABLE --update    writes the table into the page
"""

import pathlib
import sys

page, table = map(pathlib.Path, sys.argv[1:3])
text = page.read_text(encoding="utf-8")
prose = text[: text.index("| op ")]
wanted = prose + table.read_text(encoding="utf-8")
if sys.argv[3:] == ["--update"]:
    page.write_text(wanted, encoding="utf-8")
elif text != wanted:
    sys.exit(f"{page} is not what the op table and the backends say. Update it:\n"
             f"  python3 docs/check_ops.py {page} {table} --update")
