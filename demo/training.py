# SPDX-License-Identifier: Apache-2.0
"""Trains the float network: cross entropy, Adam, and a learning rate that falls along a cosine."""

import time

import numpy as np

from network import Network, to_float

BATCH = 64
LEARNING_RATE = 4e-3


class Adam:
    def __init__(self, parameters):
        self.parameters = parameters
        self.moments = [(np.zeros_like(getattr(owner, name)), np.zeros_like(getattr(owner, name)))
                        for owner, name in parameters]
        self.steps = 0

    def step(self, rate):
        self.steps += 1
        rate *= (1 - 0.999**self.steps) ** 0.5 / (1 - 0.9**self.steps)
        for (owner, name), (first, second) in zip(self.parameters, self.moments):
            gradient = getattr(owner, name + "_gradient")
            first += np.float32(0.1) * (gradient - first)
            second += np.float32(0.001) * (gradient * gradient - second)
            value = getattr(owner, name)
            value -= np.float32(rate) * first / (np.sqrt(second) + np.float32(1e-7))


def cross_entropy(logits, labels):
    """(mean loss, its gradient) for logits [classes, images]."""
    images = np.arange(len(labels))
    shifted = logits - logits.max(0)
    probability = np.exp(shifted)
    total = probability.sum(0)
    loss = (np.log(total) - shifted[labels, images]).mean()
    gradient = probability / total
    gradient[labels, images] -= 1
    return float(loss), gradient / np.float32(len(labels))


def varied(rng, pictures):
    """Each batch is mirrored, turned on its side and dyed anew by chance: a textile stays what it is."""
    if rng.random() < 0.5:
        pictures = pictures[:, ::-1]
    if rng.random() < 0.5:
        pictures = pictures[:, :, ::-1]
    if rng.random() < 0.5:
        pictures = pictures.transpose(0, 2, 1, 3)
    return pictures[..., rng.permutation(3)]


def train(rng, pictures, labels, epochs, report=print):
    network = Network(rng)
    optimizer = Adam(network.parameters())
    batches = len(pictures) // BATCH
    started = time.monotonic()
    for epoch in range(epochs):
        losses = []
        for i, batch in enumerate(rng.permutation(batches * BATCH).reshape(batches, BATCH)):
            rate = LEARNING_RATE / 2 * (1 + np.cos(np.pi * (epoch * batches + i) / (epochs * batches)))
            loss, gradient = cross_entropy(network.forward(to_float(varied(rng, pictures[batch]))), labels[batch])
            network.backward(gradient)
            optimizer.step(rate)
            losses.append(loss)
        report(f"epoch {epoch + 1:2} of {epochs}: loss {np.mean(losses):.4f} ({time.monotonic() - started:.0f} s)")
    return network
