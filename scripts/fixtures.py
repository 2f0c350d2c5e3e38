#!/usr/bin/env python3
"""Writes what PyTorch gives for the cases that the tests check, under Tests/Fixtures.

    scripts/fixtures.py FOLDER [NAME ...]

FOLDER is usually Tests/Fixtures; names choose some of the fixtures, all if there are none. Needs PyTorch 2.13 for the CPU.
The results are committed, so that the tests need no PyTorch.
"""

import math
import os
import sys

import torch
from torch import nn

FIXTURES = {}


def fixture(path):
    """Registers a function that returns the text of the file `path`."""

    def register(function):
        FIXTURES[path] = function
        return function

    return register


def number(value):
    """A number as the tests read it back, exactly."""
    return str(value) if isinstance(value, (bool, int)) else float(value).hex()


def records(named):
    """Lines `name<tab>numbers` for pairs of a name and a tensor."""
    lines = []
    for name, tensor in named:
        values = tensor.detach().flatten().tolist()
        lines.append(name + "\t" + " ".join(number(int(v) if isinstance(v, bool) else v) for v in values))
    return "\n".join(lines) + "\n"


def dtype_name(dtype):
    return str(dtype).removeprefix("torch.")


@fixture("random.txt")
def random_numbers():
    floats = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
    named = []

    def add(name, draw):
        torch.manual_seed(7)
        named.append((name, draw()))

    for dtype in floats:
        kind = dtype_name(dtype)
        for size in [1, 15, 16, 17, 40, 700]:
            last = slice(None) if size < 50 else slice(-8, None)
            add(f"rand {kind} {size}", lambda: torch.rand(size, dtype=dtype)[last])
            add(f"randn {kind} {size}", lambda: torch.randn(size, dtype=dtype)[last])
        add(f"uniform {kind}", lambda: torch.empty(20, dtype=dtype).uniform_(-0.3, 0.7))
        add(f"normal {kind}", lambda: torch.empty(20, dtype=dtype).normal_(2, 0.5))
        add(f"strided uniform {kind}", lambda: torch.zeros(4, 6, dtype=dtype).t()[::2].uniform_())
        add(f"strided normal {kind}", lambda: torch.zeros(4, 10, dtype=dtype).t()[::2].normal_())
        add(f"exponential {kind}", lambda: torch.empty(6, dtype=dtype).exponential_(1.5))
        add(f"geometric {kind}", lambda: torch.empty(6, dtype=dtype).geometric_(0.2))
        add(f"cauchy {kind}", lambda: torch.empty(6, dtype=dtype).cauchy_(1, 2))
        add(f"log normal {kind}", lambda: torch.empty(6, dtype=dtype).log_normal_(0.5, 0.25))
        add(f"dropout {kind}", lambda: nn.functional.dropout(torch.ones(20, dtype=dtype), 0.3))
        add(f"bernoulli {kind}", lambda: torch.bernoulli(torch.linspace(0, 1, 12, dtype=dtype)))
    for dtype in floats + [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]:
        kind = dtype_name(dtype)
        add(f"random {kind}", lambda: torch.empty(6, dtype=dtype).random_())
        add(f"random 0 2 {kind}", lambda: torch.empty(12, dtype=dtype).random_(0, 2))
        add(f"chance {kind}", lambda: torch.empty(12, dtype=dtype).bernoulli_(0.4))
        if dtype not in (torch.bool,):
            add(f"randint 3 100 {kind}", lambda: torch.randint(3, 100, (6,), dtype=dtype))
    for low, high in [(-5, 2**28 - 6), (-5, 2**28 - 5), (0, 2**40), (-(2**62), 2**62)]:
        add(f"randint {low} {high} int64", lambda: torch.randint(low, high, (6,)))
    add("random full int64", lambda: torch.empty(6, dtype=torch.int64).random_(-(2**63), None))
    add("random 0 65504 float16", lambda: torch.empty(20, dtype=torch.float16).random_(0, 65504))
    add("random -300 300 bfloat16", lambda: torch.empty(20, dtype=torch.bfloat16).random_(-300, 300))
    for size in [0, 1, 2, 10, 700]:
        add(f"randperm {size}", lambda: torch.randperm(size))
    weights = torch.tensor([[1.0, 2, 3, 4, 0], [0.5, 0, 0, 0.25, 9]])
    add("multinomial 1", lambda: weights.multinomial(1))
    add("multinomial 3", lambda: weights.multinomial(3))
    add("multinomial 6 replaced", lambda: weights.multinomial(6, True))
    add("normal of tensors", lambda: torch.normal(torch.arange(5.0), torch.arange(5.0) + 1))
    add("normal of means", lambda: torch.normal(torch.arange(20.0), 0.5))
    add("feature dropout", lambda: nn.functional.dropout2d(torch.ones(3, 4, 2, 1), 0.5))
    add("alpha dropout", lambda: nn.functional.alpha_dropout(torch.ones(12), 0.4, True))

    # Odd draws leave half a pair of normal numbers behind, which the state carries.
    torch.manual_seed(11)
    torch.randn(3)
    torch.rand(50)
    named.append(("state", torch.get_rng_state()))
    named.append(("after the state", torch.randn(3)))

    # Layers draw in this order; what comes after them shows how much they drew.
    torch.manual_seed(5)
    layer = nn.Linear(40, 3)
    conv = nn.Conv2d(3, 5, 3)
    named.append(("linear weight", layer.weight[:, :4]))
    named.append(("linear bias", layer.bias))
    named.append(("convolution bias", conv.bias))
    named.append(("after the layers", torch.rand(2)))
    return records(named)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, chosen = sys.argv[1], sys.argv[2:]
    for path, function in FIXTURES.items():
        if chosen and path not in chosen:
            continue
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w") as file:
            file.write(function())
        print(target)


if __name__ == "__main__":
    main()
