import Lua
import Tensor

/// The module `torch.backends`: switches of the libraries that do the arithmetic.
enum BackendsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.backends", help: "Switches of the libraries that do the arithmetic.",
      example: "torch.backends.winograd.enabled --> true", classes: [winogradClass],
      constants: [
        LuaModule.Constant(
          "winograd", help: "The switch of Winograd's algorithm for convolutions.",
          example: "torch.backends.winograd.enabled --> true", .object(WinogradSwitch()))
      ])
  }

  private static var winogradClass: LuaClass {
    LuaClass(
      "WinogradSwitch", of: WinogradSwitch.self, help: "Says whether convolutions may use Winograd's algorithm.",
      example: "torch.backends.winograd.enabled --> true",
      properties: [
        Property(
          "enabled", "bool",
          help:
            "Whether 3x3 convolutions of stride 1 multiply less, at the price of a relative difference near 1e-6. True from the start; it has no effect where the processor lacks AVX-512.",
          example: "torch.backends.winograd.enabled = true",
          get: { _ in .boolean(Functional.mayUseWinograd) },
          set: { a in
            guard a[1].kind == .boolean else { throw LuaError("enabled must be bool, not \(a[1].typeName)") }
            Functional.mayUseWinograd = a[1].isTrue
          })
      ],
      metamethods: [
        Function("__tostring") { _ in .string("WinogradSwitch(enabled=\(Functional.mayUseWinograd))") }
      ])
  }
}

/// Stands for the process-wide switch, so that Lua has something whose field it can set.
private final class WinogradSwitch {}
