# SPDX-License-Identifier: MIT
import sys

from elytra_status.start import main

sys.exit(main())
