import Checkpoint
import Lua
import Tensor

/// `torch.load` and `torch.save`.
enum Serialization {
  static var functions: [Function] {
    [
      Function(
        "load",
        "(f: string, map_location: MapLocation? = nil, *, weights_only: bool = true, mmap: bool = true, unknown: string = 'error') -> any",
        help:
          """
          What a checkpoint holds: files of PyTorch, old and new, of TorchScript, safetensors, NumPy and \
          Torch7. Tensors alias the file until they are changed, so this takes no time. No code of the file \
          runs; an unknown class is an error, or with unknown = 'table' a map of its data: its attributes, \
          and __class, __args, __items and __state as far as it has them. A network that was saved whole \
          is then its state dict. map_location, weights_only and mmap are taken as PyTorch's scripts give them.
          """,
        example: """
          name = os.tmpname()
          torch.save({weight = torch.ones(2)}, name)
          torch.load(name).weight --> tensor([1., 1.])
          """
      ) { a in
        try checkDevice(a, 1)
        return .value(try load(a.string(0), unknownClasses: policy(a.string(4)), a.state))
      },
      Function(
        "save",
        "(obj: any, f: string, *, pickle_protocol: int = 2, _use_new_zipfile_serialization: bool = true)",
        help:
          """
          Writes tensors, and tables and maps of them, as PyTorch does; as .safetensors, .npz or \
          .npy if the file's name says so. The file is replaced as a whole, or not at all. Of pickle_protocol and \
          _use_new_zipfile_serialization there are PyTorch's defaults only.
          """,
        example: """
          name = os.tmpname()
          torch.save(nn.Linear(2, 2):state_dict(), name)
          torch.load(name):keys() --> {"weight", "bias"}
          """
      ) { a in
        let path = try a.string(1)
        guard try a.int(2) == 2 else {
          throw TensorError(
            "save(): files are written with pickle_protocol = 2, which every PyTorch reads", kind: .value)
        }
        guard try a.bool(3) else {
          throw TensorError("save(): files of PyTorch before 1.6 are read, not written", kind: .value)
        }
        var way = SavingWay()
        let value = try CheckpointValue(a.value(0), &way, a.state)
        try CheckpointFile.save(value, to: path, format: CheckpointFormat(writing: path))
        return .none
      },
    ]
  }

  /// Checks what `map_location` says, the argument of that index.
  static func checkDevice(_ a: Arguments, _ index: Int) throws {
    guard a.has(index), a[index].kind != .function, a[index].kind != .table else { return }
    guard let device = try DeviceObject.from(a[index]) else { throw a.wrongType(index, expected: "a device") }
    try device.checkAvailable()
  }

  /// What a checkpoint holds, as Lua sees it.
  static func load(
    _ path: String, unknownClasses: UnknownClassPolicy = .error, _ state: LuaState
  ) throws -> LuaValue {
    do {
      let options = CheckpointReadingOptions(unknownClasses: unknownClasses)
      return try CheckpointFile(path, options: options).load().luaValue(state)
    } catch let error as CheckpointError where error.kind == .unknownClass {
      throw CheckpointError(
        error.kind,
        error.message
          + "; torch.load(f, {unknown = \"table\"}) gives what the file says of it as a map, and of a network the state dict",
        file: error.file)
    }
  }

  private static func policy(_ name: String) throws -> UnknownClassPolicy {
    switch name {
    case "error": return .error
    case "table": return .table
    default: throw TensorError("load(): argument 'unknown' must be 'error' or 'table', not '\(name)'", kind: .value)
    }
  }
}
