# SPDX-License-Identifier: MIT
"""Publish whether a hosting platform works."""

__version__ = "0.2.0"

# The languages that have a catalogue in locale/, and English. They are listed here, so that a missing catalogue is no
# fault of the settings, and the command line names them without an import.
LANGUAGE_CODES = ("en", "ar", "de", "es", "fr", "ja", "nl", "pt")
