"""One row of the benchmarks in another engine: peers.py ENGINE ROW. Prints what work.py prints.

ENGINE is onnxruntime (which needs the packages onnx and onnxscript as well), openvino or ncnn (which needs pnnx). Each runs the network
that PyTorch has loaded, converted; without arguments prints the engines that this Python has.
"""
import importlib.util
import os
import sys

NEEDS = {"onnxruntime": ["onnxruntime", "onnx", "onnxscript"], "openvino": ["openvino"], "ncnn": ["ncnn", "pnnx"]}
if len(sys.argv) == 1:
    print(" ".join(e for e, needs in NEEDS.items() if all(importlib.util.find_spec(name) for name in needs)))
    sys.exit()

import torch

import work

threads = torch.get_num_threads()
scratch = os.environ["NNLUA_BENCH_SCRATCH"]


def onnxruntime(net, x):
    import onnxruntime

    path = f"{scratch}/peer.onnx"
    torch.onnx.export(net, (x,), path, dynamo=True, verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name, inputs = session.get_inputs()[0].name, x.numpy()
    return lambda: session.run(None, {name: inputs})[0]


def openvino(net, x):
    import openvino

    options = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.compile_model(openvino.convert_model(net, example_input=x), "CPU", options)
    request, inputs = compiled.create_infer_request(), x.numpy()
    return lambda: request.infer({0: inputs}, share_inputs=True)[0]


def ncnn(net, x):
    import ncnn
    import numpy
    import pnnx

    path = f"{scratch}/peer.pt"
    pnnx.export(net, path, (x[:1],), fp16=False)
    model = ncnn.Net()
    model.opt.num_threads = threads
    model.opt.use_fp16_packed = model.opt.use_fp16_storage = model.opt.use_fp16_arithmetic = False
    model.opt.use_bf16_storage = False
    model.load_param(f"{scratch}/peer.ncnn.param")
    model.load_model(f"{scratch}/peer.ncnn.bin")
    images = [ncnn.Mat(image).clone() for image in x.numpy()]

    def run():
        outputs = []
        for image in images:
            extractor = model.create_extractor()
            extractor.input("in0", image)
            outputs.append(numpy.array(extractor.extract("out0")[1]))
        return numpy.stack(outputs)

    return run


engine, row = sys.argv[1:]
batch, count, side, depth = work.evaluations[row]
torch.manual_seed(1)
images = torch.randn(batch, 3, side, side)
run = globals()[engine](work.network(depth).eval(), images)
check = abs(run()).mean().item()
work.report(work.median(3, count, lambda: run().sum().item()) / batch, check)
