"""An HTTP server of this machine that sleeps until somebody connects, and ends at once when it is told to.

The standard library's loop looks many times a second whether it shall end. Each server of each local stack
did that, and the stacks of tests wait most of their time.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from http.server import ThreadingHTTPServer
from typing import Any

_AT_MOST_S = 60.0  # between two looks at what else there is to do, which is nothing


class _Ended(Exception):
    """The loop's way out."""


class ListeningServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 from its making on; serves, a thread a connection, between `begin` and `end`."""

    daemon_threads = True
    _ending = False
    _loop: threading.Thread | None = None

    def begin(self, name: str) -> None:
        """Serves from now on, by a thread of this name."""
        self._loop = threading.Thread(target=self._serve, name=name, daemon=True)
        self._loop.start()

    def end(self) -> None:
        """Listens no more."""
        self._ending = True
        if self._loop is not None:
            with contextlib.suppress(OSError):  # our own knock, for the loop to look up
                socket.create_connection(("127.0.0.1", self.server_port), timeout=5).close()
            self._loop.join()
        self.server_close()

    def _serve(self) -> None:
        with contextlib.suppress(_Ended):
            self.serve_forever(_AT_MOST_S)

    def service_actions(self) -> None:
        """As the standard library calls it after each connection."""
        if self._ending:
            raise _Ended

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether the connection is served."""
        return not self._ending

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints a mistake of ours; a client that hangs up or distrusts the certificate is no news."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
