# SPDX-License-Identifier: MIT
"""Recorded answers for `elytra-status demo` and the tests, over real HTTP."""
