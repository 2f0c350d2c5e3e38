/// Signatures and sizes of the records of a zip file (PKWARE's APPNOTE.TXT, sections 4.3 and 4.5).
enum ZipFormat {
  static let localHeaderSignature: UInt32 = 0x0403_4B50
  static let dataDescriptorSignature: UInt32 = 0x0807_4B50
  static let centralHeaderSignature: UInt32 = 0x0201_4B50
  static let zip64EndSignature: UInt32 = 0x0606_4B50
  static let zip64LocatorSignature: UInt32 = 0x0706_4B50
  static let endSignature: UInt32 = 0x0605_4B50

  static let localHeaderSize = 30
  static let centralHeaderSize = 46
  static let zip64EndSize = 56
  static let zip64LocatorSize = 20
  static let endSize = 22

  /// In a field of 16 or 32 bits, says that the zip64 record or extra field has the value.
  static let elsewhere16 = UInt16.max
  static let elsewhere32 = UInt32.max

  static let zip64ExtraField: UInt16 = 1
  static let stored: UInt16 = 0
  static let deflated: UInt16 = 8

  static let encryptedFlag: UInt16 = 1
  /// The sizes and the checksum follow the data.
  static let dataDescriptorFlag: UInt16 = 1 << 3
  static let utf8Flag: UInt16 = 1 << 11
}
