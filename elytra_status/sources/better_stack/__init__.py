# SPDX-License-Identifier: MIT
"""Better Stack as a source."""
