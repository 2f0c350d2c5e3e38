import Lua

/// Turns what somebody typed or pasted into a chunk. Expressions need no `return`.
struct InputCompiler {
  enum Outcome {
    /// What to run, and whether a trailing ';' silences its results.
    case chunk(LuaFunction, isSilent: Bool)
    /// The end is missing: more lines should follow.
    case incomplete
    case failure(LuaError)
  }

  let state: LuaState

  /// - Parameter name: the chunk's name in errors.
  func compile(_ input: String, name: String) -> Outcome {
    let text = input.hasPrefix("=") ? "return " + input.dropFirst() : input
    let tokens = LuaScanner.tokens(text.utf8).filter { $0.kind != .comment }
    let bytes = Array(text.utf8)
    let isSilent = tokens.last.map { bytes[$0.range] == [UInt8(ascii: ";")] } ?? false
    let expression = load("return " + text, name)
    if case .success(let chunk) = expression { return .chunk(chunk, isSilent: isSilent) }
    let statement = load(text, name)
    if let chunk = chunkWithFinalExpression(text, tokens, isStatement: statement.isSuccess, name) {
      return .chunk(chunk, isSilent: isSilent)
    }
    switch statement {
    case .success(let chunk): return .chunk(chunk, isSilent: isSilent)
    case .failure(let error):
      let isIncomplete = error.isIncompleteChunk || expression.error?.isIncompleteChunk == true
      return isIncomplete && !endsInQuotes(tokens, bytes) ? .incomplete : .failure(error)
    }
  }

  /// Whether a quoted string is open at the end, which no further line can close.
  private func endsInQuotes(_ tokens: [LuaToken], _ bytes: [UInt8]) -> Bool {
    guard let last = tokens.last, last.kind == .string, last.isOpen else { return false }
    return bytes[last.range.lowerBound] != UInt8(ascii: "[") && bytes.last != UInt8(ascii: "\\")
  }

  /// Statements of which the last is an expression: its value is wanted.
  private func chunkWithFinalExpression(
    _ text: String, _ tokens: [LuaToken], isStatement: Bool, _ name: String
  ) -> LuaFunction? {
    let bytes = Array(text.utf8)
    let starts = tokens.indices.dropFirst().filter { index in
      bytes[tokens[index - 1].range.upperBound..<tokens[index].range.lowerBound].contains(UInt8(ascii: "\n"))
    }
    let names = tokens.indices.dropFirst().filter { tokens[$0].kind == .name }
    for index in Set(starts.suffix(32) + names.suffix(32)).sorted(by: >) {
      // What may also continue the line before it does so, where the whole is a chunk already: "f\n(x)".
      if isStatement, tokens[index].kind != .name { continue }
      let start = tokens[index].range.lowerBound
      let before = String(decoding: bytes[..<start], as: UTF8.self)
      guard load(before, name).isSuccess else { continue }
      let last = String(decoding: bytes[start...], as: UTF8.self)
      if case .success(let chunk) = load(before + "return " + last, name) { return chunk }
    }
    return nil
  }

  private func load(_ text: String, _ name: String) -> Result<LuaFunction, LuaError> {
    do { return .success(try state.load(text.utf8, name: name, mode: "t")) } catch let error as LuaError {
      return .failure(error)
    } catch {
      return .failure(LuaError("\(error)"))
    }
  }
}

extension Result {
  fileprivate var isSuccess: Bool { error == nil }

  fileprivate var error: Failure? {
    if case .failure(let error) = self { return error }
    return nil
  }
}
