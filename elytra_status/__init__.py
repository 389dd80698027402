# SPDX-License-Identifier: MIT
"""Tell the public, truthfully, whether a platform works."""

__version__ = "0.1.0"
