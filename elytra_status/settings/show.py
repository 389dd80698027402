# SPDX-License-Identifier: MIT
"""Shows settings: a sample file that explains each, and a table of their values."""

from __future__ import annotations

from elytra_status.model import wrap
from elytra_status.settings.definitions import DEFINITIONS
from elytra_status.settings.file import quoted
from elytra_status.settings.load import Loaded
from elytra_status.settings.named import names

WIDTH = 79
_HEAD = """\
# Settings of elytra-status. See elytra-status.conf(5).
#
# One KEY=value on a line. Put a value that holds # or begins with a quote in
# double quotes, and write \\" for " and \\\\ for \\ between them. Files
# conf.d/*.conf are read after this one. A systemd credential with a setting's
# name in lower case, and an environment variable with its name, override
# all of these files.
# After a change: elytra-status config check
"""


def sample() -> str:
    """Return a settings file with every setting explained and commented out."""
    lines = [_HEAD]
    for definition in DEFINITIONS:
        if definition.section:
            lines.append(f"\n## {definition.section}\n")
        hint = definition.kind.hint
        text = f"{definition.description} ({hint[0].upper()}{hint[1:]}.)"
        lines.append("\n".join(wrap(text, WIDTH, "# ", "# ")))
        value = definition.example or definition.default_text
        lines.append(f"#{definition.name}={quoted(value) if ' ' in value else value}\n")
    return "\n".join(lines)


def settings_table(loaded: Loaded) -> str:
    """Return a table of all settings: name, value, origin. Secrets are not shown."""
    rows = []
    named = dict(loaded.settings.named)
    every = [(loaded.settings, definition.name, definition) for definition in DEFINITIONS]
    every += [(named[source], name, definition) for source, name, definition in names(loaded.settings.sources)]
    for settings, name, definition in every:
        value = getattr(settings, definition.attribute)
        shown = definition.kind.write(value) if value not in (None, "", ()) else "not set"
        rows.append((name, shown if name not in loaded.unseen else "not seen", loaded.origins[name]))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "".join(f"{name:{widths[0]}}  {shown:{widths[1]}}  {origin}\n" for name, shown, origin in rows)
