# SPDX-License-Identifier: MIT
"""Tell the public, truthfully, whether a platform works."""

__version__ = "0.2.0"
