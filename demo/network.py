# SPDX-License-Identifier: Apache-2.0
"""The float network: its shape (LAYERS), and forward and backward passes in NumPy.

Activations are [channels, height, width, images]: channels first and images last makes every layer a matrix product or
an operation on slices with long contiguous rows, which is what NumPy does fast.
"""

from dataclasses import dataclass

import numpy as np

import textiles

RELU6, RELU, NONE = "RELU6", "RELU", "NONE"


@dataclass(frozen=True)
class Layer:
    """One layer. Its input is the output of the layer before; ADD also takes the output of layer number `shortcut`."""

    kind: str  # CONV, DEPTHWISE, ADD, MAX_POOL, AVERAGE_POOL, DENSE
    channels: int
    kernel: int = 1
    stride: int = 1
    activation: str = RELU6
    shortcut: int = -1


LAYERS = (
    Layer("CONV", 16, 3),  # 0: 24x24, Cin = 3: the thin first layer
    Layer("MAX_POOL", 16, 2, 2, NONE),
    Layer("DEPTHWISE", 16, 3),  # 2: 12x12
    Layer("CONV", 24),  # 24 channels: one and a half words of the base chip
    Layer("DEPTHWISE", 24, 3),
    Layer("CONV", 24, activation=NONE),
    Layer("ADD", 24, activation=RELU, shortcut=3),  # 6
    Layer("DEPTHWISE", 24, 3, 2),
    Layer("CONV", 48),  # 8: 6x6
    Layer("DEPTHWISE", 48, 3),
    Layer("CONV", 48, activation=NONE),
    Layer("ADD", 48, activation=RELU, shortcut=8),  # 11
    Layer("DEPTHWISE", 48, 3, 2),
    Layer("CONV", 96),  # 13: 3x3
    Layer("AVERAGE_POOL", 96, 3, 3, NONE),
    Layer("DENSE", len(textiles.CLASSES), activation=NONE),
)


def to_float(pictures):
    """uint8 [images, y, x, 3] -> float32 [3, y, x, images] in -1 .. 127/128."""
    return np.ascontiguousarray(pictures.transpose(3, 1, 2, 0), np.float32) / 128 - 1


def same_padding(size, kernel, stride):
    """(output size, pixels before, pixels after) of SAME padding: the odd pixel goes after."""
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    return out, total // 2, total - total // 2


def _taps(padded, kernel, stride, height, width):
    """The kernel * kernel shifted views of the last three axes of `padded`, in (y, x) order."""
    for y in range(kernel):
        for x in range(kernel):
            yield padded[..., y : y + stride * height : stride, x : x + stride * width : stride, :]


def _pad(x, kernel, stride):
    height, top, bottom = same_padding(x.shape[1], kernel, stride)
    width, left, right = same_padding(x.shape[2], kernel, stride)
    if kernel > 1:
        x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    return x, height, width


class Conv:
    """1x1, or larger where no input gradient is needed (the first layer). weight: [out, kernel * kernel * in]."""

    def __init__(self, rng, layer, channels_in):
        self.layer = layer
        self.fan_in = layer.kernel**2 * channels_in
        self.weight = rng.normal(0, (2 / self.fan_in) ** 0.5, (layer.channels, self.fan_in)).astype(np.float32)

    def forward(self, x):
        self.in_shape = x.shape
        padded, height, width = _pad(x, self.layer.kernel, self.layer.stride)
        if self.layer.kernel == 1:
            self.columns = x.reshape(x.shape[0], -1)
        else:
            taps = _taps(padded, self.layer.kernel, self.layer.stride, height, width)
            self.columns = np.concatenate(list(taps)).reshape(self.fan_in, -1)
        return (self.weight @ self.columns).reshape(-1, height, width, x.shape[3])

    def backward(self, gradient):
        gradient = gradient.reshape(self.layer.channels, -1)
        self.weight_gradient = gradient @ self.columns.T
        return (self.weight.T @ gradient).reshape(self.in_shape) if self.layer.kernel == 1 else None


class Depthwise:
    """weight: [channels, kernel * kernel]. One channel at a time, so that it stays in the cache for all its taps."""

    def __init__(self, rng, layer, channels_in):
        self.layer = layer
        self.weight = rng.normal(0, (2 / layer.kernel**2) ** 0.5, (channels_in, layer.kernel**2)).astype(np.float32)

    def forward(self, x):
        self.padded, height, width = _pad(x, self.layer.kernel, self.layer.stride)
        out = np.zeros((x.shape[0], height, width, x.shape[3]), np.float32)
        product = np.empty(out.shape[1:], np.float32)
        for channel, weights, total in zip(self.padded, self.weight, out):
            for tap, weight in zip(_taps(channel, self.layer.kernel, self.layer.stride, height, width), weights):
                total += np.multiply(tap, weight, out=product)
        self.in_size = x.shape[1:3]
        return out

    def backward(self, gradient):
        kernel, stride, (_, height, width, _) = self.layer.kernel, self.layer.stride, gradient.shape
        self.weight_gradient = np.empty_like(self.weight)
        spread = np.zeros_like(self.padded)
        product = np.empty(gradient.shape[1:], np.float32)
        for c, (channel, target) in enumerate(zip(self.padded, spread)):
            taps = zip(_taps(channel, kernel, stride, height, width), _taps(target, kernel, stride, height, width))
            for t, (tap, into) in enumerate(taps):
                self.weight_gradient[c, t] = np.multiply(tap, gradient[c], out=product).sum()
                into += np.multiply(gradient[c], self.weight[c, t], out=product)
        top, left = (same_padding(size, kernel, stride)[1] for size in self.in_size)
        return spread[:, top : top + self.in_size[0], left : left + self.in_size[1]]


class Normalized:
    """A convolution, batch normalization over the pictures at hand, and the activation."""

    def __init__(self, linear):
        self.linear = linear
        channels = linear.layer.channels
        self.gamma = np.ones((channels, 1), np.float32)
        self.beta = np.zeros((channels, 1), np.float32)

    def parameters(self):
        return (self.linear, "weight"), (self, "gamma"), (self, "beta")

    def forward(self, x, _):
        y = self.linear.forward(x)
        flat = y.reshape(y.shape[0], -1)
        self.mean = flat.mean(1, keepdims=True)
        flat -= self.mean
        self.scale = 1 / np.sqrt((flat * flat).mean(1, keepdims=True) + 1e-3)
        flat *= self.scale
        self.normal = flat
        out = flat * self.gamma + self.beta
        if self.linear.layer.activation == RELU6:
            clipped = np.clip(out, 0, 6)
            self.passes = clipped == out
            out = clipped
        return out.reshape(y.shape)

    def backward(self, gradient):
        g = gradient.reshape(self.normal.shape)
        if self.linear.layer.activation == RELU6:
            g = g * self.passes
        self.beta_gradient = g.sum(1, keepdims=True)
        self.gamma_gradient = (g * self.normal).sum(1, keepdims=True)
        g = g - (self.beta_gradient + self.normal * self.gamma_gradient) / np.float32(g.shape[1])
        g *= self.gamma * self.scale
        return self.linear.backward(g.reshape(gradient.shape)), None

    def folded(self):
        """Weight [out, ...] and bias [out] with the normalization of the last forward pass multiplied in."""
        factor = self.gamma * self.scale
        return self.linear.weight * factor, (self.beta - self.mean * factor)[:, 0]


class Add:
    def __init__(self, layer):
        self.relu = layer.activation == RELU

    def parameters(self):
        return ()

    def forward(self, x, shortcut):
        out = x + shortcut
        self.passes = out > 0
        return out * self.passes if self.relu else out

    def backward(self, gradient):
        gradient = gradient * self.passes if self.relu else gradient
        return gradient, gradient


class MaxPool:
    """Windows that do not overlap and fill the picture."""

    def __init__(self, layer):
        self.kernel = layer.kernel

    def parameters(self):
        return ()

    def _windows(self, x):
        return list(_taps(x, self.kernel, self.kernel, x.shape[1] // self.kernel, x.shape[2] // self.kernel))

    def forward(self, x, _):
        self.x = x
        self.out = np.maximum.reduce(self._windows(x))
        return self.out

    def backward(self, gradient):
        out = np.zeros_like(self.x)
        free = np.ones(gradient.shape, bool)  # of equal maxima the first takes the gradient
        for value, into in zip(self._windows(self.x), self._windows(out)):
            here = (value == self.out) & free
            into[...] = gradient * here
            free &= ~here
        return out, None


class AveragePool:
    """Over the whole picture."""

    def parameters(self):
        return ()

    def forward(self, x, _):
        self.shape = x.shape
        return x.mean((1, 2), keepdims=True)

    def backward(self, gradient):
        return np.broadcast_to(gradient / (self.shape[1] * self.shape[2]), self.shape).astype(np.float32), None


class Dense:
    def __init__(self, rng, layer, channels_in):
        self.weight = rng.normal(0, channels_in**-0.5, (layer.channels, channels_in)).astype(np.float32)
        self.bias = np.zeros((layer.channels, 1), np.float32)

    def parameters(self):
        return (self, "weight"), (self, "bias")

    def forward(self, x, _):
        self.shape = x.shape
        self.x = x.reshape(x.shape[0], -1)
        return self.weight @ self.x + self.bias

    def backward(self, gradient):
        self.weight_gradient = gradient @ self.x.T
        self.bias_gradient = gradient.sum(1, keepdims=True)
        return (self.weight.T @ gradient).reshape(self.shape), None

    def folded(self):
        return self.weight, self.bias[:, 0]


def _make(rng, layer, channels_in):
    if layer.kind == "CONV":
        return Normalized(Conv(rng, layer, channels_in))
    if layer.kind == "DEPTHWISE":
        return Normalized(Depthwise(rng, layer, channels_in))
    if layer.kind == "DENSE":
        return Dense(rng, layer, channels_in)
    return {"ADD": lambda: Add(layer), "MAX_POOL": lambda: MaxPool(layer), "AVERAGE_POOL": AveragePool}[layer.kind]()


class Network:
    def __init__(self, rng):
        channels = [3] + [layer.channels for layer in LAYERS]
        self.stages = [_make(rng, layer, channels[i]) for i, layer in enumerate(LAYERS)]

    def parameters(self):
        return [parameter for stage in self.stages for parameter in stage.parameters()]

    def forward(self, x):
        """float32 [3, y, x, images] -> logits [classes, images], normalizing with the statistics of these images."""
        outputs = []
        for layer, stage in zip(LAYERS, self.stages):
            x = stage.forward(x, outputs[layer.shortcut] if layer.kind == "ADD" else None)
            outputs.append(x)
        return x

    def backward(self, gradient):
        """Gradient of the logits in; each parameter's gradient is left beside it as <name>_gradient."""
        waiting = {}  # gradients that arrive at a layer's output by a shortcut
        for i in reversed(range(len(LAYERS))):
            if i in waiting:
                gradient = gradient + waiting.pop(i)
            gradient, to_shortcut = self.stages[i].backward(gradient)
            if to_shortcut is not None:
                waiting[LAYERS[i].shortcut] = to_shortcut


class Frozen:
    """The trained network with its normalization folded away: what is quantized. weights: {layer: (weight, bias)}."""

    def __init__(self, network, pictures):
        """Takes the statistics of normalization from `pictures` (many: they stand for the whole data set)."""
        network.forward(to_float(pictures))
        self.weights = {i: stage.folded() for i, stage in enumerate(network.stages) if hasattr(stage, "folded")}

    def outputs(self, pictures):
        """The input and the output of every layer, each [channels, y, x, images]; the last is [classes, images]."""
        values = [to_float(pictures)]
        for i, layer in enumerate(LAYERS):
            values.append(self._layer(i, layer, values))
        return values

    def _layer(self, i, layer, values):
        x = values[-1]
        if layer.kind == "ADD":
            return Add(layer).forward(x, values[layer.shortcut + 1])
        if layer.kind == "MAX_POOL":
            return MaxPool(layer).forward(x, None)
        if layer.kind == "AVERAGE_POOL":
            return AveragePool().forward(x, None)
        weight, bias = self.weights[i]
        if layer.kind == "DENSE":
            return weight @ x.reshape(x.shape[0], -1) + bias[:, None]
        linear = (Conv if layer.kind == "CONV" else Depthwise)(np.random.default_rng(0), layer, x.shape[0])
        linear.weight = weight
        y = linear.forward(x) + bias[:, None, None, None]
        return np.clip(y, 0, 6) if layer.activation == RELU6 else y

    def accuracy(self, pictures, labels, batch=250):
        right = 0
        for start in range(0, len(pictures), batch):
            part = slice(start, start + batch)
            right += np.count_nonzero(self.outputs(pictures[part])[-1].argmax(0) == labels[part])
        return right / len(pictures)
