import StateDicts
import Tensor
import TestSupport
import Testing

/// What makes single tensors fit another network.
@Suite struct SurgeryTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch { return "\(error)" }
  }

  private func waves(_ shape: [Int]) throws -> Tensor {
    try Tensor.arange(.int(0), .int(Int64(shape.reduce(1, *)))).to(.float64).sin().reshape(shape).to(.float32)
  }

  @Test func positionsAreResizedAsTorchvisionAndTimmDo() throws {
    for record in try Fixture.records("StateDicts/positions.txt") {
      let parts = record.name.split(separator: " ")
      let numbers = parts.compactMap { Int($0) }
      let (old, new, prefix) = (numbers[0], [numbers[1], numbers[2]], numbers[3])
      let mode = try #require(Tensor.InterpolationMode(rawValue: String(parts[4])))
      let state = StateDict([("pos", try waves([1, old * old + prefix, 4]))])
      let resampling = PositionResampling(prefixTokens: prefix, mode: mode, antialias: parts[5] == "timm")
      let resized = try state.resizingPositions("pos", to: new, resampling).requiredTensor("pos")
      #expect(resized.shape == [1, new[0] * new[1] + prefix, 4])
      let values = try resized.doubles()
      let shown = stride(from: 0, to: values.count, by: 5).map { values[$0] }
      #expect(isClose(shown, record.values, absolute: 1e-6), "\(record.name)")
    }
  }

  @Test func positionsThatAreNoGridAreErrors() throws {
    let state = StateDict([("pos", try waves([1, 8, 2])), ("flat", try waves([8, 2]))])
    #expect(
      message { _ = try state.resizingPositions("pos", to: [2, 2]) }
        == "resize_pos_embedding(): the 7 patches of 'pos' are no square; say what they are by old_size")
    #expect(message { _ = try state.resizingPositions("flat", to: [2, 2]) }.hasPrefix("Unexpected position embedding"))
    #expect(throws: TensorError.self) { try state.resizingPositions("pos", to: [0, 2]) }
    #expect(throws: TensorError.self) {
      try state.resizingPositions("pos", to: [2, 2], PositionResampling(oldSize: [7, 7]))
    }
    let grid = try state.resizingPositions("pos", to: [2, 7], PositionResampling(oldSize: [1, 7]))
    #expect(try grid.requiredTensor("pos").shape == [1, 15, 2])
  }

  @Test func firstConvolutionsAnswerToGreyAsBefore() throws {
    let weight = try waves([2, 3, 3, 3])
    let state = StateDict([("conv1.weight", weight), ("fc.weight", try waves([2, 3]))])
    let sums = try weight.sum([1]).doubles()
    for channels in [1, 2, 4, 7] {
      let adapted = try state.adaptingInputConvolution("conv1", channels: channels).requiredTensor("conv1.weight")
      #expect(adapted.shape == [2, channels, 3, 3])
      // timm's scale is for three channels: it keeps the sum where it repeats them evenly.
      if channels == 1 { #expect(isClose(try adapted.sum([1]).doubles(), sums)) }
      if channels > 1 {
        let first = try adapted.select(1, 0).doubles()
        #expect(isClose(first, try weight.select(1, 0).mul(3 / Double(channels)).doubles()))
        let fourth = channels > 3 ? try adapted.select(1, 3).doubles() : first
        #expect(fourth == first)
      }
    }
    #expect(
      try state.adaptingInputConvolution("conv1.weight", channels: 3)["conv1.weight"]?.isSameView(as: weight) == true)
    let grey = try state.adaptingInputConvolution("conv1", channels: 1)
    let coloured = try grey.adaptingInputConvolution("conv1", channels: 3)
    #expect(isClose(try coloured.requiredTensor("conv1.weight").sum([1]).doubles(), sums))
    #expect(throws: TensorError.self) { try state.adaptingInputConvolution("fc", channels: 1) }
    #expect(throws: TensorError.self) { try state.adaptingInputConvolution("conv1", channels: 0) }
    #expect(
      message { _ = try state.adaptingInputConvolution("conv2", channels: 1) }
        == "no key 'conv2.weight'")
  }

  @Test func rowsOfClassesThatStayAreKept() throws {
    let (weight, bias) = (try waves([4, 3]), try waves([4]))
    let state = StateDict([("fc.weight", weight), ("fc.bias", bias)])
    let resized = try state.resizingHead("fc", rows: [2, nil, 0], newRows: .zeros)
    let (w, b) = (try weight.doubles(), try bias.doubles())
    #expect(try resized.requiredTensor("fc.weight").doubles() == Array(w[6..<9]) + [0, 0, 0] + Array(w[0..<3]))
    #expect(try resized.requiredTensor("fc.bias").doubles() == [b[2], 0, b[0]])
    let named = try state.resizingHead("fc", from: ["a", "b", "c", "d"], to: ["d", "new"], newRows: .mean)
    let mean = try weight.mean([0]).doubles()
    #expect(isClose(try named.requiredTensor("fc.weight").doubles(), Array(w[9..<12]) + mean))
    // New rows are as nn.Linear's: within 1 / sqrt(3) of 0, and not all the same.
    let drawn = try state.resizingHead("fc", rows: [nil, nil, 1], generator: Generator(seed: 1))
    let rows = Array(try drawn.requiredTensor("fc.weight").doubles()[0..<6])
    #expect(rows.allSatisfy { abs($0) <= 0.578 } && Set(rows).count == 6)
    #expect(try drawn.requiredTensor("fc.bias").doubles()[2] == b[1])
  }

  @Test func headsWithoutSuchClassesAreErrors() throws {
    let state = StateDict([("fc.weight", try waves([4, 3])), ("norm.weight", try waves([4]))])
    #expect(message { _ = try state.resizingHead("fc", rows: [4]) } == "resize_head(): 'fc' has no row 4: there are 4")
    #expect(message { _ = try state.resizingHead("head", rows: [0]) } == "no key 'head.weight'")
    #expect(message { _ = try state.resizingHead("norm", rows: [0]) }.contains("has no rows"))
    #expect(
      message { _ = try state.resizingHead("fc", from: ["a"], to: ["a"]) }
        == "resize_head(): 'fc' has 4 rows, but 1 old classes are named")
    #expect(
      message { _ = try state.resizingHead("fc", from: ["a", "b", "c", "a"], to: ["a"]) }
        == "resize_head(): the class 'a' is named twice")
    #expect(
      message { _ = try state.resizingHead("fc", from: ["a", "b", "c", "d"], to: ["x"]) }
        == "resize_head(): none of the new classes is an old one; drop the head instead")
  }
}
