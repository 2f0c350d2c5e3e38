import CLua
import LuaTrampoline
import Supervision

// Swift describes values, C makes them: see LuaTrampoline.h.
extension LuaState {
  @discardableResult
  @inline(__always)
  func reserve(_ kind: Int) -> UnsafeMutablePointer<lt_value> {
    // `lt_reserve` gives the address of an element, never null.
    let value = lt_reserve(host).unsafelyUnwrapped
    value.pointee.kind = Int32(truncatingIfNeeded: kind)
    value.pointee.flags = 0
    return value
  }

  func describeNil() { reserve(LT_NIL) }

  func describe(string: String, flags: Int = 0) {
    var string = string
    string.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { lt_add_string(host, $0.baseAddress, $0.count, Int32(flags)) }
    }
  }

  func describe(bytes: [UInt8]) {
    bytes.withUnsafeBytes { lt_add_string(host, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, 0) }
  }

  func describe(results: LuaResults) throws {
    guard let first = results.first else { return }
    try describe(first)
    for value in results.rest { try describe(value) }
  }

  func describe(_ value: LuaValue) throws {
    switch value {
    case .nil: reserve(LT_NIL)
    case .boolean(let value): reserve(LT_BOOLEAN).pointee.integer = value ? 1 : 0
    case .integer(let value): reserve(LT_INTEGER).pointee.integer = value
    case .number(let value): reserve(LT_NUMBER).pointee.number = value
    case .string(let value): describe(string: value)
    case .bytes(let value): describe(bytes: value)
    case .object(let object): try describe(object: object, unique: nil)
    case .identified(let object, let unique): try describe(object: object, unique: unique)
    case .table(let table): try describe(reference: table.reference)
    case .function(let function): try describe(reference: function.reference)
    case .reference(let reference): try describe(reference: reference)
    case .argument(let index): reserve(LT_STACK).pointee.integer = Int64(index) + 1
    case .list(let elements):
      let table = reserve(LT_TABLE)
      table.pointee.integer = Int64(elements.count)
      table.pointee.extra = 0
      for part in Interruption.stretches(of: elements.indices) {
        try Interruption.check()
        for element in elements[part] { try describe(element) }
      }
    case .map(let pairs):
      let kept = pairs.filter { !$0.key.isNil }
      let table = reserve(LT_TABLE)
      table.pointee.integer = 0
      table.pointee.extra = Int64(kept.count)
      for pair in kept {
        try describe(pair.key)
        try describe(pair.value)
      }
    case .closure(let closure):
      let context = BoundFunction(Function(closure.name, body: closure.body), path: nil, isMethod: false, state: self)
      reserve(LT_CLOSURE).pointee.object = Unmanaged.passRetained(context).toOpaque()
    }
  }

  private func describe(object: AnyObject, unique: Bool?) throws {
    let number = try classNumber(of: object)
    let value = reserve(LT_OBJECT)
    value.pointee.flags = unique ?? classes[Int(number)].isUnique ? Int32(LT_UNIQUE) : 0
    value.pointee.extra = Int64(number)
    value.pointee.object = Unmanaged.passRetained(object).toOpaque()
  }

  private func describe(reference: LuaReference) throws {
    guard reference.pool === references else { throw LuaError("this value belongs to another Lua state") }
    reserve(LT_REFERENCE).pointee.integer = Int64(reference.number)
  }

  /// Describes an error: the value that it came with, or its text with the script's position.
  func describe(error: any Error) {
    if let value = (error as? LuaError)?.value, value.pool === references {
      reserve(LT_REFERENCE).pointee.integer = Int64(value.number)
    } else {
      describe(string: "\(error)", flags: LT_POSITIONED)
    }
  }
}
