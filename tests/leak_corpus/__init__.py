# SPDX-License-Identifier: MIT
"""A corpus of private and harmless texts. It shares no code with the leak guard."""
