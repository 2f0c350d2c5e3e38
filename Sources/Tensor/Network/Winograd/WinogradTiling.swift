import WinogradKernels

/// The tiles of a batch of images, in an order in which those that need an element of the transformed data are neighbours.
///
/// Tiles have 4x4 results, but for the last ones of images whose sides are no multiples of four. These need fewer elements, so
/// that an image of 14x14 takes 22x22 multiplications a channel in place of 24x24.
struct WinogradTiling {
  /// Tiles of one size, of all images: one image after another.
  private struct Kind {
    let tiles: winograd_tiles
    let perImage: Int
  }

  private static let tile = Int(winograd_tile)
  private static let side = Int(winograd_side)

  let batch: Int
  /// Those at the bottom, the whole ones, those on the right, the one in the corner: who lies in neither the last row nor the last
  /// column, or in one of them at most, lies together.
  private let kinds: [Kind]
  /// The tiles that need each element.
  let needing: [Range<Int>]

  /// - Parameters:
  ///   - height, width: results of an image.
  init(batch: Int, height: Int, width: Int) {
    self.batch = batch
    let (rows, lastHeight) = Self.wholeTiles(height)
    let (columns, lastWidth) = Self.wholeTiles(width)
    let (isLowest, isRightmost) = (lastHeight > 0 ? 1 : 0, lastWidth > 0 ? 1 : 0)
    func kind(down: Int, across: Int, rows: Int, columns: Int, height: Int, width: Int) -> Kind {
      Kind(
        tiles: winograd_tiles(down: down, across: across, columns: columns, height: height, width: width),
        perImage: rows * columns)
    }
    let bottom = kind(
      down: rows, across: 0, rows: isLowest, columns: columns, height: lastHeight, width: Self.tile)
    let whole = kind(down: 0, across: 0, rows: rows, columns: columns, height: Self.tile, width: Self.tile)
    let right = kind(
      down: 0, across: columns, rows: rows, columns: isRightmost, height: Self.tile, width: lastWidth)
    let corner = kind(
      down: rows, across: columns, rows: isLowest, columns: isRightmost, height: lastHeight, width: lastWidth)
    kinds = [bottom, whole, right, corner]
    let ends = [bottom, whole, right, corner].reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.perImage * batch) }
    needing = (0..<Self.side * Self.side).map { element in
      let isInLastRow = lastHeight == 0 || winograd_needs(lastHeight, element / Self.side)
      let isInLastColumn = lastWidth == 0 || winograd_needs(lastWidth, element % Self.side)
      let end = isInLastColumn ? (isInLastRow ? 4 : 3) : 2
      return ends[isInLastRow ? 0 : 1]..<ends[end]
    }
  }

  /// Whole tiles on a side, and what is left.
  private static func wholeTiles(_ length: Int) -> (count: Int, rest: Int) { (length / tile, length % tile) }

  /// Tiles of all images.
  var count: Int { batch * kinds.reduce(0) { $0 + $1.perImage } }

  /// Products of elements that a pair of channels takes.
  var products: Int { needing.reduce(0) { $0 + $1.count } }

  /// Calls `body` for each part of a range of tiles whose tiles are of one kind and of one image, with the place of its first tile in
  /// the range.
  func forEachRun(
    in range: Range<Int>, _ body: (_ image: Int, _ kind: winograd_tiles, _ tiles: Range<Int>, _ place: Int) -> Void
  ) {
    var kindStart = 0
    for kind in kinds {
      let all = kindStart..<(kindStart + kind.perImage * batch)
      kindStart = all.upperBound
      let part = range.clamped(to: all)
      var start = part.lowerBound
      while start < part.upperBound {
        let image = (start - all.lowerBound) / kind.perImage
        let imageStart = all.lowerBound + image * kind.perImage
        let end = min(imageStart + kind.perImage, part.upperBound)
        body(image, kind.tiles, (start - imageStart)..<(end - imageStart), start - range.lowerBound)
        start = end
      }
    }
  }
}
