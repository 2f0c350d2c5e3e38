import Checkpoint
import Lua
import OrderedCollections
import Tensor
import Vision

/// The module `torchvision.datasets`.
enum DatasetsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule("torchvision.datasets", help: "Datasets of images.", classes: [imageFolder])
  }

  private static var imageFolder: LuaClass {
    LuaClass(
      "ImageFolder", of: ImageFolder.self, parent: "Dataset", help: "Images in folders, one folder a class.",
      constructor: Function(
        "ImageFolder",
        "(root: string, transform: callable? = nil, target_transform: callable? = nil, loader: callable? = nil) -> ImageFolder",
        help:
          "The images under root, where each folder is a class: sample i is an image and its class's number. loader reads a file, transform changes the image, target_transform the number.",
        example: """
          local root = os.tmpname(); os.remove(root); os.execute("mkdir -p " .. root .. "/dog")
          torchvision.io.write_png(torch.zeros(3, 4, 5):byte(), root .. "/dog/a.png")
          print(torchvision.datasets.ImageFolder(root, {transform = transforms.ToTensor()}).classes[1])
          """
      ) { a in
        .object(
          try ImageFolder(
            a.string(0), transform: a.has(1) ? a.transform(1) : nil, targetTransform: targetTransform(a, 2),
            load: loader(a, 3)))
      },
      properties: [
        property("root", "string", "The folder.") { .string($0.root) },
        property("classes", "table", "The names of the classes, sorted.") { .strings($0.classes) },
        property("class_to_idx", "OrderedMap", "The numbers of the classes by name.") { folder in
          var entries: OrderedDictionary<CheckpointValue, OrderedMap.Entry> = [:]
          for (name, index) in folder.classToIndex { entries[.string(name)] = .stored(.int(Int64(index))) }
          return .object(OrderedMap(entries))
        },
        property("samples", "table", "The files, each with the number of its class.") { samples($0) },
        property("imgs", "table", "The files, each with the number of its class.") { samples($0) },
        property("targets", "table", "The numbers of the classes of all files.") {
          .integers($0.samples.map(\.target))
        },
        property("transform", "Transform?", "What changes the images.") { .optional($0.transform) { .object($0) } },
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
    _ name: String, _ type: String, _ help: String, _ get: @escaping (ImageFolder) -> LuaValue
  ) -> Property {
    Property(name, type, help: help, get: { a in .value(get(try a.object(0, as: ImageFolder.self))) })
  }
}
