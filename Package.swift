// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "nnlua",
  products: [
    .executable(name: "nnlua", targets: ["nnlua"]),
    .library(name: "Tensor", targets: ["Tensor"]),
    .library(name: "StateDicts", targets: ["StateDicts"]),
    .library(name: "NN", targets: ["NN"]),
    .library(name: "Checkpoint", targets: ["Checkpoint"]),
    .library(name: "Hub", targets: ["Hub"]),
    .library(name: "Vision", targets: ["Vision"]),
    .library(name: "Lua", targets: ["Lua"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
  ],
  targets: [
    // System libraries: a module map each.
    .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
    .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "COpenMP"),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CLAPACK", providers: [.apt(["libopenblas-dev"])]),
    // The package "curl" brings the library under the names that it has in different releases.
    .systemLibrary(name: "CCurl", providers: [.apt(["curl", "ca-certificates"])]),

    // The scripting side.
    .target(name: "LuaTrampoline", dependencies: ["CLua"]),
    .target(
      name: "Lua",
      dependencies: [
        "CLua", "LuaTrampoline", "Supervision", .product(name: "OrderedCollections", package: "swift-collections"),
      ]),

    // What watches native work: requests to stop it, and the time that it takes.
    .target(name: "Supervision"),

    // The native core.
    .target(name: "CVectorMath", linkerSettings: [.linkedLibrary("mvec"), .linkedLibrary("m")]),
    .target(name: "OneDNN", dependencies: ["Supervision", "COneDNN", "COpenMP"]),
    .target(name: "WinogradKernels"),
    .target(
      name: "Tensor", dependencies: ["OneDNN", "WinogradKernels", "Supervision", "COpenMP", "CVectorMath", "CLAPACK"]),
    .target(
      name: "StateDicts",
      dependencies: ["Tensor", "Supervision", .product(name: "OrderedCollections", package: "swift-collections")]),
    .target(
      name: "NN",
      dependencies: [
        "Tensor", "StateDicts", "Supervision", .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .target(
      name: "ImageCodecs", dependencies: ["CJPEG", "CPNG"],
      linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png")]),
    .target(
      name: "Vision",
      dependencies: [
        "NN", "StateDicts", "Tensor", "Checkpoint", "Hub", "ImageCodecs",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .target(
      name: "Checkpoint",
      dependencies: [
        "Tensor", "StateDicts", "Supervision", "CLinux", "CZlib", "CDeflate",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),

    .target(name: "Hub", dependencies: ["Checkpoint", "Supervision", "CCurl"]),

    // Charts and images in a terminal.
    .target(name: "Plot", dependencies: ["ImageCodecs"]),

    // The two sides joined.
    .target(
      name: "TorchForLua",
      dependencies: [
        "Lua", "Supervision", "Tensor", "StateDicts", "NN", "Checkpoint", "Hub", "Vision", "Plot",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .target(name: "Notebook", dependencies: ["Lua", "Plot"]),
    .target(name: "Shell", dependencies: ["Lua", "TorchForLua", "Supervision", "CReadline"]),
    .target(
      name: "Commands",
      dependencies: [
        "Lua", "Supervision", "Tensor", "StateDicts", "NN", "Checkpoint", "Vision", "Notebook",
      ]),
    .executableTarget(
      name: "nnlua",
      dependencies: ["Lua", "Supervision", "Tensor", "TorchForLua", "Shell", "Commands"],
      // The program starts faster so, and runs where no toolchain is installed.
      linkerSettings: [.unsafeFlags(["-static-stdlib"])]),

    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "LuaTests", dependencies: ["Lua"]),
    .testTarget(name: "StateDictsTests", dependencies: ["StateDicts", "Checkpoint", "Tensor", "TestSupport"]),
    .testTarget(name: "NNTests", dependencies: ["NN", "StateDicts", "Vision", "Tensor", "TestSupport"]),
    .testTarget(name: "TensorTests", dependencies: ["Tensor", "TestSupport"]),
    .testTarget(name: "OneDNNTests", dependencies: ["OneDNN"]),
    .testTarget(name: "CheckpointTests", dependencies: ["Checkpoint", "Tensor", "TestSupport"]),
    .testTarget(name: "SupervisionTests", dependencies: ["Supervision"]),
    .testTarget(name: "HubTests", dependencies: ["Hub", "TestSupport"]),
    .testTarget(name: "PlotTests", dependencies: ["Plot"]),
    .testTarget(name: "ShellTests", dependencies: ["Shell", "Lua"]),
    .testTarget(
      name: "CommandsTests", dependencies: ["Commands", "Lua", "Checkpoint", "Tensor", "Vision", "TestSupport"]),
    .testTarget(name: "NotebookTests", dependencies: ["Notebook", "Lua", "TestSupport"]),
    // These run the built program as a process.
    .testTarget(name: "ProgramTests", dependencies: ["TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
