# SPDX-License-Identifier: MIT
"""Threads find the libraries loaded: two that load parts of one library at once break each other's import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent
_THREADS = """
import sys
from elytra_status.net.concurrency import run_all
from elytra_status.system.clock import SYSTEM_CLOCK

tasks = {name: (30, lambda: "urllib3.util.request" in sys.modules) for name in ("first", "second")}
print(run_all(tasks, SYSTEM_CLOCK))
"""
_STORAGE = """
import sys
from elytra_status.net import libraries

libraries.load_storage()
print(*(name for name in sys.argv[1:] if name not in sys.modules))
"""


def output(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def imported(library: str) -> set[str]:
    """Return the modules of a library that the package imports."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names.add(node.module)
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
    return {name for name in names if name.partition(".")[0] == library}


def test_urllib3_is_loaded_before_threads_start() -> None:
    assert output(_THREADS) == "{'first': True, 'second': True}"


def test_all_that_is_used_of_botocore_is_loaded_at_once() -> None:
    modules = imported("botocore")
    assert "botocore.exceptions" in modules
    assert output(_STORAGE, "boto3", *sorted(modules)) == ""


_ALONE = """
import sys
from elytra_status.net.libraries import load_alone

sys.path.insert(0, sys.argv[1])
print(load_alone("shelf.book").TITLE, "shelf" in sys.modules)
import shelf
print(shelf.BOOK)
"""


@pytest.mark.parametrize(("book", "is_loaded"), [("TITLE = 1", False), ("from shelf import OWNER as TITLE", True)])
def test_a_module_is_loaded_without_its_package_unless_it_needs_that(
    book: str, is_loaded: bool, tmp_path: Path
) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "__init__.py").write_text("OWNER = 1\nfrom shelf.book import TITLE as BOOK\n")
    (tmp_path / "shelf" / "book.py").write_text(book)
    assert output(_ALONE, str(tmp_path)).splitlines() == [f"1 {is_loaded}", "1"]


_EXPORTER = """
import sys
from elytra_status.net import libraries

assert list(libraries.load_metrics_parser().text_string_to_metric_families("up 1"))
print("prometheus_client.exposition" in sys.modules)
"""


def test_the_exporter_beside_the_metrics_parser_is_left_out() -> None:
    assert output(_EXPORTER) == "False"


def test_libraries_load_without_a_warning() -> None:
    load = "from elytra_status.net import libraries; libraries.load_storage()"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True)
    assert done.stderr == ""
