# SPDX-License-Identifier: Apache-2.0
"""Turns the folded float network into an int8 graph by TensorFlow Lite's rules.

Weights: symmetric, a scale for each output channel (one for the whole dense layer). Biases: int32 in units of input
scale times weight scale. Activations: one scale and zero point a tensor, from the range seen on calibration pictures.
"""

import numpy as np

from network import LAYERS
from textiles import SIZE
from tflite import Graph, Operator, Tensor

_KINDS = {"CONV": "CONV_2D", "DEPTHWISE": "DEPTHWISE_CONV_2D", "ADD": "ADD", "MAX_POOL": "MAX_POOL_2D",
          "AVERAGE_POOL": "AVERAGE_POOL_2D", "DENSE": "FULLY_CONNECTED"}


def to_int8(pictures):
    """uint8 pictures as the network takes them: scale 1/128, zero point 0."""
    return (pictures.astype(np.int16) - 128).astype(np.int8)


def _activation_range(values):
    """(scale, zero point) of int8 that covers these values and represents 0 exactly."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    scale = np.float32((high - low) / 255)
    return np.array([scale], np.float32), int(np.clip(round(-128 - low / float(scale)), -128, 127))


def _in_tflite_order(layer, weight):
    """The weights as TensorFlow Lite lays them out, and the axis of the output channels; None: one scale for all."""
    kernel = layer.kernel
    if layer.kind == "CONV":
        return weight.reshape(len(weight), kernel, kernel, -1), 0
    if layer.kind == "DEPTHWISE":
        return np.ascontiguousarray(weight.T).reshape(1, kernel, kernel, -1), 3
    return weight, None


def _weights(name, weight, axis):
    """int8 weights, with a scale for each index of axis, or one for all if axis is None."""
    others = None if axis is None else tuple(d for d in range(weight.ndim) if d != axis)
    largest = np.maximum(np.atleast_1d(abs(weight).max(axis=others)), 1e-6)  # a dead channel has scale 1e-6 / 127
    scale = (largest / 127).astype(np.float32)
    spread = scale if axis is None else scale.reshape([-1 if d == axis else 1 for d in range(weight.ndim)])
    data = np.clip(np.rint(weight / spread), -127, 127).astype(np.int8)
    return Tensor(name, weight.shape, "int8", scale, 0, axis or 0, data)


def _biases(name, bias, input_scale, weight_scale):
    scale = (input_scale * weight_scale).astype(np.float32)
    data = np.clip(np.rint(bias / scale.astype(np.float64)), -(2**30), 2**30).astype(np.int32)
    return Tensor(name, bias.shape, "int32", scale, 0, 0, data)


class _Builder:
    def __init__(self):
        self.graph = Graph()
        image = Tensor("image", (1, SIZE, SIZE, 3), scale=np.array([1 / 128], np.float32))
        self.graph.inputs = [self.graph.add_tensor(image)]
        self.last = self.graph.inputs[0]

    def append(self, kind, name, shape, scale, zero_point, more_inputs=(), /, **options):
        out = self.graph.add_tensor(Tensor(name, shape, scale=scale, zero_point=zero_point))
        self.graph.operators.append(Operator(kind, [self.last, *more_inputs], [out], options))
        self.last = out
        return out

    def constants(self, layer, name, weight, bias):
        """Adds the weights and biases of the operator that comes next; returns their indices."""
        weights = _weights(name + "/weights", *_in_tflite_order(layer, weight))
        biases = _biases(name + "/biases", bias, self.tensor().scale, weights.scale)
        return self.graph.add_tensor(weights), self.graph.add_tensor(biases)

    def tensor(self):
        return self.graph.tensors[self.last]


def quantize(frozen, calibration):
    """The int8 graph of a network.Frozen; calibration: uint8 pictures."""
    builder = _Builder()
    outputs = []
    for i, (layer, value) in enumerate(zip(LAYERS, frozen.outputs(calibration)[1:])):
        name = f"{i:02}_{layer.kind.lower()}"
        kind = _KINDS[layer.kind]
        shape = (1, *value.shape[1:3], value.shape[0])
        if layer.kind == "DENSE":
            flat = (1, LAYERS[i - 1].channels)
            builder.append("RESHAPE", "features", flat, builder.tensor().scale, builder.tensor().zero_point, shape=flat)
            constants = builder.constants(layer, name, *frozen.weights[i])
            builder.append(kind, name, (1, layer.channels), *_activation_range(value), constants, activation="NONE")
        elif layer.kind in ("CONV", "DEPTHWISE"):
            constants = builder.constants(layer, name, *frozen.weights[i])
            builder.append(kind, name, shape, *_activation_range(value), constants, activation=layer.activation,
                           padding="SAME", stride=layer.stride)
        elif layer.kind == "ADD":
            builder.append(kind, name, shape, *_activation_range(value), (outputs[layer.shortcut],),
                           activation=layer.activation)
        else:  # pooling does not rescale
            builder.append(kind, name, shape, builder.tensor().scale, builder.tensor().zero_point,
                           activation="NONE", padding="VALID", stride=layer.stride, kernel=layer.kernel)
        outputs.append(builder.last)
    builder.append("SOFTMAX", "probabilities", builder.tensor().shape, np.array([1 / 256], np.float32), -128, beta=1.0)
    builder.graph.outputs = [builder.last]
    return builder.graph
