#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Write the commands of setup.py into a directory, to run from a built tree.

usage: commands.py DIRECTORY TREE
"""

from __future__ import annotations

import sys
from pathlib import Path

COMMANDS = {"elytra-status": "start", "elytra": "elytra"}
TEXT = """\
#!/usr/bin/python3
import sys
sys.path.insert(0, {tree!r})
from elytra_status.{module} import main
sys.exit(main())
"""


def main() -> None:
    """Write the commands."""
    directory, tree = Path(sys.argv[1]), sys.argv[2]
    directory.mkdir(parents=True, exist_ok=True)
    for name, module in COMMANDS.items():
        path = directory / name
        path.write_text(TEXT.format(tree=tree, module=module), encoding="utf-8")
        path.chmod(0o755)


if __name__ == "__main__":
    main()
