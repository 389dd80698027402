# SPDX-License-Identifier: MIT
"""The whole job: polls sources, decides, builds documents, and publishes them."""
