/// Mapped memory that nobody uses, by address. What is free on both sides of a border becomes one piece, so that buffers of
/// changing sizes find room where others were, without fresh pages.
struct FreeMappings {
  struct Piece {
    let pointer: UnsafeMutableRawPointer
    var byteCount: Int
    /// When the last of its buffers came back.
    var lastUse: Int

    var end: UnsafeMutableRawPointer { pointer + byteCount }
  }

  /// Sorted by address; no two touch each other.
  private(set) var pieces: [Piece] = []
  private(set) var byteCount = 0

  /// Takes memory in that came from ``take(_:)`` or is new.
  mutating func put(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int, at time: Int) {
    self.byteCount += byteCount
    let index = position(of: pointer)
    var piece = Piece(pointer: pointer, byteCount: byteCount, lastUse: time)
    if index < pieces.count, piece.end == pieces[index].pointer {
      piece.byteCount += pieces[index].byteCount
      pieces.remove(at: index)
    }
    if index > 0, pieces[index - 1].end == pointer {
      pieces[index - 1].byteCount += piece.byteCount
      pieces[index - 1].lastUse = time
    } else {
      pieces.insert(piece, at: index)
    }
  }

  /// The beginning of the smallest piece that is large enough, the first of these; nil if there is none.
  mutating func take(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    var best: Int?
    for (index, piece) in pieces.enumerated() where piece.byteCount >= byteCount {
      if let best, pieces[best].byteCount <= piece.byteCount { continue }
      best = index
    }
    guard let best else { return nil }
    let piece = pieces[best]
    self.byteCount -= byteCount
    if piece.byteCount == byteCount {
      pieces.remove(at: best)
    } else {
      pieces[best] = Piece(
        pointer: piece.pointer + byteCount, byteCount: piece.byteCount - byteCount, lastUse: piece.lastUse)
    }
    return piece.pointer
  }

  /// The piece that has not been used for longest.
  var oldest: Piece? { pieces.min { $0.lastUse < $1.lastUse } }

  /// Removes the end of a piece, for good.
  ///
  /// - Returns: what was removed.
  mutating func remove(_ byteCount: Int, of piece: Piece) -> Piece? {
    let index = position(of: piece.pointer)
    guard index < pieces.count, pieces[index].pointer == piece.pointer else { return nil }
    let removed = min(byteCount, pieces[index].byteCount)
    self.byteCount -= removed
    pieces[index].byteCount -= removed
    let end = pieces[index].end
    if pieces[index].byteCount == 0 { pieces.remove(at: index) }
    return Piece(pointer: end, byteCount: removed, lastUse: piece.lastUse)
  }

  mutating func removeAll() -> [Piece] {
    defer { (pieces, byteCount) = ([], 0) }
    return pieces
  }

  /// Where a piece that begins at `pointer` stands or would stand.
  private func position(of pointer: UnsafeMutableRawPointer) -> Int {
    var (low, high) = (0, pieces.count)
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].pointer < pointer { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
