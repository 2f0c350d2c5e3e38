/// What Lua's own functions do, for help and search: signatures in the manner of the declarations, and a sentence or two.
///
/// Source: the reference manual, https://www.lua.org/manual/5.4/manual.html#6
public enum StandardLibrary {
  /// A function by its name, such as `string.format`.
  public static func topic(named name: String) -> Topic? { topics.first { $0.name == name } }

  /// All functions in the order of the manual.
  public static var topics: [Topic] {
    lines.split(separator: "\n").compactMap { line in
      guard let open = line.firstIndex(of: "("), let end = line.firstIndex(of: "•") else { return nil }
      let path = line[..<open].split(separator: ".")
      guard let name = path.last else { return nil }
      let signatures = line[open..<line.index(before: end)].split(separator: ";").map { String($0.drop { $0 == " " }) }
      return Topic(
        kind: .function, path: path.count > 1 ? String(path[0]) : "", ownName: String(name), signatures: signatures,
        help: String(line[line.index(end, offsetBy: 2)...]), example: "")
    }
  }

  private static let lines = """
    assert(value, message = "assertion failed!", ...) -> any... • All arguments, if the first is neither nil nor false; else an error with the message, which may be any value.
    collectgarbage(option: string = "collect", argument: int = nil) -> any • Runs the garbage collector, or with other options tells of it or steers it: "count" gives the kilobytes in use, "stop", "restart", "step", "isrunning", "incremental", "generational".
    dofile(path: string = stdin) -> any... • Runs a file as Lua and returns what it returns. Errors go on to the caller.
    error(message, level: int = 1) • Raises an error. A message that is a string gets the place in front: where error was called at level 1, where the function that called it was called at level 2, none at level 0.
    getmetatable(object) -> any • The metatable, or what its field __metatable holds; nil without one.
    ipairs(table) -> function, table, int • For loops over table[1], table[2], … up to the first nil: for i, value in ipairs(t) do.
    load(chunk: string|function, name: string = chunk, mode: string = "bt", env: table = _G) -> function • Compiles text, or the pieces that a function gives, and returns it as a function; nil and a message where it is no Lua.
    loadfile(path: string = stdin, mode: string = "bt", env: table = _G) -> function • Compiles a file as load does text, and does not run it.
    next(table, key = nil) -> any, any • The entry of a table that follows a key, in no particular order; nil after the last. next(t) == nil tells that a table is empty.
    pairs(table) -> function, table, nil • For loops over all entries of a table, in no particular order, or over what its metamethod __pairs gives: for key, value in pairs(t) do.
    pcall(f: function, ...) -> bool, any... • Calls a function with the arguments. Gives true and the results, or false and the error.
    print(...) • Writes the arguments as tostring gives them to the standard output, with tabs between and a line's end.
    rawequal(a, b) -> bool • Whether two values are the same, whatever __eq says.
    rawget(table, key) -> any • A table's entry, whatever __index says.
    rawlen(value: table|string) -> int • The length, whatever __len says.
    rawset(table, key, value) -> table • Sets a table's entry, whatever __newindex says, and returns the table.
    require(name: string) -> any, any • The value of a module, which is loaded at the first call; and where it was found. package.path and package.cpath say where to look.
    select(index: int|"#", ...) -> any... • The arguments from a position on, which counts from the end if negative; with "#" their number.
    setmetatable(table, metatable: table?) -> table • Gives a table a metatable, or with nil takes it away, and returns the table. An error if the old one has a field __metatable.
    tonumber(value, base: int = 10) -> number • A number, or a string of digits in the base, as a number; nil for what is none.
    tostring(value) -> string • A value as text; the metamethod __tostring decides, if there is one.
    type(value) -> string • "nil", "number", "string", "boolean", "table", "function", "thread" or "userdata".
    warn(message: string, ...) • Writes a warning to the error output, once warn "@on" or the option -W has switched warnings on.
    xpcall(f: function, handler: function, ...) -> bool, any... • As pcall, but the handler gets an error where it happens, as debug.traceback likes it, and its result takes the error's place.
    coroutine.close(co: thread) -> bool, any • Ends a coroutine that is suspended or dead, and closes its variables. False and an error if it was in error.
    coroutine.create(f: function) -> thread • A coroutine that will run the function.
    coroutine.isyieldable(co: thread = running) -> bool • Whether a coroutine may yield: it is not the main one, and not inside of a function that cannot.
    coroutine.resume(co: thread, ...) -> bool, any... • Starts or continues a coroutine. Gives true and what it yields or returns, or false and the error.
    coroutine.running() -> thread, bool • The running coroutine, and whether it is the main one.
    coroutine.status(co: thread) -> string • "running", "suspended", "normal" (it has resumed another one) or "dead".
    coroutine.wrap(f: function) -> function • A function that resumes a coroutine of its own at each call, gives what that yields, and raises its errors.
    coroutine.yield(...) -> any... • Suspends the running coroutine: the arguments are what resume gives, and what the next resume is given comes back.
    package.loadlib(path: string, name: string) -> function • Links a C library and gives one of its functions; with "*" as name it only links.
    package.searchpath(name: string, path: string, sep: string = ".", rep: string = "/") -> string • The first file that a path of patterns such as "./?.lua" leads to for a name; nil and a message if there is none.
    string.byte(s: string, first: int = 1, last: int = first) -> int... • The codes of the bytes from first to last.
    string.char(...: int) -> string • A string of bytes with these codes.
    string.dump(f: function, strip: bool = false) -> string • A function as binary code, for load.
    string.find(s: string, pattern: string, init: int = 1, plain: bool = false) -> int, int, any... • Where the first match of a pattern from init on begins and ends, and its captures; nil without one. With plain the pattern is ordinary text.
    string.format(format: string, ...) -> string • Text with the arguments in place of %d, %5.2f, %s, %q (quoted for Lua), %x and their like, as C's printf has them.
    string.gmatch(s: string, pattern: string, init: int = 1) -> function • For loops over all matches of a pattern, or over their captures: for word in s:gmatch "%a+" do.
    string.gsub(s: string, pattern: string, replacement: string|table|function, count: int = all) -> string, int • The string with matches of a pattern replaced, by text (%1 is the first capture), by what a table has for the first capture, or by what a function returns; and how many there were.
    string.len(s: string) -> int • The bytes of a string, as #s.
    string.lower(s: string) -> string • With small letters in place of capitals.
    string.match(s: string, pattern: string, init: int = 1) -> any... • The captures of the first match of a pattern from init on, or the whole match if it has none; nil without a match.
    string.pack(format: string, ...) -> string • Values in binary form, as the format says: "<i4" is a little-endian integer of four bytes, "d" a double, "z" a string with a zero at its end, "s1" one with its length in a byte in front.
    string.packsize(format: string) -> int • The bytes of what string.pack makes with a format without strings of variable length.
    string.rep(s: string, n: int, sep: string = "") -> string • A string n times, with another between.
    string.reverse(s: string) -> string • The bytes in reverse order.
    string.sub(s: string, first: int, last: int = -1) -> string • The part from byte first to byte last; negative positions count from the end.
    string.unpack(format: string, s: string, position: int = 1) -> any... • The values that string.pack has written, and the position behind them.
    string.upper(s: string) -> string • With capitals in place of small letters.
    utf8.char(...: int) -> string • The characters with these code points, in UTF-8.
    utf8.codepoint(s: string, first: int = 1, last: int = first, lax: bool = false) -> int... • The code points of the characters that begin between two bytes.
    utf8.codes(s: string, lax: bool = false) -> function, string, int • For loops over the characters: for position, code in utf8.codes(s) do.
    utf8.len(s: string, first: int = 1, last: int = -1, lax: bool = false) -> int • How many characters begin between two bytes; nil and a position where the bytes are no UTF-8.
    utf8.offset(s: string, n: int, position: int) -> int • The byte at which the n-th character from a position on begins.
    table.concat(list: table, sep: string = "", first: int = 1, last: int = #list) -> string • The strings and numbers of a list as one string, with another between.
    table.insert(list: table, value); (list: table, position: int, value) • Puts a value at the end of a list, or at a position from which on the others move up.
    table.move(from: table, first: int, last: int, position: int, to: table = from) -> table • Copies elements to a position of the same or of another list, which is returned.
    table.pack(...) -> table • A list of the arguments, with their number as the field n.
    table.remove(list: table, position: int = #list) -> any • Takes an element out of a list, from which on the others move down, and returns it.
    table.sort(list: table, less: function = <) • Puts a list in order, in place: less(a, b) says whether a must come before b.
    table.unpack(list: table, first: int = 1, last: int = #list) -> any... • The elements of a list as several values.
    math.abs(x: number) -> number • The number without its sign.
    math.acos(x: number) -> float • The angle in radians whose cosine is x.
    math.asin(x: number) -> float • The angle in radians whose sine is x.
    math.atan(y: number, x: number = 1) -> float • The angle in radians of the point (x, y), in the right quadrant.
    math.ceil(x: number) -> int • The smallest integer that is not below x.
    math.cos(x: number) -> float • The cosine of an angle in radians.
    math.deg(x: number) -> float • Radians as degrees.
    math.exp(x: number) -> float • e to the power of x.
    math.floor(x: number) -> int • The largest integer that is not above x.
    math.fmod(x: number, y: number) -> number • The remainder of x / y, with the sign of x.
    math.log(x: number, base: number = e) -> float • The logarithm in a base.
    math.max(x: number, ...: number) -> number • The largest argument.
    math.min(x: number, ...: number) -> number • The smallest argument.
    math.modf(x: number) -> float, float • The integral part and the rest.
    math.rad(x: number) -> float • Degrees as radians.
    math.random() -> float; (n: int) -> int; (m: int, n: int) -> int • A random float in [0, 1), or an integer from 1 to n, or from m to n. torch.manual_seed() does not seed it, math.randomseed() does.
    math.randomseed(x: number = random, y: int = 0) • Seeds math.random, without arguments by chance.
    math.sin(x: number) -> float • The sine of an angle in radians.
    math.sqrt(x: number) -> float • The square root.
    math.tan(x: number) -> float • The tangent of an angle in radians.
    math.tointeger(x) -> int • A number with an integral value as an integer; nil for others.
    math.type(x) -> string • "integer" or "float"; nil for what is no number.
    math.ult(m: int, n: int) -> bool • Whether m is below n, both taken as unsigned.
    io.close(file: file = output) • Closes a file, as file:close().
    io.flush() • Writes what the standard output holds back.
    io.input(file: file|string = nil) -> file • The file from which io.read reads; given one, or a name, it becomes that.
    io.lines(path: string = stdin, ...: string|int) -> function • For loops over the lines of a file, or over what file:read would give for the formats; the file closes at the end.
    io.open(path: string, mode: string = "r") -> file • Opens a file to read ("r"), to write anew ("w"), to add ("a") or to change ("r+", "w+"), with "b" as binary; nil and a message if that fails.
    io.output(file: file|string = nil) -> file • The file to which io.write writes; given one, or a name, it becomes that.
    io.popen(command: string, mode: string = "r") -> file • Starts a command of the system, whose output is read or whose input is written.
    io.read(...: string|int) -> any... • Reads from the standard input by formats: "l" a line, "L" a line with its end, "n" a number, "a" all, a number so many bytes; nil at the end.
    io.tmpfile() -> file • A file to write and read that goes with the program.
    io.type(value) -> string • "file" or "closed file"; nil for all else.
    io.write(...: string|number) -> file • Writes the arguments to the standard output, with nothing between or behind.
    os.clock() -> float • Seconds of processor time that the program has used.
    os.date(format: string = "%c", time: int = now) -> string|table • A time as text, as C's strftime makes it, or with "*t" as a table of its parts; with "!" in front in universal time.
    os.difftime(later: int, earlier: int) -> float • Seconds between two times.
    os.execute(command: string = nil) -> bool, string, int • Runs a command of the system: true or nil, "exit" or "signal", and the code. Without one: whether there is a shell.
    os.exit(code: bool|int = true, close: bool = false) • Ends the program; with close the state is closed first, so that finalizers run.
    os.getenv(name: string) -> string • A variable of the environment; nil if it is not set.
    os.remove(path: string) -> bool • Removes a file or an empty folder; nil and a message if that fails.
    os.rename(old: string, new: string) -> bool • Gives a file another name; nil and a message if that fails.
    os.setlocale(locale: string? = nil, category: string = "all") -> string • Changes the locale, or with nil tells it.
    os.time(parts: table = now) -> int • A time in seconds since 1970: now, or of the year, month, day, hour, min and sec in a table.
    os.tmpname() -> string • A name for a file that does not exist yet.
    debug.debug() • Reads and runs lines of the standard input until "cont".
    debug.gethook(co: thread = running) -> function, string, int • The hook, what calls it, and after how many instructions.
    debug.getinfo(co: thread = running, f: function|int, what: string = all) -> table • What is known of a function, or of the one at a level of the stack: source, currentline, name, nparams and more.
    debug.getlocal(co: thread = running, f: function|int, index: int) -> string, any • The name and value of a local variable of the function at a level; of a function itself, the names of its parameters.
    debug.getmetatable(value) -> table • The metatable of any value, whatever __metatable says.
    debug.getregistry() -> table • The table in which C keeps its values.
    debug.getupvalue(f: function, index: int) -> string, any • The name and value of a variable that a function uses from outside.
    debug.getuservalue(u: userdata, n: int = 1) -> any, bool • A value that C has attached to a userdata.
    debug.sethook(co: thread = running, hook: function, mask: string, count: int = 0) • Has a function called at calls ("c"), returns ("r"), new lines ("l") or after so many instructions; without arguments no more.
    debug.setlocal(co: thread = running, level: int, index: int, value) -> string • Sets a local variable of the function at a level of the stack.
    debug.setmetatable(value, metatable: table?) -> any • Gives any value a metatable; all numbers share one, and so on.
    debug.setupvalue(f: function, index: int, value) -> string • Sets a variable that a function uses from outside.
    debug.setuservalue(u: userdata, value, n: int = 1) -> userdata • Attaches a value to a userdata.
    debug.traceback(co: thread = running, message: any = nil, level: int = 1) -> string • The stack of calls as text, behind a message; a message that is no string is returned as it is.
    debug.upvalueid(f: function, n: int) -> userdata • What tells a function's variable from outside from all others.
    debug.upvaluejoin(f1: function, n1: int, f2: function, n2: int) • Makes a variable of one function that of another one.
    """
}
