"""Ask the server of this container whether it lives: exit code 0 if it does.

Run by the image's HEALTHCHECK every ten seconds, so it imports the standard library alone. The request names a host
that ALLOWED_HOSTS lists: the server refuses others, 127.0.0.1 among them.
"""

import http.client
import os
import sys


def main(path="/health/live", port="8000"):
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=2)
    try:
        connection.request("GET", path, headers={"Host": allowed_host()})
        answer = connection.getresponse()
    except OSError as error:
        sys.exit(f"No answer on port {port}: {error}.")
    if answer.status != 200:
        sys.exit(f"{path} answered {answer.status}.")


def allowed_host():
    """One that is answered: the first of the list; `*` and `*.example.com` stand for any name that fits."""
    first = os.environ.get("ALLOWED_HOSTS", "*").split(",")[0].strip()
    return "localhost" if first in ("", "*") else first.replace("*", "health", 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
