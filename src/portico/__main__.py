"""`portico` and `python -m portico`.

Settings that must not serve are refused before the commands are imported, which takes longer than anything else here.
What an app has for pipelines is run without them.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec

from portico.kernel.draining import PARENT_VARIABLE
from portico.kernel.loading import loading
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
    name = "".join(sys.argv[1:2])
    if name.isidentifier() and _is_client(name):
        import_module(f"portico.apps.{name}.cli").commands(sys.argv[2:], prog_name=f"portico {name}")
    with loading():
        cli = import_module("portico.cli")
    cli.main()


def _is_client(name: str) -> bool:
    """Whether an app has commands of this name: they speak to a server, and need nothing of what one is made of."""
    app = f"portico.apps.{name}"
    return find_spec(app) is not None and find_spec(f"{app}.cli") is not None


if __name__ == "__main__":
    main()
