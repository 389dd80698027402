# SPDX-License-Identifier: MIT
"""The settings: their definitions, the lookup of their values, and their checks."""

from elytra_status.secret import Secret
from elytra_status.settings.definitions import DEFINITIONS, Definition, Settings
from elytra_status.settings.kinds import Threshold
from elytra_status.settings.load import DEFAULT_FILE, Loaded, WrongSettingsError, load
from elytra_status.settings.named import parts

__all__ = [
    "DEFAULT_FILE",
    "DEFINITIONS",
    "Definition",
    "Loaded",
    "Secret",
    "Settings",
    "Threshold",
    "WrongSettingsError",
    "load",
    "parts",
]
