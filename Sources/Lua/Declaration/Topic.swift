/// Something that was declared, as help, search and the reference present it.
public struct Topic {
  /// What sort of thing was declared.
  public enum Kind: String, Sendable {
    /// Functions belong to a module or a class, methods to an object.
    case module, `class`, function, method, property, constant
  }

  /// What sort of thing it is.
  public let kind: Kind
  /// The module or class that it is in; "" for a module.
  public let path: String
  /// The name in there.
  public let ownName: String
  /// How it is called, from the bracket on; a property's type. A class has those of its constructor.
  public let signatures: [String]
  /// The explanation: a sentence that stands alone in lists, then what else there is to know.
  public let help: String
  /// Lines of Lua as they are typed at the prompt, with what they print behind `-->`.
  public let example: String
  /// The class that a class extends.
  public var parent: String?

  /// `torch.clamp`, `Tensor:clamp`, `Tensor.shape`.
  public var name: String { path.isEmpty ? ownName : path + (kind == .method ? ":" : ".") + ownName }

  /// The first sentence of the explanation.
  public var summary: String {
    var previous: Character = " "
    for index in help.indices {
      let next = help.index(after: index)
      if help[index] == "\n", previous == "\n" { return String(help[..<index]).onOneLine }
      if help[index] == ".", next == help.endIndex || help[next] == "\n" || help[next] == " " {
        let following = help[next...].drop { $0 == " " || $0 == "\n" }.first
        if following?.isLowercase != true, previous != "." { return String(help[..<next]).onOneLine }
      }
      previous = help[index]
    }
    return help.onOneLine
  }
}

extension String {
  /// The text with line ends as spaces.
  fileprivate var onOneLine: String { split { $0 == "\n" }.joined(separator: " ") }
}

extension Declarations {
  /// Everything that was declared: modules, each followed by what is in it.
  public var topics: [Topic] { modules.flatMap { topics(of: $0) } }

  /// A module and what is in it.
  public func topics(of module: LuaModule) -> [Topic] {
    let own = Topic(
      kind: .module, path: "", ownName: module.name, signatures: [], help: module.help, example: module.example)
    let functions = module.functions.filter { $0.placement != .method }
      .map { topic(.function, $0, in: module.name) }
    let constants = module.constants.map { constant in
      Topic(
        kind: .constant, path: module.name, ownName: constant.name, signatures: [], help: constant.help,
        example: constant.example)
    }
    // Classes may have got methods since they were listed in the module.
    let classes = module.classes.compactMap { classNamed($0.name) }
    return [own] + functions + constants
      + classes.flatMap { owner in
        let statics = owner.statics.map { topic(.function, $0, in: "\(module.name).\(owner.name)") }
        return [topic(of: owner, in: module.name)] + statics + members(of: owner)
      }
  }

  /// A class as a topic: called, it runs its constructor.
  public func topic(of declaration: LuaClass, in path: String) -> Topic {
    let constructor = declaration.constructor
    let texts = [declaration.help, constructor?.help ?? ""].filter { !$0.isEmpty }
    return Topic(
      kind: .class, path: path, ownName: declaration.name,
      signatures: constructor?.overloads.compactMap(\.signature) ?? [], help: texts.joined(separator: "\n\n"),
      example: declaration.example.isEmpty ? constructor?.example ?? "" : declaration.example,
      parent: declaration.parent)
  }

  /// The properties, methods and functions that a class itself declares.
  public func members(of declaration: LuaClass) -> [Topic] {
    let properties = declaration.properties.map { property in
      Topic(
        kind: .property, path: declaration.name, ownName: property.name, signatures: [property.type],
        help: property.help, example: property.example)
    }
    let methods = declaration.methods.filter { $0.placement != .function }
    let module = modules.first { $0.classes.contains { $0.name == declaration.name } }
    let path = module.map { "\($0.name).\(declaration.name)" } ?? declaration.name
    let statics = declaration.statics.map { topic(.function, $0, in: path) }
    return properties + methods.map { topic(.method, $0, in: declaration.name) } + statics
  }

  private func topic(_ kind: Topic.Kind, _ function: Function, in path: String) -> Topic {
    Topic(
      kind: kind, path: path, ownName: function.name, signatures: function.overloads.compactMap(\.signature),
      help: function.help, example: function.example)
  }
}

extension Topic {
  /// A function that may be in no module.
  public init(_ description: FunctionDescription) {
    self.init(
      kind: description.isMethod ? .method : .function, path: description.path ?? "", ownName: description.name,
      signatures: description.signatures.map(\.text), help: description.help, example: description.example)
  }
}
