# SPDX-License-Identifier: Apache-2.0
"""Runs a quantized graph exactly as TensorFlow Lite's reference kernels do (double rounding), in NumPy int64.

This is written from the rules alone and shares no code with models/golden: where both give the same bytes, neither is
likely to be wrong. Tensors are [1, y, x, channels].
"""

import math

import numpy as np

_INT8 = -128, 127


def _doubling_high_mul(a, b):
    """a * b / 2^31, ties toward +infinity. (-2^31)^2, which would saturate, cannot occur: no multiplier is -2^31."""
    return (a * b + (1 << 30)) >> 31


def _rounding_shift(x, exponent):
    """x / 2^exponent, ties away from zero."""
    if exponent == 0:
        return x
    return (x + (1 << (exponent - 1)) - (x < 0)) >> exponent


def quantized_multiplier(real):
    """real = m * 2^s / 2^31 with 2^30 <= m < 2^31, or m = 0."""
    if real == 0:
        return 0, 0
    fraction, exponent = math.frexp(real)
    m = math.floor(fraction * 2**31 + 0.5)
    if m == 1 << 31:
        m, exponent = m >> 1, exponent + 1
    return (m, exponent) if exponent >= -31 else (0, 0)


def _requantize(x, real):
    m, shift = quantized_multiplier(real)
    shifted = x << max(shift, 0)
    assert np.all(abs(shifted) < 1 << 31), "the requantizer's left shift overflows int32"
    return _rounding_shift(_doubling_high_mul(shifted, m), max(-shift, 0))


def _round_half_away(x):
    return math.floor(abs(x) + 0.5) * (1 if x >= 0 else -1)


def _clamp(activation, tensor):
    low, high = _INT8
    if activation in ("RELU", "RELU6"):
        low = max(low, tensor.zero_point)
    if activation == "RELU6":
        high = min(high, tensor.zero_point + _round_half_away(float(np.float32(6) / tensor.scale[0])))
    return low, high


def _windows(x, kernel, stride, padding, fill):
    """int64 [kernel * kernel, y, x, channels]: for each tap of the window the pixels that it meets."""
    _, height, width, _ = x.shape
    if padding == "SAME":
        rows, columns = -(-height // stride), -(-width // stride)
        tall, wide = (max((out - 1) * stride + kernel - size, 0) for out, size in ((rows, height), (columns, width)))
    else:
        rows, columns = (height - kernel) // stride + 1, (width - kernel) // stride + 1
        tall = wide = 0
    border = (tall // 2, tall - tall // 2), (wide // 2, wide - wide // 2), (0, 0)
    padded = np.pad(x[0].astype(np.int64), border, constant_values=fill)
    return np.stack([padded[y : y + stride * rows : stride, x : x + stride * columns : stride]
                     for y in range(kernel) for x in range(kernel)])


def _requantize_channels(accumulator, source, weight, target, activation):
    """int32 [..., channels] -> int8, with a real multiplier for each channel."""
    out = np.empty_like(accumulator)
    for c in range(accumulator.shape[-1]):
        real = float(source.scale[0]) * float(weight.scale[c]) / float(target.scale[0])
        out[..., c] = _requantize(accumulator[..., c], real)
    return np.clip(out + target.zero_point, *_clamp(activation, target))


def _convolution(graph, operator, values):
    source, weight, bias, target = (graph.tensors[t] for t in operator.inputs + operator.outputs)
    kernel = weight.shape[1]
    taps = _windows(values[0], kernel, operator.options["stride"], operator.options["padding"], source.zero_point)
    taps -= source.zero_point
    w = weight.data.astype(np.int64)
    if operator.kind == "CONV_2D":  # weights [out, ky, kx, in]
        accumulator = np.einsum("tyxi,oti->yxo", taps, w.reshape(w.shape[0], kernel * kernel, -1))
    else:  # weights [1, ky, kx, channels]
        accumulator = np.einsum("tyxc,tc->yxc", taps, w.reshape(kernel * kernel, -1))
    accumulator += bias.data
    return _requantize_channels(accumulator, source, weight, target, operator.options["activation"])[None]


def _fully_connected(graph, operator, values):
    source, weight, bias, target = (graph.tensors[t] for t in operator.inputs + operator.outputs)
    x = values[0].reshape(-1, weight.shape[1]).astype(np.int64) - source.zero_point
    accumulator = x @ weight.data.astype(np.int64).T + bias.data
    real = float(source.scale[0] * weight.scale[0]) / float(target.scale[0])  # this product is a float32 in TFLite
    return np.clip(_requantize(accumulator, real) + target.zero_point, *_clamp(operator.options["activation"], target))


def _add(graph, operator, values):
    first, second, target = (graph.tensors[t] for t in operator.inputs + operator.outputs)
    twice_largest = 2 * float(max(first.scale[0], second.scale[0]))
    total = sum(_requantize((value.astype(np.int64) - tensor.zero_point) << 20, float(tensor.scale[0]) / twice_largest)
                for value, tensor in zip(values, (first, second)))
    out = _requantize(total, twice_largest / ((1 << 20) * float(target.scale[0]))) + target.zero_point
    return np.clip(out, *_clamp(operator.options["activation"], target))


def _pool(graph, operator, values):
    options, target = operator.options, graph.tensors[operator.outputs[0]]
    assert options["padding"] == "VALID", "padded pooling needs to count the taps in the image"
    taps = _windows(values[0], options["kernel"], options["stride"], "VALID", 0)
    if operator.kind == "MAX_POOL_2D":
        out = taps.max(0)
    else:
        total, count = taps.sum(0), len(taps)
        out = np.sign(total) * ((abs(total) + count // 2) // count)  # half away from zero
    return np.clip(out, *_clamp(options["activation"], target))[None]


def _reshape(graph, operator, values):
    return values[0].reshape(graph.tensors[operator.outputs[0]].shape)


# exp(2^k) as Q0.31 for negative exponents, by the bit of a Q5.26 number that stands for 2^k
_EXPONENTIALS = {24: 1672461947, 25: 1302514674, 26: 790015084, 27: 290630308, 28: 39332535, 29: 720401, 30: 242}
_ONE_Q31 = (1 << 31) - 1


def _saturating_left_shift(x, shift):
    return np.clip(x << shift, -(1 << 31), _ONE_Q31)


def _exp_of_negative(x):
    """exp of Q5.26 numbers <= 0, as Q0.31: a Taylor polynomial about -1/8 on (-1/4, 0], times one factor for each bit."""
    quarter = 1 << 24
    part = (x & (quarter - 1)) - quarter
    a = _saturating_left_shift(part, 5) + (1 << 28)
    a2 = _doubling_high_mul(a, a)
    a3, a4 = _doubling_high_mul(a2, a), _doubling_high_mul(a2, a2)
    third = 715827883
    tail = _rounding_shift(_doubling_high_mul(_rounding_shift(a4, 2) + a3, third) + a2, 1)
    exp_eighth = 1895147668
    result = exp_eighth + _doubling_high_mul(np.int64(exp_eighth), a + tail)
    remaining = part - x
    for bit, factor in _EXPONENTIALS.items():
        result = np.where(remaining & (1 << bit), _doubling_high_mul(result, factor), result)
    return np.where(x == 0, _ONE_Q31, result)


def _reciprocal(x):
    """1 / (1 + x) for Q0.31 x in [0, 1), as Q0.31: three steps of Newton."""
    half_denominator = (x + _ONE_Q31 + 1) // 2  # rounded half up; never negative
    y = 1515870810 + _doubling_high_mul(half_denominator, -1010580540)  # 48/17 - 32/17 d, Q2.29
    for _ in range(3):
        error = (1 << 29) - _doubling_high_mul(half_denominator, y)
        y += int(_saturating_left_shift(_doubling_high_mul(y, error), 2))
    return int(_saturating_left_shift(y, 1))


def _softmax(graph, operator, values):
    source = graph.tensors[operator.inputs[0]]
    real = min(operator.options["beta"] * float(source.scale[0]) * 2**26, 2.0**31 - 1)
    m, shift = quantized_multiplier(real)
    lowest = -math.floor(31 * 2**26 / 2**shift)
    out = np.full(values[0].shape, -128, np.int64)
    for row, result in zip(values[0].astype(np.int64), out):
        difference = row - row.max()
        counted = difference >= lowest
        exponentials = _exp_of_negative(_doubling_high_mul(difference[counted] << shift, m))
        total = int(_rounding_shift(exponentials, 12).sum())
        zeros = 32 - total.bit_length()
        scale = _reciprocal((total << zeros) - (1 << 31))
        probability = _rounding_shift(_doubling_high_mul(np.int64(scale), exponentials), 12 - zeros + 31 - 8)
        result[counted] = np.clip(probability - 128, *_INT8)
    return out


_KERNELS = {
    "ADD": _add,
    "AVERAGE_POOL_2D": _pool,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "FULLY_CONNECTED": _fully_connected,
    "MAX_POOL_2D": _pool,
    "RESHAPE": _reshape,
    "SOFTMAX": _softmax,
}


def run(graph, image):
    """int8 input in the shape of the graph's only input -> {tensor index: int8 array} of every operator's output."""
    values = {graph.inputs[0]: image}
    for operator in graph.operators:
        inputs = [values.get(t) for t in operator.inputs if graph.tensors[t].data is None]
        out = _KERNELS[operator.kind](graph, operator, inputs)
        values[operator.outputs[0]] = out.reshape(graph.tensors[operator.outputs[0]].shape).astype(np.int8)
    del values[graph.inputs[0]]
    return values
