# SPDX-License-Identifier: MIT
"""Show or set the CORS rules of the status bucket."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import load_settings

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add("cors", SUMMARIES["cors"], "elytra-status cors apply", cors)
    parser.add_argument(
        "action", choices=("show", "apply"), help="show the rules of the bucket, or add the rule for CORS_ORIGINS"
    )
    parser.add_argument(
        "--replace", action="store_true", help="apply: delete rules that others have set, instead of keeping them"
    )


def cors(options: argparse.Namespace) -> int:
    """Show the bucket's CORS rules, or set ours if it differs from the settings."""
    from elytra_status.errors import PublishError
    from elytra_status.problem import Problem, SettingsError
    from elytra_status.publish import cors as rules
    from elytra_status.publish.s3_bucket import status_bucket
    from elytra_status.system import journal

    settings = load_settings(options).settings
    bucket = status_bucket(settings)
    if bucket is None:
        raise SettingsError([Problem("STATUS_BUCKET is not set", "Set it: only a bucket has CORS rules")])
    where = f"bucket {bucket.name}"
    origins = ", ".join(settings.cors_origins)
    try:
        present = rules.current_rules(bucket)
        is_applied = rules.is_applied(present, settings.cors_origins)
        if options.action == "show":
            for rule in present:
                owner = "elytra-status" if rules.is_own(rule, settings.cors_origins) else "others"
                methods, allowed = ", ".join(rule["AllowedMethods"]), ", ".join(rule["AllowedOrigins"])
                print(f"{methods} from {allowed} (set by {owner})")
            if is_applied:
                print(f"{where}: agrees with CORS_ORIGINS={origins}")
            else:
                print(f"{where}: does not agree with CORS_ORIGINS={origins}. Run elytra-status cors apply.")
            return errors.DONE
        others = [] if options.replace else [one for one in present if not rules.is_own(one, settings.cors_origins)]
        if is_applied and len(present) == len(others) + 1:
            print(f"{where}: GET and HEAD from {origins} are allowed already")
        else:
            rules.apply(bucket, settings.cors_origins, others)
            foreign = sum(not rules.is_own(one, settings.cors_origins) for one in present)
            done = "deleted" if options.replace else "kept"
            of_others = f"; {foreign} rule{'s' if foreign > 1 else ''} of others {done}" if foreign else ""
            print(f"{where}: GET and HEAD from {origins} are allowed now{of_others}")
    except PublishError as error:
        if not rules.is_forbidden(error):
            raise
        # A key limited to objects may not do this. It needs to be done only once, by hand if necessary.
        journal.log_warning(
            f"{where}: {error.problem}. Do it once with a full key, or allow GET and HEAD from {origins} in the control"
            " panel."
        )
    return errors.DONE
