"""``python -m convolith`` is the command ``convolith``."""

import sys

from convolith.command import main

sys.exit(main())
