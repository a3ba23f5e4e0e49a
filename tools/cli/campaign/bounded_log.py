"""A log that never grows large."""

import pathlib

BYTES_MAX = 1 << 20


class BoundedLog:
    """Appends lines to a file; a full one is renamed to NAME.1, of which only the last is kept."""

    def __init__(self, path: pathlib.Path, bytes_max: int = BYTES_MAX):
        self._path = path
        self._bytes_max = bytes_max
        self._stream = path.open("ab")

    def write(self, line: bytes) -> None:
        if self._stream.tell() + len(line) > self._bytes_max:
            self._stream.close()
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            self._stream = self._path.open("ab")
        self._stream.write(line)
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()
