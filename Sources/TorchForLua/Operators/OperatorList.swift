import Lua
import Tensor

/// Declares operators: as functions of `torch`, as methods of tensors, and in place.
struct OperatorList {
  typealias Operation = (Arguments) throws -> Tensor
  typealias TensorOverload = (signature: String, body: Operation)

  private(set) var functions: [Function] = []

  /// An operator with one result.
  ///
  /// - Parameters:
  ///   - inPlace: whether there is also a method `name_` that writes the result into the tensor itself.
  ///   - viewInPlace: whether there is one that makes the tensor the view that the result is.
  mutating func add(
    _ name: String, _ signature: String, _ help: String, _ example: String, placement: Function.Placement = .both,
    inPlace: Bool = false, viewInPlace: Bool = false, _ body: @escaping Operation
  ) {
    add(name, [(signature, body)], help, example, placement: placement, inPlace: inPlace, viewInPlace: viewInPlace)
  }

  mutating func add(
    _ name: String, _ overloads: [TensorOverload], _ help: String, _ example: String,
    placement: Function.Placement = .both, inPlace: Bool = false, viewInPlace: Bool = false
  ) {
    functions.append(
      Function(
        name, help: help, example: example, placement: placement,
        overloads.map { overload in
          Overload(overload.signature) { a in a.result(try overload.body(a)) }
        }))
    // The result's values and history become the tensor's.
    if inPlace {
      let isProduct = ["addmm", "addmv", "baddbmm"].contains(name)
      addInPlace(name, .both, "takes over the result's values and history", overloads, example) {
        tensor, operation in
        try tensor.updateInPlace(resizing: name == "addbmm") { input in
          let result = try operation(input)
          guard !isProduct || result.shape == tensor.shape else {
            throw TensorError(
              "Bad in-place call: input tensor size \(Shape.text(tensor.shape)) and output tensor size \(Shape.text(result.shape)) should match"
            )
          }
          return result
        }
      }
    }
    if viewInPlace {
      addInPlace(name, .method, "becomes that view", overloads, example) { tensor, operation in
        try tensor.becomeView(operation)
      }
    }
  }

  /// The in-place form of an operator: `change` makes the tensor what the operation gives.
  private mutating func addInPlace(
    _ name: String, _ placement: Function.Placement, _ effect: String, _ overloads: [TensorOverload], _ example: String,
    _ change: @escaping (Tensor, (Tensor) throws -> Tensor) throws -> Void
  ) {
    functions.append(
      Function(
        name + "_",
        help: "In-place version of \(name)(): the tensor \(effect), and is returned.",
        example: Self.inPlace(name, example), placement: placement,
        overloads.map { overload in
          Overload(overload.signature) { a in
            let tensor = try a.tensor(0)
            try change(tensor) { _ in try overload.body(a) }
            return a.count > 0 ? .argument(0) : .object(tensor)
          }
        }))
  }

  /// The example of an operator's in-place form: `torch.add(x, 2)` as `x:add_(2)`.
  private static func inPlace(_ name: String, _ example: String) -> String {
    let call = "torch.\(name)("
    guard let start = example.ranges(of: call).last, !example[start.upperBound...].hasPrefix("{") else { return "" }
    let rest = example[start.upperBound...]
    var depth = 0
    for index in rest.indices {
      switch rest[index] {
      case "(", "{", "[": depth += 1
      case "}", "]": depth -= 1
      case ")" where depth > 0: depth -= 1
      case ",", ")":
        guard depth == 0 else { continue }
        let others = rest[index] == "," ? rest[rest.index(after: index)...].drop { $0 == " " } : rest[index...]
        let form = example[..<start.lowerBound] + rest[..<index] + ":\(name)_(" + others
        // Booleans become numbers of the tensor's type when they are written to it.
        guard let arrow = form.ranges(of: " --> ").last, form[arrow.upperBound...].contains(/True|False/) else {
          return String(form)
        }
        return String(form[..<arrow.lowerBound])
      default: break
      }
    }
    return ""
  }

  /// An operator whose results are not one tensor.
  mutating func results(
    _ name: String, _ signature: String, _ help: String, _ example: String, placement: Function.Placement = .both,
    _ body: @escaping Function.Body
  ) {
    functions.append(Function(name, signature, help: help, example: example, placement: placement, body))
  }

  mutating func results(
    _ name: String, _ overloads: [Overload], _ help: String, _ example: String,
    placement: Function.Placement = .both
  ) {
    functions.append(Function(name, help: help, example: example, placement: placement, overloads))
  }

  /// An element-wise operator of one tensor.
  ///
  /// - Parameters:
  ///   - input: the example's tensor.
  ///   - output: what the example prints.
  mutating func unary(
    _ name: String, _ help: String, of input: String, is output: String, inPlace: Bool = true,
    _ operation: @escaping (Tensor) throws -> Tensor
  ) {
    let example = "torch.\(name)(\(input)) --> \(output)"
    add(name, "(input: Tensor) -> Tensor", help, example, inPlace: inPlace) { a in
      try operation(a.tensor(0))
    }
  }

  /// An element-wise operator of two operands.
  ///
  /// - Parameters:
  ///   - pair: the example's operands.
  ///   - output: what the example prints.
  mutating func binary(
    _ name: String, _ help: String, of pair: String, is output: String, inPlace: Bool = true,
    inputs: String = "Tensor", others: String = "Tensor|Scalar",
    _ operation: @escaping (Tensor, Tensor) throws -> Tensor
  ) {
    add(
      name, "(input: \(inputs), other: \(others)) -> Tensor", help,
      "torch.\(name)(\(pair)) --> \(output)", inPlace: inPlace
    ) { a in try operation(a.operand(0), a.operand(1)) }
  }

  /// A second name of the operator declared last (with its in-place form).
  mutating func alias(_ name: String, of original: String) {
    for function in functions where function.name == original || function.name == original + "_" {
      functions.append(
        Function(
          function.name == original ? name : name + "_",
          help: "Another name of \(function.name)(). \(function.help)",
          example: function.example.replacing(original, with: name), placement: function.placement, function.overloads))
    }
  }
}
