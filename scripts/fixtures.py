#!/usr/bin/env python3
"""Writes what PyTorch gives for the cases that the tests check, under Tests/Fixtures.

    scripts/fixtures.py FOLDER [NAME ...]

FOLDER is usually Tests/Fixtures; names choose some of the fixtures, all if there are none. Needs PyTorch 2.13 for the CPU, NumPy,
safetensors, torchvision and Pillow.
The results are committed, so that the tests need no PyTorch.
"""

import ast
import math
import os
import sys

import torch
from torch import nn
from torch.nn import functional

import checkpoint_fixtures
import fixture_calls
import layer_cases
from checkpoint_fixtures import dtype_name
from lua_from_python import lua

FIXTURES = dict(checkpoint_fixtures.FIXTURES)


def fixture(path):
    """Registers a function that returns the text or the bytes of the file `path`."""

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


@fixture("Tensor/Random/numbers.txt")
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

def evaluate(source):
    """The value of the last of some statements."""
    names = {"torch": torch, "F": functional}
    *before, last = ast.parse(source).body
    exec(compile(ast.Module(before, []), source, "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), source, "eval"), names)
    return exec(compile(ast.Module([last], []), source, "exec"), names)


def on_one_line(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n")


@fixture("Program/errors.txt")
def errors():
    """Lines: a bad call in Lua, a tab, and PyTorch's message."""
    lines = []
    for source in fixture_calls.ERRORS:
        try:
            evaluate(source)
        except Exception as error:
            lines.append(f"{lua(source)}\t{on_one_line(str(error))}")
        else:
            raise AssertionError(f"no error: {source}")
    return "\n".join(lines) + "\n"


@fixture("Program/results.txt")
def results():
    """Lines: a call in Lua, a tab, and the text of what it gives; several results with semicolons in between."""

    def flat(value):
        if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
            return [text for element in value for text in flat(element)]
        return [str(value).lower() if isinstance(value, bool) else str(value)]

    lines = [f"{lua(s)}\t{on_one_line('; '.join(flat(evaluate(s))))}" for s in fixture_calls.RESULTS]
    return "\n".join(lines) + "\n"


@fixture("Tensor/Text/tensors.txt")
def printed_tensors():
    """Blocks: type, shape, flags, options and values (in order, or `linear first step`), a line each; then the text."""
    blocks = []

    def add(dtype, shape, values, flags="", **options):
        count = math.prod(shape)
        if isinstance(values, tuple):
            first, step = values
            written = f"linear {number(float(first))} {number(float(step))}"
            values = [first + step * i for i in range(count)]
        else:
            values = (list(values) * (count + 1))[: count * (2 if dtype.is_complex else 1)]
            written = " ".join(number(v) for v in values)
        if dtype.is_complex:
            parts = torch.tensor(values, dtype=torch.float64).view(-1, 2)
            tensor = torch.view_as_complex(parts).to(dtype)
        else:
            kind = torch.int64 if all(isinstance(v, int) for v in values) else torch.float64
            tensor = torch.tensor(values, dtype=kind).to(dtype)
        tensor = tensor.reshape(shape)
        if "transposed" in flags:
            tensor = tensor.transpose(0, 1)
        if "parameter" in flags:
            tensor = nn.Parameter(tensor)
        elif "gradient" in flags:
            tensor.requires_grad_()
        torch.set_printoptions(profile="default")
        torch.set_printoptions(**options)
        text = repr(tensor)
        torch.set_printoptions(profile="default")
        option_text = " ".join(f"{key}={value}" for key, value in options.items())
        head = [dtype_name(dtype), " ".join(map(str, shape)), flags, option_text, written]
        blocks.append("\n".join(head + [text]) + "\n")

    floats = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
    integers = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
    nan, inf = math.nan, math.inf
    lists = [
        [0.0], [-0.0, 0.0], [1.0, 2.0], [1.5, -2.25], [0.1, 0.2, 0.3], [1e-5, 1.0], [1e-4, 0.05], [1234.5, 0.5],
        [1e9], [1e8], [2e8, 1.5], [100000.0, 1.0], [1000.0, 1.0], [1001.0, 1.0], [nan], [inf, -inf], [nan, 1.0, inf],
        [nan, 1.25, -inf], [-nan, 0.0, 1e-7], [1e-45, 3.0], [65504.0, 0.001], [0.99999, 1.0], [123456.789, 99.0],
        [3.14159265358979, -2.71828182845905, 0.57721566490153],
    ]
    for dtype in floats:
        for values in lists:
            add(dtype, [len(values)], values)
            add(dtype, [], values[:1])
        add(dtype, [4, 5], [0.5, -1.25, 3.0, 17.75, -100.0, 0.0625])
        add(dtype, [2, 2, 3], [1.0, -2.0, 30.0])
        add(dtype, [30], (0.25, 1.5))
        add(dtype, [2, 25], (-3, 0.5))
        for shape in [[0], [0, 3], [2, 0], [1, 1, 0]]:
            add(dtype, shape, [])
    for dtype in integers:
        for values in [[0], [1, -2, 3] if dtype.is_signed else [1, 2, 3], [100, 7]]:
            add(dtype, [len(values)], values)
        add(dtype, [], [5])
        add(dtype, [3, 4], (0, 1))
        add(dtype, [0, 2], [])
        add(dtype, [60], [1, 22, 103])
    add(torch.int64, [3], [2**63 - 1, -(2**63), 0])
    add(torch.int32, [2], [2**31 - 1, -(2**31)])
    for dtype in [torch.uint16, torch.uint32, torch.uint64]:
        add(dtype, [4], [0, 1, 255, 65535])
    add(torch.bool, [2, 3], [1, 0, 0])
    add(torch.bool, [], [1])
    add(torch.bool, [0], [])
    add(torch.float8_e4m3fn, [4], [0.5, 1.75, -448.0, 0.001953125])
    add(torch.float8_e5m2, [3], [0.5, 1.75, 57344.0])
    for dtype in [torch.complex64, torch.complex128]:
        add(dtype, [], [1.0, -2.0])
        add(dtype, [3], [1.0, 2.0, -0.5, 0.25, 3.0, -1e-6])
        add(dtype, [2, 2], [1.0, nan, inf, 2.0, -0.0, -0.0, 5.0, -inf])

    # Summaries.
    for shape in [[1001], [1000], [10, 200], [7, 150], [6, 200], [3, 20, 30], [8, 9, 20], [2, 2, 2, 200], [2000, 1]]:
        add(torch.int64, shape, (0, 1))
        add(torch.float32, shape, (-1, 0.125))
    add(torch.float32, [40, 50], (-3, 0.001))
    add(torch.float16, [1, 1500], (0, 0.5))
    add(torch.bool, [33, 33], (0, 1))
    # A row that is long but not summarized, at every depth.
    add(torch.float32, [1, 1, 1, 40], (1000, 0.37))
    add(torch.float64, [1, 2, 3, 12], (1, 1e4))

    # Views, and what follows the elements.
    add(torch.float32, [2, 3], (0, 1), "transposed")
    add(torch.int64, [40, 60], (0, 1), "transposed")
    add(torch.float32, [2], [1.0, 2.5], "gradient")
    add(torch.float64, [2, 3], (0, 1), "gradient")
    add(torch.float32, [2, 2], [0.5], "parameter")
    add(torch.float32, [0, 2], [], "parameter")
    add(torch.float16, [3], [0.5], "parameter gradient")
    for count in range(5, 13):
        add(torch.float64, [count], [1.5], "gradient")
        add(torch.float16, [2, count], [1.5], "gradient")
    add(torch.float64, [3, 11], [1.5], "gradient")

    # Options.
    sample = [0.123456789, 1.5, -20.0]
    for options in [
        {"precision": 2}, {"precision": 0}, {"precision": 10}, {"sci_mode": True}, {"sci_mode": False},
        {"profile": "short"}, {"profile": "full"}, {"linewidth": 40}, {"linewidth": 1}, {"linewidth": 200},
        {"threshold": 5}, {"threshold": 0}, {"edgeitems": 1, "threshold": 3}, {"edgeitems": 0, "threshold": 3},
        {"edgeitems": 0}, {"edgeitems": 50, "threshold": 3}, {"precision": 2, "sci_mode": True, "linewidth": 30},
    ]:
        add(torch.float32, [3], sample, **options)
        add(torch.float32, [4, 9], sample, **options)
        add(torch.float32, [], [0.5], **options)
        add(torch.float32, [2, 3], [1.0, 20.0, 300000.0], **options)
        add(torch.int64, [12], (0, 1), **options)
        add(torch.float64, [2, 2, 8], (0, 0.5), "gradient", **options)
    add(torch.int64, [1001], (1, 0), profile="full")
    add(torch.float32, [2], [1e-10, 2e10], sci_mode=False)
    add(torch.float32, [2], [1e-10, 2e10], sci_mode=False, precision=12)
    return "====\n".join(blocks)


# Checkpoints



@fixture("NN/text.txt")
def module_text():
    """How modules print, under lines that name them."""
    modules = {
        "linear": nn.Linear(3, 4),
        "linear without bias": nn.Linear(3, 4, bias=False),
        "bilinear": nn.Bilinear(2, 3, 4),
        "conv1d": nn.Conv1d(2, 4, 3, padding="same"),
        "conv2d": nn.Conv2d(4, 8, (3, 5), stride=2, padding=(1, 0), dilation=2, groups=2, bias=False),
        "conv3d": nn.Conv3d(1, 2, 3),
        "conv transpose": nn.ConvTranspose2d(4, 2, 3, stride=2, output_padding=1),
        "batch norm": nn.BatchNorm2d(5),
        "batch norm 1d": nn.BatchNorm1d(5, eps=1e-3, momentum=None, affine=False, track_running_stats=False),
        "max pool": nn.MaxPool2d(3, 2, 1),
        "max pool 3d": nn.MaxPool3d((1, 2, 2), ceil_mode=True),
        "avg pool 1d": nn.AvgPool1d(3),
        "avg pool": nn.AvgPool2d(2),
        "adaptive": nn.AdaptiveAvgPool2d((1, None)),
        "adaptive max": nn.AdaptiveMaxPool1d(4),
        "dropout": nn.Dropout(0.25),
        "dropout2d": nn.Dropout2d(inplace=True),
        "relu": nn.ReLU(),
        "relu inplace": nn.ReLU(True),
        "flatten": nn.Flatten(),
        "unflatten": nn.Unflatten(1, (2, 3)),
        "identity": nn.Identity(),
        "empty": nn.Sequential(),
        "sequential": nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sequential(nn.ReLU(), nn.Flatten())),
        "list": nn.ModuleList([nn.Linear(1, 2), nn.Linear(1, 2), nn.ReLU(), nn.Sequential(nn.ReLU())]),
        "dict": nn.ModuleDict({"a": nn.ReLU(), "b": nn.Identity()}),
        "parameters": nn.ParameterList([nn.Parameter(torch.ones(2, 3)), nn.Parameter(torch.ones(4))]),
        "named parameters": nn.ParameterDict({"w": nn.Parameter(torch.ones(2, 3))}),
        "sgd": torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9),
        "adam": torch.optim.Adam([nn.Parameter(torch.ones(1))], lr=1e-05),
    }
    return "".join(f"=== {name}\n{module}\n" for name, module in modules.items())


@fixture("NN/initialization.txt")
def initialization():
    named = []

    def add(name, change, *shape):
        torch.manual_seed(4)
        tensor = torch.empty(*(shape or (6, 4, 3)))
        change(tensor)
        named.append((name, tensor.flatten()[:24]))

    init = nn.init
    add("uniform", lambda t: init.uniform_(t, -2, 3))
    add("normal", lambda t: init.normal_(t, 1, 2))
    add("xavier_uniform", lambda t: init.xavier_uniform_(t, 2.0))
    add("xavier_normal", lambda t: init.xavier_normal_(t))
    add("kaiming_uniform", lambda t: init.kaiming_uniform_(t, 0.2, "fan_out"))
    add("kaiming_normal", lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="relu"))
    add("trunc_normal", lambda t: init.trunc_normal_(t, std=0.02))
    add("trunc_normal redrawn", lambda t: init.trunc_normal_(t, 0.5, 1.0, -0.5, 1))
    add("trunc_normal rejected", lambda t: init.trunc_normal_(t, 0, 1, 1, 2))
    add("orthogonal wide", lambda t: init.orthogonal_(t, 2.0), 3, 7)
    add("orthogonal tall", lambda t: init.orthogonal_(t), 8, 3)
    add("eye", lambda t: init.eye_(t), 4, 5)
    add("dirac", lambda t: init.dirac_(t, 2), 4, 2, 3)
    add("sparse", lambda t: init.sparse_(t, 0.5), 6, 4)
    return records(named)


@fixture("NN/resnet.txt")
def resnets():
    """Keys, initial values, what follows them in the stream, and outputs of torchvision's networks."""
    import torchvision

    named = []
    for name in ["resnet18", "resnet34", "resnet50", "resnext50_32x4d", "wide_resnet50_2"]:
        torch.manual_seed(0)
        net = getattr(torchvision.models, name)()
        state = net.state_dict()
        named.append((f"{name} entries", torch.tensor([len(state)])))
        named.append((f"{name} conv1", state["conv1.weight"].flatten()[:6]))
        named.append((f"{name} last", state["layer4.1.conv2.weight"].flatten()[-6:]))
        named.append((f"{name} fc", state["fc.weight"].flatten()[:6]))
        named.append((f"{name} bias", state["fc.bias"][:6]))
        named.append((f"{name} next", torch.rand(3)))
    torch.manual_seed(0)
    net = torchvision.models.resnet18(num_classes=5)
    torch.manual_seed(1)
    images = torch.randn(2, 3, 64, 64)
    named.append(("train", net(images)))
    net.eval()
    named.append(("eval", net(images)))
    named.append(("running mean", net.bn1.running_mean[:6]))
    return records(named)


@fixture("NN/logits.txt")
def logits():
    """Logits of every model with its first values, for one image."""
    import torchvision

    named = []
    for name in [
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d",
        "wide_resnet50_2",
    ]:
        torch.manual_seed(0)
        net = getattr(torchvision.models, name)(num_classes=6).eval()
        torch.manual_seed(1)
        with torch.no_grad():
            named.append((name, net(torch.randn(1, 3, 224, 224))))
    return records(named)


def scattered(shape, modulus):
    """Numbers from -0.5 to 0.5 that look random, the same to the last digit wherever they are computed."""
    index = torch.arange(math.prod(shape))
    return ((index * index % modulus).double() / modulus - 0.5).reshape(shape)


def fine_tuning_losses(net, parameters, images, labels):
    """Losses of 20 steps on two batches in turn."""
    optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
    half = len(images) // 2
    losses = []
    for step in range(20):
        part = slice(step % 2 * half, step % 2 * half + half)
        loss = functional.cross_entropy(net(images[part]), labels[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses, dtype=torch.float64)


@fixture("NN/losses.txt")
def losses():
    """Losses of fine-tuning the head alone, and of training everything.

    Everything is trained in float64, from weights that are the same to the last digit. In float32 no two of PyTorch's own layouts
    agree for long: units near zero fall on either side by rounding, and their gradients come or go whole.
    """
    import torchvision

    torch.manual_seed(0)
    net = torchvision.models.resnet34(num_classes=5).requires_grad_(False)
    net.fc.requires_grad_(True)
    torch.manual_seed(1)
    images = torch.randn(16, 3, 64, 64)
    head = fine_tuning_losses(net, net.fc.parameters(), images, torch.arange(16) % 5)

    net = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [1, 1, 1, 1], num_classes=5).double()
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.dim() > 1:
                parameter.copy_(scattered(parameter.shape, 1009) * math.sqrt(24 / parameter[0].numel()))
        net.fc.bias.zero_()
    images = 4 * scattered((8, 3, 32, 32), 1013)
    everything = fine_tuning_losses(net, net.parameters(), images, torch.arange(8) % 5)
    return records([("head", head), ("everything", everything)])


@fixture("NN/resnet34-keys.txt")
def resnet_keys():
    import torchvision

    return "\n".join(torchvision.models.resnet34().state_dict()) + "\n"



OPTIMIZERS = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9)),
    ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.05)),
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05)),
    ("SGD", dict(lr=0.01, maximize=True, weight_decay=0.1)),
    ("Adam", dict(lr=0.05)),
    ("Adam", dict(lr=0.05, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.1)),
    ("Adam", dict(lr=0.05, amsgrad=True)),
    ("Adam", dict(lr=0.05, maximize=True, weight_decay=0.1, decoupled_weight_decay=True)),
    ("AdamW", dict(lr=0.05)),
    ("AdamW", dict(lr=0.05, weight_decay=0.3, amsgrad=True)),
    ("RMSprop", dict(lr=0.05)),
    ("RMSprop", dict(lr=0.05, alpha=0.8, momentum=0.9, weight_decay=0.1)),
    ("RMSprop", dict(lr=0.05, centered=True)),
    ("RMSprop", dict(lr=0.05, centered=True, momentum=0.5, maximize=True)),
    ("Adagrad", dict(lr=0.1)),
    ("Adagrad", dict(lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-3)),
    ("Adadelta", dict(lr=0.5)),
    ("Adadelta", dict(lr=1.0, rho=0.8, eps=1e-3, weight_decay=0.1, maximize=True)),
    ("NAdam", dict(lr=0.05)),
    ("NAdam", dict(lr=0.05, betas=(0.8, 0.9), weight_decay=0.1, momentum_decay=0.01)),
    ("NAdam", dict(lr=0.05, weight_decay=0.1, decoupled_weight_decay=True)),
    ("RAdam", dict(lr=0.05)),
    ("RAdam", dict(lr=0.05, betas=(0.8, 0.9), weight_decay=0.1)),
    ("RAdam", dict(lr=0.05, weight_decay=0.1, decoupled_weight_decay=True)),
]


def sample_parameters(dtype):
    """A matrix and a vector to optimize."""
    matrix = torch.tensor([(i * 7 + 3) % 11 / 5 - 1 for i in range(12)], dtype=torch.float64)
    vector = torch.tensor([(i * 5 + 1) % 7 / 3 - 1 for i in range(5)], dtype=torch.float64)
    return [nn.Parameter(matrix.view(3, 4).to(dtype)), nn.Parameter(vector.to(dtype))]


def set_sample_gradients(parameters, step):
    """Gradients that pull to zero, with something else added that changes from step to step."""
    for p in parameters:
        noise = torch.tensor([((i * 3 + step) % 5 - 2) * 0.05 for i in range(p.numel())], dtype=torch.float64)
        p.grad = (0.3 * p.detach().double() + noise.view_as(p)).to(p.dtype)


def sample_optimizer(name, options, dtype):
    """An optimizer of two groups, the second with half the learning rate."""
    parameters = sample_parameters(dtype)
    groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": options["lr"] / 2}]
    return parameters, getattr(torch.optim, name)(groups, **options)


def option_text(options):
    """`lr=0.1 betas=0.9,0.99`, as the tests read it."""
    parts = (f"{k}={','.join(map(str, v)) if isinstance(v, tuple) else v}" for k, v in options.items())
    return " ".join(parts)


@fixture("NN/Optimizers/trajectories.txt")
def optimizer_trajectories():
    """Parameters after some steps; names are optimizer, options, type and step."""
    named = []
    for name, options in OPTIMIZERS:
        types = [torch.float64, torch.float32]
        if len(options) == 1:
            types += [torch.bfloat16]
        for dtype in types:
            parameters, optimizer = sample_optimizer(name, options, dtype)
            for step in range(1, 21):
                set_sample_gradients(parameters, step)
                optimizer.step()
                if step in ((3, 20) if dtype == torch.float64 else (20,)):
                    values = torch.cat([p.detach().flatten() for p in parameters])
                    named.append((f"{name} {option_text(options)} {dtype_name(dtype)} {step}", values))
    return records(named)


@fixture("NN/Optimizers/states.txt")
def optimizer_states():
    """Blocks: optimizer and options; then its state dict after two steps, tensors by type and shape, and its text."""

    def outline(value):
        if isinstance(value, torch.Tensor):
            return f"{value.dtype}{list(value.shape)}"
        return {key: outline(entry) for key, entry in value.items()} if isinstance(value, dict) else value

    blocks = []
    for name, options in OPTIMIZERS:
        parameters, optimizer = sample_optimizer(name, options, torch.float32)
        for step in range(1, 3):
            set_sample_gradients(parameters, step)
            optimizer.step()
        blocks.append(f"{name} {option_text(options)}\n{outline(optimizer.state_dict())}\n{optimizer}\n")
    return "====\n".join(blocks)


@fixture("NN/Optimizers/lbfgs.txt")
def lbfgs_trajectories():
    """Loss and parameters after each step of L-BFGS on Rosenbrock's function."""
    named = []
    for options in [
        dict(lr=0.01, max_iter=4), dict(lr=0.001, max_iter=6, history_size=2),
        dict(line_search_fn="strong_wolfe", max_iter=5), dict(lr=0.5, line_search_fn="strong_wolfe", max_iter=3),
        dict(line_search_fn="strong_wolfe", max_iter=8, max_eval=4, history_size=3),
    ]:
        x = nn.Parameter(torch.tensor([-1.2], dtype=torch.float64))
        y = nn.Parameter(torch.tensor([[1.0]], dtype=torch.float64))
        optimizer = torch.optim.LBFGS([x, y], **options)

        def loss():
            optimizer.zero_grad()
            a, b = x.detach(), y.detach().flatten()
            x.grad = -400 * a * (b - a * a) - 2 * (1 - a)
            y.grad = (200 * (b - a * a)).view(1, 1)
            return (100 * (b - a * a) ** 2 + (1 - a) ** 2).sum()

        values = []
        for _ in range(6):
            values += [optimizer.step(loss).item(), x.item(), y.item()]
        named.append((option_text(options), torch.tensor(values, dtype=torch.float64)))
    return records(named)


@fixture("NN/Schedulers/trajectories.txt")
def scheduler_trajectories():
    """Learning rates of two groups, and their momentum, at the start and after each of 24 steps."""
    rates = torch.optim.lr_scheduler
    named = []

    def add(name, make, metrics=None):
        parameters = sample_parameters(torch.float32)
        groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.02}]
        optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.5)
        scheduler = make(optimizer)
        values = []
        for step in range(25):
            if step > 0:
                optimizer.step()
                scheduler.step(*([] if metrics is None else [metrics(step)]))
            values += [group[key] for group in optimizer.param_groups for key in ("lr", "momentum")]
        named.append((name, torch.tensor(values, dtype=torch.float64)))

    add("StepLR", lambda o: rates.StepLR(o, 4, 0.3))
    add("MultiStepLR", lambda o: rates.MultiStepLR(o, [3, 7, 7, 15], 0.5))
    add("ExponentialLR", lambda o: rates.ExponentialLR(o, 0.9))
    add("ConstantLR", lambda o: rates.ConstantLR(o, 0.25, 6))
    add("LinearLR", lambda o: rates.LinearLR(o, 0.2, 0.9, 7))
    add("PolynomialLR", lambda o: rates.PolynomialLR(o, 9, 2.0))
    add("CosineAnnealingLR", lambda o: rates.CosineAnnealingLR(o, 6, 0.001))
    add("CosineAnnealingWarmRestarts", lambda o: rates.CosineAnnealingWarmRestarts(o, 3, 2, 0.001))
    add("CosineAnnealingWarmRestarts equal", lambda o: rates.CosineAnnealingWarmRestarts(o, 5))
    add("CosineAnnealingWarmRestarts at", lambda o: rates.CosineAnnealingWarmRestarts(o, 3, 2), lambda i: i * 0.75)
    add("LambdaLR", lambda o: rates.LambdaLR(o, [lambda e: 0.95**e, lambda e: 1 / (1 + e)]))
    add("MultiplicativeLR", lambda o: rates.MultiplicativeLR(o, lambda e: 1 - 0.01 * e))
    add("OneCycleLR", lambda o: rates.OneCycleLR(o, 0.2, 24))
    add("OneCycleLR linear", lambda o: rates.OneCycleLR(o, [0.2, 0.3], 30, pct_start=0.4, anneal_strategy="linear"))
    add("OneCycleLR three", lambda o: rates.OneCycleLR(o, 0.2, 24, three_phase=True, cycle_momentum=False))
    for mode in ["triangular", "triangular2", "exp_range"]:
        add(f"CyclicLR {mode}", lambda o: rates.CyclicLR(o, 0.01, [0.1, 0.3], 4, 3, mode, 0.95))
    add("CyclicLR function", lambda o: rates.CyclicLR(o, 0.01, 0.1, 5, scale_fn=lambda x: 1 / (x + 1), cycle_momentum=False))
    add(
        "SequentialLR",
        lambda o: rates.SequentialLR(
            o, [rates.LinearLR(o, 0.1, total_iters=5), rates.ExponentialLR(o, 0.9), rates.StepLR(o, 2)], [5, 15]
        ),
    )
    add(
        "SequentialLR cosine",
        lambda o: rates.SequentialLR(
            o, [rates.ConstantLR(o, 0.5, 3), rates.CosineAnnealingLR(o, 8), rates.CosineAnnealingWarmRestarts(o, 4)],
            [4, 12],
        ),
    )
    add("ChainedScheduler", lambda o: rates.ChainedScheduler([rates.ConstantLR(o, 0.1, 5), rates.ExponentialLR(o, 0.9)]))
    wave = [1.0, 0.9, 0.95, 0.94, 0.93, 0.9, 0.5, 0.5001, 0.49999, 0.6, 0.7, 0.8, 0.2]
    plateau = lambda i: wave[i % len(wave)]
    add("ReduceLROnPlateau", lambda o: rates.ReduceLROnPlateau(o, patience=2, factor=0.5), plateau)
    add(
        "ReduceLROnPlateau max",
        lambda o: rates.ReduceLROnPlateau(
            o, "max", 0.5, 1, threshold=0.05, threshold_mode="abs", cooldown=2, min_lr=[0.02, 0.001]
        ),
        plateau,
    )
    return records(named)


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(2, 2)
        self.bn = nn.BatchNorm1d(2)


class Net(nn.Module):
    """A network with a number, a name without a parameter, tied weights, and a buffer that is not saved."""

    def __init__(self):
        super().__init__()
        self.inner = Inner()
        self.scale = nn.Parameter(torch.tensor(1.0))
        self.register_parameter("absent", None)
        self.tied = nn.Linear(2, 2)
        self.tied.weight = self.inner.lin.weight
        self.register_buffer("hidden", torch.zeros(2), persistent=False)


@fixture("NN/loading.txt")
def loading_reports():
    """What load_state_dict says; Tests/ProgramTests/LoadingTests.swift has the same cases."""
    ordered = collections.OrderedDict
    lines = []

    def case(name, change, strict=True, assign=False):
        net = Net()
        state = net.state_dict()
        changed = change(state)
        state = state if changed is None else changed
        lines.append(f"== {name}")
        try:
            keys = net.load_state_dict(state, strict=strict, assign=assign)
            lines.append(" ".join(["missing:", *keys.missing_keys, "unexpected:", *keys.unexpected_keys]))
        except Exception as error:
            lines.append(str(error))

    def several(state):
        state["inner.lin.weight"] = torch.ones(3, 2)
        state["tied.weight"] = torch.ones(2, 5)
        del state["scale"]
        state["zzz"] = torch.ones(1)

    def strangers(state):
        state.update({"none.x": torch.ones(1), "absent": torch.ones(1), "hidden": torch.ones(2)})
        state.update({"inner": torch.ones(1), "scale.y": torch.ones(1), "": torch.ones(1), ".": torch.ones(1)})
        state.update({"inner.lin": torch.ones(1), "inner.lin.weight.x": torch.ones(1)})

    def others(state):
        state.update({"scale": 3, "inner.lin.weight": "x", "inner.bn.bias": ordered(), "tied.bias": True})

    def uncounted(version):
        def change(state):
            del state["inner.bn.num_batches_tracked"]
            if version:
                state._metadata["inner.bn"]["version"] = version
            else:
                del state._metadata["inner.bn"]["version"]

        return change

    case("all", lambda state: None)
    case("all at once", several)
    case("all at once, not strict", several, strict=False)
    case("strangers", strangers)
    case("strangers, not strict", strangers, strict=False)
    case("other things", others)
    case("other things, not strict", others, strict=False)
    case("a number in a list", lambda state: state.update(scale=torch.ones(1)))
    case("a number in lists", lambda state: state.update(scale=torch.ones(1, 1)))
    case("no version", uncounted(None))
    case("version 1", uncounted(1))
    case("version 2", uncounted(2))
    case("version 2, not strict", uncounted(2), strict=False)
    case("nothing", lambda state: ordered())
    case("a list", lambda state: [torch.ones(1)])
    case("a text", lambda state: "x")
    case("a number", lambda state: 3)
    case("assigned", lambda state: state.update({"inner.lin.weight": torch.ones(2, 2).double()}), assign=True)
    case("assigned all at once", several, assign=True)
    case("assigned integers", lambda state: state.update({"inner.lin.weight": torch.ones(2, 2).long()}), assign=True)
    return "\n".join(lines) + "\n"


def waves(*shape, dtype=torch.float32):
    """Values that the tests can make too."""
    count = math.prod(shape)
    return torch.sin(torch.arange(count, dtype=torch.float64)).reshape(shape).to(dtype)


@fixture("StateDicts/positions.txt")
def resized_positions():
    """Names are side, new height and width, prefix tokens, mode and way; the values every fifth of the result."""
    from torchvision.models.vision_transformer import interpolate_embeddings

    named = []
    for mode in ["bicubic", "bilinear"]:
        for old, new in [(7, 14), (14, 7), (3, 5)]:
            state = {"encoder.pos_embedding": waves(1, old * old + 1, 4)}
            result = interpolate_embeddings(new * 16, 16, state, mode)["encoder.pos_embedding"]
            named.append((f"{old} {new} {new} 1 {mode} torchvision", result.flatten()[::5]))
    # What timm's resample_abs_pos_embed does.
    for old, new, prefix in [(7, (14, 10), 1), (14, (7, 7), 0), (6, (4, 9), 2)]:
        positions = waves(1, old * old + prefix, 4)
        grid = positions[:, prefix:].reshape(1, old, old, -1).permute(0, 3, 1, 2)
        grid = nn.functional.interpolate(grid, size=new, mode="bicubic", antialias=True)
        grid = grid.permute(0, 2, 3, 1).reshape(1, -1, 4)
        result = torch.cat([positions[:, :prefix], grid], dim=1)
        named.append((f"{old} {new[0]} {new[1]} {prefix} bicubic timm", result.flatten()[::5]))
    return records(named)


@fixture("NN/averages.txt")
def averaged_models():
    """Parameters and buffers of averaged models after some updates, and after update_bn."""
    averaging = torch.optim.swa_utils
    named = []
    for name, options in [
        ("equal", {}),
        ("equal with buffers", dict(use_buffers=True)),
        ("ema", dict(multi_avg_fn=averaging.get_ema_multi_avg_fn(0.9))),
        ("ema with buffers", dict(multi_avg_fn=averaging.get_ema_multi_avg_fn(0.75), use_buffers=True)),
        ("single ema", dict(avg_fn=averaging.get_ema_avg_fn(0.9))),
    ]:
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        average = averaging.AveragedModel(net, **options)
        for step in range(4):
            with torch.no_grad():
                for i, tensor in enumerate(net.state_dict().values()):
                    if tensor.is_floating_point():
                        tensor.copy_(waves(tensor.numel() + 10 * step + i)[-tensor.numel():].reshape(tensor.shape))
                    else:
                        tensor.fill_(step)
            average.update_parameters(net)
        named += [(f"{name}: {key}", value.clone()) for key, value in average.state_dict().items()]
        averaging.update_bn([waves(5, 3), [waves(7, 3) * 2, torch.zeros(7)]], average)
        named += [(f"{name}, update_bn: {key}", value.clone()) for key, value in average.state_dict().items() if ".1." in key]
        named.append((f"{name}: output", average.eval()(waves(2, 3))))
    return records(named)


def sample_image():
    """An image of 40 columns and 30 rows with smooth parts, edges and noise."""
    from PIL import Image

    random = numpy.random.RandomState(0)
    y, x = numpy.mgrid[0:30, 0:40]
    waves = [numpy.sin(x / 5 + c) * numpy.cos(y / (4 + c)) * 90 + 128 for c in range(3)]
    pixels = numpy.stack(waves, -1) + random.randint(-30, 30, (30, 40, 3))
    return Image.fromarray(pixels.clip(0, 255).astype("uint8"))


def encoded(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


@fixture("Vision/image.png")
def png_image():
    return encoded(sample_image(), format="PNG")


@fixture("Vision/image.jpg")
def jpeg_image():
    return encoded(sample_image(), format="JPEG", quality=90)


@fixture("Vision/ink.jpg")
def ink_image():
    return encoded(sample_image().convert("CMYK"), format="JPEG")


@fixture("Vision/palette.png")
def palette_image():
    return encoded(sample_image().convert("P"), format="PNG")


@fixture("Vision/transforms.pth")
def transforms():
    """What each transform makes of the image, after the seed 3."""
    from PIL import Image
    from torchvision import transforms as T

    bytes_of = T.PILToTensor()
    filters = T.InterpolationMode
    steps = {
        "usual": [T.Resize(20), T.CenterCrop(16), T.ToTensor(), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])],
        "augmented": [T.RandomResizedCrop(16), T.RandomHorizontalFlip(), T.ToTensor()],
        "smaller": [T.Resize((13, 17)), bytes_of],
        "larger": [T.Resize((41, 50)), bytes_of],
        "bicubic": [T.Resize((16, 60), filters.BICUBIC), bytes_of],
        "nearest": [T.Resize((16, 60), filters.NEAREST), bytes_of],
        "lanczos": [T.Resize((16, 20), filters.LANCZOS), bytes_of],
        "limited": [T.Resize(20, max_size=24), bytes_of],
        "center of more": [T.CenterCrop((35, 45)), bytes_of],
        "gray": [T.Grayscale(3), bytes_of],
        "jitter": [T.ColorJitter(0.4, 0.4, 0.4, 0.2), bytes_of],
        "filled": [T.Pad((1, 2, 3, 4), fill=(1, 2, 3)), bytes_of],
        "reflect": [T.Pad(3, padding_mode="reflect"), bytes_of],
        "symmetric": [T.Pad(3, padding_mode="symmetric"), bytes_of],
        "edge": [T.Pad(3, padding_mode="edge"), bytes_of],
        "crop": [T.RandomCrop(20, padding=4), bytes_of],
        "flip": [T.RandomVerticalFlip(), T.RandomGrayscale(0.5), bytes_of],
        "rotated": [T.RandomRotation(50, fill=(9, 8, 7)), bytes_of],
        "rotated to fit": [T.RandomRotation((20, 70), expand=True), bytes_of],
        "tensor resized": [T.ToTensor(), T.Resize(16)],
        "tensor jitter": [T.ToTensor(), T.ColorJitter(0.4, 0.4, 0.4)],
        "tensor gray": [T.ToTensor(), T.Grayscale()],
        "tensor crop": [T.ToTensor(), T.RandomResizedCrop(12)],
    }
    results = {}
    for name, chain in steps.items():
        torch.manual_seed(3)
        results[name] = T.Compose(chain)(sample_image()).contiguous()
    for name, data in {"image.jpg": jpeg_image(), "ink.jpg": ink_image(), "palette.png": palette_image()}.items():
        results[name] = bytes_of(Image.open(io.BytesIO(data)).convert("RGB"))
    return saved({**results, "text": str(T.Compose(steps["usual"] + [T.RandomResizedCrop(16), T.ColorJitter(0.4, hue=0.2)]))})
@fixture("NN/layers.json")
def layers():
    return layer_cases.results()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, chosen = sys.argv[1], sys.argv[2:]
    for path, function in FIXTURES.items():
        if chosen and path not in chosen:
            continue
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        content = function()
        with open(target, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        print(target)


if __name__ == "__main__":
    main()
