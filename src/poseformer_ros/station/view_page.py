"""Rerun's page, kept from asking anybody but this machine.

As it comes, the page tells its makers that it is used and looks for examples, fonts and news elsewhere (seen with Rerun 0.41). A
browser does as a page's content security policy says, so the page is handed on with one.
"""

import re
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 10.0
# A policy does not keep a browser from connecting in advance.
ELSEWHERE = re.compile(rb'<link[^>]*"https?:[^>]*>')


class Page:
    """Serves what another server on this machine does, with a policy; until it is closed.

    Args:
        address, port: where.
        inner: of the other server, as http://127.0.0.1:9092.
        data: the only other origin that the page may ask.
    """

    def __init__(self, address: str, port: int, inner: str, data: str) -> None:
        policy = ("default-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob: data:; "
                  f"connect-src 'self' blob: data: {data}")
        handler = type('Handler', (_Handler,), {'inner': inner, 'policy': policy})
        self._server = ThreadingHTTPServer((address, port), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name='page', daemon=True).start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    inner, policy = '', ''

    def do_GET(self) -> None:
        """Ask the other server."""
        try:
            with urllib.request.urlopen(self.inner + self.path, timeout=PATIENCE_S) as answer:
                kind, body = answer.headers.get('Content-Type', 'application/octet-stream'), answer.read()
            self._answer(200, kind, ELSEWHERE.sub(b'', body) if kind.startswith('text/html') else body)
        except urllib.error.HTTPError as error:
            self._answer(error.code, 'text/plain', b'')
        except OSError:
            self._answer(502, 'text/plain', b'the viewer has ended')

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header('Content-Type', kind)
            self.send_header('Content-Length', str(len(body)))
            self.send_header('Content-Security-Policy', self.policy)
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            pass        # the browser went on

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""
