import Checkpoint
import Lua
import OrderedCollections
import Tensor
import Vision

/// The module `torchvision.datasets`.
enum DatasetsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule("torchvision.datasets", help: "Datasets of images.", example: made + "#set --> 1", classes: [imageFolder])
  }

  /// A folder of one image, for examples.
  private static let made = """
    root = os.tmpname()
    os.remove(root)
    os.execute("mkdir -p " .. root .. "/dog")
    torchvision.io.write_png(torch.zeros(3, 4, 5):byte(), root .. "/dog/a.png")
    set = datasets.ImageFolder(root, {transform = transforms.ToTensor()})

    """

  private static var imageFolder: LuaClass {
    LuaClass(
      "ImageFolder", of: ImageFolder.self, parent: "Dataset", help: "Images in folders, one folder a class.",
      example: made + "set[0][1].shape --> torch.Size([3, 4, 5])",
      constructor: Function(
        "ImageFolder",
        "(root: string, transform: callable? = nil, target_transform: callable? = nil, loader: callable? = nil) -> ImageFolder",
        help:
          "The images under root, where each folder is a class: sample i is an image and its class's number. loader reads a file, transform changes the image, target_transform the number.",
        example: made + "set.classes --> {\"dog\"}"
      ) { a in
        .object(
          try ImageFolder(
            a.string(0), transform: a.has(1) ? a.transform(1) : nil, targetTransform: targetTransform(a, 2),
            load: loader(a, 3)))
      },
      properties: [
        property("root", "string", "The folder.", "set.root == root --> true") { .string($0.root) },
        property("classes", "table", "The names of the classes, sorted.", "set.classes --> {\"dog\"}") {
          .strings($0.classes)
        },
        property("class_to_idx", "OrderedMap", "The numbers of the classes by name.", "set.class_to_idx.dog --> 0") {
          folder in
          var entries: OrderedDictionary<CheckpointValue, OrderedMap.Entry> = [:]
          for (name, index) in folder.classToIndex { entries[.string(name)] = .stored(.int(Int64(index))) }
          return .object(OrderedMap(entries))
        },
        property("samples", "table", "The files, each with the number of its class.", "set.samples[1][2] --> 0") {
          samples($0)
        },
        property("imgs", "table", "The files, each with the number of its class.", "set.imgs[1][2] --> 0") {
          samples($0)
        },
        property("targets", "table", "The numbers of the classes of all files.", "set.targets --> {0}") {
          .integers($0.samples.map(\.target))
        },
        property("transform", "Transform?", "What changes the images.", "set.transform --> ToTensor()") {
          .optional($0.transform) { .object($0) }
        },
      ],
      metamethods: [
        Function("__tostring") { a in
          let folder = try a.object(0, as: ImageFolder.self)
          var text =
            "Dataset ImageFolder\n    Number of datapoints: \(folder.samples.count)\n    Root location: \(folder.root)"
          if let transform = folder.transform {
            let lines = transform.description.split(separator: "\n", omittingEmptySubsequences: false)
            text += "\n    StandardTransform\nTransform: " + lines.joined(separator: "\n           ")
          }
          return .string(text)
        }
      ])
  }

  private static func targetTransform(_ a: Arguments, _ index: Int) throws -> ((Int) throws -> Sample)? {
    guard a.has(index) else { return nil }
    let (function, handle) = (try a.value(index), a.state.handle)
    return { target in
      try handle.open().call(function, [.integer(Int64(target))]) { try Sample(results: $0) }
    }
  }

  private static func loader(_ a: Arguments, _ index: Int) throws -> ((String) throws -> Picture)? {
    guard a.has(index) else { return nil }
    let (function, handle) = (try a.value(index), a.state.handle)
    return { path in
      try handle.open().call(function, [.string(path)]) { results in
        guard let picture = results.first?.picture else {
          throw TensorError("ImageFolder: the loader gave neither an Image nor a Tensor", kind: .type)
        }
        return picture
      }
    }
  }

  private static func samples(_ folder: ImageFolder) -> LuaValue {
    .list(folder.samples.map { .list([.string($0.path), .integer(Int64($0.target))]) })
  }

  private static func property(
    _ name: String, _ type: String, _ help: String, _ example: String, _ get: @escaping (ImageFolder) -> LuaValue
  ) -> Property {
    Property(
      name, type, help: help, example: made + example, get: { a in .value(get(try a.object(0, as: ImageFolder.self))) })
  }
}
