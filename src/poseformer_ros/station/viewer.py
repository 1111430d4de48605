"""Rerun's window or page as a process of its own, and the file beside it.

The page is served by Rerun's own program: the functions of its Python package listen on every address of the machine, and a person
is nobody else's to see.
"""

import importlib.util
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

import rerun as rr

from poseformer_ros.errors import BadInput
from poseformer_ros.ros.view.blueprint import blueprint
from poseformer_ros.ros.view.view_options import LOOPBACK, ViewOptions
from poseformer_ros.station import processes, stopping
from poseformer_ros.station.view_page import Page

START_S = 30.0      # on a loaded machine
LOOK_S = 0.05
DATA, INNER = 1, 2     # ports after the page's: of what it shows, and of Rerun's own page


class Viewer:
    """Where a stream goes.

    address: of the page, or of the file where there is neither page nor window.
    """

    def __init__(self, options: ViewOptions, stream: rr.RecordingStream, live: bool) -> None:
        """Raises BadInput when a port is taken, the file cannot be written or there is no screen; the text names the remedy."""
        self._stream, self._process, self._page = stream, None, None
        self._said = tempfile.TemporaryFile()
        sinks: list = [_file(options.save)] if options.save else []
        self.address = options.save
        if options.serve or not options.save:
            self._process = _started(options, self._said)
            self.address = 'a window of Rerun'
            sinks.append(rr.GrpcSink(_data(options)))
        if options.serve:
            data, inner = (f'http://{options.bind}:{port}' for port in (options.port + DATA, options.port + INNER))
            self._page = Page(options.bind, options.port, inner, data)
            self.address = f'http://{options.bind}:{options.port}/?url={quote(_data(options), safe="")}'
        stream.set_sinks(*sinks, default_blueprint=blueprint(live))

    @property
    def shows(self) -> bool:
        """Whether there is a page or a window, not only a file."""
        return self._process is not None

    @property
    def gone(self) -> bool:
        """Whether the window was closed, or the page's server has ended."""
        return self._process is not None and self._process.poll() is not None

    @property
    def trouble(self) -> str:
        """Why the window or the server ended by itself, with the remedy; empty where it did not, or was closed."""
        return _trouble('ended', self._said) if self.gone and self._process.returncode else ''

    def close(self) -> None:
        """Write the file to its end, then end page and window."""
        if not self.gone:
            self._stream.flush()
        self._stream.disconnect()
        if self._page is not None:
            self._page.close()
        if self._process is not None:
            processes.end([self._process])
        self._said.close()


def _file(name: str) -> rr.FileSink:
    path = Path(name).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open('wb').close()
    except OSError as error:
        raise BadInput(f'view.save: {path} cannot be written: {error.strerror}; give another file') from error
    return rr.FileSink(path)


def _data(options: ViewOptions) -> str:
    return f'rerun+http://{options.bind}:{options.port + DATA}/proxy'


def _started(options: ViewOptions, said: IO[bytes]) -> subprocess.Popen:
    for offset in (0, DATA, INNER) if options.serve else (DATA,):
        _check_free(options.bind, options.port + offset)
    if not options.serve and not (os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')):
        raise BadInput('view: no screen here for a window (DISPLAY and WAYLAND_DISPLAY are not set); add --serve for a page in a '
                       'browser, or --save FILE.rrd')
    words = ['--bind', options.bind, '--port', str(options.port + DATA)]
    words += (['--serve-web', '--web-viewer-port', str(options.port + INNER), '--server-memory-limit', f'{options.memory_mb:.0f}MB',
               '--cors-allow-origin', f'http://{options.bind}:{options.port}'] if options.serve else
              ['--memory-limit', f'{options.memory_mb:.0f}MB', '--hide-welcome-screen', '--expect-data-soon'])
    # With CI set Rerun sends no data about its use: from a clinic nothing goes out.
    process = subprocess.Popen([_program(), *words], stdout=said, stderr=said, start_new_session=True,
                               preexec_fn=stopping.end_with_parent, env=os.environ | {'CI': 'true', 'RUST_LOG': 'error'})
    until = time.monotonic() + START_S
    ports = [options.port + offset for offset in ((DATA, INNER) if options.serve else (DATA,))]
    while not all(_answers(options.bind, port) for port in ports):
        if process.poll() is not None or time.monotonic() > until:
            processes.end([process])
            raise BadInput(_trouble('did not start', said))
        time.sleep(LOOK_S)
    return process


def _trouble(what: str, said: IO[bytes]) -> str:
    said.seek(0)
    last = said.read().decode(errors='replace').strip().rpartition('\n')[2]
    return f'view: Rerun {what}: {last or "it says nothing"}; try --serve, or --save FILE.rrd'


def _program() -> str:
    """Rerun's program, which comes with its Python package."""
    spec = importlib.util.find_spec('rerun_cli')
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'rerun_cli'", name='rerun')
    return str(Path(spec.origin).parent / 'rerun')


def _check_free(bind: str, port: int) -> None:
    try:
        with socket.create_server((bind, port)):
            pass
    except OSError as error:
        raise BadInput(f'view.port: {bind}:{port} cannot be had: {error.strerror}; give another with --port, which takes that port '
                       'and the two after it') from error


def _answers(bind: str, port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK if bind == '0.0.0.0' else bind, port), timeout=1.0).close()
    except OSError:
        return False
    return True
