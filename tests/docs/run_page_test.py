"""The runner that turns documentation pages into tests."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "docs"))
import run_page  # noqa: E402


class Comparing(unittest.TestCase):
    def check(self, expected, actual):
        return run_page.matches(expected.split("\n"), actual.split("\n"))

    def test_plain_lines(self):
        self.assertTrue(self.check("a\nb", "a\nb"))
        self.assertFalse(self.check("a\nb", "a\nc"))
        self.assertFalse(self.check("a", "a\nb"))
        self.assertFalse(self.check("a\nb", "a"))

    def test_dots_within_a_line(self):
        self.assertTrue(self.check("loss ... after ...", "loss 5 after 3 s"))
        self.assertFalse(self.check("loss ... after", "gain 5 after"))

    def test_dots_as_a_line(self):
        self.assertTrue(self.check("a\n...\nd", "a\nb\nc\nd"))
        self.assertTrue(self.check("a\n...\nd", "a\nd"))
        self.assertFalse(self.check("a\n...\nd", "a\nb"))

    def test_numbers_within_a_tolerance(self):
        self.assertTrue(self.check("loss ~100.0", "loss 109.5"))
        self.assertTrue(self.check("from ~-2 to ~1e-3", "from -1.9 to 0.00105"))
        self.assertFalse(self.check("loss ~100.0", "loss 111"))
        self.assertFalse(self.check("loss ~100.0", "loss nan"))
        self.assertFalse(self.check("loss 100", "loss 101"))


class Pages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.page = pathlib.Path(folder.name) / "page.md"

    def check(self, text, program="true"):
        self.page.write_text(text, encoding="utf-8")
        run_page.check_page(self.page, program, "/nowhere")

    def assert_fails(self, text, message, program="true"):
        with self.assertRaisesRegex(run_page.Failure, message):
            self.check(text, program)

    def test_console(self):
        self.check("```console\n$ echo one \\\n  two\none two\n$ echo done >file\n```\n")
        self.check("```console\n$ echo x >f\n```\n\n```console\n$ cat f\nx\n```\n")
        self.assert_fails("```console\n$ echo one\ntwo\n```\n", ":1: .*differs")
        self.assert_fails("```console\n$ exit 3\n```\n", "exit code 3")
        self.assert_fails("```console\necho one\n```\n", "begins with a command")
        self.assert_fails("```console\n```\n", "without a command")

    def test_a_block_that_would_not_be_executed(self):
        self.assert_fails("```bash\n$ echo one\n```\n", "not a block")
        self.assert_fails("  ```cpp\n  f();\n  ```\n", "not a block")
        self.assert_fails("```cpp extra\nf();\n```\n", "not a block")
        self.assert_fails("~~~cpp\nf();\n~~~\n", "not a block")
        self.assert_fails("```\nf();\n```\n", "not a block")
        self.assert_fails("text\n```cpp\nf();\n", ":2: .*does not end")

    def test_excerpts(self):
        page = '```cpp title="framework/core/version.h"\n{}\n```\n'
        self.check(page.format("#pragma once\n...\nnamespace varve {"))
        self.assert_fails(page.format("#pragma twice"), "does not have these lines")
        self.assert_fails(page.format("namespace varve {\n...\n#pragma once"),
                          "does not have these lines")
        self.assert_fails(page.format("x").replace("version.h", "absent.h"), "there is no file")

    def test_programs(self):
        page = ('```cpp\n#include <string>\nstd::puts("one");\n```\n'
                '```text title="output"\none\n```\n'
                '```cpp title="f.h"\nint f() { return 2; }\n```\n'
                '```cpp\nstd::printf("%d\\n", f());\n```\n'
                '```text title="output"\n{}\n```\n')
        self.page.write_text(page.replace("{}", "2"), encoding="utf-8")
        source, program = self.page.with_suffix(".cpp"), self.page.with_suffix("")
        run_page.write_program(self.page, source)
        subprocess.run(["c++", "-std=c++20", source, "-o", program], check=True)
        self.check(page.replace("{}", "2"), program)
        self.assert_fails(page.replace("{}", "3"), ":14: the program's output", program)
        self.assert_fails(page, "exit code 1", "false")


if __name__ == "__main__":
    unittest.main()
