import Glibc
import OrderedCollections
import Tensor

/// Images in folders, one folder a class: `root/dog/a.png`. Sample i is an image and the number of its class.
///
/// ```swift
/// let dataset = try ImageFolder("data/train", transform: Compose([Resize([224, 224]), ToTensor()]))
/// ```
public final class ImageFolder: Dataset {
  /// The folder whose folders are the classes.
  public let root: String
  /// The names of the classes, sorted.
  public let classes: [String]
  /// The files, sorted within each class, and the numbers of their classes.
  public let samples: [(path: String, target: Int)]
  /// What is done to each image when it is asked for; nil: nothing.
  public let transform: Transform?
  private let targetTransform: ((Int) throws -> Sample)?
  private let load: (String) throws -> Picture

  /// The endings of names that count as images, in any case.
  public static let extensions = [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"]

  /// - Parameters:
  ///   - targetTransform: makes something else of the number of a class.
  ///   - load: reads a file; nil: as an image of red, green and blue.
  /// - Throws: ``TensorError`` for a folder that cannot be read, without classes, or a class without images.
  public init(
    _ root: String, transform: Transform? = nil, targetTransform: ((Int) throws -> Sample)? = nil,
    load: ((String) throws -> Picture)? = nil
  ) throws {
    self.root = root
    self.transform = transform
    self.targetTransform = targetTransform
    self.load = load ?? { .image(try ImageFile.read($0).converted(to: .rgb)) }
    classes = try Folder.entries(of: root).filter { Folder.isFolder("\(root)/\($0)") }
    guard !classes.isEmpty else { throw TensorError("Couldn't find any class folder in \(root).") }
    var samples: [(String, Int)] = []
    var empty: [String] = []
    for (target, name) in classes.enumerated() {
      let files = try Folder.files(in: "\(root)/\(name)").filter { file in
        let lower = file.lowercased()
        return Self.extensions.contains { lower.hasSuffix($0) }
      }
      if files.isEmpty { empty.append(name) }
      samples += files.map { ($0, target) }
    }
    guard empty.isEmpty else {
      throw TensorError(
        "Found no valid file for the classes \(empty.joined(separator: ", ")). Supported extensions are: \(Self.extensions.joined(separator: ", "))"
      )
    }
    self.samples = samples
  }

  /// The numbers of the classes by name.
  public var classToIndex: OrderedDictionary<String, Int> {
    OrderedDictionary(uniqueKeysWithValues: classes.enumerated().map { ($0.element, $0.offset) })
  }

  public override func count() throws -> Int { samples.count }

  public override func sample(at index: Int) throws -> Sample {
    let (path, target) = samples[index]
    var picture = try load(path)
    if let transform { picture = try transform(picture) }
    return .tuple([Sample(picture), try targetTransform?(target) ?? .scalar(.int(Int64(target)))])
  }
}

extension Sample {
  /// A tensor as it is, an image as an ``ImageReference``.
  public init(_ picture: Picture) {
    switch picture {
    case .image(let image): self = .object(ImageReference(image))
    case .tensor(let tensor): self = .tensor(tensor)
    }
  }
}
