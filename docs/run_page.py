"""Turns a page of the documentation into a test; pages/writing.md has the rules.

    run_page.py program PAGE OUT.cpp        writes the program that the page's C++ blocks form
    run_page.py check PAGE --program EXE --path DIR
                                            checks excerpts, runs the program and the commands
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHOWN_ONLY = {"text", "json", "cmake"}
MARK = "\x1e"  # printed by the program between blocks
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
TOLERANCE = 0.1


class Failure(Exception):
    pass


class Block:
    def __init__(self, page, line, language, title):
        self.page, self.line, self.language, self.title = page, line, language, title
        self.lines = []

    def fail(self, message):
        raise Failure(f"{self.page}:{self.line}: {message}")

    @property
    def is_excerpt(self):
        """A title with a folder names a file of the tree, which the block quotes."""
        return self.language == "cpp" and "/" in (self.title or "")

    @property
    def is_code(self):
        return self.language == "cpp" and not self.is_excerpt

    @property
    def is_output(self):
        return self.language == "text" and self.title == "output"


def read_blocks(page):
    """The fenced blocks of a page; an unknown kind of block is a failure."""
    blocks, block = [], None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if block is not None:
            if line.rstrip() == "```":
                blocks.append(block)
                block = None
            else:
                block.lines.append(line)
        elif line.lstrip().startswith(("```", "~~~")):
            fence = re.fullmatch(r'```(\w+)(?: title="([^"]+)")?', line.rstrip())
            block = Block(page, number, *(fence.groups() if fence else ("", None)))
            if block.language not in {"cpp", "console"} | SHOWN_ONLY:
                block.fail("not a block that this runner knows; see pages/writing.md")
    if block is not None:
        block.fail("the block does not end")
    return blocks


# The program.


def write_program(page, out):
    includes, file_scope, statements = ["#include <cstdio>", "#include <exception>"], [], []
    for block in filter(lambda b: b.is_code, read_blocks(page)):
        where = f'#line {block.line + 1} "{page}"'
        if block.title:
            file_scope += [where] + block.lines
        else:
            is_include = [line.startswith("#include") for line in block.lines]
            includes += [line for line, is_it in zip(block.lines, is_include) if is_it]
            statements += [where] + ["" if is_it else line
                                     for line, is_it in zip(block.lines, is_include)]
            statements.append(f'std::puts("{MARK}");')
    if statements:
        statements = (
            ["int main() try {"] + statements + ["return 0;"]
            + ["} catch (const std::exception& error) {"]
            + ['std::fprintf(stderr, "%s\\n", error.what());', "return 1;", "}"]
        )
    elif not file_scope:
        statements = ["int main() {}"]
    out.write_text("\n".join(includes + file_scope + statements) + "\n", encoding="utf-8")


# Comparing.


def line_pattern(expected):
    """`...` stands for any text, `~1.5` for a number within 10 %."""
    pattern, numbers = "", []
    for piece in re.split(rf"(\.\.\.|~{NUMBER})", expected):
        if piece == "...":
            pattern += ".*?"
        elif re.fullmatch(f"~{NUMBER}", piece):
            pattern += f"({NUMBER})"
            numbers.append(float(piece[1:]))
        else:
            pattern += re.escape(piece)
    return re.compile(pattern), numbers


def line_matches(expected, actual):
    pattern, numbers = line_pattern(expected.rstrip())
    match = pattern.fullmatch(actual.rstrip())
    return match is not None and all(
        abs(float(got) - want) <= TOLERANCE * abs(want)
        for got, want in zip(match.groups(), numbers)
    )


def matches(expected, actual):
    """Line by line; a line `...` stands for any number of lines."""
    if not expected:
        return not actual
    if expected[0].strip() == "...":
        return any(matches(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and line_matches(expected[0], actual[0]) and matches(
        expected[1:], actual[1:])


def stripped(lines):
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return text.split("\n") if text else []


def compare(block, what, expected, actual):
    expected, actual = stripped(expected), stripped(actual)
    if not matches(expected, actual):
        block.fail("\n".join(
            [f"{what} differs", "--- the page says"] + expected + ["--- it was"] + actual))


# Running.


def check_excerpt(block):
    """A block titled with a file of the tree quotes it; a line `...` leaves lines out."""
    path = ROOT / block.title
    if not path.is_file():
        block.fail(f"there is no file {block.title} in the tree")
    have = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    parts, part = [], []
    for line in [line.strip() for line in block.lines] + ["..."]:
        if line in {"...", "// ..."}:
            parts, part = parts + [part], []
        else:
            part.append(line)
    begin = 0
    for part in filter(None, (stripped(p) for p in parts)):
        places = range(begin, len(have) - len(part) + 1)
        begin = next((i for i in places if have[i:i + len(part)] == part), -1)
        if begin < 0:
            block.fail(f"{block.title} does not have these lines:\n" + "\n".join(part))
        begin += len(part)


def run(command, block, what, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", errors="replace",
                            check=False, **options)
    if result.returncode != 0:
        block.fail(f"{what} ended with exit code {result.returncode}\n{result.stdout}")
    return result.stdout


def run_program(blocks, program, where):
    """An output block says what was printed since the one before."""
    code = [block for block in blocks if block.is_code]
    if not code:
        return
    printed = run([program], code[0], "the program", **where).split(f"{MARK}\n")
    text = printed.pop()  # what a main() of the page's own prints, which has no marks
    for block in blocks:
        if block.is_code and not block.title:
            text += printed.pop(0)
        elif block.is_output:
            compare(block, "the program's output", block.lines, text.split("\n"))
            text = ""


def commands_of(block):
    """Pairs of a command (`$ ...`, a trailing backslash continues it) and what it should print."""
    pairs, open_line = [], False
    for line in block.lines:
        if open_line:
            pairs[-1][0] += "\n" + line
        elif line.startswith("$ "):
            pairs.append([line[2:], []])
        elif pairs:
            pairs[-1][1].append(line)
        else:
            block.fail("a console block begins with a command: $ ...")
        open_line = line.endswith("\\") and (open_line or line.startswith("$ "))
    if not pairs:
        block.fail("a console block without a command")
    return pairs


def run_console(block, where):
    for command, expected in commands_of(block):
        printed = run(["sh", "-c", command], block, f"`{command}`", stderr=subprocess.STDOUT,
                      **where)
        if stripped(expected):
            compare(block, f"what `{command}` prints", expected, printed.split("\n"))


def check_page(page, program, path):
    blocks = read_blocks(page)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VARVE_")}
    environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}"
    with tempfile.TemporaryDirectory(prefix="varve-page-") as folder:
        where = {"cwd": folder, "env": environment, "stdin": subprocess.DEVNULL}
        for block in filter(lambda b: b.is_excerpt, blocks):
            check_excerpt(block)
        run_program(blocks, program, where)
        for block in filter(lambda b: b.language == "console", blocks):
            run_console(block, where)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    actions = parser.add_subparsers(required=True, dest="action")
    program = actions.add_parser("program")
    program.add_argument("page", type=pathlib.Path)
    program.add_argument("out", type=pathlib.Path)
    check = actions.add_parser("check")
    check.add_argument("page", type=pathlib.Path)
    check.add_argument("--program", required=True)
    check.add_argument("--path", required=True, help="where the varve command is")
    arguments = parser.parse_args()
    try:
        if arguments.action == "program":
            write_program(arguments.page, arguments.out)
        else:
            check_page(arguments.page, arguments.program, arguments.path)
    except Failure as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
