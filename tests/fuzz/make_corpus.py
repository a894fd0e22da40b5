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


def bmp(width, height, bits, pixels, palette=b""):
    offset = 54 + len(palette)
    head = struct.pack("<2sIHHI", b"BM", offset + len(pixels), 0, 0, offset)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, 0, 0, len(palette) // 4, 0)
    return head + info + palette + pixels


def tiff(width, height, bits, samples, kind, pixels, tile=None):
    """Uncompressed; in one strip or one tile."""
    entries = [(256, width), (257, height), (258, bits), (259, 1), (262, kind), (277, samples)]
    entries += [(322, tile), (323, tile), (324, 0), (325, len(pixels))] if tile else [(273, 0), (278, height), (279, len(pixels))]
    entries.sort()
    offset = 8 + 2 + 12 * len(entries) + 4
    body = struct.pack("<H", len(entries))
    for tag, value in entries:
        body += struct.pack("<HHII", tag, 4 if tag in (273, 324) else 3, 1, offset if tag in (273, 324) else value)
    return b"II*\0" + struct.pack("<I", 8) + body + struct.pack("<I", 0) + pixels


# Written by Pillow: what needs an encoder.
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffe100224578696600004d4d002a0000000800010112000300"
    "0000010006000000000000ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565"
    "645f555d5b6a7899816a7190735b5d85b586909ea3abadab6780bcc9baa6c799a8aba4ffdb0043011c1e1e2823"
    "284e2b2b4ea46e5d6ea4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4"
    "a4a4a4a4a4a4a4a4a4a4a4a4a4a4ffc00011080008001003012200021101031101ffc400160001010100000000"
    "000000000000000000000305ffc400171001000300000000000000000000000000001462a1ffc4001401010000"
    "0000000000000000000000000003ffc4001c11000202020300000000000000000000000111000302120461c1ff"
    "da000c03010002110311003f00948a6b3c0fc1006cbaf625f4e152d0273fffd9")
JPEGGREY = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c140d0c0b0b"
    "0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ff"
    "c0000b080008000801011100ffc40014000100000000000000000000000000000006ffc4001410010000000000"
    "0000000000000000000000ffda0008010100003f0032ffd9")
CMYK = bytes.fromhex(
    "ffd8ffee000e41646f626500640000000000ffdb004300080606070605080707070909080a0c140d0c0b0b0c19"
    "12130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ffc000"
    "140800080008044311004d11005911004b1100ffc4001500010100000000000000000000000000000708ffc400"
    "14100100000000000000000000000000000000ffda000e0443004d0059004b00003f009fcfe7f3fbffd9")
WEBP = bytes.fromhex(
    "5249464624000000574542505650384c180000002f010000000f7001bfcd2790b4c5dbfef90ff6430522fa1f")
WEBPA = bytes.fromhex(
    "5249464624000000574542505650384c180000002f010000100f7001bfcd2790b4c5dbfe190be6470522fa1f")
GIF = bytes.fromhex(
    "47494638376102000200810000090807010203c864320000002c00000000020002000008070001041010202000"
    "3b")
GIFT = bytes.fromhex(
    "47494638396102000200810000090807010203c8643200000021f90401000001002c0000000002000200000807"
    "00010410102020003b")
GIFA = bytes.fromhex(
    "47494638376102000200810000090807010203c864320000002c00000000020002000008070001041010202000"
    "21f90401000002002c000000000100010081010203c86432000000000000080400030404003b")
put("jpeg", "turned", JPEG)
put("jpeg", "grey", JPEGGREY)
put("jpeg", "inks", CMYK)
put("jpeg", "bad-cut", JPEG[:-40])
put("webp", "colour", WEBP)
put("webp", "alpha", WEBPA)
put("webp", "bad-cut", WEBP[:-4])
put("gif", "plain", GIF)
put("gif", "transparent", GIFT)
put("gif", "bad-animated", GIFA)
put("bmp", "colour", bmp(1, 2, 24, b"\1\2\3\0\4\5\6\0"))
put("bmp", "palette", bmp(2, 1, 8, b"\1\0\0\0", b"\1\2\3\0\4\5\6\0"))
put("bmp", "down", bmp(1, -1, 32, b"\1\2\3\4"))
put("bmp", "bad-claim", bmp(9000, 9000, 24, b"\0"))
put("ppm", "text", "P3 # a comment\n1 2 255\n1 2 3 4 5 6\n")
put("ppm", "bits", b"P4 9 1\n\xaa\x80")
put("ppm", "deep", b"P5 2 1 4095\n\1\2\3\4")
put("ppm", "bad-claim", "P6 9000 9000 255\n")
put("tiff", "grey", tiff(2, 1, 8, 1, 1, b"ab"))
put("tiff", "deep", tiff(2, 1, 16, 1, 0, b"abcd"))
put("tiff", "tile", tiff(3, 2, 8, 1, 1, bytes(range(256)), tile=16))
put("tiff", "bits", tiff(9, 1, 1, 1, 1, b"\xaa\x80"))
put("tiff", "bad-claim", tiff(16000, 16000, 8, 1, 1, b"ab"))
