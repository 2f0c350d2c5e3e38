/// The formats that checkpoints have. A file's content tells its format, not its name.
public enum CheckpointFormat: String, Sendable, CaseIterable {
  /// PyTorch's zip file, written by `torch.save` since version 1.6.
  case pyTorch = "PyTorch"
  /// What `torch.save` wrote before.
  case pyTorchLegacy = "PyTorch (legacy)"
  /// The tar file that `torch.save` wrote before that, in PyTorch 0.1.
  case pyTorchTar = "PyTorch (tar)"
  /// A program with its parameters, written by `torch.jit.save`.
  case torchScript = "TorchScript"
  /// Tensors by name alone, in a file that holds nothing to run: the format of Hugging Face.
  ///
  /// Source: https://github.com/huggingface/safetensors
  case safeTensors = "safetensors"
  /// One array, written by `numpy.save`.
  case numPyArray = "npy"
  /// Arrays by name, written by `numpy.savez` and `numpy.savez_compressed`.
  case numPyArchive = "npz"
  /// What Torch7's `torch.save` wrote, binary or as text.
  case torch7 = "Torch7"
}

/// How a checkpoint is read.
public struct CheckpointReadingOptions: Sendable {
  /// What becomes of instances of classes that are not data.
  public var unknownClasses: UnknownClassPolicy
  /// Whether the data of tensors are checked against the checksums of the file, which reads them all.
  public var verifiesData: Bool

  /// Unless said otherwise, unknown classes are errors, and data that nobody asks for are not read.
  public init(unknownClasses: UnknownClassPolicy = .error, verifiesData: Bool = false) {
    self.unknownClasses = unknownClasses
    self.verifiesData = verifiesData
  }
}

/// A file that holds tensors, and perhaps more, on disk.
///
/// ```swift
/// let checkpoint = try CheckpointFile("resnet34.pth").load()
/// try CheckpointFile.save(checkpoint, to: "copy.safetensors", format: .safeTensors)
/// ```
///
/// Reading is lazy and safe. The tensors of a loaded checkpoint are backed by the file itself, mapped privately: changing them does not
/// change the file, and what nobody looks at is never read. No file makes the reader run code; whatever is wrong with a file is a
/// ``CheckpointError`` that names it.
public struct CheckpointFile {
  /// Where the file is.
  public let path: String
  /// What its content says it is.
  public let format: CheckpointFormat

  private let loader: () throws -> CheckpointValue

  /// Opens a file and finds out its format.
  public init(_ path: String, options: CheckpointReadingOptions = CheckpointReadingOptions()) throws {
    self.path = path
    (format, loader) = try blaming(path) { try CheckpointFile.recognize(try InputFile(path: path), options) }
  }

  /// What the file holds.
  public func load() throws -> CheckpointValue {
    try blaming(path, loader)
  }

  private static func recognize(
    _ file: InputFile, _ options: CheckpointReadingOptions
  ) throws -> (CheckpointFormat, () throws -> CheckpointValue) {
    guard file.size > 0 else { throw CheckpointError(.truncated, "the file is empty") }
    let start = try file.bytes(at: 0, count: min(file.size, 512))
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      let archive = try ZipArchive(file)
      if let pyTorch = try PyTorchZip(archive, options: options) {
        return (pyTorch.isTorchScript ? .torchScript : .pyTorch, pyTorch.load)
      }
      if let arrays = NumPyArchiveReader(archive, options: options) { return (.numPyArchive, arrays.load) }
      throw CheckpointError(.notACheckpoint, FileSignature.descriptionOfZip(archive))
    }
    if start.starts(with: PyTorchLegacy.signature) {
      return (.pyTorchLegacy, PyTorchLegacy(file, options: options).load)
    }
    if start.starts(with: NumPyHeader.signature) {
      return (.numPyArray, NumPyArrayReader(file: file).load)
    }
    if SafeTensors.matches(start, size: file.size) {
      return (.safeTensors, SafeTensorsReader(file).load)
    }
    if TarArchive.matches(start) {
      guard let pyTorch = PyTorchTar(try TarArchive(file), options: options) else {
        throw CheckpointError(.notACheckpoint, "not a checkpoint: it is a tar file of something else")
      }
      return (.pyTorchTar, pyTorch.load)
    }
    if let torch7 = Torch7(file, start: start, options: options) { return (.torch7, torch7.load) }
    throw CheckpointError(.notACheckpoint, "not a checkpoint: \(FileSignature.description(of: start))")
  }
}

extension CheckpointFile {
  /// Writes a checkpoint: wholly, or not at all.
  ///
  /// The new file takes the place of an old one when it is complete and on disk; until then, and if anything goes wrong, the old one
  /// stays. Tensors may be backed by the very file that is replaced.
  ///
  /// PyTorch's format keeps everything: ties between tensors, strides, offsets and types. safetensors holds a dictionary of tensors
  /// only, each by itself.
  ///
  /// - Throws: ``CheckpointError`` where the format cannot hold the value, or the system refuses to write.
  public static func save(_ value: CheckpointValue, to path: String, format: CheckpointFormat = .pyTorch) throws {
    try blaming(path) {
      let file = try AtomicFile(replacing: path)
      switch format {
      case .pyTorch: try PyTorchZipWriter.write(value, to: file, path: path)
      case .safeTensors: try SafeTensorsWriter.write(value, to: file)
      case .numPyArray: try NumPyArrayWriter.write(value, to: file)
      case .numPyArchive: try NumPyArchiveWriter.write(value, to: file)
      case .pyTorchLegacy, .pyTorchTar, .torchScript, .torch7:
        throw CheckpointError.unsupported("\(format.rawValue) files are read, not written")
      }
    }
  }

  /// Whether ``checkMappedFiles()`` has something to throw.
  public static var isMappedFileDamaged: Bool { MappingGuard.isAnyToBeReported.load(ordering: .relaxed) }

  /// Throws if tensors of a loaded checkpoint could not be read since the last call, because somebody shortened the file under them.
  ///
  /// Their missing elements read as zeros. Files that are replaced by renaming, as ``save(_:to:format:)`` does, are safe.
  public static func checkMappedFiles() throws {
    try MappingGuard.throwIfDamaged()
  }
}

extension CheckpointFormat {
  /// The format that the name of a file to be written asks for: `.safetensors`, `.npz` and `.npy` name theirs, all else is PyTorch's.
  public init(writing path: String) {
    let formats: [(suffix: String, CheckpointFormat)] = [
      (".safetensors", .safeTensors), (".npz", .numPyArchive), (".npy", .numPyArray),
    ]
    let name = path.lowercased()
    self = formats.first { name.hasSuffix($0.suffix) }?.1 ?? .pyTorch
  }
}
