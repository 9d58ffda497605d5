"""`python -m aisim.cli` is `aisim`."""

import sys

from aisim.cli import main

sys.exit(main())
