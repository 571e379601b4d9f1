"""`portico` and `python -m portico`.

Settings that must not serve are refused before the commands are imported, which takes longer than anything else here.
"""

import os
import sys
from importlib import import_module

from portico.kernel.draining import PARENT_VARIABLE
from portico.kernel.settings import SettingsError, load_settings

SERVING = {"serve", "worker"}
WAY = 5  # a worker beside a server gives way to it: requests go before jobs, and the server starts first


def main() -> None:
    """Run the command line. Exit code 0: done; 1: could not be done; 2: wrong usage."""
    if {*sys.argv[1:2]} & SERVING and "--help" not in sys.argv:
        try:
            load_settings()
        except SettingsError as error:
            sys.exit(str(error))
        if sys.argv[1] == "worker" and PARENT_VARIABLE in os.environ:
            os.nice(WAY)
    import_module("portico.cli").main()


if __name__ == "__main__":
    main()
