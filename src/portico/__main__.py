"""`portico` and `python -m portico`.

Settings that must not serve are refused before the commands are imported, which takes longer than anything else here.
"""

import sys
from importlib import import_module

from portico.kernel.settings import SettingsError, load_settings

SERVING = {"serve", "worker"}


def main() -> None:
    """Run the command line. Exit code 0: done; 1: could not be done; 2: wrong usage."""
    if {*sys.argv[1:2]} & SERVING and "--help" not in sys.argv:
        try:
            load_settings()
        except SettingsError as error:
            sys.exit(str(error))
    import_module("portico.cli").main()


if __name__ == "__main__":
    main()
