import Lua

/// Writes values for a reader: tables indented and sorted, cycles marked, long ones cut with a count.
///
/// Other values look as `tostring` says, strings as Lua reads them.
struct ValueFormatter {
  let state: LuaState
  /// Columns for a line.
  let width: Int
  private let maximumDepth = 8
  /// How many entries of a table are shown, and of one inside of another.
  private let maximumEntries = 100
  private let maximumInnerEntries = 20
  private let maximumStringLength = 2_000
  /// How many entries the whole text may show: nested tables multiply.
  private let totalEntries = 2_000

  init(state: LuaState, width: Int) {
    self.state = state
    self.width = max(20, width)
  }

  func text(of value: LuaValue) -> String {
    var progress = Progress()
    return text(of: value, indentation: 0, &progress)
  }

  /// Several results: on one line if none has more.
  func text(ofResults values: [LuaValue], separator: String = "\t") -> String {
    let texts = values.map { text(of: $0) }
    let isOneLine = texts.count > 1 && !texts.contains { $0.contains("\n") }
    return texts.joined(separator: isOneLine ? separator : "\n")
  }

  private struct Progress {
    /// The tables that the present one lies in.
    var ancestors: [UnsafeRawPointer] = []
    var entries = 0
  }

  private func text(of value: LuaValue, indentation: Int, _ progress: inout Progress) -> String {
    switch value {
    case .string(let text): return quoted(text)
    case .table(let table):
      if let own = textOfMetamethod(value, table) ?? textOfDeclared(table, isInside: !progress.ancestors.isEmpty) {
        return own
      }
      return text(of: table, indentation: indentation, &progress)
    case .function(let function): return text(of: function, isInside: !progress.ancestors.isEmpty)
    default:
      // A tensor or a module takes several lines.
      let lines = plainText(of: value).split(separator: "\n", omittingEmptySubsequences: false)
      return lines.joined(separator: "\n" + String(repeating: " ", count: indentation))
    }
  }

  /// A function of ours with its signature, unless it is one of many; others as `tostring` says.
  private func text(of function: LuaFunction, isInside: Bool) -> String {
    let declaration = (try? function.reference.withStackValue { $0.declaration }) ?? nil
    guard let declaration, let signature = declaration.signatures.first else {
      return plainText(of: .function(function))
    }
    return "function \(declaration.qualifiedName)\(isInside ? "" : signature.text)"
  }

  /// A class or a module of ours: what is in it would fill pages.
  private func textOfDeclared(_ table: LuaTable, isInside: Bool) -> String? {
    let (number, constructor) =
      (try? table.reference.withStackValue { ($0.classNumber, $0.declaration) }) ?? (nil, nil)
    if let number, let declaration = state.declarations.declaration(of: number) {
      let signature = isInside ? nil : constructor?.signatures.first?.text
      return "class \(constructor?.qualifiedName ?? declaration.name)\(signature ?? "")"
    }
    guard let module = (try? state.declaredModule(of: table)) ?? nil else { return nil }
    return isInside ? "module \(module.name)" : "module \(module.name)  (?\(module.name) lists what is in it)"
  }

  /// What `tostring` gives, which may be code of the user's that fails.
  private func plainText(of value: LuaValue) -> String {
    do { return try state.toString(value).string ?? "?" } catch { return "<tostring failed: \(error)>" }
  }

  private func textOfMetamethod(_ value: LuaValue, _ table: LuaTable) -> String? {
    let isOwn = (try? table.reference.withStackValue { try $0.metafield("__tostring") { _ in true } }) ?? nil
    return isOwn == nil ? nil : plainText(of: value)
  }

  // MARK: Tables

  /// The entries of a table that are shown, as text.
  private struct Entries {
    var texts: [String] = []
    /// How many of the texts are elements without a key.
    var elementCount = 0
    var hidden = 0
  }

  private func text(of table: LuaTable, indentation: Int, _ progress: inout Progress) -> String {
    guard let identity = (try? table.reference.withStackValue { $0.identity }) ?? nil else { return "{?}" }
    if progress.ancestors.contains(identity) { return "<cycle>" }
    if progress.ancestors.count >= maximumDepth { return "{…}" }
    progress.ancestors.append(identity)
    defer { progress.ancestors.removeLast() }
    var entries = Entries()
    do {
      try collectElements(of: table, indentation: indentation + 2, &entries, &progress)
      try collectPairs(of: table, indentation: indentation + 2, &entries, &progress)
    } catch {
      entries.texts.append("<\(error)>")
    }
    return layout(entries, indentation: indentation)
  }

  private func limit(_ progress: Progress) -> Int {
    let limit = progress.ancestors.count == 1 ? maximumEntries : maximumInnerEntries
    return max(0, min(limit, totalEntries - progress.entries))
  }

  private func collectElements(
    of table: LuaTable, indentation: Int, _ entries: inout Entries, _ progress: inout Progress
  ) throws {
    let count = try table.count()
    let shown = min(count, limit(progress))
    for position in 0..<shown {
      progress.entries += 1
      let value = try table.reference.withStackValue { value in
        try value.table?.withElement(position + 1) { try $0.value() } ?? .nil
      }
      entries.texts.append(text(of: value, indentation: indentation, &progress))
    }
    entries.elementCount = shown
    entries.hidden = count - shown
  }

  private func collectPairs(
    of table: LuaTable, indentation: Int, _ entries: inout Entries, _ progress: inout Progress
  ) throws {
    let count = try table.count()
    let limit = limit(progress) - entries.texts.count
    var pairs: [(key: LuaValue, value: LuaValue)] = []
    var total = 0
    try table.reference.withStackValue { value in
      try value.table?.forEachPair { key, value in
        if key.isInteger, let position = key.integer, position >= 1, position <= count { return }
        total += 1
        // Sorting needs more than is shown, but a huge table need not be kept whole.
        if pairs.count < 10 * maximumEntries { pairs.append((try key.value(), try value.value())) }
      }
    }
    pairs.sort { precedes($0.key, $1.key) }
    let shown = pairs.prefix(max(0, limit))
    for pair in shown {
      progress.entries += 1
      entries.texts.append(
        "\(key(pair.key)) = \(text(of: pair.value, indentation: indentation, &progress))")
    }
    entries.hidden += total - shown.count
  }

  private func key(_ key: LuaValue) -> String {
    if case .string(let name) = key { return LuaScanner.isName(name) ? name : "[\(quoted(name))]" }
    return "[\(plainText(of: key))]"
  }

  /// Numbers first, then strings, then all else, each in order: `layer2` before `layer10`.
  private func precedes(_ a: LuaValue, _ b: LuaValue) -> Bool {
    switch (a.number, b.number) {
    case (let a?, let b?): return a < b
    case (_?, nil): return true
    case (nil, _?): return false
    case (nil, nil): break
    }
    switch (a.string, b.string) {
    case (let a?, let b?): return a.precedesNaturally(b)
    case (_?, nil): return true
    case (nil, _?): return false
    case (nil, nil): return plainText(of: a) < plainText(of: b)
    }
  }

  /// One line if the entries fit, else a line each; short elements share lines.
  private func layout(_ entries: Entries, indentation: Int) -> String {
    var texts = entries.texts
    let more = entries.hidden > 0 ? "… \(grouped(entries.hidden)) more" : nil
    if let more { texts.append(more) }
    if texts.isEmpty { return "{}" }
    let length = texts.reduce(2 * texts.count) { $0 + $1.count }
    let isOneLine = !texts.contains { $0.contains("\n") }
    if isOneLine, indentation + length <= width { return "{\(texts.joined(separator: ", "))}" }
    let margin = String(repeating: " ", count: indentation + 2)
    var lines: [String] = []
    var line = ""
    for (index, text) in texts.enumerated() {
      let isLast = index == texts.count - 1
      let item = text + (isLast ? "" : ",")
      let isShort = index < entries.elementCount && text.count <= 24 && !text.contains("\n")
      if isShort, !line.isEmpty, margin.count + line.count + 1 + item.count <= width {
        line += " " + item
        continue
      }
      if !line.isEmpty { lines.append(line) }
      line = item
      if !isShort {
        lines.append(line)
        line = ""
      }
    }
    if !line.isEmpty { lines.append(line) }
    let body = lines.map { margin + $0 }.joined(separator: "\n")
    return "{\n\(body)\n\(String(repeating: " ", count: indentation))}"
  }

  // MARK: Strings

  func quoted(_ text: String) -> String {
    var result = "\""
    var count = 0
    for scalar in text.unicodeScalars {
      count += 1
      if count > maximumStringLength {
        return result + "\"… \(grouped(text.unicodeScalars.count - maximumStringLength)) more characters"
      }
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case let control where control.value < 32 || control.value == 127: result += "\\\(control.value)"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// 1234567 as 1,234,567.
  private func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return String(digits)
  }
}
