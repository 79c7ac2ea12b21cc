"""`python -m agent` is `eyeshot`."""

import sys

from agent.cli import main

sys.exit(main())
