# SPDX-License-Identifier: Apache-2.0
"""Writes FlatBuffers, the container of .tflite files: scalars, strings, vectors and tables, front to back.

A value is a Scalar, a Vector, a string, a Table, or a list of strings and tables. Offsets in a FlatBuffer point
forward, so each object is written after the one that names it, and the offset is filled in then.
"""

import struct
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Scalar:
    code: str  # of struct: b B h H i I q f
    value: int | float


@dataclass
class Vector:
    """A vector of scalars; its first element lies at a multiple of `align` bytes."""

    code: str
    values: object  # bytes for code B, else any sequence of numbers
    align: int = 4


@dataclass
class Table:
    fields: dict = field(default_factory=dict)  # field id -> value; None is an absent field


class _Writer:
    def __init__(self):
        self.out = bytearray()
        self.waiting = deque()  # (position of an offset, the object it shall point to)

    def pad(self, align, behind=0):
        """Pads so that the position `behind` bytes further on is a multiple of align."""
        self.out += bytes(-(len(self.out) + behind) % align)

    def refer(self, value):
        self.waiting.append((len(self.out), value))
        self.out += bytes(4)

    def finish(self):
        while self.waiting:
            at, value = self.waiting.popleft()
            struct.pack_into("<I", self.out, at, self.write(value) - at)

    def write(self, value):
        """Appends one object; returns where an offset to it points."""
        if isinstance(value, Table):
            return self.table(value)
        if isinstance(value, str):
            text = value.encode()
            return self.bytes_of(struct.pack("<I", len(text)) + text + b"\0", 4)
        if isinstance(value, Vector):
            data = value.values
            if not isinstance(data, bytes):
                data = struct.pack(f"<{len(data)}{value.code}", *data)
            count = len(data) // struct.calcsize(value.code)
            return self.bytes_of(struct.pack("<I", count) + data, value.align)
        return self.list_of(value)

    def bytes_of(self, counted, align):
        self.pad(max(align, 4), behind=4)  # the elements, behind their count, are what has to be aligned
        at = len(self.out)
        self.out += counted
        return at

    def list_of(self, items):
        self.pad(4)
        at = len(self.out)
        self.out += struct.pack("<I", len(items))
        for item in items:
            self.refer(item)
        return at

    def table(self, table):
        fields = {key: value for key, value in table.fields.items() if value is not None}
        entries = max(fields, default=-1) + 1
        sizes = {key: struct.calcsize(v.code) if isinstance(v, Scalar) else 4 for key, v in fields.items()}
        order = sorted(fields, key=lambda key: -sizes[key])  # widest first: no gaps
        start = 8 if 8 in sizes.values() else 4  # the first four bytes lead to the vtable
        offsets, end = {}, start
        for key in order:
            offsets[key] = end
            end += sizes[key]
        vtable_size = 4 + 2 * entries
        self.pad(8, behind=vtable_size)  # the table follows its vtable at a multiple of 8
        self.out += struct.pack(f"<HH{entries}H", vtable_size, end, *(offsets.get(key, 0) for key in range(entries)))
        at = len(self.out)
        self.out += struct.pack("<i", vtable_size) + bytes(start - 4)
        for key in order:
            if isinstance(fields[key], Scalar):
                self.out += struct.pack("<" + fields[key].code, fields[key].value)
            else:
                self.refer(fields[key])
        return at


def write(root, identifier):
    """The bytes of a file with this root table and four-letter identifier."""
    writer = _Writer()
    writer.refer(root)
    writer.out += identifier.encode()
    writer.finish()
    return bytes(writer.out)
