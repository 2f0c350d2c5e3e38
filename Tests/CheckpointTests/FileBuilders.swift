/// Makes zip files that no honest program would write.
struct ZipBuilder {
  struct Entry {
    var name: String
    var contents: [UInt8]
    /// What the records say, if it is not the truth.
    var localName: String?
    var checksum: UInt32?
    var size: Int?
    var method: UInt16 = 0
    var flags: UInt16 = 0
    /// Where the directory says that the entry begins, if it is not the truth.
    var offset: Int?
  }

  var entries: [Entry] = []

  /// A checkpoint in PyTorch's format with this pickle and the storages "0", "1", and so on.
  static func checkpoint(_ pickle: [UInt8], storages: [[UInt8]] = []) -> ZipBuilder {
    var builder = ZipBuilder(entries: [Entry(name: "archive/data.pkl", contents: pickle)])
    for (key, storage) in storages.enumerated() {
      builder.entries.append(Entry(name: "archive/data/\(key)", contents: storage))
    }
    return builder
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = entry.offset ?? file.count
      let checksum = entry.checksum ?? crc32(entry.contents)
      let size = UInt32(entry.size ?? entry.contents.count)
      let localName = Array((entry.localName ?? entry.name).utf8)
      let name = Array(entry.name.utf8)
      let common =
        little(entry.flags) + little(entry.method) + little(UInt32(0)) + little(checksum)
        + little(UInt32(entry.contents.count)) + little(size)
      file += little(UInt32(0x0403_4B50)) + little(UInt16(20)) + common
      file += little(UInt16(localName.count)) + little(UInt16(0)) + localName + entry.contents
      directory += little(UInt32(0x0201_4B50)) + little(UInt16(20)) + little(UInt16(20)) + common
      directory += little(UInt16(name.count)) + [UInt8](repeating: 0, count: 12) + little(UInt32(offset)) + name
    }
    let count = little(UInt16(entries.count))
    let end =
      little(UInt32(0x0605_4B50)) + little(UInt32(0)) + count + count + little(UInt32(directory.count))
      + little(UInt32(file.count)) + little(UInt16(0))
    return file + directory + end
  }
}

func little(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian, Array.init)
}

/// The checksum of zip files, bit by bit.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(UInt32.max) { checksum, byte in
    (0..<8).reduce(checksum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xEDB8_8320) }
  }
}

/// Opcodes of pickles, to be added up.
enum Pickle {
  /// A whole pickle of protocol 2.
  static func pickle(_ opcodes: [UInt8]...) -> [UInt8] { [0x80, 0x02] + opcodes.joined() + Array(".".utf8) }

  static func text(_ text: String) -> [UInt8] { Array("X".utf8) + little(UInt32(text.utf8.count)) + Array(text.utf8) }
  static func int(_ value: Int32) -> [UInt8] { Array("J".utf8) + little(value) }
  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
  static func tuple(_ elements: [UInt8]...) -> [UInt8] { Array("(".utf8) + elements.joined() + Array("t".utf8) }
  static func call(_ callable: [UInt8], _ arguments: [UInt8]) -> [UInt8] { callable + arguments + Array("R".utf8) }

  /// A tensor of float32 over the storage "0".
  static func tensor(storage: Int32, offset: Int32, size: [Int32], stride: [Int32]) -> [UInt8] {
    let identifier = tuple(text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), int(storage))
    let sizes = tuple(Array(size.map(int).joined()))
    let strides = tuple(Array(stride.map(int).joined()))
    let hooks = call(global("collections", "OrderedDict"), Array(")".utf8))
    return call(
      global("torch._utils", "_rebuild_tensor_v2"),
      tuple(identifier + Array("Q".utf8), int(offset), sizes, strides, [0x89], hooks))
  }
}
