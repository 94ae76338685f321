# SPDX-License-Identifier: Apache-2.0
"""Draws the data set: small pictures of ten textiles.

A cloth is warp threads (columns) and weft threads (rows); at each crossing one of them lies on top. That matrix of
crossings and the colours of the threads are the whole difference between the weaves. Colours, pitch, rotation, thread
relief, light and noise are random, so no two pictures are alike and a picture's class is in its structure only.
"""

import numpy as np

SIZE = 24  # pixels
CLASSES = ("plain", "basket", "twill", "satin", "herringbone", "houndstooth", "gingham", "stripes", "dots", "argyle")

_FINE = 2 * SIZE  # drawn at twice the size, then averaged
_AXIS = (np.arange(_FINE, dtype=np.float32) - _FINE / 2 + 0.5) / 2
_MAX_TILT = np.radians(12)


def _cloth_coordinates(rng, pitch):
    """Where each fine pixel lies on the cloth, in threads: (column, row), both positive."""
    angle = rng.uniform(-_MAX_TILT, _MAX_TILT)
    cos, sin = np.float32(np.cos(angle) / pitch), np.float32(np.sin(angle) / pitch)
    shift = rng.uniform(100, 200, 2).astype(np.float32)
    column = cos * _AXIS[None, :] + sin * _AXIS[:, None] + shift[0]
    row = cos * _AXIS[:, None] - sin * _AXIS[None, :] + shift[1]
    return (row, column) if rng.random() < 0.5 else (column, row)


def _two_colours(rng):
    """Two random colours whose brightness differs enough to see a pattern in them."""
    while True:
        colours = rng.uniform(0.05, 0.95, (2, 3)).astype(np.float32)
        brightness = colours @ np.array([0.3, 0.6, 0.1], np.float32)
        if abs(brightness[0] - brightness[1]) > 0.25:
            return colours


def _weave(rng, pitch, warp_on_top, warp_colour, weft_colour):
    """A woven cloth. The three functions take thread numbers; the last two give 0 or 1, an index into two colours."""
    column, row = _cloth_coordinates(rng, pitch)
    warp, weft = column.astype(np.int32), row.astype(np.int32)
    on_top = warp_on_top(warp, weft)
    across = np.where(on_top, column - warp, row - weft) * 2 - 1  # -1 .. 1 across the thread on top
    relief = 1 - np.float32(rng.uniform(0.1, 0.35)) * across * across
    return _two_colours(rng)[np.where(on_top, warp_colour(warp), weft_colour(weft))] * relief[..., None]


def _one_colour_each_way(rng, pitch, warp_on_top):
    return _weave(rng, pitch, warp_on_top, np.zeros_like, np.ones_like)


def _print(rng, pitch, inked):
    """A pattern printed on plain cloth: inked takes cloth coordinates in units of the pitch."""
    return _two_colours(rng)[inked(*_cloth_coordinates(rng, pitch)).astype(np.int32)]


def _plain(rng):
    return _one_colour_each_way(rng, rng.uniform(2.0, 3.5), lambda warp, weft: (warp + weft) % 2 == 0)


def _basket(rng):
    return _one_colour_each_way(rng, rng.uniform(1.8, 3.0), lambda warp, weft: (warp // 2 + weft // 2) % 2 == 0)


def _twill(rng):
    over, way = rng.integers(1, 4), rng.choice((-1, 1))
    return _one_colour_each_way(rng, rng.uniform(1.8, 3.2), lambda warp, weft: (warp + way * weft) % 4 < over)


def _satin(rng):
    step, face = rng.integers(2, 4), rng.random() < 0.5  # five shafts: single crossings, none next to another
    return _one_colour_each_way(rng, rng.uniform(1.8, 3.0), lambda warp, weft: ((warp * step + weft) % 5 == 0) == face)


def _herringbone(rng):
    run = rng.integers(4, 6)  # threads until the twill turns back

    def zigzag(warp):
        return np.where(warp // run % 2 == 0, warp % run, run - 1 - warp % run)

    return _one_colour_each_way(rng, rng.uniform(1.8, 2.6), lambda warp, weft: (zigzag(warp) + weft) % 4 < 2)


def _houndstooth(rng):
    def fours(thread):
        return thread // 4 % 2

    return _weave(rng, rng.uniform(1.4, 2.2), lambda warp, weft: (warp + weft) % 4 < 2, fours, fours)


def _gingham(rng):
    width = rng.integers(3, 6)

    def stripes(thread):
        return thread // width % 2

    return _weave(rng, rng.uniform(1.0, 1.5), lambda warp, weft: (warp + weft) % 2 == 0, stripes, stripes)


def _stripes(rng):
    width, period = rng.integers(1, 4), rng.integers(4, 6)
    return _weave(rng, rng.uniform(1.2, 2.0), lambda warp, weft: warp == warp, lambda warp: (warp % period < width) * 1,
                  np.zeros_like)


def _dots(rng):
    radius, staggered = rng.uniform(0.24, 0.36), rng.random() < 0.5

    def inked(x, y):
        x = x + 0.5 * (np.floor(y) % 2) * staggered
        return np.hypot(x % 1 - 0.5, y % 1 - 0.5) < radius

    return _print(rng, rng.uniform(5, 9), inked)


def _argyle(rng):
    slope, line = rng.uniform(0.5, 0.8), rng.uniform(0.1, 0.16)

    def inked(x, y):
        rising, falling = x + slope * y, x - slope * y
        lozenge = (np.floor(rising) + np.floor(falling)) % 2 == 0
        stitched = np.minimum(abs(rising % 1 - 0.5), abs(falling % 1 - 0.5)) < line / 2
        return lozenge ^ stitched

    return _print(rng, rng.uniform(9, 13), inked)


_PAINTERS = (_plain, _basket, _twill, _satin, _herringbone, _houndstooth, _gingham, _stripes, _dots, _argyle)


def draw(rng, label):
    """One picture, uint8 [SIZE, SIZE, 3]."""
    fine = _PAINTERS[label](rng)
    picture = fine.reshape(SIZE, 2, SIZE, 2, 3).mean((1, 3))
    light = rng.uniform(-0.15, 0.15, 2).astype(np.float32)
    slant = 1 + (light[0] * _AXIS[::2, None] + light[1] * _AXIS[None, ::2]) * np.float32(2 / SIZE)
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(0.01, 0.05))
    return np.clip((picture * slant[..., None] + noise) * 255 + 0.5, 0, 255).astype(np.uint8)


def draw_set(rng, count):
    """count pictures, uint8 [count, SIZE, SIZE, 3], and their labels, uint8 [count]; the classes take turns."""
    labels = (np.arange(count) % len(CLASSES)).astype(np.uint8)
    return np.stack([draw(rng, label) for label in labels]), labels
