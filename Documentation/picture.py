"""A model for Scripts/check-docs.sh in the place of a real one: answers any input with one small PNG as a data URI."""

import base64
import json
import struct
import sys
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


shade = zlib.crc32(json.dumps(json.load(sys.stdin), sort_keys=True).encode()) & 0xFF
rows = b"".join(b"\0" + bytes([shade]) * 16 for _ in range(16))
png = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(rows))
    + chunk(b"IEND", b"")
)
print(json.dumps("data:image/png;base64," + base64.b64encode(png).decode()))
