#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Change the code that decides, and list the changes that no test notices.

usage: mutants.py [--jobs N] [MODULE ...]

A change in one place replaces a comparison, a boolean operator, a sign, a number or a call of min, max, any or all by
another, or negates a condition. The tests of its module run with it and must fail. A change that makes no difference is
listed in tools/mutants-equivalent.txt, with the reason. The exit status is 1 if an unlisted change survives, or if a
listed one does not exist or is noticed by a test.
"""

from __future__ import annotations

import argparse
import ast
import collections
import concurrent.futures
import copy
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = "elytra_status"
EQUIVALENT = Path(__file__).with_name("mutants-equivalent.txt")
# The modules that decide, and the quickest tests of their rules. Those in decision/ are added. The tests of the folder
# and name of a module run after these.
TESTS: dict[str, tuple[str, ...]] = {
    "decision/policy": (
        "decision/test_policy",
        "decision/test_announced_work",
        "decision/test_policy_for_all_facts",
        "decision/test_flapping",
        "decision/test_components",
    ),
    "decision/backup_policy": ("decision/test_backup_policy", "sources/backup_evidence/test_files"),
    "decision/confirmation": ("decision/test_confirmation", "decision/test_policy", "decision/test_flapping"),
    "decision/conclusion": ("run/test_explanation", "alerts/test_conditions"),
    "decision/components": ("decision/test_components", "decision/test_uptimes"),
    "decision/uptimes": ("decision/test_policy_for_all_facts", "decision/test_uptimes"),
    "announcements/incidents": ("announcements/test_rules",),
    "announcements/maintenance": ("announcements/test_rules",),
    "announcements/override": ("announcements/test_rules",),
    "announcements/progress": ("announcements/test_rules",),
    "history/ages": ("history/test_ages",),
    "history/completing": ("history/test_completing", "history/test_status_changes"),
    "history/component_changes": ("history/test_component_changes", "history/test_status_changes"),
    "history/extent": ("history/test_extent",),
    "history/figures": ("history/test_figures",),
    "history/importing": ("history/test_importing",),
    "history/ingest": ("history/test_ingest",),
    "history/isolated_times": ("history/test_extent",),
    "history/private_names": ("history/test_private_names",),
    "history/public_history": ("history/test_status_changes", "history/test_public_history"),
    "history/rollups": ("history/test_rollups",),
    "history/spans": ("history/test_spans",),
    "history/status_changes": ("history/test_status_changes",),
    "history/tidying": ("history/test_tidying",),
    "history/uptime": ("history/test_uptime",),
    "history/whole_days": ("history/test_whole_days",),
    "sources/backup_evidence/groups": ("sources/backup_evidence/test_groups", "sources/backup_evidence/test_identity"),
    "sources/backups_s3/groups": ("sources/backups_s3/test_groups",),
    "sources/backups_s3/schedule": ("sources/backups_s3/test_schedule",),
    "sources/kuma/matching": ("sources/kuma/test_matching",),
    "sources/kuma/monitors": ("sources/kuma/test_monitors",),
    "sources/kuma/states": ("sources/kuma/test_states",),
    "sources/kuma/series": ("sources/kuma/test_readings",),
    "sources/kuma/readings": ("sources/kuma/test_readings",),
}
# The test of all of them: their values are immutable.
VALUES = "tests/decision/test_values.py"
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# It runs in a process of its own, which has imported the slow modules, and forks for each change: the changed file
# replaces the module, and tests that do not end in time count as failed.
RUN = """
import importlib.util, os, signal, sys
import hypothesis, prometheus_client.parser, pytest, requests
module, seconds, *tests = sys.argv[1:]
# An example that fails is enough: the smallest one is not sought. What conftest.py sets is added to this.
phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
hypothesis.settings.register_profile("mutants", phases=phases, report_multiple_bugs=False)
hypothesis.settings.load_profile("mutants")
for file in map(str.strip, sys.stdin):
    child = os.fork()
    if not child:
        signal.alarm(int(seconds))
        class Changed:
            @staticmethod
            def find_spec(name, path, target=None):
                return importlib.util.spec_from_file_location(name, file) if name == module else None
        sys.meta_path.insert(0, Changed)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        os.dup2(0, 2)
        os._exit(bool(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests])))
    print(int(os.waitpid(child, 0)[1] != 0), flush=True)
"""


class Mutant(NamedTuple):
    """One change: its module, its identity, and the function that makes the source."""

    module: str
    name: str
    make: Callable[[], str]

    @property
    def source(self) -> str:
        """The source of the module with the change."""
        return self.make()

    @property
    def line(self) -> str:
        """The name of the change in the list and in the report."""
        return f"{self.module}: {self.name}"


def mutants(module: str, source: str) -> list[Mutant]:
    """Return every change of a module."""
    tree = ast.parse(source)
    conditions = set(_conditions(tree))
    found: list[Mutant] = []
    seen: collections.Counter[str] = collections.Counter()
    for function, node in _places(tree, ""):
        before = ast.unparse(node)
        negated = [ast.UnaryOp(ast.Not(), node)] if node in conditions else []
        for change in list(_changes(node)) or negated:
            name = f"{function}: {before} => {ast.unparse(change)}"
            seen[name] += 1
            numbered = name if seen[name] == 1 else f"{name} #{seen[name]}"
            found.append(Mutant(module, numbered, partial(_with_change, tree, node, change)))
    return found


def _places(node: ast.AST, function: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield each expression that runs, with its function.

    Annotations, assertions and texts are left out.
    """
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns") or isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            inside = function
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inside = f"{function}.{child.name}".lstrip(".")
            if isinstance(child, ast.expr):
                yield inside, child
            yield from _places(child, inside)


def _conditions(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the conditions of statements and comprehensions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While):
            yield node.test
        elif isinstance(node, ast.comprehension):
            yield from node.ifs


def _changes(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            changed = copy.deepcopy(node)
            changed.ops[place] = COMPARISONS[type(operator)]()
            yield changed
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield ast.Call(ast.Name(CALLS[node.func.id], ast.Load()), node.args, node.keywords)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)


def _with_change(tree: ast.Module, node: ast.expr, change: ast.expr) -> str:
    class Replace(ast.NodeTransformer):
        def visit(self, visited: ast.AST) -> ast.AST:
            return change if visited is node else super().generic_visit(visited)

    # The transformer changes only the copy, in which the node is found by its identity.
    memo: dict[int, object] = {id(node): node}
    return ast.unparse(ast.fix_missing_locations(Replace().visit(copy.deepcopy(tree, memo))))


def modules() -> list[str]:
    """Return all modules that decide.

    decision/rules only holds the settings of the rules.
    """
    decision = (f"decision/{path.stem}" for path in (ROOT / PACKAGE / "decision").glob("[a-z]*.py"))
    return [*TESTS, *sorted(set(decision) - {"decision/rules", *TESTS})]


def tests_of(module: str) -> list[str]:
    """Return the test files of a module, the quickest first."""
    folder, _, name = module.rpartition("/")
    names = dict.fromkeys((*TESTS.get(module, ()), f"{folder}/test_{name}"))
    files = [f"tests/{name}.py" for name in names if (ROOT / "tests" / f"{name}.py").exists()]
    if not files:
        sys.exit(f"{module} has no tests: name them in {Path(__file__).name}")
    return [*files, VALUES]


def survivors_of(module: str, seconds: float, changes: Iterable[Mutant]) -> list[Mutant]:
    """Return the changes with which all tests of a module pass in time."""
    name = f"{PACKAGE}.{module.replace('/', '.')}"
    command = [sys.executable, "-c", RUN, name, str(int(seconds)), *tests_of(module)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    found = []
    with (
        tempfile.TemporaryDirectory() as directory,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        for number, mutant in enumerate(changes):
            file = Path(directory) / f"{number}.py"
            file.write_text(mutant.source, encoding="utf-8")
            print(file, file=process.stdin, flush=True)
            answer = process.stdout.readline().strip()
            if not answer:
                sys.exit(f"{module}: what runs its tests has ended")
            if answer == "0":
                found.append(mutant)
        process.stdin.close()
    return found


def equivalent() -> dict[str, str]:
    """Return the changes that make no difference, each with the reason."""
    entries: dict[str, str] = {}
    reason = ""
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            reason = line.lstrip("# ")
        elif line:
            entries[line] = reason
    return entries


def main() -> int:
    """Run the requested modules, and report."""
    parser = argparse.ArgumentParser(description="List the changes to the code that decides which no test notices.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="policy, sources/kuma_states, …; all if none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many run at once")
    options = parser.parse_args()
    named, wrong = equivalent(), 0
    for module in options.modules or modules():
        source = (ROOT / PACKAGE / f"{module}.py").read_text(encoding="utf-8")
        began = time.monotonic()
        if not survivors_of(module, 900, [Mutant(module, "nothing", partial(str, source))]):
            sys.exit(f"{module}: its tests fail without any change")
        seconds = 20 + 3 * (time.monotonic() - began)
        found = mutants(module, source)
        parts = [found[first :: options.jobs] for first in range(options.jobs)]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(partial(survivors_of, module, seconds), parts))
        survivors = {mutant.line for part in results for mutant in part}
        listed = {line for line in named if line.startswith(f"{module}: ")}
        report = [f"SURVIVES {line}" for line in sorted(survivors - listed)]
        report += [f"NO LONGER EQUIVALENT {line}" for line in sorted(listed - survivors)]
        wrong += len(report)
        print(f"{module}: {len(found)} changes, {len(found) - len(survivors)} noticed, ", end="")
        print(f"{len(survivors & listed)} equivalent, {len(survivors - listed)} survive", flush=True)
        print("".join(f"  {line}\n" for line in report), end="", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
