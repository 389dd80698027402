# SPDX-License-Identifier: MIT
"""The rules by which everything is decided. Pure: facts and a moment in, a decision out."""
