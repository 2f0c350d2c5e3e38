import Lua
import Testing

/// What a wrong call of a declared function says.
@Suite struct CallErrorTests {
  let state: LuaState

  init() throws { state = try .forTests() }

  @Test(arguments: [
    ("test.clamp('a')", "clamp(): argument 'input' (position 1) must be Counter, not string"),
    ("test.clamp()", "clamp() missing 1 required positional argument: 'input'"),
    ("test.clamp(nil)", "clamp(): argument 'input' (position 1) must be Counter, not nil"),
    (
      "test.clamp(test.Counter(), 'x')", "clamp(): argument 'min' (position 2) must be Counter or Number, not string"
    ),
    (
      "test.clamp(test.Counter(), {min = true})", "clamp(): argument 'min' must be Counter or Number, not bool"
    ),
    ("test.clamp(test.Counter(), 1, 2, 3, 4)", "clamp() takes 3 positional arguments but 5 were given"),
    ("test.clamp(test.Counter(), 1, {min = 2})", "clamp() got multiple values for argument 'min'"),
    (
      "test.clamp(test.Counter(), {strikt = true})",
      "clamp() got an unexpected keyword argument 'strikt'; did you mean 'strict'?"
    ),
    ("test.Counter():add('x')", "add(): argument 'n' (position 1) must be int, not string"),
    ("test.Counter():add(1.5)", "add(): argument 'n' (position 1) must be int, not float"),
    (
      "test.Counter().add(3)",
      "add(): argument 'self' must be Counter, not int (a method is called with ':')"
    ),
    ("test.Counter():get(1)", "get() takes no arguments (1 given)"),
    ("test.size(1, 'x')", "size(): argument 'size' (position 2) must be tuple of ints, not string"),
    (
      "test.size{1, 'x'}",
      "size(): argument 'size' (position 1) must be tuple of ints, but found element of type string at pos 1"
    ),
    ("test.pair{1, 2, 3}", "pair(): argument 'k' (position 1) must be tuple of ints of 2 elements, not of 3"),
    (
      "test.max(test.Counter(), 'x')",
      """
      max() received an invalid combination of arguments - got (Counter, string), but expected one of:
       * (input: Counter) -> Counter
       * (input: Counter, dim: int, keepdim: bool = false) -> (Counter, Counter)
       * (input: Counter, other: Counter) -> Counter

      """
    ),
    ("test.Counter().cuont = 3", "'Counter' object has no attribute 'cuont'; did you mean 'count'?"),
    ("return test.Counter().cuont", "'Counter' object has no attribute 'cuont'; did you mean 'count'?"),
    ("test.Counter().parity = 3", "attribute 'parity' of 'Counter' objects is not writable"),
    ("return test.Counter()[true]", "'Counter' object cannot be indexed with bool"),
  ])
  func namesWhatIsWrong(chunk: String, message: String) {
    #expect(state.message(chunk) == "chunk:1: " + message)
  }
}
