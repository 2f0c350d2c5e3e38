/// Reads one pickle of protocol 0 to 5 into a graph of inert data.
///
/// The opcodes are those of Python's `pickletools`. Memory and time stay proportional to the length of the pickle.
struct PickleMachine {
  private var cursor: ByteCursor
  private var graph = PickleGraph()
  private var stack: [PickleValue] = []
  /// The heights of the stack at which the open marks lie.
  private var marks: [Int] = []
  /// The values to be recalled, by their numbers, which picklers count up from 0.
  private var memo: [PickleValue] = []
  /// Those whose numbers are not the next ones.
  private var unorderedMemo: [Int: PickleValue] = [:]

  private init(_ cursor: ByteCursor) {
    self.cursor = cursor
  }

  /// Reads the pickle at the cursor, and moves the cursor behind it.
  static func read(_ cursor: inout ByteCursor) throws -> PickleGraph {
    var machine = PickleMachine(cursor)
    while try machine.step() {}
    cursor = machine.cursor
    return machine.graph
  }

  /// Executes one opcode; false after the last.
  private mutating func step() throws -> Bool {
    let offset = cursor.position
    let code = try cursor.byte()
    guard let opcode = PickleOpcode(rawValue: code) else {
      throw CheckpointError.malformed("the pickle has no valid opcode at byte \(offset): 0x\(String(code, radix: 16))")
    }
    if opcode == .stop {
      graph.root = try pop()
      guard stack.isEmpty, marks.isEmpty else {
        throw CheckpointError.malformed("the pickle ends with unused values on its stack")
      }
      return false
    }
    guard try executeScalar(opcode) || executeContainer(opcode) || executeObject(opcode) || executeStack(opcode) else {
      throw CheckpointError.unsupported("the pickle uses opcode \(opcode) at byte \(offset), which checkpoints do not")
    }
    return true
  }

  // MARK: Scalars

  private mutating func executeScalar(_ opcode: PickleOpcode) throws -> Bool {
    switch opcode {
    case .none: push(.none)
    case .newTrue: push(.bool(true))
    case .newFalse: push(.bool(false))
    case .int: try pushInteger(text: textLine(), booleans: true)
    case .long: try pushInteger(text: textLine(), booleans: false)
    case .binInt: push(.int(Int64(try cursor.integer(Int32.self))))
    case .binInt1: push(.int(Int64(try cursor.byte())))
    case .binInt2: push(.int(Int64(try cursor.integer(UInt16.self))))
    case .long1: try pushInteger(byteCount: Int(try cursor.byte()))
    case .long4: try pushInteger(byteCount: try cursor.count(Int32.self))
    case .float:
      let text = try textLine()
      guard let value = Double(text) else { throw CheckpointError.malformed("the pickle has the number \"\(text)\"") }
      push(.double(value))
    case .binFloat: push(.double(Double(bitPattern: UInt64(bigEndian: try cursor.integer(UInt64.self)))))
    case .string: push(.string(try PickleText.quoted(try cursor.line())))
    case .unicode: push(.string(try PickleText.rawUnicodeEscaped(try cursor.line())))
    case .binString: push(.string(try cursor.string(try cursor.count(Int32.self))))
    case .shortBinString, .shortBinUnicode: push(.string(try cursor.string(Int(try cursor.byte()))))
    case .binUnicode: push(.string(try cursor.string(try cursor.count(UInt32.self))))
    case .binUnicode8: push(.string(try cursor.string(try cursor.count(UInt64.self))))
    case .shortBinBytes: try pushBytes(Int(try cursor.byte()))
    case .binBytes: try pushBytes(try cursor.count(UInt32.self))
    case .binBytes8, .byteArray8: try pushBytes(try cursor.count(UInt64.self))
    default: return false
    }
    return true
  }

  private mutating func pushBytes(_ count: Int) throws {
    push(.bytes(try cursor.take(count)))
  }

  private mutating func pushInteger(byteCount: Int) throws {
    push(BigInteger(twosComplement: try cursor.take(byteCount)))
  }

  /// An integer in decimal digits; Python 2 wrote booleans as the integers 00 and 01.
  private mutating func pushInteger(text: String, booleans: Bool) throws {
    if booleans, text == "00" || text == "01" { return push(.bool(text == "01")) }
    let digits = text.hasSuffix("L") ? text.dropLast() : text[...]
    guard let value = BigInteger(decimal: digits) else {
      throw CheckpointError.malformed("the pickle has the number \"\(text.prefix(100))\"")
    }
    push(value)
  }

  private mutating func push(_ value: BigInteger) {
    if let small = value.int64 { push(.int(small)) } else { push(.bigInteger(value)) }
  }

  private mutating func textLine() throws -> String {
    let line = try cursor.line()
    guard let text = String(validating: line, as: UTF8.self) else {
      throw CheckpointError.malformed("the pickle has a line that is not UTF-8")
    }
    return text
  }

  // MARK: Containers

  private mutating func executeContainer(_ opcode: PickleOpcode) throws -> Bool {
    switch opcode {
    case .emptyList: push(.list([]))
    case .emptyTuple: push(.tuple([]))
    case .emptyDict: push(.dictionary([]))
    case .emptySet: push(.set([]))
    case .list: push(.list(try popMark()))
    case .tuple: push(.tuple(try popMark()))
    case .tuple1: push(.tuple(try pop(1)))
    case .tuple2: push(.tuple(try pop(2)))
    case .tuple3: push(.tuple(try pop(3)))
    case .frozenSet: push(.frozenSet(try popMark()))
    case .dict: push(.dictionary(try paired(try popMark())))
    case .append: try extendTop(with: try pop(1))
    case .appends: try extendTop(with: try popMark())
    case .addItems: try addToTop(try popMark())
    case .setItem: try setItemsOfTop(try pop(2))
    case .setItems: try setItemsOfTop(try paired(try popMark()))
    default: return false
    }
    return true
  }

  private func paired(_ values: [PickleValue]) throws -> [PickleValue] {
    guard values.count.isMultiple(of: 2) else {
      throw CheckpointError.malformed("the pickle has a dictionary key without a value")
    }
    return values
  }

  private mutating func extendTop(with values: [PickleValue]) throws {
    try changeTop("append to") { node in
      switch node {
      case .list(var elements):
        node = .moved
        elements += values
        node = .list(elements)
      case .object(var object):
        node = .moved
        object.elements += values
        node = .object(object)
      default: return false
      }
      return true
    }
  }

  private mutating func addToTop(_ values: [PickleValue]) throws {
    try changeTop("add to") { node in
      switch node {
      case .set(var elements):
        node = .moved
        elements += values
        node = .set(elements)
      case .object(var object):
        node = .moved
        object.elements += values
        node = .object(object)
      default: return false
      }
      return true
    }
  }

  private mutating func setItemsOfTop(_ values: [PickleValue]) throws {
    try changeTop("set items of") { node in
      switch node {
      case .dictionary(var entries):
        node = .moved
        entries += values
        node = .dictionary(entries)
      case .object(var object):
        node = .moved
        object.entries += values
        node = .object(object)
      default: return false
      }
      return true
    }
  }

  // MARK: Objects

  private mutating func executeObject(_ opcode: PickleOpcode) throws -> Bool {
    switch opcode {
    case .global:
      let module = try textLine()
      push(.global(PickleGlobal(module: module, name: try textLine())))
    case .stackGlobal:
      guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
        throw CheckpointError.malformed("the pickle names a class by something other than text")
      }
      push(.global(PickleGlobal(module: module, name: name)))
    case .persId: push(.persistent(.string(try textLine())))
    case .binPersId: push(.persistent(try pop()))
    case .reduce, .newObj:
      let arguments = try tupleElements(try pop())
      pushObject(try pop(), arguments)
    case .newObjEx:
      let keywords = try pop()
      let arguments = try tupleElements(try pop())
      pushObject(try pop(), arguments, keywords: keywords)
    case .obj:
      let values = try popMark()
      guard let callable = values.first else {
        throw CheckpointError.malformed("the pickle makes an object of no class")
      }
      pushObject(callable, Array(values.dropFirst()))
    case .inst:
      let module = try textLine()
      let callable = graph.add(.global(PickleGlobal(module: module, name: try textLine())))
      pushObject(callable, try popMark())
    case .build: try setStateOfTop(try pop())
    default: return false
    }
    return true
  }

  private mutating func pushObject(_ callable: PickleValue, _ arguments: [PickleValue], keywords: PickleValue? = nil) {
    push(.object(PickleObject(callable: callable, arguments: arguments, keywords: keywords)))
  }

  private func tupleElements(_ value: PickleValue) throws -> [PickleValue] {
    guard case .tuple(let elements) = graph.node(value) else {
      throw CheckpointError.malformed("the pickle calls with arguments that are not a tuple")
    }
    return elements
  }

  private mutating func setStateOfTop(_ state: PickleValue) throws {
    try changeTop("set the state of") { node in
      guard case .object(var object) = node, object.state == nil else { return false }
      node = .moved
      object.state = state
      node = .object(object)
      return true
    }
  }

  // MARK: Stack and memo

  private mutating func executeStack(_ opcode: PickleOpcode) throws -> Bool {
    switch opcode {
    case .proto:
      let version = try cursor.byte()
      guard version <= 5 else {
        throw CheckpointError.unsupported("the pickle has protocol \(version); the newest known is 5")
      }
    case .frame: _ = try cursor.integer(UInt64.self)
    case .mark: marks.append(stack.count)
    case .pop: if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark: _ = try popMark()
    case .dup: push(try top())
    case .get: try pushMemo(try memoKey())
    case .binGet: try pushMemo(Int(try cursor.byte()))
    case .longBinGet: try pushMemo(Int(try cursor.integer(UInt32.self)))
    case .put: memorize(try memoKey(), try top())
    case .binPut: memorize(Int(try cursor.byte()), try top())
    case .longBinPut: memorize(Int(try cursor.integer(UInt32.self)), try top())
    case .memoize: memorize(memo.count + unorderedMemo.count, try top())
    default: return false
    }
    return true
  }

  private mutating func memoKey() throws -> Int {
    let text = try textLine()
    guard let key = Int(text) else {
      throw CheckpointError.malformed("the pickle has the memo key \"\(text.prefix(100))\"")
    }
    return key
  }

  private mutating func pushMemo(_ key: Int) throws {
    guard let value = memo.indices.contains(key) ? memo[key] : unorderedMemo[key] else {
      throw CheckpointError.malformed("the pickle recalls value \(key) before it is there")
    }
    push(value)
  }

  private mutating func memorize(_ key: Int, _ value: PickleValue) {
    if key == memo.count {
      memo.append(value)
    } else if memo.indices.contains(key) {
      memo[key] = value
    } else {
      unorderedMemo[key] = value
    }
  }

  private mutating func push(_ value: PickleValue) { stack.append(value) }
  private mutating func push(_ node: PickleNode) { stack.append(graph.add(node)) }

  private func top() throws -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw PickleMachine.emptyStack }
    return value
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  /// The topmost `count` values, lowest first.
  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else { throw PickleMachine.emptyStack }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  /// The values above the last mark, lowest first; removes the mark.
  private mutating func popMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw CheckpointError.malformed("the pickle lacks a mark") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private static let emptyStack = CheckpointError.malformed("the pickle takes a value from an empty stack")

  /// Lets `change` alter the node on top of the stack; it returns false for a node that cannot be altered so.
  ///
  /// `change` must take the content out of the node (leaving `.moved`) before it alters it, lest a copy be made.
  private mutating func changeTop(_ verb: String, _ change: (inout PickleNode) -> Bool) throws {
    guard case .node(let index) = try top(), change(&graph.nodes[index]) else {
      throw CheckpointError.malformed("the pickle tries to \(verb) a value that does not allow it")
    }
  }
}
