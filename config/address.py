"""Check that a server can listen on an address: `python -m config.address HOST PORT COMMAND`."""

import errno
import socket
import sys


def fault_of(host: str, port: str, command: str) -> str | None:
    """Return why a server cannot listen there and what to do, or None if it can."""
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        return f"PORT must be a number from 1 to 65535, not {port!r}: {command} PORT=8001"
    wrong_host = (
        f"HOST must be an address or a name of this machine, not {host!r}: {command} "
        "HOST=127.0.0.1 for this machine alone, HOST=0.0.0.0 for its network"
    )
    if not host:
        return wrong_host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.getaddrinfo(host, int(port), family)
        socket.create_server((host, int(port)), family=family).close()
    except (socket.gaierror, UnicodeError):
        return wrong_host
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return wrong_host
        reason = {
            errno.EADDRINUSE: "it is in use",
            errno.EACCES: "ports below 1024 need privileges",
        }.get(error.errno or 0, str(error.strerror))
        return f"Cannot listen on port {port} of {host}, because {reason}: {command} PORT=8001"
    return None


if __name__ == "__main__":
    sys.exit(fault_of(*sys.argv[1:]))
