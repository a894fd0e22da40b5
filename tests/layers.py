"""Checks that includes follow the arrows: apps/varve -> apps/studio -> models -> framework <- backends."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY_INCLUDE = {
    "framework": ["framework/"],
    "backends": ["backends/"] + [
        f"framework/{folder}/"
        for folder in ("core", "ops", "backend", "tensor", "autograd", "platform")
    ],
    "models": ["models/", "framework/"],
    "apps/studio": ["apps/studio/", "models/", "backends/", "framework/"],
    "apps/varve": ["apps/"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def violations():
    for layer, allowed in MAY_INCLUDE.items():
        for path in sorted((ROOT / layer).rglob("*")):
            if path.suffix not in {".h", ".cpp"}:
                continue
            for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
                if not included.startswith(tuple(allowed)):
                    yield f'{path.relative_to(ROOT)}: may not include "{included}"'


if __name__ == "__main__":
    found = list(violations())
    print("\n".join(found) or "every include follows the arrows")
    sys.exit(1 if found else 0)
