# SPDX-License-Identifier: MIT
"""A corpus of texts that hold something private and of texts that do not. It shares no code with the leak guard."""
