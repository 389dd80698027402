# SPDX-License-Identifier: MIT
"""Loads the libraries for requests when needed, and whole for all threads.

Loading them takes most of the time of a short command. Two threads that begin to import different modules of one
library each wait for the other. Python notices this, and gives one of them a module that is only half loaded.
"""

from __future__ import annotations

import threading

_LOADING = threading.RLock()


def load_http() -> None:
    """Load requests with urllib3. `run_all` calls this before it starts threads."""
    with _LOADING:
        import requests  # noqa: F401


def load_storage() -> None:
    """Load boto3, and all that this program uses of botocore.

    Call this before each import of botocore.
    """
    with _LOADING:
        import boto3  # noqa: F401
        import botocore.awsrequest
        import botocore.config
        import botocore.exceptions
        import botocore.loaders
        import botocore.parsers
        import botocore.session
        import botocore.utils  # noqa: F401
