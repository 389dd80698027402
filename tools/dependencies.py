#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Write the requirements of setup.py as Debian dependencies.

They are for ${setup:Depends} in debian/control. usage: dependencies.py >> debian/elytra-status.substvars
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

SETUP = Path(__file__).resolve().parent.parent / "setup.py"
# Debian's packages that are not called python3- and the name at the package index.
NAMES = {"python-dotenv": "python3-dotenv", "systemd-python": "python3-systemd"}
_AT_LEAST = re.compile(r"([a-z0-9-]*)>=([0-9.]+)")


def relations(setup: Path = SETUP) -> dict[str, str]:
    """Return the Debian packages that setup.py requires, with minimum versions.

    Raise ValueError if a requirement is not a minimum version.
    """
    (call,) = (node for node in ast.walk(ast.parse(setup.read_text("utf-8"))) if _is_setup(node))
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    found = {"python3": _least(ast.literal_eval(given["python_requires"]))[1]}
    for requirement in ast.literal_eval(given["install_requires"]):
        name, version = _least(requirement)
        found[NAMES.get(name, f"python3-{name}")] = version
    return found


def _is_setup(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setup"


def _least(requirement: str) -> tuple[str, str]:
    match = _AT_LEAST.fullmatch(requirement)
    if not match:
        raise ValueError(f"setup.py: {requirement!r} is not of the form name>=version. Write the least version alone.")
    return match[1], match[2]


if __name__ == "__main__":
    print("setup:Depends=" + ", ".join(f"{name} (>= {version})" for name, version in sorted(relations().items())))
