# SPDX-License-Identifier: MIT
"""The rules by which everything is decided. Pure.

The same facts at the same time give the same decision.
"""
