import OrderedCollections
import Tensor

/// A key that may be the name of a tensor. A file's dictionaries may have others, which no pattern matches.
public protocol TensorName: Hashable {
  /// The key that has this name.
  init(name: String)
  /// The name; nil for a key that is no text.
  var name: String? { get }
}

/// What may stand under a name: a tensor, or something else.
public protocol TensorEntry {
  /// The entry that holds a tensor.
  init(tensor: Tensor)
  /// The tensor; nil for something else.
  var tensor: Tensor? { get }
}

/// Tensors, and perhaps other things, under names, in order: a state dict in memory, in a file, or in a script.
///
/// The operations of this protocol keep the order, and what is not their business: keys that are no names, entries that are no
/// tensors, metadata. They share tensors with the original and never copy one.
///
/// ```swift
/// let backbone = try state.strippingPrefix("module").dropping("fc.*")
/// let renamed = try state.renaming("blocks.*.attn.*", to: "layers.*.attention.*")
/// ```
public protocol NamedTensors {
  /// What tensors stand under: names, and in a file perhaps other keys.
  associatedtype Key: TensorName
  /// What stands under a key: a tensor, or in a file perhaps something else.
  associatedtype Entry: TensorEntry

  /// Keys and what stands under them, in order.
  var entries: OrderedDictionary<Key, Entry> { get }

  /// The same with other entries.
  ///
  /// - Parameter moves: where modules went, whose metadata follow them; nil if nothing was renamed.
  func with(_ entries: OrderedDictionary<Key, Entry>, _ moves: ModuleMoves?) throws -> Self
}

extension NamedTensors {
  /// The names, in order.
  public var names: [String] { entries.keys.compactMap(\.name) }

  /// The tensor under `name`, if there is one.
  public func tensor(_ name: String) -> Tensor? { entries[Key(name: name)]?.tensor }

  /// The tensor under `name`.
  ///
  /// - Throws: ``TensorError`` that names the nearest key, where there is none.
  public func requiredTensor(_ name: String) throws -> Tensor {
    if let tensor = tensor(name) { return tensor }
    if entries[Key(name: name)] != nil { throw TensorError("'\(name)' is no tensor", kind: .type) }
    throw TensorError("no key '\(name)'" + suggestion(name), kind: .key)
  }

  /// The same with another tensor under `name`.
  public func replacing(_ name: String, with tensor: Tensor) throws -> Self {
    var entries = entries
    entries[Key(name: name)] = Entry(tensor: tensor)
    return try with(entries, nil)
  }

  // MARK: - Selecting

  /// The entries whose names match one of the patterns.
  ///
  /// - Throws: ``TensorError`` for a pattern that no key matches.
  public func filtering(_ patterns: KeyPattern...) throws -> Self { try filtering(patterns) }

  /// As ``filtering(_:)-(KeyPattern...)``.
  public func filtering(_ patterns: [KeyPattern]) throws -> Self {
    try checkMatches(patterns, "filter")
    return try filtering { name, _ in patterns.contains { $0.matches(name) } }
  }

  /// The entries that have a name and that `isIncluded` accepts.
  public func filtering(_ isIncluded: (String, Entry) throws -> Bool) throws -> Self {
    try with(try entries.filter { key, entry in try key.name.map { try isIncluded($0, entry) } ?? false }, nil)
  }

  /// All entries but those whose names match one of the patterns.
  ///
  /// - Throws: ``TensorError`` for a pattern that no key matches.
  public func dropping(_ patterns: KeyPattern...) throws -> Self { try dropping(patterns) }

  /// As ``dropping(_:)-(KeyPattern...)``.
  public func dropping(_ patterns: [KeyPattern]) throws -> Self {
    try checkMatches(patterns, "drop")
    return try dropping { name, _ in patterns.contains { $0.matches(name) } }
  }

  /// All entries but those that have a name and that `isExcluded` accepts.
  public func dropping(_ isExcluded: (String, Entry) throws -> Bool) throws -> Self {
    try with(try entries.filter { key, entry in try !(key.name.map { try isExcluded($0, entry) } ?? false) }, nil)
  }

  // MARK: - Renaming

  /// The same under new names: those that `pattern` matches are made from `replacement`, see ``KeyReplacement``.
  ///
  /// - Throws: ``TensorError`` where no key matches, or two would get the same name.
  public func renaming(_ pattern: KeyPattern, to replacement: String) throws -> Self {
    try checkMatches([pattern], "rename")
    let replacement = try KeyReplacement(replacement, for: pattern)
    return try renaming { name in pattern.match(name).map(replacement.name) ?? name }
  }

  /// The same under the names that `newName` gives.
  ///
  /// - Throws: ``TensorError`` where two would get the same name; what `newName` throws.
  public func renaming(_ newName: (String) throws -> String) throws -> Self {
    var renamed: OrderedDictionary<Key, Entry> = [:]
    renamed.reserveCapacity(entries.count)
    var origins: [Key: String] = [:]
    var names: [(old: String, new: String)] = []
    for (key, entry) in entries {
      let new: Key
      if let old = key.name {
        let name = try newName(old)
        names.append((old, name))
        new = name == old ? key : Key(name: name)
        if let other = origins.updateValue(old, forKey: new) {
          throw TensorError("rename(): '\(other)' and '\(old)' would both become '\(name)'", kind: .key)
        }
      } else {
        new = key
      }
      renamed[new] = entry
    }
    return try with(renamed, ModuleMoves(names))
  }

  /// The same with names that begin with the module path `prefix` relative to it; others stay: `module.fc.weight` becomes
  /// `fc.weight`.
  ///
  /// - Throws: ``TensorError`` where no key is inside the path, or two would get the same name.
  public func strippingPrefix(_ prefix: String) throws -> Self {
    let prefix = ModulePath.prefix(prefix)
    guard names.contains(where: { $0.hasPrefix(prefix) && $0 != prefix }) else {
      let beginnings = OrderedSet(names.map { $0.prefix { $0 != "." } }).prefix(4).map { "'\($0)'" }
      throw TensorError(
        "strip_prefix(): no key begins with '\(prefix)'"
          + (beginnings.isEmpty ? "" : "; keys begin with \(beginnings.joined(separator: ", "))"), kind: .key)
    }
    return try renaming { $0.hasPrefix(prefix) && $0 != prefix ? String($0.dropFirst(prefix.count)) : $0 }
  }

  /// The same without the text `prefix` at the beginning of names, where it is: what PyTorch's
  /// `consume_prefix_in_state_dict_if_present` leaves. Renamed entries come last, as there; of two with one name the renamed
  /// one counts.
  public func consumingPrefixIfPresent(_ prefix: String) throws -> Self {
    var renamed: [(Key, Entry)] = []
    var names: [(old: String, new: String)] = []
    var entries = entries
    entries.removeAll { key, entry in
      guard let old = key.name, old.hasPrefix(prefix) else { return false }
      let new = String(old.dropFirst(prefix.count))
      names.append((old, new))
      renamed.append((Key(name: new), entry))
      return true
    }
    for (key, entry) in renamed { entries[key] = entry }
    return try with(entries, ModuleMoves(names))
  }

  /// The same inside the module path `prefix`: `fc.weight` becomes `module.fc.weight`.
  public func addingPrefix(_ prefix: String) throws -> Self {
    let prefix = ModulePath.prefix(prefix)
    return try renaming { prefix + $0 }
  }

  // MARK: - Values

  /// The same with the tensors that `change` gives for each name and tensor.
  public func mappingTensors(_ change: (String, Tensor) throws -> Tensor) throws -> Self {
    var changed = entries
    for (key, entry) in entries {
      if let name = key.name, let tensor = entry.tensor { changed[key] = Entry(tensor: try change(name, tensor)) }
    }
    return try with(changed, nil)
  }

  /// The same with the entries of `other`: known names keep their place, new ones come last.
  public func updating(with other: Self) throws -> Self {
    var entries = entries
    for (key, entry) in other.entries { entries[key] = entry }
    return try with(entries, nil)
  }

  // MARK: - Errors

  /// Throws for a pattern that no key matches: it is a slip, and would go unnoticed.
  private func checkMatches(_ patterns: [KeyPattern], _ function: String) throws {
    for pattern in patterns where !names.contains(where: pattern.matches) {
      let inside = KeyPattern(pattern.text + ".*")
      let anywhere = KeyPattern("*" + pattern.text)
      let hint =
        names.contains(where: inside.matches)
        ? "; a pattern is for the whole key: did you mean '\(inside)'?"
        : names.contains(where: anywhere.matches)
          ? "; a pattern is for the whole key: did you mean '\(anywhere)'?"
          : pattern.wildcardCount == 0 ? suggestion(pattern.text) : ""
      throw TensorError("\(function)(): no key matches '\(pattern)'\(hint)", kind: .key)
    }
  }

  private func suggestion(_ name: String) -> String {
    let last = ModulePath.lastName(of: name)
    let similar = names.first { $0.hasPrefix(name + ".") } ?? names.first { $0.hasSuffix("." + name) }
    let near =
      similar ?? names.first { ModulePath.lastName(of: $0) == last && $0.contains(ModulePath.parent(of: name)) }
    return near.map { "; did you mean '\($0)'?" } ?? ""
  }
}

extension String: TensorName {
  public init(name: String) { self = name }
  public var name: String? { self }
}
