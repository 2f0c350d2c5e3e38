/// An error in Lua's world.
///
/// Thrown by a function that Lua calls, it becomes a Lua error: a message gets the script's position in front
/// (`script.lua:3: clamp(): …`), as `error` does it; an error that came from Lua goes on as the value that it was.
public struct LuaError: Error, CustomStringConvertible {
  /// The text, with the script's position if it came from Lua.
  public let message: String
  /// What Lua raised; nil for an error that Swift makes.
  public let value: LuaReference?
  /// The stack when it was raised, if asked for.
  public let traceback: String?

  /// An error that Swift makes; Lua puts the script's position in front.
  public init(_ message: String) {
    self.message = message
    value = nil
    traceback = nil
  }

  init(message: String, value: LuaReference?, traceback: String?) {
    self.message = message
    self.value = value
    self.traceback = traceback
  }

  public var description: String { message }

  /// Whether a chunk failed to compile only because its end is missing.
  public var isIncompleteChunk: Bool { message.hasSuffix("<eof>") }
}
