import Lua
import OrderedCollections
import StateDicts
import Tensor

/// What makes single tensors of a state dict fit another network. The methods give a new map, which shares all other tensors.
enum SurgeryMethods {
  static var all: [Function] { [resizeHead, adaptInput, resizePositions] }

  private static var resizeHead: Function {
    Function(
      "resize_head",
      "(self: OrderedMap, module: string, classes: int|table, old_classes: table? = nil, *, new_rows: string = 'uniform') -> OrderedMap",
      help:
        "A last layer for other classes: a new map. classes are the new classes' names beside the old ones', or for each new class the number of the old one from 0, -1 for none, or how many. New rows are 'uniform' as in nn.Linear, 'zeros', or the 'mean' of the old ones.",
      example:
        "models.resnet18():state_dict():resize_head('fc', {281, 282, -1})['fc.weight'].shape --> torch.Size([3, 512])"
    ) { a in
      let map = try a.map(0)
      let module = try a.string(1)
      guard let newRows = NewRows(rawValue: try a.string(4)) else {
        throw TensorError(
          "resize_head(): argument 'new_rows' must be 'uniform', 'zeros' or 'mean', not '\(try a.string(4))'",
          kind: .value)
      }
      if let count = a[2].integer {
        guard count > 0, count < 1 << 24 else {
          throw TensorError("resize_head(): a head has 1 class or more, not \(count)", kind: .value)
        }
        let old = try map.requiredTensor(module + ".weight").shape.first ?? 0
        let rows = (0..<Int(count)).map { $0 < old ? $0 : nil }
        return .object(try map.resizingHead(module, rows: rows, newRows: newRows))
      }
      if a.has(3) {
        return .object(try map.resizingHead(module, from: a.classNames(3), to: a.classNames(2), newRows: newRows))
      }
      if try a.table(2).withElement(1, { $0.string }) != nil {
        throw TensorError(
          "resize_head(): classes by name need argument 'old_classes', the names of the rows that there are",
          kind: .value)
      }
      let rows = try a.ints(2).map { $0 < 0 ? nil : $0 }
      return .object(try map.resizingHead(module, rows: rows, newRows: newRows))
    }
  }

  private static var adaptInput: Function {
    Function(
      "adapt_input_conv", "(self: OrderedMap, name: string, in_channels: int) -> OrderedMap",
      help:
        "A first convolution for images of another number of channels: a new map. To 1 the weights are summed; from 3 or 1 to more they are repeated and scaled, so that grey images look as before.",
      example:
        "models.resnet18():state_dict():adapt_input_conv('conv1', 1)['conv1.weight'].shape --> torch.Size([64, 1, 7, 7])"
    ) { a in .object(try a.map(0).adaptingInputConvolution(a.string(1), channels: a.int(2))) }
  }

  private static var resizePositions: Function {
    Function(
      "resize_pos_embedding",
      "(self: OrderedMap, key: string, size: int[2], *, num_prefix_tokens: int = 1, old_size: int[2]? = nil, mode: string = 'bicubic', antialias: bool = false) -> OrderedMap",
      help:
        "A vision transformer's position embeddings for another grid of patches: a new map. By default as torchvision's interpolate_embeddings does it, with antialias as timm does.",
      example:
        """
        sd = nn.Linear(2, 2):state_dict()
        sd.pos = torch.randn(1, 50, 8)
        sd:resize_pos_embedding('pos', 14).pos.shape --> torch.Size([1, 197, 8])
        """
    ) { a in
      guard let mode = Tensor.InterpolationMode(rawValue: try a.string(5)) else {
        throw TensorError("resize_pos_embedding(): unknown mode '\(try a.string(5))'", kind: .value)
      }
      let resampling = PositionResampling(
        oldSize: try a.optionalInts(4), prefixTokens: try a.int(3), mode: mode, antialias: try a.bool(6))
      return .object(try a.map(0).resizingPositions(a.string(1), to: a.ints(2), resampling))
    }
  }
}

extension Arguments {
  /// The names of classes by their numbers: a list, a map from names to numbers from 0 (`class_to_idx`), or one from numbers
  /// as text to names (`class_indices.json`).
  fileprivate func classNames(_ index: Int) throws -> [String] {
    let table = try table(index)
    var names: [Int: String] = [:]
    let isList = table.count > 0
    try table.forEachPair { key, value in
      if isList, let number = key.integer, let name = value.string {
        names[Int(number) &- 1] = name
      } else if let name = key.string, let number = value.integer {
        names[Int(number)] = name
      } else if let text = key.string, let number = Int(text), let name = value.string {
        names[number] = name
      } else {
        throw wrongType(index, expected: "a list of names, or a map from names to numbers")
      }
    }
    return try (0..<names.count).map { number in
      guard let name = names[number] else {
        throw TensorError("\(functionName)(): no class has the number \(number)", kind: .value)
      }
      return name
    }
  }
}
