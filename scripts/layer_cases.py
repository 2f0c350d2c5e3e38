"""What PyTorch's layers and losses print, hold and compute, for the cases below: see `results`."""

import json

import torch
from torch import nn

CASES = []


def draw(kind, *shape, **options):
    """A tensor that a test can draw too: `kind` is randn, rand, or values (then `shape` is a list and a type)."""
    return {"kind": kind, "shape": list(shape), **options}


class layer:
    """A layer that is an argument of another one's constructor."""

    def __init__(self, name, *arguments, **keywords):
        self.name, self.arguments, self.keywords = name, arguments, keywords

    def make(self):
        return getattr(nn, self.name)(*self.arguments, **self.keywords)


def case(name, *arguments, on, by=None, **keywords):
    """A layer by its constructor's arguments, with the inputs `on` which it is called, and those given `by` name."""
    CASES.append({"name": name, "arguments": arguments, "keywords": keywords, "inputs": on, "named": by or {}})


def randn(*shape, **options):
    return draw("randn", *shape, **options)


def rand(*shape, **options):
    return draw("rand", *shape, **options)


def below(limit, *shape, **options):
    return draw("randint", *shape, limit=limit, **options)


def signs(*shape):
    return draw("signs", *shape)


def values(numbers, dtype="int64", **options):
    return {"kind": "values", "values": numbers, "dtype": dtype, **options}


def several(*parts):
    """A list of inputs as one."""
    return {"kind": "list", "parts": parts}


def same(position):
    """The input at a position, counted from 1, once more."""
    return {"kind": "same", "position": position}


X = randn(3, 4)
image = randn(2, 4, 6, 5)
line = randn(2, 4, 7)
cube = randn(2, 4, 4, 3, 5)


def activations():
    for name in (
        "ReLU ReLU6 SiLU Mish SELU Hardswish Hardsigmoid ELU CELU LeakyReLU RReLU Hardtanh GELU Softplus Hardshrink "
        "Softshrink Sigmoid Tanh LogSigmoid Softsign Tanhshrink GLU PReLU"
    ).split():
        case(name, on=[X])
    case("ReLU", True, on=[X])
    case("SiLU", inplace=True, on=[X])
    case("ELU", 0.5, on=[X])
    case("CELU", 2, on=[X])
    case("LeakyReLU", 0.2, True, on=[X])
    case("RReLU", 0.2, 0.4, on=[X])
    case("Hardtanh", -0.5, 2, on=[X])
    case("GELU", "tanh", on=[X])
    case("Softplus", 2, 1, on=[X])
    case("Hardshrink", 0.75, on=[X])
    case("Softshrink", 1, on=[X])
    case("Threshold", 0.1, 20, on=[X])
    case("PReLU", 4, init=0.1, on=[X])
    case("GLU", 0, on=[randn(4, 3)])
    case("Softmax2d", on=[image])
    for name in ["Softmax", "LogSoftmax", "Softmin"]:
        case(name, 1, on=[X])
        case(name, dim=0, on=[X])
    for name, shape in [("Dropout", X), ("Dropout1d", line), ("Dropout2d", image), ("Dropout3d", cube)]:
        case(name, on=[shape])
    case("Dropout", 0, on=[X])
    case("AlphaDropout", 0.3, on=[X])
    case("FeatureAlphaDropout", 0.3, True, on=[image])


def normalizations():
    for rank, shape in enumerate([line, image, cube], 1):
        case(f"BatchNorm{rank}d", 4, on=[shape])
        case(f"InstanceNorm{rank}d", 4, on=[shape])
    case("BatchNorm1d", 4, 0.001, 0.2, False, on=[X])
    case("BatchNorm2d", 4, track_running_stats=False, bias=False, on=[image])
    case("InstanceNorm1d", 4, affine=True, track_running_stats=True, on=[randn(4, 7)])
    case("InstanceNorm2d", 4, affine=True, bias=False, on=[image])
    case("LayerNorm", 4, on=[X])
    case("LayerNorm", (3, 4), 0.01, on=[randn(2, 3, 4)])
    case("LayerNorm", 4, elementwise_affine=False, on=[X])
    case("LayerNorm", 4, bias=False, on=[X])
    case("RMSNorm", 4, on=[X])
    case("RMSNorm", (3, 4), eps=0.01, elementwise_affine=False, on=[randn(2, 3, 4)])
    case("GroupNorm", 2, 4, on=[image])
    case("GroupNorm", 4, 4, affine=False, on=[X])
    case("GroupNorm", 1, 4, bias=False, on=[line])
    case("LocalResponseNorm", 3, alpha=0.1, on=[image])


def linear_and_convolutions():
    case("Linear", 4, 3, on=[X])
    case("Linear", 4, 2, bias=False, on=[randn(2, 3, 4)])
    case("Bilinear", 4, 3, 2, on=[randn(5, 4), randn(5, 3)])
    case("Identity", 54, on=[X])
    for rank, shape in enumerate([line, image, cube], 1):
        case(f"Conv{rank}d", 4, 3, 2, on=[shape])
        case(f"ConvTranspose{rank}d", 4, 3, 2, on=[shape])
    case("Conv1d", 4, 6, 3, 2, 1, 2, 2, False, on=[line])
    case("Conv2d", 4, 2, (3, 2), padding="same", on=[image])
    for mode in ["reflect", "replicate", "circular"]:
        case("Conv2d", 4, 2, 3, padding=(1, 2), padding_mode=mode, on=[image])
    case("Conv1d", 4, 2, 4, padding="same", padding_mode="circular", on=[line])
    case("ConvTranspose2d", 4, 4, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2, on=[image])
    case("ConvTranspose1d", 4, 2, 3, stride=2, on=[line, values([16], sizes=True)])


def pools():
    for rank, shape in enumerate([line, image, cube], 1):
        case(f"MaxPool{rank}d", 2, on=[shape])
        case(f"AvgPool{rank}d", 2, on=[shape])
        case(f"LPPool{rank}d", 2, 2, on=[shape])
        case(f"AdaptiveAvgPool{rank}d", 2, on=[shape])
        case(f"AdaptiveMaxPool{rank}d", 2, on=[shape])
    case("MaxPool2d", (2, 3), stride=1, padding=(1, 0), return_indices=True, on=[image])
    case("MaxPool1d", 3, 2, ceil_mode=True, dilation=2, on=[line])
    case("AvgPool2d", 3, 2, 1, True, False, on=[image])
    case("AvgPool2d", 2, divisor_override=3, on=[image])
    case("AdaptiveAvgPool2d", (3, 2), on=[image])
    case("AdaptiveMaxPool1d", 3, return_indices=True, on=[line])
    case("LPPool2d", 3.0, (2, 3), stride=(1, 2), ceil_mode=True, on=[rand(2, 4, 6, 5)])
    case("MaxUnpool1d", 2, on=[randn(1, 2, 2), values([[[1, 2], [0, 3]]])])
    case("MaxUnpool2d", 2, stride=2, on=[randn(1, 1, 2, 2), values([[[[0, 2], [9, 12]]]]), values([5, 4], sizes=True)])
    case("MaxUnpool3d", 2, on=[randn(1, 1, 1, 1, 2), values([[[[[1, 14]]]]])])


def shapes():
    for rank, shape in enumerate([line, image, cube], 1):
        for kind in ["Zero", "Reflection", "Replication", "Circular"]:
            case(f"{kind}Pad{rank}d", 1, on=[shape])
        case(f"ConstantPad{rank}d", 2, 3.5, on=[shape])
    case("ReflectionPad2d", (1, 2, 0, 3), on=[image])
    case("ConstantPad1d", (3, 0), 1, on=[X])
    case("Flatten", on=[image])
    case("Flatten", 0, 2, on=[image])
    case("Unflatten", 1, (2, 2), on=[X])
    case("Unfold", 2, on=[image])
    case("Unfold", (2, 3), padding=1, stride=(1, 2), on=[image])
    case("Fold", (4, 5), 2, on=[randn(2, 12, 12)])
    case("PixelShuffle", 2, on=[image])
    case("PixelUnshuffle", 2, on=[randn(2, 2, 4, 6)])
    case("ChannelShuffle", 2, on=[image])
    case("Upsample", scale_factor=2, on=[image])
    case("Upsample", size=(4, 3), mode="bilinear", align_corners=True, on=[image])
    case("Upsample", 4, mode="linear", on=[line])
    case("Upsample", scale_factor=(2.0, 1.5), mode="bicubic", on=[image])
    case("UpsamplingNearest2d", scale_factor=2, on=[image])
    case("UpsamplingBilinear2d", size=(7, 8), on=[image])


def embeddings():
    ids = values([[1, 2, 0], [4, 1, 2]])
    case("Embedding", 5, 3, on=[ids])
    case("Embedding", 5, 3, padding_idx=-4, on=[ids])
    case("Embedding", 5, 3, max_norm=1.0, norm_type=1.0, scale_grad_by_freq=True, on=[ids])
    for mode in ["sum", "mean", "max"]:
        case("EmbeddingBag", 5, 3, mode=mode, on=[ids])
        case("EmbeddingBag", 5, 3, mode=mode, padding_idx=1, on=[values([1, 2, 1, 4, 2, 2]), values([0, 3, 3, 5])])
    case(
        "EmbeddingBag", 5, 3, mode="sum", include_last_offset=True, on=[values([1, 2, 4]), values([0, 2, 3]), rand(3)]
    )


def recurrent():
    steps, one = randn(5, 3, 4), randn(3, 4)
    for name in ["RNN", "LSTM", "GRU"]:
        case(name, 4, 2, on=[steps])
        case(name, 4, 2, num_layers=2, bidirectional=True, on=[steps])
        case(name, 4, 2, 2, bias=False, batch_first=True, on=[randn(3, 5, 4)])
        case(name, 4, 2, on=[randn(5, 4)])
        case(name, 4, 3, num_layers=3, dropout=0.5, on=[steps])
        case(name + "Cell", 4, 3, on=[one])
        case(name + "Cell", 4, 3, False, on=[randn(4)])
    for name in ["RNN", "GRU"]:
        case(name, 4, 2, on=[steps, randn(1, 3, 2)])
        case(name + "Cell", 4, 3, on=[one, randn(3, 3)])
    case("LSTM", 4, 2, on=[steps, several(randn(1, 3, 2), randn(1, 3, 2))])
    case("LSTM", 4, 3, proj_size=2, bidirectional=True, on=[steps])
    case("LSTM", 4, 3, 2, proj_size=2, bias=False, on=[steps], by={"hx": several(randn(2, 3, 2), randn(2, 3, 3))})
    case("LSTMCell", 4, 3, on=[one, several(randn(3, 3), randn(3, 3))])
    case("RNN", 4, 2, 2, "relu", on=[steps])
    case("RNNCell", 4, 3, nonlinearity="relu", on=[one])


def attention():
    query, key, value = randn(3, 2, 4), randn(5, 2, 4), randn(5, 2, 4)
    itself = [randn(3, 2, 4), same(1), same(1)]
    masked = values([[False, True, True], [False, False, True], [False, False, False]], "bool")
    padded = values([[False, False, True], [False, False, False]], "bool")
    case("MultiheadAttention", 4, 2, on=itself)
    case("MultiheadAttention", 4, 2, on=[query, key, value])
    case("MultiheadAttention", 4, 2, on=[query, key, same(2)])
    case("MultiheadAttention", 4, 2, bias=False, batch_first=True, on=[randn(2, 3, 4), same(1), same(1)])
    case("MultiheadAttention", 4, 4, add_bias_kv=True, add_zero_attn=True, on=itself, by={"attn_mask": masked})
    case("MultiheadAttention", 4, 2, kdim=3, vdim=5, on=[query, randn(5, 2, 3), randn(5, 2, 5)])
    case("MultiheadAttention", 4, 2, on=[randn(3, 4), same(1), same(1)], by={"average_attn_weights": False})
    case("MultiheadAttention", 4, 2, on=itself, by={"need_weights": False, "key_padding_mask": padded})
    case("MultiheadAttention", 4, 2, on=itself, by={"key_padding_mask": padded, "attn_mask": masked})
    case("MultiheadAttention", 4, 2, on=itself, by={"attn_mask": masked, "is_causal": True, "need_weights": False})
    case("MultiheadAttention", 4, 2, on=itself, by={"attn_mask": randn(4, 3, 3, plain=True)})
    case("MultiheadAttention", 4, 2, dropout=0.5, on=itself)
    case("MultiheadAttention", 4, 2, 0.5, on=itself, by={"need_weights": False})
    steps, memory = randn(3, 2, 4), randn(3, 2, 4)
    for name, inputs in [("TransformerEncoderLayer", [steps]), ("TransformerDecoderLayer", [steps, memory])]:
        case(name, 4, 2, 6, on=inputs)
        case(name, 4, 2, 6, 0.0, "gelu", 0.01, norm_first=True, on=inputs)
        case(name, 4, 2, 6, bias=False, batch_first=True, dropout=0, on=inputs)
    case("TransformerEncoderLayer", 4, 2, 6, 0.0, on=[steps, masked, padded])
    case("TransformerEncoderLayer", 4, 2, 6, on=[steps], by={"src_mask": masked, "is_causal": True})
    case("TransformerDecoderLayer", 4, 2, 6, 0.0, on=[steps, memory], by={"tgt_mask": masked})


    def encoder(**options):
        return layer("TransformerEncoderLayer", 4, 2, 6, **options)

    case("TransformerEncoder", encoder(dropout=0.0), 2, on=[steps, masked, padded])
    case("TransformerEncoder", encoder(norm_first=True), 2, layer("LayerNorm", 4), on=[steps])
    case("TransformerDecoder", layer("TransformerDecoderLayer", 4, 2, 6), 2, on=[steps, memory])
    case("Transformer", 4, 2, 2, 1, 6, on=[steps, memory], by={"tgt_mask": masked})


def distances_and_losses():
    pair = [randn(3, 4), randn(3, 4)]
    case("CosineSimilarity", on=pair)
    case("CosineSimilarity", 0, 0.1, on=pair)
    case("PairwiseDistance", on=pair)
    case("PairwiseDistance", 1.0, keepdim=True, on=pair)
    labels = below(4, 3)
    for reduction in ["mean", "sum", "none"]:
        for name in ["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"]:
            case(name, reduction=reduction, on=pair)
        case("CrossEntropyLoss", reduction=reduction, on=[X, labels])
        case("NLLLoss", reduction=reduction, on=[X, labels])
        case("BCELoss", reduction=reduction, on=[rand(3, 4), rand(3, 4, plain=True)])
        case("BCEWithLogitsLoss", reduction=reduction, on=[X, rand(3, 4, plain=True)])
        case("SoftMarginLoss", reduction=reduction, on=[X, signs(3, 4)])
        case("HingeEmbeddingLoss", reduction=reduction, on=[X, signs(3, 4)])
        case("MultiLabelSoftMarginLoss", reduction=reduction, on=[X, below(2, 3, 4)])
        case("MultiMarginLoss", reduction=reduction, on=[X, labels])
        case("MultiLabelMarginLoss", reduction=reduction, on=[X, values([[3, 0, -1, 1], [1, -1, 0, 2], [2, 3, 1, 0]])])
        case("CosineEmbeddingLoss", reduction=reduction, on=[X, X, signs(3)])
        case("MarginRankingLoss", reduction=reduction, on=[randn(5), randn(5), signs(5)])
        case("TripletMarginLoss", reduction=reduction, on=[X, X, X])
        case("TripletMarginWithDistanceLoss", reduction=reduction, on=[X, X, X])
        case("KLDivLoss", reduction=reduction, on=[X, rand(3, 4, plain=True)])
        case("PoissonNLLLoss", reduction=reduction, on=[X, rand(3, 4, plain=True)])
        case("GaussianNLLLoss", reduction=reduction, on=[X, X, rand(3, 4)])
        lengths = [values([5, 4], sizes=True), values([2, 3], sizes=True)]
        case("CTCLoss", reduction=reduction, on=[randn(5, 2, 4), values([[1, 1, 0], [2, 3, 2]]), *lengths])
    lengths = {"input_lengths": [5, 5], "target_lengths": [3, 2]}
    case("CTCLoss", 3, on=[randn(5, 2, 4), values([1, 2, 0, 1, 1])], by=lengths)
    short = [values([2], sizes=True), values([3], sizes=True)]
    case("CTCLoss", zero_infinity=True, on=[randn(2, 4), values([1, 1, 2]), *short])
    case("SmoothL1Loss", beta=0.5, on=pair)
    case("HuberLoss", delta=0.5, on=pair)
    case("CrossEntropyLoss", ignore_index=2, label_smoothing=0.1, on=[X, labels])
    case("MSELoss", size_average=False, on=pair)
    case("L1Loss", reduce=False, on=pair)
    case("MultiMarginLoss", 2, 0.5, on=[X, labels])
    case("HingeEmbeddingLoss", 0.5, on=[X, signs(3, 4)])
    case("CosineEmbeddingLoss", 0.25, on=[X, X, signs(3)])
    case("MarginRankingLoss", margin=0.5, on=[randn(5), randn(5), signs(5)])
    case("TripletMarginLoss", 2.0, 1, swap=True, on=[X, X, X])
    case("TripletMarginWithDistanceLoss", margin=2.0, swap=True, on=[X, X, X])
    case("KLDivLoss", reduction="batchmean", log_target=True, on=[X, X])
    case("PoissonNLLLoss", False, True, on=[rand(3, 4), rand(3, 4, plain=True)])
    case("GaussianNLLLoss", full=True, eps=0.5, on=[X, X, rand(3, 1)])


def lua(value):
    """A value as Lua writes it."""
    if value is None:
        return "nil"
    if isinstance(value, layer):
        return spelled(value.name, value.arguments, value.keywords)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, (tuple, list)):
        return "{" + ", ".join(lua(v) for v in value) + "}"
    return repr(value)


def spelled(name, arguments, keywords):
    """The constructor's call in Lua."""
    texts = [lua(a) for a in arguments]
    if keywords:
        texts.append("{" + ", ".join(f"{k} = {lua(v)}" for k, v in keywords.items()) + "}")
    return f"nn.{name}({', '.join(texts)})"


def drawn(spec, before):
    """The input that a description stands for, after those `before`. The test draws it in the same way."""
    if not isinstance(spec, dict):
        return spec
    if spec["kind"] == "list":
        return [drawn(part, before) for part in spec["parts"]]
    if spec["kind"] == "same":
        return before[spec["position"] - 1]
    shape = spec.get("shape")
    if spec["kind"] == "values":
        # Sizes are given as numbers.
        return spec["values"] if spec.get("sizes") else torch.tensor(spec["values"], dtype=getattr(torch, spec["dtype"]))
    if spec["kind"] == "randint":
        return torch.randint(spec["limit"], shape)
    if spec["kind"] == "signs":
        return torch.randint(2, shape) * 2 - 1
    tensor = getattr(torch, spec["kind"])(shape)
    return tensor if spec.get("plain") else tensor.requires_grad_()


def summary(tensor):
    """What is compared of a tensor: shape, sum of absolute values, and the first few elements."""
    flat = tensor.detach().double().flatten()
    numbers = [float(f"{number:.6g}") for number in [flat.abs().sum().item()] + flat[:3].tolist()]
    return {"shape": list(tensor.shape), "sum": numbers[0], "first": numbers[1:]}


def tensors(value):
    """All tensors of a layer's inputs or result, in order; what is none is passed over."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [] if not isinstance(value, (list, tuple)) else [tensor for part in value for tensor in tensors(part)]


def copied(value):
    """What may be written into; all that are one tensor stay one."""
    memo = {}

    def copy(value):
        if isinstance(value, list):
            return tuple(copy(part) for part in value)
        if not isinstance(value, torch.Tensor) or value.dtype == torch.bool:
            return value
        return memo.setdefault(id(value), value * 1)

    return [copy(part) for part in value]


def computed(name, arguments, keywords, inputs, named):
    torch.manual_seed(3)
    made = [argument.make() if isinstance(argument, layer) else argument for argument in arguments]
    module = getattr(nn, name)(*made, **keywords)
    state = [[key, summary(tensor)] for key, tensor in module.state_dict().items()]
    torch.manual_seed(4)
    given = []
    for spec in inputs:
        given.append(drawn(spec, given))
    given_named = {key: drawn(spec, given) for key, spec in sorted(named.items())}

    def run():
        *passed, by_name = copied(given + [list(given_named.values())])
        return tensors(module(*passed, **dict(zip(given_named, by_name))))

    outputs = run()
    loss = sum((output * output * output).sum() for output in outputs if output.requires_grad)
    gradients = []
    if isinstance(loss, torch.Tensor):
        loss.backward()
        leaves = tensors(given) + tensors(list(given_named.values())) + list(module.parameters())
        gradients = [leaf.grad is not None and summary(leaf.grad) for leaf in leaves]
    module.eval()
    with torch.no_grad():
        evaluated = run()
    return {
        "make": spelled(name, arguments, keywords),
        "text": str(module),
        "state": state,
        "inputs": inputs,
        "named": named,
        "outputs": [summary(output) for output in outputs],
        "gradients": gradients,
        "evaluated": [summary(output) for output in evaluated],
    }


def results():
    """A JSON list of cases: the constructor's call in Lua, and what PyTorch gives."""
    for add in [
        activations, normalizations, linear_and_convolutions, pools, shapes, embeddings, recurrent, attention,
        distances_and_losses,
    ]:
        add()
    lines = [json.dumps(computed(**c)) for c in CASES]
    return "[\n" + ",\n".join(lines) + "\n]\n"
