"""Data that is packed inside an envelope."""

import zlib

MOST_BYTES = 16 * 1024 * 1024
"""What is unpacked of one message: far more than Lambda accepts, and little enough to hold."""

_GZIP = b"\x1f\x8b"


def inflated(data: bytes) -> bytes:
    """What gzip holds, in one member or several; else the data. Raises ValueError if it is damaged or too large."""
    if not data.startswith(_GZIP):
        return data
    unpacked = b""
    while data:
        inflater = zlib.decompressobj(wbits=31)
        try:
            unpacked += inflater.decompress(data, MOST_BYTES + 1 - len(unpacked))
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if not inflater.eof or len(unpacked) > MOST_BYTES:
            raise ValueError(f"gzip that is cut off, or of more than {MOST_BYTES} bytes")
        data = inflater.unused_data
    return unpacked
