# SPDX-License-Identifier: MIT
"""What `elytra-status demo` and the tests run against: recorded answers, over real HTTP."""
