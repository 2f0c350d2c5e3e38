/// Where element-wise operators join a convolution that has not run yet. Each returns nil, or false, where there is nothing to
/// join.
enum Fusion {
  static func add(_ a: Tensor, _ b: Tensor) throws -> Tensor? {
    guard a.storage.pending != nil || b.storage.pending != nil, !needsGradient(a, b) else { return nil }
    if let joined = PendingConvolution.of(a)?.added(b) { return try joined.deferred() }
    if let joined = PendingConvolution.of(b)?.added(a) { return try joined.deferred() }
    return nil
  }

  static func addInPlace(_ a: Tensor, _ b: Tensor) throws -> Bool {
    guard a.storage.pending != nil, a.baseOfView == nil, a.storage !== b.storage, !needsGradient(a, b),
      let joined = PendingConvolution.of(a)?.added(b)
    else { return false }
    try a.checkInPlace()
    try joined.replace(in: a.storage)
    return true
  }

  static func relu(_ x: Tensor) throws -> Tensor? {
    guard x.storage.pending != nil else { return nil }
    if let pending = PendingConvolution.of(x), !needsGradient(x) { return try pending.rectified().deferred() }
    guard let pending = PendingNormalization.of(x) else { return nil }
    let rectified = pending.rectified()
    let result = try rectified.deferred()
    if needsGradient(x) {
      guard let record = pending.record, try record(rectified, result) else { return nil }
    }
    return result
  }

  static func reluInPlace(_ x: Tensor) throws -> Bool {
    guard x.storage.pending != nil, x.baseOfView == nil else { return false }
    if let pending = PendingConvolution.of(x), !needsGradient(x) {
      try pending.rectified().replace(in: x.storage)
      return true
    }
    guard let pending = PendingNormalization.of(x) else { return false }
    let rectified = pending.rectified()
    if needsGradient(x) {
      guard let record = pending.record, try record(rectified, x) else { return false }
    }
    try rectified.replace(in: x)
    return true
  }
}
