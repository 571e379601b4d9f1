"""Say whether SECRET_KEY is fit for staging and production: how long it is, never what it is.

`make check-secret` runs this in a container of the production image, with the settings that the server would get.
"""

import sys

from portico.kernel.secret_keys import weakness
from portico.kernel.settings import Settings


def main():
    key = Settings().secret_key
    why = weakness(key)
    if why:
        sys.exit(f"SECRET_KEY {why}: set it to the output of `openssl rand -hex 32`.")
    print(f"SECRET_KEY is fit: {len(key.encode())} bytes, none of the well-known ones.")


if __name__ == "__main__":
    main()
