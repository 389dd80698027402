# SPDX-License-Identifier: MIT
"""Publish whether a hosting platform works."""

__version__ = "0.2.0"
