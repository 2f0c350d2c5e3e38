import NN
import StateDicts
import Tensor

extension Models {
  /// The networks of this module by name, for recognizing their state dicts. Their values are never drawn.
  public static var architectures: [KnownArchitecture] {
    catalog.map { name, make in
      KnownArchitecture(name) { classes in
        try Generator.default.aside { try make(classes, true).stateDict(keepVariables: true) }
      }
    }
  }
}
