"""The command line without a terminal UI: how an engine is started as a child."""

import sys

from core.cli import main

sys.exit(main())
