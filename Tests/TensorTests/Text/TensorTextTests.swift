import Tensor
import TestSupport
import Testing

/// Tensors print as PyTorch prints them.
@Suite struct TensorTextTests {
  @Test func everyTextIsPyTorchs() throws {
    let blocks = try Fixture.text("Tensor/Text/tensors.txt").split(separator: "====\n", omittingEmptySubsequences: true)
    #expect(blocks.count > 400)
    for block in blocks {
      let lines = block.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      let sample = PrintedSample(lines.prefix(5).map(String.init))
      let expected = lines.dropFirst(5).joined(separator: "\n")
      let text = try sample.tensor().text(sample.options)
      #expect(text == expected, "\(sample.lines)")
    }
  }

  @Test func aResultNamesTheOperationThatMadeIt() throws {
    let x = try Tensor([1, 2.5] as [Double])
    try x.setRequiresGrad(true)
    #expect(try x.add(x).description == "tensor([2., 5.], grad_fn=<AddBackward0>)")
    #expect(try x.add(x).detach().description == "tensor([2., 5.])")
  }

  @Test func theDefaultTypeIsNotNamed() throws {
    DefaultDType.current = .float64
    defer { DefaultDType.current = .float32 }
    #expect(try Tensor([0.5], dtype: .float64).description == "tensor([0.5000])")
    #expect(try Tensor([0.5] as [Double]).description == "tensor([0.5000], dtype=torch.float32)")
  }
}

/// One block of the fixture: what was printed, and how.
private struct PrintedSample {
  let lines: [String]
  var dtype: DType { DType.allCases.first { $0.name == lines[0] } ?? .float32 }
  var shape: [Int] { lines[1].split(separator: " ").compactMap { Int($0) } }

  init(_ lines: [String]) { self.lines = lines }

  var options: PrintOptions {
    var options = PrintOptions()
    for pair in lines[3].split(separator: " ") {
      let parts = pair.split(separator: "=").map(String.init)
      let number = Int(parts[1]) ?? 0
      switch parts[0] {
      case "precision": options.precision = number
      case "threshold": options.threshold = Double(number)
      case "edgeitems": options.edgeItems = number
      case "linewidth": options.lineWidth = number
      case "sci_mode": options.scientific = parts[1] == "True"
      default: options.apply(PrintOptions.Profile(rawValue: parts[1]) ?? .default)
      }
    }
    return options
  }

  func tensor() throws -> Tensor {
    var tensor = try values()
    if lines[2].contains("transposed") { tensor = try tensor.transpose(0, 1) }
    if !lines[2].isEmpty && !lines[2].contains("transposed") { try tensor.setRequiresGrad(true) }
    tensor.isParameter = lines[2].contains("parameter")
    return tensor
  }

  private func values() throws -> Tensor {
    let count = shape.reduce(1, *)
    let words = lines[4].split(separator: " ").map(String.init)
    if words.first == "linear" {
      let numbers = words.dropFirst().compactMap { Double($0) }
      let values = (0..<count).map { numbers[0] + numbers[1] * Double($0) }
      return try Tensor(values, shape: shape, dtype: .float64).to(dtype)
    }
    if dtype.isComplex { return try complex(words.map { Double($0) ?? .nan }) }
    let integers = words.compactMap { Int64($0) }
    if integers.count == words.count { return try Tensor(integers, shape: shape, dtype: .int64).to(dtype) }
    return try Tensor(words.map { Double($0) ?? .nan }, shape: shape, dtype: .float64).to(dtype)
  }

  private func complex(_ values: [Double]) throws -> Tensor {
    let tensor = try Tensor(empty: shape, dtype: dtype)
    let memory = try tensor.overwritingPointer()
    for (index, value) in values.enumerated() {
      if dtype == .complex64 {
        memory.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
      } else {
        memory.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
      }
    }
    return tensor
  }
}
