"""Checkpoints that PyTorch, safetensors and NumPy write: fixtures by their paths, for `fixtures.py`."""

import argparse
import collections
import io
import pickle
import struct
import tarfile
import tempfile
import zipfile

import numpy
import safetensors.torch
import torch

FIXTURES = {}


def fixture(path):
    """Registers a function that returns the bytes of the file `path`."""

    def register(function):
        FIXTURES[path] = function
        return function

    return register


DTYPES = [
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32, torch.float64,
    torch.complex64, torch.complex128, torch.bool, torch.bfloat16, torch.uint16, torch.uint32, torch.uint64,
    torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu, torch.complex32,
]


def dtype_name(dtype):
    return str(dtype).removeprefix("torch.")


def every_dtype():
    """Under the name of each type the numbers 0, 1, 2 and 3 (or truth values)."""
    return {dtype_name(dtype): torch.arange(4).to(dtype) for dtype in DTYPES}


def small_floats():
    """What every code of the types of a byte means, and what numbers between and around their own become."""
    codes = torch.arange(256).to(torch.uint8)
    numbers = torch.cat([torch.arange(-32768, 32768, 29).to(torch.int16).view(torch.bfloat16).float(), torch.linspace(-600, 600, 2401)])
    result = {"numbers": numbers}
    for name, dtype in [(dtype_name(dtype), dtype) for dtype in DTYPES if "float8" in str(dtype)]:
        result |= {f"{name} codes": codes.view(dtype), f"{name} values": codes.view(dtype).float(), f"{name} rounded": numbers.to(dtype)}
    return result


@fixture("Checkpoint/small_floats.pth")
def small_floats_file():
    return saved(small_floats())


def small_state_dict():
    torch.manual_seed(0)
    network = torch.nn.Sequential(collections.OrderedDict(
        conv=torch.nn.Conv2d(1, 2, 3, bias=False), bn=torch.nn.BatchNorm2d(2), fc=torch.nn.Linear(4, 3)))
    with torch.no_grad():
        for index, tensor in enumerate(network.state_dict().values()):
            tensor.copy_(torch.arange(tensor.numel()).reshape(tensor.shape) + 10 * index)
    return network.state_dict()


def saved(value, **options):
    """The bytes that torch.save writes."""
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def rewrite_zip(source, compression=zipfile.ZIP_STORED, change=lambda name, data: data):
    """Copies a zip file entry by entry, as a zip tool would do it."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = compression
            new.writestr(entry, change(name, old.read(name)))
    return file.getvalue()


@fixture("Checkpoint/dtypes.pth")
def dtypes():
    return saved(every_dtype())


@fixture("Checkpoint/state_dict.pth")
def state_dict():
    return saved(small_state_dict())


@fixture("Checkpoint/legacy.pth")
def legacy():
    return saved(small_state_dict(), _use_new_zipfile_serialization=False)


@fixture("Checkpoint/deflated.pth")
def deflated():
    return rewrite_zip(saved(small_state_dict()), zipfile.ZIP_DEFLATED)


@fixture("Checkpoint/big_endian.pth")
def big_endian():
    """As a big-endian machine writes it: 32-bit and 64-bit elements, and complex ones in two halves."""
    tensors = [torch.arange(4.0), torch.arange(4), torch.tensor([1 + 2j])]
    widths = {"archive/data/0": 4, "archive/data/1": 8, "archive/data/2": 4}

    def swap(name, data):
        if name == "archive/byteorder":
            return b"big"
        if name in widths:
            return numpy.frombuffer(data, f"<u{widths[name]}").byteswap().tobytes()
        return data

    return rewrite_zip(saved(tensors), change=swap)


@fixture("Checkpoint/views.pth")
def views():
    base = torch.arange(12.0).reshape(3, 4)
    return saved({
        "base": base, "tied": base, "transposed": base.t(), "row": base[1], "column": base[:, 2], "step": base[::2, 1::2],
        "expanded": torch.ones(1).expand(2, 3), "scalar": torch.tensor(7.5), "empty": torch.zeros(0, 3),
    })


@fixture("Checkpoint/parameters.pth")
def parameters():
    shared = torch.nn.Parameter(torch.arange(3.0))
    return saved({
        "weight": shared, "tied": shared, "frozen": torch.nn.Parameter(torch.ones(2), requires_grad=False),
        "leaf": torch.ones(2, requires_grad=True),
    })


@fixture("Checkpoint/training.pth")
def training():
    """What a training loop saves: networks, optimizer, scheduler, numbers and texts around them."""
    torch.manual_seed(0)
    network = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.25)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    network(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return saved({
        "model": network.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(),
        "epoch": 3, "best": 0.5, "name": "Grüße", "done": False, "nothing": None, "classes": ["cat", "dog"],
    })


@fixture("Checkpoint/values.pth")
def values():
    """Every sort of value that weights_only=True accepts."""
    return saved({
        "small": 255, "short": 65535, "negative": -1, "int": 2**31 - 1, "long": 2**31, "least": -(2**63), "most": 2**63 - 1,
        "big": 2**70, "big negative": -(2**70), "float": 0.1, "infinite": float("inf"), "complex": 1 - 2j, "bytes": b"\x00\xff",
        "no bytes": b"", "byte array": bytearray(b"ab"), "set": {5}, "tuple": (1, (2,), (), (1, 2, 3, 4)),
        "size": torch.Size([2, 3]), "dtype": torch.bfloat16, "device": torch.device("cuda:1"), "cpu": torch.device("cpu"),
        "list": list(range(1001)), 5: "int key", (1, "a"): "tuple key", None: "none key", 1.5: "float key", True: "bool key",
        "counter": collections.Counter("aab"), "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
        "many": {index: index for index in range(1001)}, "emoji": "🙂", "repeated": ["same", "same"],
    })


@fixture("Checkpoint/numpy.pth")
def numpy_values():
    return saved({
        "float32": numpy.float32(1.5), "float64": numpy.float64(0.1), "int64": numpy.int64(-3), "bool": numpy.bool_(True),
        "uint64": numpy.uint64(2**64 - 1), "complex64": numpy.complex64(1 + 2j), "array": numpy.arange(6, dtype="f4").reshape(2, 3),
        "fortran": numpy.asfortranarray(numpy.arange(6, dtype="i8").reshape(2, 3)), "big_endian": numpy.arange(3, dtype=">i2"),
    })


@fixture("Checkpoint/namespace.pth")
def namespace():
    return saved({"args": argparse.Namespace(lr=0.5, name="run"), "weight": torch.arange(2.0)})


class Slots:
    """Has no `__dict__`."""

    __slots__ = ("rate", "sizes")

    def __init__(self):
        self.rate, self.sizes = 0.5, [2, 3]


class Names(list):
    pass


class Point(collections.namedtuple("Point", "x y")):
    pass


@fixture("Checkpoint/instances.pth")
def instances():
    return saved({"slots": Slots(), "names": Names(["cat", "dog"]), "point": Point(1, 2), "range": range(3)})


class Block(torch.nn.Module):
    """A network of one's own, with everything that a state dict leaves out."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor([2.0]))
        self.register_parameter("absent", None)
        self.register_buffer("mean", torch.tensor([3.0]))
        self.register_buffer("hidden", torch.tensor([4.0]), persistent=False)
        self.layers = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1), torch.nn.ReLU())
        self.note = "mine"


@fixture("Checkpoint/network.pth")
def whole_network():
    torch.manual_seed(0)
    return saved({"net": Block(), "epoch": 3})


@fixture("Checkpoint/sparse.pth")
def sparse():
    return saved({"sparse": torch.eye(2).to_sparse()})


def scripted_block():
    class Block(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Linear(2, 1)
            self.scale = torch.nn.Parameter(torch.tensor([3.0]))
            self.register_buffer("steps", torch.tensor(4))
            # Neither a parameter nor a buffer: no state dict has it.
            self.plain = torch.tensor([5.0])

        def forward(self, x):
            return self.inner(x) * self.scale + self.plain

    torch.manual_seed(0)
    block = Block()
    with torch.no_grad():
        block.inner.weight.copy_(torch.tensor([[1.0, 2.0]]))
    return torch.jit.script(block)


def saved_script(module):
    file = io.BytesIO()
    torch.jit.save(module, file)
    return file.getvalue()


@fixture("Checkpoint/script.pt")
def script():
    return saved_script(scripted_block())


@fixture("Checkpoint/frozen.pt")
def frozen_script():
    """The tensors of a frozen module are constants of its program."""
    return saved_script(torch.jit.freeze(scripted_block().eval()))


def numpy_dtypes():
    """Under the name of each type that NumPy has too the numbers 0, 1, 2 and 3 (or truth values)."""
    return {name: tensor.numpy() for name, tensor in every_dtype().items() if "bfloat" not in name and "float8" not in name and name != "complex32"}


@fixture("Checkpoint/arrays.npz")
def arrays():
    file = io.BytesIO()
    numpy.savez(file, **numpy_dtypes(), matrix=numpy.arange(6.0).reshape(2, 3), scalar=numpy.array(7.5), empty=numpy.zeros((0, 3)))
    return file.getvalue()


@fixture("Checkpoint/compressed.npz")
def compressed_arrays():
    file = io.BytesIO()
    numpy.savez_compressed(file, **numpy_dtypes())
    return file.getvalue()


def numpy_file(array):
    file = io.BytesIO()
    numpy.save(file, array)
    return file.getvalue()


@fixture("Checkpoint/matrix.npy")
def matrix():
    return numpy_file(numpy.arange(6, dtype="f4").reshape(2, 3))


@fixture("Checkpoint/fortran.npy")
def fortran():
    """Columns first, most significant byte first."""
    return numpy_file(numpy.asfortranarray(numpy.arange(6, dtype=">i4").reshape(2, 3)))


@fixture("Checkpoint/objects.npy")
def objects():
    return numpy_file(numpy.array([1, "a", None], dtype=object))


@fixture("Checkpoint/mixed.safetensors")
def mixed_safetensors():
    tensors = every_dtype()
    del tensors["complex32"], tensors["complex128"]
    tensors["matrix"] = torch.arange(6.0).reshape(2, 3)
    tensors["empty"] = torch.zeros(0, 2)
    tensors["scalar"] = torch.tensor(7.5)
    return safetensors.torch.save(tensors, metadata={"note": 'a "quoted" – text\n'})


@fixture("Checkpoint/tar.pth")
def tar():
    """As PyTorch 0.1 wrote it: the storages of a weight, of a view of it and of a tied bias, the tensors over them, and an
    OrderedDict that names the tensors."""
    weight = torch.arange(6.0).reshape(2, 3)
    names = {1: "weight", 2: "column", 3: "steps", 4: "half"}
    # number: (number of the storage, class, sizes, strides, offset)
    tensors = {
        1: (10, torch.FloatTensor, (2, 3), (3, 1), 0),
        2: (11, torch.FloatTensor, (2,), (3,), 1),
        3: (12, torch.LongTensor, (1,), (1,), 0),
        4: (13, torch.HalfTensor, (2,), (1,), 0),
    }
    storages = {
        10: (torch.FloatStorage, weight.numpy().tobytes(), 6),
        12: (torch.LongStorage, struct.pack("<q", 7), 1),
        13: (torch.HalfStorage, numpy.array([0.5, 2], "f2").tobytes(), 2),
    }

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return str(value.number) if isinstance(value, Reference) else None

    class Reference:
        def __init__(self, number):
            self.number = number

    def dumps(value):
        file = io.BytesIO()
        Pickler(file, 2).dump(value)
        return file.getvalue()

    entries = {
        "sys_info": dumps({"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}),
        "pickle": dumps(
            collections.OrderedDict([(name, Reference(number)) for number, name in names.items()] + [("tied", Reference(1))])
        ),
        "tensors": dumps(len(tensors))
        + b"".join(
            dumps((number, storage, kind))
            + struct.pack(f"<q{len(sizes)}q{len(sizes)}qq", len(sizes), *sizes, *strides, offset)
            for number, (storage, kind, sizes, strides, offset) in tensors.items()
        ),
        "storages": dumps(len(storages))
        + b"".join(
            dumps((number, "cpu", kind)) + struct.pack("<q", count) + data for number, (kind, data, count) in storages.items()
        )
        + dumps([(11, 10, 1, 5)]),
    }
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in entries.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    # PyTorch itself must agree; it tries this format for real files only.
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(file.getvalue())
        copy.flush()
        value = torch.load(copy.name, weights_only=False)
    assert list(value) == ["weight", "column", "steps", "half", "tied"] and value["weight"] is value["tied"]
    assert value["weight"].equal(weight) and value["half"].tolist() == [0.5, 2] and value["steps"].tolist() == [7]
    return file.getvalue()
