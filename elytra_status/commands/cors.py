# SPDX-License-Identifier: MIT
"""The CORS rules of the status bucket."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands.common import load_settings

if TYPE_CHECKING:
    from elytra_status.cli import Commands


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add(
        "cors", "show or set which web sites' pages may read the status", "elytra-status cors apply", cors
    )
    parser.add_argument(
        "action", choices=("show", "apply"), help="show the bucket's rules, or set them from CORS_ORIGINS"
    )


def cors(options: argparse.Namespace) -> int:
    """Show the bucket's CORS rules, or set them where they differ from what the settings ask for."""
    from elytra_status import cors as rules
    from elytra_status import journal
    from elytra_status.errors import PublishError, SettingsError

    settings = load_settings(options).settings
    if not settings.status_bucket:
        raise SettingsError(["STATUS_BUCKET is not set: there are CORS rules for a bucket only"])
    where = f"bucket {settings.status_bucket}"
    origins = ", ".join(settings.cors_origins)
    try:
        present = rules.present(settings)
        if options.action == "show":
            for rule in present:
                print(f"{', '.join(rule['AllowedMethods'])} from {', '.join(rule['AllowedOrigins'])}")
            agrees = "as" if rules.same(present, rules.wanted(settings)) else "not as"
            print(f"{where}: {agrees} CORS_ORIGINS={origins} asks")
        elif rules.same(present, rules.wanted(settings)):
            print(f"{where}: GET and HEAD from {origins} are allowed already")
        else:
            rules.apply(settings)
            print(f"{where}: GET and HEAD from {origins} are allowed now")
    except PublishError as error:
        if not rules.is_forbidden(error):
            raise
        # Keys limited to objects may not do this; it is done once, and by hand is as good.
        journal.warning(
            f"{where}: {error.problem}: do it once with a full key, or in the control panel:"
            f" allow GET and HEAD from {origins}"
        )
    return errors.DONE
