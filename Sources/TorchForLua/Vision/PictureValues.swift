import Lua
import Tensor
import Vision

extension StackValue {
  /// The image or tensor, if it is one.
  var picture: Picture? {
    if let tensor { return .tensor(tensor) }
    return object(as: ImageReference.self).map { .image($0.image) }
  }
}

extension Picture {
  func luaValue(_ state: LuaState) -> LuaValue {
    switch self {
    case .image(let image):
      state.noteNativeAllocation(image.pixels.count &+ 256)
      return .object(ImageReference(image))
    case .tensor(let tensor):
      state.noteNativeAllocation(tensor.byteCount &+ 256)
      return .object(tensor)
    }
  }
}

extension Arguments {
  func picture(_ index: Int) throws -> Picture {
    if let picture = self[index].picture { return picture }
    throw wrongType(index, expected: "an Image or a Tensor")
  }

  /// A transform: one of Swift's, or a function of a picture.
  func transform(_ index: Int) throws -> Transform { try ScriptedTransform.transform(self[index]) }

  /// All transforms of a table.
  func transforms(_ index: Int) throws -> [Transform] {
    var transforms: [Transform] = []
    try table(index).forEachElement { transforms.append(try ScriptedTransform.transform($0)) }
    return transforms
  }

  /// Numbers: a table of them, or one.
  func numbers(_ index: Int) throws -> [Double] {
    if let number = self[index].number { return [number] }
    guard let table = self[index].table else { return [try double(index)] }
    var numbers: [Double] = []
    try table.forEachElement { element in
      guard let number = element.number else { throw wrongType(index, expected: "a number or a table of numbers") }
      numbers.append(number)
    }
    return numbers
  }

  /// Two numbers from a table.
  func range(_ index: Int, default standard: (Double, Double)) throws -> (Double, Double) {
    guard has(index) else { return standard }
    let values = try numbers(index)
    guard values.count == 2 else { throw wrongType(index, expected: "a table of two numbers") }
    return (values[0], values[1])
  }

  /// How pixels between pixels are computed, by its name or by Pillow's number.
  func filter(_ index: Int) throws -> ResamplingFilter {
    if self[index].isNil { return .bilinear }
    let numbered: [Int64: ResamplingFilter] = [
      0: .nearest, 1: .lanczos, 2: .bilinear, 3: .bicubic, 4: .box, 5: .hamming,
    ]
    let found =
      self[index].string.flatMap { ResamplingFilter(rawValue: $0) } ?? self[index].integer.flatMap { numbered[$0] }
    guard let found else { throw wrongType(index, expected: "an InterpolationMode") }
    return found
  }
}

/// A function of a picture among transforms.
private final class ScriptedTransform: Transform {
  private let function: LuaValue
  private let handle: LuaStateHandle

  init(_ function: LuaValue, _ state: LuaState) {
    self.function = function
    handle = state.handle
  }

  static func transform(_ value: StackValue) throws -> Transform {
    if let transform = value.object(as: Transform.self) { return transform }
    switch value.kind {
    case .function, .table, .userdata: return ScriptedTransform(try value.value(), value.state)
    default:
      throw TensorError(
        "a transform is an object of torchvision.transforms or a function, not \(value.typeName)", kind: .type)
    }
  }

  override func callAsFunction(_ input: Picture) throws -> Picture {
    let state = try handle.open()
    return try state.call(function, [input.luaValue(state)]) { results in
      guard let picture = results.first?.picture else {
        throw TensorError(
          "a transform gives an Image or a Tensor, not \(results.first?.typeName ?? "nothing")", kind: .type)
      }
      return picture
    }
  }

  override var description: String { "Lambda()" }
}
