import Tensor

extension DType {
  /// The number of bytes whose order is the machine's: those of an element, or of each part of a complex one.
  var byteOrderUnit: Int { isComplex ? size / 2 : size }
}

extension UnsafeMutableRawBufferPointer {
  /// Reverses every run of `size` bytes: turns big-endian elements into little-endian ones.
  func reverseRuns(of size: Int) {
    guard size > 1 else { return }
    for start in stride(from: 0, through: count - size, by: size) {
      self[start..<start + size].reverse()
    }
  }
}
