"""One row of the benchmarks in PyTorch: work.py ROW. Prints what work.lua prints."""
import os
import resource
import statistics
import sys
import time

row = sys.argv[-1]
weights = os.environ.get("NNLUA_BENCH_WEIGHTS")  # a folder
resnet34 = f"{weights}/resnet34.pth"


def report(milliseconds, check=0.0):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{row}\t{milliseconds:.6f}\t{peak}\t{check:.6g}")


def median(warm_up, count, work):
    """What takes seconds is measured in fewer calls: one warms up and three count, at least."""
    limit = 1  # second, each for warming up and for measuring
    start = time.perf_counter()
    for _ in range(warm_up):
        work()
        if time.perf_counter() - start > limit:
            break
    times = []
    start = time.perf_counter()
    for _ in range(count):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
        if len(times) >= 3 and time.perf_counter() - start > limit:
            break
    return statistics.median(times)


import torch
import torch.nn as nn
import torch.nn.functional as F

if "OMP_NUM_THREADS" in os.environ:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        width = outputs // 4
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += identity
        return self.relu(out)


VARIANTS = {
    18: (BasicBlock, [2, 2, 2, 2]),
    34: (BasicBlock, [3, 4, 6, 3]),
    50: (Bottleneck, [3, 4, 6, 3]),
    101: (Bottleneck, [3, 4, 23, 3]),
    152: (Bottleneck, [3, 8, 36, 3]),
}


class ResNet(nn.Module):
    def __init__(self, depth=34, num_classes=1000):
        super().__init__()
        block, counts = VARIANTS[depth]
        widths = [64, 128, 256, 512] if block is BasicBlock else [256, 512, 1024, 2048]
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for index, (count, outputs) in enumerate(zip(counts, widths)):
            blocks = []
            for i in range(count):
                blocks.append(block(inputs, outputs, 2 if i == 0 and index > 0 else 1))
                inputs = outputs
            setattr(self, f"layer{index + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(widths[-1], num_classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def network(depth=34):
    net = ResNet(depth)
    net.load_state_dict(torch.load(f"{weights}/resnet{depth}.pth", weights_only=True))
    return net


def evaluate(batch, count, side=224, depth=34):
    net = network(depth).eval()
    torch.manual_seed(1)
    x = torch.randn(batch, 3, side, side)
    with torch.no_grad():
        check = net(x).abs().mean().item()
        plain = median(3, count, lambda: net(x).sum().item())
        last, inputs = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
        report(min(plain, median(3, count, lambda: last(inputs).sum().item())) / batch, check)


def train(head_only):
    best, check = None, None
    for memory_format in (torch.contiguous_format, torch.channels_last):
        net = network()
        torch.manual_seed(1)
        net.fc = nn.Linear(net.fc.in_features, 5)
        for name, p in net.named_parameters():
            p.requires_grad = not head_only or "fc" in name
        net.train(not head_only)
        net = net.to(memory_format=memory_format)
        optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=1e-3, momentum=0.9)
        loss_function = nn.CrossEntropyLoss()
        x = torch.randn(16, 3, 224, 224).to(memory_format=memory_format)
        y = torch.randint(0, 5, (16,))
        first = []

        def step():
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
            first.append(loss.item())

        milliseconds = median(2, 5, step) / 16
        best = milliseconds if best is None else min(best, milliseconds)
        check = first[0] if check is None else check
    report(best, check)


def large(work, check=lambda x: x.mean().item()):
    torch.manual_seed(0)
    a, b = torch.rand(10000000), torch.rand(10000000)
    value = check(work(a, b))
    report(median(3, 11, lambda: work(a, b)), value)


def load():
    check = torch.load(resnet34, weights_only=True)["fc.weight"].sum().item()
    report(median(1, 9, lambda: torch.load(resnet34, weights_only=True)), check)


def save():
    path = os.environ["NNLUA_BENCH_SCRATCH"] + "/saved.pth"
    state = torch.load(resnet34, weights_only=True)
    report(median(1, 7, lambda: torch.save(state, path)))


def method2():
    net = ResNet(num_classes=5)
    state = torch.load(resnet34, weights_only=True)
    for key in list(state):
        if "fc" in key:
            del state[key]
    missing, unexpected = net.load_state_dict(state, strict=False)
    report(0, len(missing) * 10 + len(unexpected))


class DigitsBlock(BasicBlock):
    pass


class DigitsResNet(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = nn.Sequential(DigitsBlock(16, 16), DigitsBlock(16, 16))
        self.layer2 = nn.Sequential(DigitsBlock(16, 32, 2), DigitsBlock(32, 32))
        self.layer3 = nn.Sequential(DigitsBlock(32, 64, 2), DigitsBlock(64, 64))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def read_safetensors(path):
    import json
    import struct

    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    types = {"U8": torch.uint8, "I64": torch.int64}
    tensors = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            buffer = bytearray(data[8 + size + begin:8 + size + end])
            tensors[name] = torch.frombuffer(buffer, dtype=types[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def digits():
    folder = os.environ["NNLUA_BENCH_ROOT"] + "/examples/data/"
    data = read_safetensors(folder + "digits.safetensors")
    mask = data["labels"] >= 5
    images, labels = data["images"][mask].float() / 16, data["labels"][mask] - 5
    split = len(labels) * 8 // 10
    train_x, train_y, test_x, test_y = images[:50], labels[:50], images[split:], labels[split:]

    def fit(net):
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        for _ in range(5):
            net.train()
            for rows in torch.randperm(len(train_y)).split(10):
                optimizer.zero_grad()
                F.cross_entropy(net(train_x[rows]), train_y[rows]).backward()
                optimizer.step()
        net.eval()
        with torch.no_grad():
            return (net(test_x).argmax(1) == test_y).float().mean().item()

    torch.manual_seed(0)
    tuned = DigitsResNet(5)
    state = torch.load(folder + "digits-resnet-pre.pth", weights_only=True)
    tuned.load_state_dict({k: v for k, v in state.items() if "fc" not in k}, strict=False)
    print(fit(tuned), fit(DigitsResNet(5)))
    report(0)


def small_add():
    a, b = torch.tensor([1., 2., 3.]), torch.tensor([4., 5., 6.])
    count = 200000

    def work():
        for _ in range(count):
            c = a + b
        return c

    report(median(1, 7, work) / count, (a + b).sum().item())


def matrix_product():
    torch.manual_seed(0)
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    report(median(5, 21, lambda: a @ b), (a @ b).abs().mean().item())


rows = {
    "start-up": lambda: report(0),
    "train-all": lambda: train(False),
    "train-head": lambda: train(True),
    "load": load,
    "save": save,
    "script-method2": method2,
    "script-digits": digits,
    "small-add": small_add,
    "large-add": lambda: large(lambda a, b: a + b),
    "large-exp": lambda: large(lambda a, b: a.exp()),
    "large-sum": lambda: large(lambda a, b: a.sum()),
    "matrix-product": matrix_product,
}
# What the rows about evaluation measure: the batch, how often, the images' side, the network's depth.
evaluations = {"evaluate-1": (1, 15, 224, 34), "evaluate-8": (8, 7, 224, 34)}
evaluations.update({f"batch-{n}": (n, 3 if n > 16 else 7, 224, 34) for n in (1, 4, 16, 64)})
evaluations.update({f"side-{n}": (1, 9, n, 34) for n in (64, 128, 256, 512)})
evaluations.update({f"depth-{n}": (1, 9, 224, n) for n in VARIANTS})
evaluations.update({f"threads-{n}": (8, 5, 224, 34) for n in (1, 2)})

if __name__ == "__main__":
    if row in evaluations:
        evaluate(*evaluations[row])
    else:
        rows[row]()
