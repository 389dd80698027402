# SPDX-License-Identifier: MIT
import sys

from elytra_status.cli import main

sys.exit(main())
