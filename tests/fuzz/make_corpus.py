"""Writes the corpora beside it: for each reader a few small files to begin with, each with another
of its features. Those named bad-... are refused. Run it again after a change of it."""

import gzip
import io
import json
import os
import struct
import zipfile
import zlib

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def put(reader, name, content):
    folder = os.path.join(HERE, reader)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def npy(descr, shape, data, fortran=False, version=1):
    header = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    prefix = 10 if version == 1 else 12
    header += " " * (63 - (prefix + len(header)) % 64) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode() + data


def squeezed(data):
    return gzip.compress(data, mtime=0)


def archive(entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in entries.items():
            file.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def safetensors(header, data=b""):
    text = header if isinstance(header, str) else json.dumps(header)
    return struct.pack("<Q", len(text)) + text.encode() + data


def png(width, height, depth, color, rows, extra=b"", interlace=0):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def palette():
    body = bytes(range(12))
    return struct.pack(">I", 12) + b"PLTE" + body + struct.pack(">I", zlib.crc32(b"PLTE" + body))


f4 = struct.pack("<6f", 0, 1, -2.5, 1e30, float("inf"), 6)
put("npy", "f4", npy("<f4", "(2, 3)", f4))
put("npy", "f2-fortran", npy("<f2", "(3, 2)", bytes(range(12)), fortran=True))
put("npy", "u8-big-endian-v2", npy(">u8", "(2,)", struct.pack(">2Q", 7, 8), version=2))
put("npy", "bool-scalar-v3", npy("|b1", "()", b"\x01", version=3))
put("npy", "bad-records", npy("[('a', '<f4')]", "(1,)", b"0000"))
put("npz", "deflated", archive({"x.npy": npy("<f4", "(2, 3)", f4), "y.npy": npy("|u1", "(2,)", b"\x00\x01")}))
put("npz", "stored", archive({"imgs.npy": npy("|u1", "(1, 2, 2)", b"\x00\x01\x02\x03"), "note.txt": b"hello"},
                             zipfile.ZIP_STORED))
put("npz", "empty", archive({}))
put("npz", "bad-bzip2", archive({"x.npy": npy("<f4", "(2, 3)", f4)}, zipfile.ZIP_BZIP2))
put("gzip", "text", squeezed(b"hello, hello, hello"))
put("gzip", "members", squeezed(b"one") + squeezed(b"two"))
put("gzip", "stored", gzip.compress(bytes(range(64)), 0, mtime=0))
put("gzip", "zeros", squeezed(bytes(100000)))
images = struct.pack(">IIII", 0x803, 2, 2, 3) + bytes(range(12))
put("idx", "images", images)
put("idx", "labels", struct.pack(">II", 0x801, 3) + b"\x00\x07\xff")
put("idx", "gzip", squeezed(images))
put("idx", "bad-claim", squeezed(struct.pack(">IIII", 0x803, 1 << 20, 1 << 10, 1 << 10)))
put("png", "grey", png(3, 2, 8, 0, b"\x00abc\x01def"))
put("png", "rgb", png(2, 2, 8, 2, b"\x00abcdef\x02ghijkl"))
put("png", "bits", png(9, 1, 1, 0, b"\x00\xaa\x80"))
put("png", "deep-alpha", png(1, 1, 16, 6, b"\x00abcdefgh"))
put("png", "palette", png(4, 1, 2, 3, b"\x00\x1b", palette()))
put("png", "interlaced", png(2, 2, 8, 0, b"\x00a\x00b\x00cd", interlace=1))
put("png", "bad-claim", png(16384, 16384, 8, 0, b"\x00"))
put("csv", "header", '"a","label"\n1.5,0\n-2e-3,1\n')
put("csv", "plain", "1,2,3\r\n+4, 5 ,6\r\n")
put("csv", "mark", b"\xef\xbb\xbfx,\"y \"\"z\"\"\"\n1e-50,7\n")
put("csv", "bad-cell", "a,b\n1,two\n")
put("json", "run", json.dumps({"hidden": [400, 200], "lr": 0.001, "data": "digits", "tie": True, "x": None}))
put("json", "text", '{"\\u00e4": "\\ud83d\\ude00 \u00e4", "n": [-1, 18446744073709551615, 1e-5]}')
put("json", "deep", "[" * 8 + "]" * 8)
put("json", "bad-deep", "[" * 100)
put("json", "bad-twice", '{"a": 1, "a": 2}')
put("safetensors", "two", safetensors(
    {"__metadata__": {"by": "varve"}, "w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
     "b": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [8, 12]}}, bytes(range(12))))
put("safetensors", "bool", safetensors({"m": {"dtype": "BOOL", "shape": [3], "data_offsets": [0, 3]}}, b"\x00\x01\x00"))
put("safetensors", "empty", safetensors("{}"))
put("safetensors", "bad-hole", safetensors({"w": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}}, b"ab"))
put("schedule", "number", "0.001")
put("schedule", "linear", "linear:0:1:3000")
put("schedule", "cosine", "cosine:1e-3:1e-5:100")
put("schedule", "bad-name", "steep:1:2")
