# SPDX-License-Identifier: Apache-2.0
"""A quantized graph, and its .tflite file. Field and code numbers are those of TensorFlow Lite's schema.fbs."""

from dataclasses import dataclass, field

import numpy as np

from flatbuffer import Scalar, Table, Vector, write

_TYPES = {"int8": 9, "int32": 2}
_PADDING = {"SAME": 0, "VALID": 1}
_ACTIVATION = {"NONE": 0, "RELU": 1, "RELU6": 3}
_BUILTIN = {  # name: (operator code, operator version that takes int8, number of its options in the union)
    "ADD": (0, 2, 11),
    "AVERAGE_POOL_2D": (1, 2, 5),
    "CONV_2D": (3, 3, 1),
    "DEPTHWISE_CONV_2D": (4, 3, 2),
    "FULLY_CONNECTED": (9, 4, 8),
    "MAX_POOL_2D": (17, 2, 5),
    "RESHAPE": (22, 1, 17),
    "SOFTMAX": (25, 2, 9),
}


@dataclass
class Tensor:
    name: str
    shape: tuple
    dtype: str = "int8"
    scale: np.ndarray | None = None  # float32, one entry, or one for each index of `axis`
    zero_point: int = 0
    axis: int = 0
    data: np.ndarray | None = None  # constants only


@dataclass
class Operator:
    kind: str
    inputs: list
    outputs: list
    options: dict = field(default_factory=dict)


@dataclass
class Graph:
    tensors: list = field(default_factory=list)
    operators: list = field(default_factory=list)
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)

    def add_tensor(self, tensor):
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def serialized(self, description):
        """The bytes of the .tflite file."""
        kinds = sorted({operator.kind for operator in self.operators}, key=lambda kind: _BUILTIN[kind][0])
        buffers = [Table()]  # buffer 0 is empty by convention: what tensors without data name
        tensors = []
        for tensor in self.tensors:
            number = 0
            if tensor.data is not None:
                number = len(buffers)
                buffers.append(Table({0: Vector("B", tensor.data.tobytes(), align=16)}))
            tensors.append(_tensor(tensor, number))
        operators = [_operator(operator, kinds.index(operator.kind)) for operator in self.operators]
        subgraph = Table({0: tensors, 1: Vector("i", self.inputs), 2: Vector("i", self.outputs), 3: operators, 4: "main"})
        codes = []
        for kind in kinds:
            code, version, _ = _BUILTIN[kind]
            codes.append(Table({0: Scalar("b", code), 2: Scalar("i", version), 3: Scalar("i", code)}))
        return write(Table({0: Scalar("I", 3), 1: codes, 2: [subgraph], 3: description, 4: buffers}), "TFL3")


def _tensor(tensor, buffer):
    quantization = None
    if tensor.scale is not None:
        zero_points = Vector("q", [tensor.zero_point] * len(tensor.scale), align=8)
        quantization = Table({2: Vector("f", tensor.scale.tolist()), 3: zero_points, 6: Scalar("i", tensor.axis)})
    return Table({0: Vector("i", tensor.shape), 1: Scalar("b", _TYPES[tensor.dtype]), 2: Scalar("I", buffer),
                  3: tensor.name, 4: quantization})


def _operator(operator, code_index):
    return Table({0: Scalar("I", code_index), 1: Vector("i", operator.inputs), 2: Vector("i", operator.outputs),
                  3: Scalar("B", _BUILTIN[operator.kind][2]), 4: _options(operator)})


def _options(operator):
    options = operator.options
    one = Scalar("i", 1)
    if operator.kind == "RESHAPE":
        return Table({0: Vector("i", options["shape"])})
    if operator.kind == "SOFTMAX":
        return Table({0: Scalar("f", options["beta"])})
    activation = Scalar("b", _ACTIVATION[options["activation"]])
    if operator.kind in ("ADD", "FULLY_CONNECTED"):
        return Table({0: activation})
    padding, stride = Scalar("b", _PADDING[options["padding"]]), Scalar("i", options["stride"])
    if operator.kind == "CONV_2D":
        return Table({0: padding, 1: stride, 2: stride, 3: activation, 4: one, 5: one})
    if operator.kind == "DEPTHWISE_CONV_2D":
        return Table({0: padding, 1: stride, 2: stride, 3: one, 4: activation, 5: one, 6: one})
    kernel = Scalar("i", options["kernel"])
    return Table({0: padding, 1: stride, 2: stride, 3: kernel, 4: kernel, 5: activation})
