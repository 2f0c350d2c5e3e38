"""What `scripts/interop` runs: interop.py NNLUA."""

import collections
import io
import json
import math
import os
import subprocess
import sys
import tempfile

import numpy
import safetensors.numpy
import safetensors.torch
import torch

import checkpoint_fixtures as fixtures

NNLUA = sys.argv[1]
# An empty `bytes` is written as a call of it.
torch.serialization.add_safe_globals([bytes])
failures = []
checks = 0


def check(condition, *what):
    global checks
    checks += 1
    if not condition:
        failures.append(" ".join(str(part) for part in what))


def nnlua(*arguments):
    return subprocess.run([NNLUA, *arguments], capture_output=True, text=True)


# ---------------------------------------------------------------------------- what is written


def views():
    base = torch.arange(12.0).reshape(3, 4)
    return {
        "base": base, "tied": base, "transposed": base.t(), "row": base[1], "column": base[:, 2], "step": base[::2, 1::2],
        "expanded": torch.ones(1).expand(2, 3), "scalar": torch.tensor(7.5), "empty": torch.zeros(0, 3),
        "channels_last": torch.arange(24.0).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
        "nothing": torch.zeros(0), "part": torch.arange(100.0)[10:20],
    }


def numbers():
    """The edges of every type."""
    tensors = {}
    for dtype in fixtures.DTYPES:
        if dtype.is_complex:
            values = [0, 1 - 2j, complex(math.inf, math.nan)]
        elif dtype.is_floating_point:
            info = torch.finfo(dtype)
            values = [0.0, -0.0, 1.5, info.max, info.min, info.tiny, math.nan]
        elif dtype == torch.bool:
            values = [True, False]
        else:
            info = torch.iinfo(dtype)
            values = [0, info.min, info.max]
        tensors[str(dtype)] = torch.tensor(values, dtype=dtype)
    return tensors


def parameters():
    weight = torch.nn.Parameter(torch.randn(3, 2))
    return {"weight": weight, "tied": weight, "frozen": torch.nn.Parameter(torch.ones(2), requires_grad=False),
            "leaf": torch.ones(2, requires_grad=True)}


def training():
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten(), torch.nn.Linear(4, 2))
    result = {"model": network.state_dict(), "epoch": 3, "best": 0.5, "names": ["cat", "dog"], "nested": {"a": {"b": (1, [2.5, None])}}}
    for name in ["SGD", "Adam", "RMSprop", "Adagrad"]:
        optimizer = getattr(torch.optim, name)(network.parameters(), lr=0.1)
        network(torch.randn(2, 3, 3, 3)).sum().backward()
        optimizer.step()
        result[name] = optimizer.state_dict()
    return result


VALUES = {
    "numbers": numbers, "views": views, "parameters": parameters, "training": training,
    "values": lambda: torch.load(io.BytesIO(fixtures.values())), "state_dict": fixtures.small_state_dict,
}


def older_types(tensors):
    """Without the types that have no class of storages."""
    newer = ["torch.uint16", "torch.uint32", "torch.uint64", "torch.complex32"]
    return {key: tensor for key, tensor in tensors.items() if "float8" not in key and key not in newer}


def swapped(tensors):
    """A PyTorch file of tensors as a big-endian machine writes it."""
    units = {f"archive/data/{index}": (t.element_size() // 2 if t.is_complex() else t.element_size()) for index, t in enumerate(tensors)}

    def change(name, data):
        if name == "archive/byteorder":
            return b"big"
        unit = units.get(name, 1)
        return data if unit == 1 else numpy.frombuffer(data, f"<u{unit}").byteswap().tobytes()

    return fixtures.rewrite_zip(fixtures.saved(tensors), change=change)


# ---------------------------------------------------------------------------- comparing


def raw(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def same(a, b, where, layout=True):
    if isinstance(a, torch.Tensor):
        check(isinstance(b, torch.Tensor) and a.dtype == b.dtype and a.shape == b.shape, where, "type or shape")
        if not isinstance(b, torch.Tensor) or a.shape != b.shape or a.dtype != b.dtype:
            return
        check(raw(a) == raw(b), where, "elements")
        if layout:
            check(a.stride() == b.stride() and a.storage_offset() == b.storage_offset(), where, "strides")
            check(type(a) is type(b) and a.requires_grad == b.requires_grad, where, "class")
    elif isinstance(a, dict):
        check(isinstance(b, dict) and list(a) == list(b), where, "keys")
        for key in a:
            if key in b:
                same(a[key], b[key], f"{where}.{key}", layout)
        check(getattr(a, "_metadata", None) == getattr(b, "_metadata", None) or not layout, where, "metadata")
    elif isinstance(a, (list, tuple)):
        check(type(a) is type(b) and len(a) == len(b), where, "length")
        for index, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{where}.{index}", layout)
    else:
        # Bytes that can be changed come back as those that cannot.
        a = bytes(a) if isinstance(a, bytearray) else a
        check(type(a) is type(b) and (a == b or a != a and b != b), where, repr(a), repr(b))


def same_ties(a, b, where):
    """Tensors that share memory before share it afterwards, and no others do."""

    def groups(value):
        found = collections.defaultdict(list)
        for path, tensor in tensors(value):
            if tensor.numel():
                found[tensor.untyped_storage().data_ptr()].append(path)
        return sorted(found.values())

    check(groups(a) == groups(b), where, "ties")


def tensors(value, path=""):
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from tensors(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            yield from tensors(entry, f"{path}.{index}" if path else str(index))


def same_statistics(value, file):
    """What `nnlua inspect` says of the tensors that PyTorch knows."""
    result = nnlua("inspect", "--json", "--stats", file)
    check(result.returncode == 0, file, result.stderr)
    if result.returncode:
        return
    entries = {entry["key"]: entry for entry in json.loads(result.stdout)["entries"]}
    for path, tensor in tensors(value):
        entry = entries.get(path)
        check(entry is not None and entry["shape"] == list(tensor.shape) and f"torch.{entry['type']}" == str(tensor.dtype), file, path)
        if entry is None or "min" not in entry:
            continue
        double = tensor.detach().double() if tensor.dtype not in [torch.uint64] else torch.tensor([float(x) for x in tensor.tolist()], dtype=torch.float64)
        finite = double[~double.isnan()]
        if finite.numel() and finite.isfinite().all():
            check(entry["min"] == finite.min().item() and entry["max"] == finite.max().item(), file, path, "range")
            mean = finite.mean().item()
            check(math.isclose(entry["mean"], mean, rel_tol=1e-9, abs_tol=1e-30) or not math.isfinite(mean), file, path, "mean")
        check(entry["nan"] == int(double.isnan().sum()), file, path, "nan")


# ---------------------------------------------------------------------------- the proof


def converted(source, target, what):
    result = nnlua("convert", source, target)
    check(result.returncode == 0, what, result.stderr)
    return result.returncode == 0


def read(path):
    return torch.load(path, weights_only=True)


def prove_pytorch(folder):
    for name, make in VALUES.items():
        torch.manual_seed(0)
        value = make()
        # PyTorch writes newer types in its old format, too, and cannot read them.
        old = older_types(value) if name == "numbers" else value
        for kind, data in {
            "zip": fixtures.saved(value), "legacy": fixtures.saved(old, _use_new_zipfile_serialization=False),
            "deflated": fixtures.rewrite_zip(fixtures.saved(value), fixtures.zipfile.ZIP_DEFLATED),
        }.items():
            source, target = f"{folder}/{name}-{kind}.pth", f"{folder}/{name}-{kind}-again.pth"
            with open(source, "wb") as file:
                file.write(data)
            expected = read(source)
            if converted(source, target, f"{name} {kind}"):
                same(expected, read(target), f"{name} {kind}")
                same_ties(expected, read(target), f"{name} {kind}")
            if name != "values":
                same_statistics(expected, source)
            # The same through Lua's own values.
            if name in ["numbers", "views", "parameters", "state_dict"]:
                target = f"{folder}/{name}-{kind}-lua.pth"
                result = nnlua("-e", f"torch.save(torch.load('{source}'), '{target}')")
                check(result.returncode == 0, name, result.stderr)
                same(expected, read(target), f"{name} {kind} through Lua")
                same_ties(expected, read(target), f"{name} {kind} through Lua")
    source, target = f"{folder}/big-endian.pth", f"{folder}/big-endian-again.pth"
    with open(source, "wb") as file:
        # PyTorch does not turn the newer types round; nnlua refuses them.
        tensors = list(older_types(numbers()).values())
        file.write(swapped(tensors))
    if converted(source, target, "big-endian"):
        same(tensors, read(target), "big-endian")


def prove_safetensors(folder):
    for name in ["numbers", "views", "state_dict"]:
        value = {key: tensor.clone().contiguous() for key, tensor in VALUES[name]().items() if tensor.dtype not in [torch.complex32, torch.complex128]}
        source, again, pth = (f"{folder}/{name}.{ending}" for ending in ["safetensors", "again.safetensors", "from-safetensors.pth"])
        safetensors.torch.save_file(value, source, metadata={"note": "ü"})
        if converted(source, again, source):
            with open(source, "rb") as a, open(again, "rb") as b:
                check(a.read() == b.read(), again, "differs from the reference's file")
        if converted(source, pth, source):
            same(safetensors.torch.load_file(source), dict(read(pth)), source, layout=False)
        torch.save(value, f"{folder}/{name}.pth")
        if converted(f"{folder}/{name}.pth", again, name):
            loaded = safetensors.torch.load_file(again)
            same({key: value[key] for key in loaded}, loaded, f"{name} to safetensors", layout=False)
            check(set(loaded) == set(value), name, "keys")


def prove_numpy(folder):
    arrays = {key.removeprefix("torch."): tensor.numpy() for key, tensor in numbers().items()
              if "bfloat16" not in key and "float8" not in key and "complex32" not in key}
    arrays |= {"matrix": numpy.arange(6.0).reshape(2, 3), "fortran": numpy.asfortranarray(numpy.arange(6).reshape(2, 3)),
               "scalar": numpy.array(7.5), "empty": numpy.zeros((0, 3)), "big_endian": numpy.arange(3, dtype=">f4")}
    for kind, save in {"npz": numpy.savez, "compressed": numpy.savez_compressed}.items():
        source, target = f"{folder}/{kind}.npz", f"{folder}/{kind}-again.npz"
        save(source, **arrays)
        if converted(source, target, kind):
            loaded = numpy.load(target)
            check(set(loaded.files) == set(arrays), kind, "keys")
            for key in loaded.files:
                expected = arrays[key]
                check(
                    loaded[key].dtype == expected.dtype.newbyteorder("=") and loaded[key].shape == expected.shape
                    and numpy.array_equal(loaded[key], expected, equal_nan=expected.dtype.kind in "fc"), kind, key)
        pth = f"{folder}/{kind}.pth"
        if converted(source, pth, kind):
            for key, tensor in read(pth).items():
                check(numpy.array_equal(tensor.numpy(), arrays[key], equal_nan=arrays[key].dtype.kind in "fc"), kind, key, "as a tensor")
    for key, array in arrays.items():
        source, target = f"{folder}/{key}.npy", f"{folder}/{key}-again.npy"
        numpy.save(source, array)
        if converted(source, target, key):
            loaded = numpy.load(target)
            check(
                loaded.dtype == array.dtype.newbyteorder("=")
                and numpy.array_equal(loaded, array, equal_nan=array.dtype.kind in "fc"), key, "npy")


def prove_scripts(folder):
    source, target = f"{folder}/script.pt", f"{folder}/script.pth"
    with open(source, "wb") as file:
        file.write(fixtures.script())
    if converted(source, target, "TorchScript"):
        same(dict(torch.jit.load(source).state_dict()), dict(read(target)), "TorchScript", layout=False)


def prove_networks(folder):
    """A network that was saved whole is its state dict."""
    for kind, new in {"zip": True, "legacy": False}.items():
        network = fixtures.Block()
        source, target = f"{folder}/network-{kind}.pth", f"{folder}/network-{kind}-again.pth"
        torch.save(network, source, _use_new_zipfile_serialization=new)
        if converted(source, target, f"network {kind}"):
            again = read(target)
            same(dict(network.state_dict(keep_vars=True)), dict(again), f"network {kind}", layout=False)
            fixtures.Block().load_state_dict(again)


def prove_optimizers(folder):
    """Training goes on from the other side's state as it would have gone on from one's own."""
    for name in ["SGD", "Adam", "AdamW"]:
        options = {"momentum": 0.9} if name == "SGD" else {}
        network = torch.nn.Linear(2, 3)
        optimizer = getattr(torch.optim, name)(network.parameters(), lr=0.1, **options)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)

        def step():
            optimizer.zero_grad()
            network(torch.ones(1, 2)).pow(2).sum().backward()
            optimizer.step()
            scheduler.step()

        step()
        source, target = f"{folder}/{name}.pth", f"{folder}/{name}-again.pth"
        parts = {"net": network, "optimizer": optimizer, "scheduler": scheduler}
        torch.save({key: part.state_dict() for key, part in parts.items()}, source)
        result = nnlua("-e", f"""
            local saved = torch.load('{source}')
            local net = nn.Linear(2, 3)
            local optimizer = optim.{name}(net:parameters(), {{lr = 1{", momentum = 0.9" if options else ""}}})
            local scheduler = optim.lr_scheduler.StepLR(optimizer, 5)
            net:load_state_dict(saved.net)
            optimizer:load_state_dict(saved.optimizer)
            scheduler:load_state_dict(saved.scheduler)
            net(torch.ones(1, 2)):pow(2):sum():backward()
            optimizer:step()
            scheduler:step()
            torch.save({{net = net:state_dict(), optimizer = optimizer:state_dict(), scheduler = scheduler:state_dict()}}, '{target}')
            """)
        check(result.returncode == 0, name, result.stderr)
        if result.returncode == 0:
            step()
            again = read(target)
            for key, tensor in network.state_dict().items():
                check(torch.allclose(tensor, again["net"][key], rtol=1e-6), name, key)
            check(again["optimizer"]["param_groups"] == optimizer.state_dict()["param_groups"], name, "param_groups")
            check(again["scheduler"] == scheduler.state_dict(), name, "scheduler")
            optimizer.load_state_dict(again["optimizer"])
            scheduler.load_state_dict(again["scheduler"])
            step()


with tempfile.TemporaryDirectory() as folder:
    for prove in [prove_pytorch, prove_safetensors, prove_numpy, prove_scripts, prove_networks, prove_optimizers]:
        before = checks
        prove(folder)
        print(f"{prove.__name__.removeprefix('prove_')}: {checks - before} checks")
for failure in failures:
    print("FAILED:", failure, file=sys.stderr)
print(f"{checks} checks, {len(failures)} failed; PyTorch {torch.__version__}, NumPy {numpy.__version__}")
sys.exit(bool(failures))
