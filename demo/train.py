#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes everything in this folder that is data: draws textiles, trains a small network on them, quantizes it, and
writes the .tflite file, the test pictures and the golden tensors.

The network's pictures are drawn by textiles.py, so nothing is downloaded. One core, about five minutes. With the
same seed, NumPy and BLAS library the result is the same to the byte; with another BLAS, float rounding makes it a
similar network with other weights, which is as good: the golden tensors are computed from the integers afterwards.

What it writes into --output:
  model.tflite                        the int8 network
  test_images.npy, test_labels.npy    int8 [N, 24, 24, 3] as the network takes them, uint8 [N]; the classes take turns
  cases/<class>/in0.npy, out0.npy     the first test picture of eight of the classes and its golden output
  manifest.json                       hashes, shapes, and the SHA-256 of every tensor of every case
"""

import argparse
import hashlib
import json
import os
import pathlib
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy loads BLAS: more threads add in another order
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
try:
    import numpy as np
except ModuleNotFoundError:
    sys.exit(f"train.py: {sys.executable} has no NumPy. "
             "On Debian: apt-get install python3-numpy, then run it with /usr/bin/python3.")

import integer
import textiles
from network import Frozen
from quantize import quantize, to_int8
from training import train

CASES = 8  # test pictures with golden hashes of every tensor: one of each of the first classes


def say(text):
    print(text, flush=True)


def classify(graph, images):
    """Class numbers by the integer network; images: int8 [N, y, x, 3]."""
    return np.array([integer.run(graph, image[None])[graph.outputs[0]].argmax() for image in images])


def macs_and_parameters(graph):
    macs = parameters = 0
    for operator in graph.operators:
        weights = [graph.tensors[t] for t in operator.inputs if graph.tensors[t].data is not None]
        parameters += sum(tensor.data.size for tensor in weights)
        if weights:  # each output value takes the weights of its channel
            out, weight = graph.tensors[operator.outputs[0]], weights[0]
            macs += int(np.prod(out.shape)) * (weight.data.size // weight.shape[weight.axis])
    return macs, parameters


def write_case(folder, graph, name, image, provenance):
    """Runs one picture, writes its input and output, and returns its entry in the manifest."""
    values = integer.run(graph, image)
    path = pathlib.Path("cases", name)
    (folder / path).mkdir(parents=True, exist_ok=True)
    np.save(folder / path / "in0.npy", image)
    np.save(folder / path / "out0.npy", values[graph.outputs[0]])
    tensors = []
    for i, operator in enumerate(graph.operators):
        index = operator.outputs[0]
        tensors.append({"index": index, "op": i, "sha256": hashlib.sha256(values[index].tobytes()).hexdigest()})
    return {"name": name, "provenance": provenance, "inputs": [str(path / "in0.npy")],
            "outputs": [str(path / "out0.npy")], "tensors": tensors}


def described(graph, index):
    tensor = graph.tensors[index]
    return {"index": index, "name": tensor.name, "shape": list(tensor.shape), "dtype": tensor.dtype,
            "scale": float(tensor.scale[0]), "zero_point": tensor.zero_point}


def tidy_json(value, indent=0):
    """JSON with everything that fits on a line on one line."""
    line = json.dumps(value)
    if len(line) + indent <= 140 or not isinstance(value, (dict, list)):
        return line
    inner = ",\n".join(" " * (indent + 1) + (json.dumps(key) + ": " if isinstance(value, dict) else "")
                       + tidy_json(value[key] if isinstance(value, dict) else key, indent + 1) for key in value)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inner}\n{' ' * indent}{closing}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--output", type=pathlib.Path, default=here, help="folder to write to (default: this one)")
    parser.add_argument("--seed", type=int, default=1, help="of pictures, weights and order (default: %(default)s)")
    parser.add_argument("--pictures", type=int, default=12000, help="training pictures to draw (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=10, help="passes over them (default: %(default)s)")
    parser.add_argument("--test", type=int, default=100, help="test pictures to write (default: %(default)s)")
    options = parser.parse_args()
    if options.pictures < 1000 or options.epochs < 1 or options.test < len(textiles.CLASSES):
        parser.error(f"needs at least 1000 pictures, one epoch and {len(textiles.CLASSES)} test pictures")

    # Streams of random numbers that do not depend on each other: more epochs leave the test pictures as they are.
    drawing, training, testing = (np.random.default_rng(s) for s in np.random.SeedSequence(options.seed).spawn(3))
    say(f"drawing {options.pictures} pictures of {len(textiles.CLASSES)} textiles")
    pictures, labels = textiles.draw_set(drawing, options.pictures)
    test_pictures, test_labels = textiles.draw_set(testing, options.test)
    fresh_pictures, fresh_labels = textiles.draw_set(testing, 1000)

    network = train(training, pictures, labels, options.epochs, say)
    frozen = Frozen(network, pictures[:1000])
    graph = quantize(frozen, pictures[:1000])
    test_images = to_int8(test_pictures)
    accuracy = {
        "images": "test_images.npy",
        "labels": "test_labels.npy",
        "float": frozen.accuracy(test_pictures, test_labels),
        "int8": float((classify(graph, test_images) == test_labels).mean()),
    }
    fresh = {"pictures": len(fresh_labels), "float": frozen.accuracy(fresh_pictures, fresh_labels),
             "int8": float((classify(graph, to_int8(fresh_pictures)) == fresh_labels).mean())}
    say(f"accuracy on the {options.test} test pictures: float {accuracy['float']:.3f}, int8 {accuracy['int8']:.3f}")
    say(f"accuracy on {fresh['pictures']} others:        float {fresh['float']:.3f}, int8 {fresh['int8']:.3f}")

    options.output.mkdir(parents=True, exist_ok=True)
    file = graph.serialized("Textile classifier, made by Twill's demo/train.py. Apache-2.0.")
    (options.output / "model.tflite").write_bytes(file)
    np.save(options.output / "test_images.npy", test_images)
    np.save(options.output / "test_labels.npy", test_labels)
    macs, parameters = macs_and_parameters(graph)
    cases = [write_case(options.output, graph, name, test_images[i : i + 1], f"test picture {i}, drawn by textiles.py")
             for i, name in enumerate(textiles.CLASSES[:CASES])]
    manifest = {
        "model": "textiles",
        "file": "model.tflite",
        "size": len(file),
        "sha256": hashlib.sha256(file).hexdigest(),
        "source": {"repository": "Twill (this repository)", "path": "demo/train.py", "license": "Apache-2.0", "seed": options.seed,
                   "pictures": options.pictures, "epochs": options.epochs},
        "total_macs": macs,
        "total_params": parameters,
        "inputs": [described(graph, t) for t in graph.inputs],
        "outputs": [described(graph, t) for t in graph.outputs],
        "classes": list(textiles.CLASSES),
        "accuracy": accuracy,
        "accuracy_on_fresh_pictures": fresh,
        "cases": cases,
    }
    (options.output / "manifest.json").write_text(tidy_json(manifest) + "\n")
    say(f"wrote {options.output}: {len(file)} bytes of network, {macs} MACs, {parameters} parameters")


if __name__ == "__main__":
    main()
