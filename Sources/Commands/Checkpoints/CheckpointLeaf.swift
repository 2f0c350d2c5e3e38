import Checkpoint
import Tensor

/// A value of a checkpoint that has no parts of its own, under the path of keys and positions that leads to it.
struct CheckpointLeaf {
  /// Keys with dots between: `optimizer.state.0.exp_avg`.
  let path: String
  let value: CheckpointValue

  /// All leaves of a value, in order. Lists of nothing but numbers and texts are leaves, as are empty containers.
  static func leaves(of value: CheckpointValue) -> [CheckpointLeaf] {
    var leaves: [CheckpointLeaf] = []
    collect(value, "", into: &leaves)
    return leaves
  }

  private static func collect(_ value: CheckpointValue, _ path: String, into leaves: inout [CheckpointLeaf]) {
    func inside(_ key: String) -> String { path.isEmpty ? key : path + "." + key }
    switch value {
    case .dictionary(let dictionary) where !dictionary.isEmpty:
      for (key, value) in dictionary.entries { collect(value, inside(key.shortText), into: &leaves) }
    case .object(let object):
      // The class with what is plain, then the rest of what the file says of the instance.
      let attributes = object.attributes
      let parts: [CheckpointValue] = [
        .tuple(object.arguments), attributes.isEmpty ? object.state : .dictionary(CheckpointDictionary(attributes)),
        .list(object.elements), .dictionary(object.entries),
      ]
      let plain = (parts[0].elements ?? []) + (parts[1].elements ?? []) + (parts[2].elements ?? [])
      let shown = plain.contains(where: \.hasParts) ? [] : plain
      leaves.append(
        CheckpointLeaf(path: path, value: .object(CheckpointObject(className: object.className, elements: shown))))
      for part in parts where part.hasParts { collect(part, path, into: &leaves) }
    case .list(let elements), .tuple(let elements), .set(let elements):
      guard elements.contains(where: \.hasParts) else { fallthrough }
      for (index, element) in elements.enumerated() { collect(element, inside(String(index)), into: &leaves) }
    default: leaves.append(CheckpointLeaf(path: path, value: value))
    }
  }
}

extension CheckpointValue {
  /// Whether it is, or has, something to be listed by itself.
  fileprivate var hasParts: Bool {
    switch self {
    case .tensor, .object: true
    case .dictionary(let dictionary): !dictionary.isEmpty
    case .list(let elements), .tuple(let elements), .set(let elements): elements.contains(where: \.hasParts)
    default: false
    }
  }

  /// The value in a few words; nothing for a tensor, which its type describes.
  var shortText: String {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): "\(value)"
    case .bigInt(let value): "\(value)"
    case .double(let value): "\(value)"
    case .complex(let real, let imaginary): "\(real)\(imaginary < 0 ? "" : "+")\(imaginary)j"
    case .string(let value): value.count > 80 ? value.prefix(79) + "…" : value
    case .bytes(let value): "\(value.count) bytes"
    case .list(let elements), .tuple(let elements), .set(let elements):
      "[" + elements.prefix(8).map(\.shortText).joined(separator: ", ")
        + (elements.count > 8 ? ", … \(elements.count) in all]" : "]")
    case .dictionary: "{}"
    case .tensor: ""
    case .size(let sizes): Shape.text(sizes)
    case .dtype(let dtype): "\(dtype)"
    case .device(let name): name
    case .object(let object): object.elements.isEmpty ? "" : CheckpointValue.list(object.elements).shortText
    }
  }

  /// A tensor's element type; for other values, what Python calls their type.
  var typeText: String { tensor?.dtype.name ?? typeName }
}
