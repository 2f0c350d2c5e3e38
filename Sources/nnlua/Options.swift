/// A command line, read as Lua's own program reads it.
struct Options {
  /// What happens before the script runs, in the order of the options.
  enum Action {
    /// `-e`
    case run([UInt8])
    /// `-l`
    case require(module: String, global: String)
    /// `-W`
    case switchWarningsOn
  }

  /// An option that is unknown or lacks its argument.
  struct Invalid: Error {
    let option: [UInt8]
  }

  var actions: [Action] = []
  /// `-i`
  var isInteractive = false
  /// `-v`, or `-i`, which implies it
  var showsVersion = false
  /// `-E`
  var ignoresEnvironment = false
  /// The index of the script's name; the number of arguments if there is none.
  var script: Int

  /// Whether something was asked for without a script: Lua then neither reads the standard input nor gives a prompt.
  var hasRunOrShown: Bool {
    showsVersion
      || actions.contains {
        if case .run = $0 { return true }
        return false
      }
  }

  /// - Parameter arguments: the command line with the program's name first.
  init(_ arguments: [[UInt8]]) throws(Invalid) {
    script = arguments.count
    var index = 1
    while index < arguments.count {
      let argument = arguments[index]
      guard argument.first == UInt8(ascii: "-"), argument.count > 1 else {
        script = index
        return
      }
      let isAlone = argument.count == 2
      switch argument[1] {
      case UInt8(ascii: "-") where isAlone:
        script = index + 1
        return
      case UInt8(ascii: "E") where isAlone: ignoresEnvironment = true
      case UInt8(ascii: "W") where isAlone: actions.append(.switchWarningsOn)
      case UInt8(ascii: "v") where isAlone: showsVersion = true
      case UInt8(ascii: "i") where isAlone:
        isInteractive = true
        showsVersion = true
      case UInt8(ascii: "e"), UInt8(ascii: "l"):
        var value = Array(argument.dropFirst(2))
        if isAlone {
          index += 1
          guard index < arguments.count, arguments[index].first != UInt8(ascii: "-") else {
            throw Invalid(option: argument)
          }
          value = arguments[index]
        }
        actions.append(argument[1] == UInt8(ascii: "e") ? .run(value) : .requiring(value))
      default: throw Invalid(option: argument)
      }
      index += 1
    }
  }
}

extension Options.Action {
  /// `module` or `global=module`
  fileprivate static func requiring(_ value: [UInt8]) -> Self {
    let parts = value.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
    let names = parts.map { String(decoding: $0, as: UTF8.self) }
    return .require(module: names[names.count - 1], global: names[0])
  }
}
