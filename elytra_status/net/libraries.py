# SPDX-License-Identifier: MIT
"""Loads the libraries for requests when needed, and whole for all threads.

Loading them takes most of the time of a short command. Two threads that begin to import different modules of one
library each wait for the other. Python notices this, and gives one of them a module that is only half loaded.
"""

from __future__ import annotations

import sys
import threading
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType

_LOADING = threading.RLock()


def load_http() -> None:
    """Load requests with urllib3. `run_all` calls this before it starts threads."""
    with _LOADING:
        import requests  # noqa: F401


def load_storage() -> None:
    """Load boto3, and all that this program uses of botocore.

    Call this before each import of botocore.
    """
    load_http()
    with _LOADING:
        import boto3  # noqa: F401
        import botocore.awsrequest
        import botocore.config
        import botocore.exceptions
        import botocore.loaders
        import botocore.parsers
        import botocore.session
        import botocore.utils  # noqa: F401


@cache
def load_metrics_parser() -> ModuleType:
    """Return the parser of Prometheus' text format.

    The package around it exports metrics: it would load an HTTP server and take a fortieth of a run.
    """
    with _LOADING:
        return load_alone("prometheus_client.parser")


def load_alone(name: str) -> ModuleType:
    """Return a module without running the code of its package.

    If the module needs that code, it is run.
    """
    package = name.rpartition(".")[0]
    spec = find_spec(package)
    if package not in sys.modules and spec is not None:
        sys.modules[package] = module_from_spec(spec)
        try:
            return import_module(name)
        except (AttributeError, ImportError):
            pass  # It needs the rest of its package.
        finally:
            # Whoever imports the package gets it whole.
            del sys.modules[package]
    return import_module(name)
