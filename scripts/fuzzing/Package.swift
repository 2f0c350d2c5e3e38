// swift-tools-version: 6.1
import PackageDescription

// A package of its own, as all of it is built with the fuzzer's instruments; see scripts/fuzz.
let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "nnlua", path: "../..")],
  targets: [
    .executableTarget(
      name: "FuzzReaders",
      dependencies: [.product(name: "Checkpoint", package: "nnlua"), .product(name: "Tensor", package: "nnlua")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ],
  swiftLanguageModes: [.v6]
)
