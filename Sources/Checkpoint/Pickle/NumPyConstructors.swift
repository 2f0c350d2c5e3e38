import Tensor

extension PickleDecoder {
  /// NumPy's numbers and arrays, which pickles hold as their bytes. The module's name changed with version 2.
  static let numpyConstructors: [String: Constructor] = [
    "numpy.core.multiarray.scalar": { try $0.numpyScalar($1) },
    "numpy._core.multiarray.scalar": { try $0.numpyScalar($1) },
    "numpy.core.multiarray._reconstruct": { .tensor(try $0.numpyArray($1)) },
    "numpy._core.multiarray._reconstruct": { .tensor(try $0.numpyArray($1)) },
    "numpy.dtype": { .dtype(try $0.numpyType($1).dtype) },
  ]

  /// scalar(dtype, bytes)
  private mutating func numpyScalar(_ object: PickleObject) throws -> CheckpointValue {
    guard object.arguments.count == 2 else { throw PickleDecoder.unknownNumPy }
    let type = try numpyType(object.arguments[0])
    let array = try tensor(of: try bytes(object.arguments[1]), type, shape: [], isFortranOrder: false)
    let bytes = try array.pointer()
    switch type.dtype {
    case .complex64:
      let parts = (bytes.loadUnaligned(as: Float.self), (bytes + 4).loadUnaligned(as: Float.self))
      return .complex(real: Double(parts.0), imaginary: Double(parts.1))
    case .complex128:
      return .complex(
        real: bytes.loadUnaligned(as: Double.self), imaginary: (bytes + 8).loadUnaligned(as: Double.self))
    case .uint64:
      let value = bytes.loadUnaligned(as: UInt64.self)
      return Int64(exactly: value).map { .int($0) } ?? .bigInt(BigInteger(value))
    default:
      switch try array.item() {
      case .bool(let value): return .bool(value)
      case .int(let value): return .int(value)
      case .double(let value): return .double(value)
      }
    }
  }

  /// _reconstruct(class, shape, type), and then the state (version, shape, type, is Fortran order, bytes)
  private mutating func numpyArray(_ object: PickleObject) throws -> Tensor {
    guard case .tuple(let state) = object.state.flatMap(graph.node), state.count == 5 else {
      throw PickleDecoder.unknownNumPy
    }
    let type = try numpyType(state[2])
    return try tensor(
      of: try bytes(state[4]), type, shape: try sizes(state[1]), isFortranOrder: state[3] == .bool(true))
  }

  private static let unknownNumPy = CheckpointError.malformed("the pickle has a NumPy value in an unknown form")

  private func numpyType(_ value: PickleValue) throws -> NumPyType {
    guard case .object(let object) = graph.node(value), try global(object.callable).description == "numpy.dtype" else {
      throw PickleDecoder.unknownNumPy
    }
    return try numpyType(object)
  }

  /// dtype(code, align, copy), and then the state (version, byte order, …)
  private func numpyType(_ object: PickleObject) throws -> NumPyType {
    guard case .string(let code)? = object.arguments.first else { throw PickleDecoder.unknownNumPy }
    guard case .tuple(let state) = object.state.flatMap(graph.node), state.count > 1, case .string(let order) = state[1]
    else {
      return try NumPyType(code)
    }
    return try NumPyType(order + code)
  }

  private func tensor(
    of bytes: [UInt8], _ type: NumPyType, shape: [Int], isFortranOrder: Bool
  ) throws -> Tensor {
    do {
      let expected = try Shape.count(shape).multipliedReportingOverflow(by: type.dtype.size)
      guard !expected.overflow, expected.partialValue == bytes.count else {
        throw CheckpointError.malformed(
          "the pickle has a NumPy array of \(bytes.count) bytes with the shape \(Shape.text(shape))")
      }
      let storage = try Storage(byteCount: bytes.count)
      let target = UnsafeMutableRawBufferPointer(start: try storage.overwritingPointer(), count: bytes.count)
      target.copyBytes(from: bytes)
      if type.isBigEndian { target.reverseRuns(of: type.dtype.byteOrderUnit) }
      let strides = isFortranOrder ? Shape.rowMajorStrides(shape.reversed()).reversed() : Shape.rowMajorStrides(shape)
      return try Tensor(storage: storage, dtype: type.dtype, shape: shape, strides: strides)
    } catch let error as TensorError {
      throw CheckpointError.malformed("the pickle has a NumPy array that cannot be: \(error.message)")
    }
  }
}
