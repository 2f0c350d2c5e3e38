import LuaTrampoline

/// When the collector should run because of memory that Lua does not see.
///
/// Userdata are small for Lua, whatever the native memory that they hold. So the binding notes native allocations, and
/// once as much was allocated as was alive after the last collection (and no less than a floor), a full cycle runs: the
/// native memory then peaks at about twice what is alive, as Lua's own does.
struct NativeMemory {
  /// Below this many bytes no cycle is worth its time.
  var floor = 64 << 20
  /// The native bytes that are alive now.
  var liveBytes: (() -> Int)?
  private var allocated = 0
  private var threshold = 64 << 20
  private var isCollecting = false

  /// Notes an allocation; returns whether to collect.
  mutating func note(_ bytes: Int) -> Bool {
    if isCollecting { noteCollection() }
    allocated &+= max(0, bytes)
    isCollecting = allocated > threshold
    return isCollecting
  }

  /// A cycle is over: starts to count anew.
  mutating func noteCollection() {
    isCollecting = false
    allocated = 0
    threshold = max(floor, liveBytes?() ?? floor)
  }
}

extension LuaState {
  /// Tells the collector about native memory that Lua's values hold from now on. The collector may run when the
  /// running callback has returned.
  public func noteNativeAllocation(_ bytes: Int) {
    // While a cycle is due, what is alive cannot be told yet.
    guard host.pointee.collect == 0, nativeMemory.note(bytes) else { return }
    host.pointee.collect = Int32(LT_COLLECT_FULL)
  }

  /// Where to ask for the native bytes that are alive, and the least allocation after which a cycle is worth its time.
  public func setNativeMemory(floor: Int, liveBytes: @escaping () -> Int) {
    nativeMemory.floor = floor
    nativeMemory.liveBytes = liveBytes
    nativeMemory.noteCollection()
  }
}
