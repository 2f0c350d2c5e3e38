import NN
import Tensor
import TestSupport
import Testing

extension DefaultGeneratorTests {
  /// Modules print as PyTorch's do.
  @Suite struct ModuleTextTests {
    @Test func treesAndOptionsPrintAsInPyTorch() throws {
      let one = try parameter(try Tensor.ones([1]))
      let printed: [String: any CustomStringConvertible] = [
        "linear": try Linear(3, 4),
        "linear without bias": try Linear(3, 4, bias: false),
        "bilinear": try Bilinear(2, 3, 4),
        "conv1d": try Conv1d(2, 4, kernelSize: [3], padding: .same),
        "conv2d": try Conv2d(
          4, 8, kernelSize: [3, 5], stride: [2], padding: .sizes([1, 0]), dilation: [2], groups: 2, bias: false),
        "conv3d": try Conv3d(1, 2, kernelSize: [3]),
        "conv transpose": try ConvTranspose2d(4, 2, kernelSize: [3], stride: [2], outputPadding: [1]),
        "batch norm": try BatchNorm2d(5),
        "batch norm 1d": try BatchNorm1d(5, eps: 1e-3, momentum: nil, affine: false, trackRunningStats: false),
        "max pool": MaxPool2d([3], stride: [2], padding: [1]),
        "max pool 3d": MaxPool3d([1, 2, 2], ceilMode: true),
        "avg pool 1d": AvgPool1d([3]),
        "avg pool": AvgPool2d([2]),
        "adaptive": AdaptiveAvgPool2d([1, nil]),
        "adaptive max": AdaptiveMaxPool1d([4]),
        "dropout": try Dropout(0.25),
        "dropout2d": try Dropout2d(inplace: true),
        "relu": ReLU(),
        "relu inplace": ReLU(inplace: true),
        "flatten": Flatten(),
        "unflatten": Unflatten(1, [2, 3]),
        "identity": Identity(),
        "empty": try Sequential(),
        "sequential": try Sequential([try Conv2d(1, 2, kernelSize: [3]), try Sequential([ReLU(), Flatten()])]),
        "list": try ModuleList([try Linear(1, 2), try Linear(1, 2), ReLU(), try Sequential([ReLU()])]),
        "dict": try ModuleDict([("a", ReLU()), ("b", Identity())]),
        "parameters": try ParameterList([try parameter(try Tensor.ones([2, 3])), try parameter(try Tensor.ones([4]))]),
        "named parameters": try ParameterDict([("w", try parameter(try Tensor.ones([2, 3])))]),
        "sgd": try SGD([one], options: ["lr": 0.1, "momentum": 0.9]),
        "adam": try Adam([one], options: ["lr": 1e-05]),
      ]
      let blocks = try Fixture.text("NN/text.txt").split(separator: "=== ")
      #expect(blocks.count == printed.count)
      for block in blocks {
        let lines = block.split(separator: "\n", maxSplits: 1)
        let expected = lines[1].hasSuffix("\n") ? String(lines[1].dropLast()) : String(lines[1])
        let name = String(lines[0])
        #expect(printed[name]?.description == expected, "\(name)")
      }
    }
  }
}
