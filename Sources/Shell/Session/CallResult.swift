import Lua

/// What an expression such as `torch.randn(3):view(-1)` or `"text"` answers to, told from the declarations: nothing runs.
struct CallResult {
  private let tokens: [LuaToken]
  private let bytes: [UInt8]
  private let state: LuaState

  init(_ tokens: [LuaToken], _ bytes: [UInt8], _ state: LuaState) {
    self.tokens = tokens
    self.bytes = bytes
    self.state = state
  }

  /// The members of the value of the expression that ends before the token `end`; nil if that is not known.
  func members(ofExpressionEndingAt end: Int) -> Members? {
    guard tokens.indices.contains(end - 1) else { return nil }
    if tokens[end - 1].kind == .string { return membersOfString }
    // ("text"):upper()
    if text(end - 1) == ")", let open = openBracket(closedAt: end - 1), !isCall(openedAt: open) {
      return members(ofExpressionEndingAt: end - 1)
    }
    guard let result = resultType(ofCallEndingAt: end) else { return nil }
    if result == "string" { return membersOfString }
    guard state.declarations.classNamed(result) != nil else { return nil }
    var members = Members()
    members.methods = state.declarations.methods(ofClassNamed: result).map(\.name)
    members.properties = state.declarations.properties(ofClassNamed: result).map(\.name)
    return members
  }

  private var membersOfString: Members? { try? state.withStackValue(of: .string("")) { try $0.members() } }

  /// The type that the declaration of the called function gives.
  private func resultType(ofCallEndingAt end: Int) -> String? {
    let last = end - 1
    let open = [")", "}"].contains(text(last)) ? openBracket(closedAt: last) : nil
    guard let open, isCall(openedAt: open) else { return nil }
    return callee(endingAt: open)?.signatures.first.map(\.result)
  }

  private func callee(endingAt end: Int) -> FunctionDescription? {
    if let value = ValuePath(endingAt: end, in: tokens, bytes)?.value(in: state) {
      return (try? state.withStackValue(of: value) { $0.declaration }) ?? nil
    }
    // A method of what another call gives.
    guard end >= 3, text(end - 2) == ":", let owner = resultType(ofCallEndingAt: end - 2) else { return nil }
    return state.declarations.methods(ofClassNamed: owner).first { $0.name == text(end - 1) }
  }

  /// Whether a bracket opens the arguments of a call, rather than grouping or making a table.
  private func isCall(openedAt open: Int) -> Bool {
    guard tokens.indices.contains(open - 1) else { return false }
    let before = tokens[open - 1]
    return before.kind == .name || before.kind == .string || [")", "]", "}"].contains(text(open - 1))
  }

  private func openBracket(closedAt close: Int) -> Int? {
    var depth = 0
    for index in tokens.indices.prefix(close + 1).reversed() {
      switch text(index) {
      case ")", "]", "}": depth += 1
      case "(", "[", "{":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }

  private func text(_ index: Int) -> String {
    tokens.indices.contains(index) ? String(decoding: bytes[tokens[index].range], as: UTF8.self) : ""
  }
}
