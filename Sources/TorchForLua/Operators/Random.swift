import Lua
import Tensor

extension OperatorList {
  mutating func addRandom() {
    addRandomCreation()
    addRandomFilling()
    addGeneratorFunctions()
  }

  private mutating func addRandomCreation() {
    let size = "(size: int..., *, generator: Generator? = nil, \(FactoryOptions.signature)) -> Tensor"
    add("rand", size, "Uniform numbers from 0 to 1.", "torch.rand(2, 3)", placement: .function) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(Tensor.rand(a.ints(0), dtype: options.dtype, generator: a.optionalObject(1)))
    }
    add("randn", size, "Numbers of the normal distribution.", "torch.randn(2, 3)", placement: .function) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(Tensor.randn(a.ints(0), dtype: options.dtype, generator: a.optionalObject(1)))
    }
    let keywords = "*, generator: Generator? = nil, \(FactoryOptions.signature)"
    add(
      "randint",
      [
        (
          "(high: int, size: int[], \(keywords)) -> Tensor",
          { a in
            let options = try FactoryOptions(a, from: 3)
            return try options.finish(
              Tensor.randint(
                0, Int64(a.int(0)), a.ints(1), dtype: options.dtype ?? .int64, generator: a.optionalObject(2)))
          }
        ),
        (
          "(low: int, high: int, size: int[], \(keywords)) -> Tensor",
          { a in
            let options = try FactoryOptions(a, from: 4)
            return try options.finish(
              Tensor.randint(
                Int64(a.int(0)), Int64(a.int(1)), a.ints(2), dtype: options.dtype ?? .int64,
                generator: a.optionalObject(3)))
          }
        ),
      ], "Integers from low to high - 1.", "torch.randint(10, {3})", placement: .function)
    add(
      "randperm", "(n: int, \(keywords)) -> Tensor", "The numbers 0 … n - 1 in random order.", "torch.randperm(5)",
      placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(
        Tensor.randperm(a.int(0), dtype: options.dtype ?? .int64, generator: a.optionalObject(1)))
    }
    let like = FactoryOptions.likeSignature
    add(
      "rand_like", "(input: Tensor, *, \(like)) -> Tensor", "Uniform numbers, in input's shape.",
      "torch.rand_like(torch.ones(2))", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 1)
      return try options.finish(a.tensor(0).randLike(dtype: options.dtype))
    }
    add(
      "randn_like", "(input: Tensor, *, \(like)) -> Tensor", "Normal numbers, in input's shape.",
      "torch.randn_like(torch.ones(2))", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 1)
      return try options.finish(a.tensor(0).randnLike(dtype: options.dtype))
    }
    add(
      "randint_like",
      [
        (
          "(input: Tensor, high: int, *, \(like)) -> Tensor",
          { a in
            let options = try FactoryOptions(a, from: 2)
            return try options.finish(a.tensor(0).randintLike(0, Int64(a.int(1)), dtype: options.dtype))
          }
        ),
        (
          "(input: Tensor, low: int, high: int, *, \(like)) -> Tensor",
          { a in
            let options = try FactoryOptions(a, from: 3)
            return try options.finish(a.tensor(0).randintLike(Int64(a.int(1)), Int64(a.int(2)), dtype: options.dtype))
          }
        ),
      ], "Integers from low to high - 1, in input's shape.", "torch.randint_like(torch.ones(2), 10)",
      placement: .function)
    add(
      "normal",
      [
        (
          "(mean: Tensor, std: Tensor|Scalar = 1, *, generator: Generator? = nil) -> Tensor",
          { a in
            let mean = try a.tensor(0)
            let deviation = try a[1].isNil ? Tensor.ones([], dtype: mean.dtype) : a.operand(1)
            return try Tensor.normal(mean: mean, deviation: deviation, generator: a.optionalObject(2))
          }
        ),
        (
          "(mean: Scalar, std: Tensor, *, generator: Generator? = nil) -> Tensor",
          { a in
            try Tensor.normal(mean: a.operand(0), deviation: a.tensor(1), generator: a.optionalObject(2))
          }
        ),
        (
          "(mean: Scalar, std: Scalar, size: int[], \(keywords)) -> Tensor",
          { a in
            let options = try FactoryOptions(a, from: 4)
            return try options.finish(
              Tensor.normal(
                a.ints(2), mean: a.double(0), deviation: a.double(1), dtype: options.dtype,
                generator: a.optionalObject(3)))
          }
        ),
      ], "Normal numbers of given means and deviations.", "torch.normal(0, 1, {3})", placement: .function)
    add(
      "bernoulli", "(input: Tensor, *, generator: Generator? = nil) -> Tensor", "1 with input's probability, else 0.",
      "torch.bernoulli(torch.full({3}, 0.5))"
    ) { a in try a.tensor(0).bernoulli(generator: a.optionalObject(1)) }
    add(
      "multinomial",
      "(input: Tensor, num_samples: int, replacement: bool = false, *, generator: Generator? = nil) -> Tensor",
      "Positions drawn with the probabilities in each row.", "torch.multinomial(torch.ones(4), 2)"
    ) { a in
      try a.tensor(0).multinomial(a.int(1), replacement: a.bool(2), generator: a.optionalObject(3))
    }
  }

  private mutating func addRandomFilling() {
    let generator = "*, generator: Generator? = nil"
    changing(
      "uniform_", "(self: Tensor, from_: float = 0, to: float = 1, \(generator)) -> Tensor", "Uniform numbers.",
      "torch.zeros(2):uniform_(-1, 1)"
    ) { a in
      try a.tensor(0).uniformInPlace(a.double(1), a.double(2), generator: a.optionalObject(3))
    }
    changing(
      "normal_", "(self: Tensor, mean: float = 0, std: float = 1, \(generator)) -> Tensor", "Normal numbers.",
      "torch.zeros(2):normal_()"
    ) { a in
      try a.tensor(0).normalInPlace(mean: a.double(1), deviation: a.double(2), generator: a.optionalObject(3))
    }
    changing(
      "exponential_", "(self: Tensor, lambd: float = 1, \(generator)) -> Tensor", "Exponentially distributed numbers.",
      "torch.zeros(2):exponential_()"
    ) { a in
      try a.tensor(0).exponentialInPlace(a.double(1), generator: a.optionalObject(2))
    }
    changing(
      "geometric_", "(self: Tensor, p: float, \(generator)) -> Tensor", "How many trials until the first success.",
      "torch.zeros(2):geometric_(0.5)"
    ) { a in
      try a.tensor(0).geometricInPlace(a.double(1), generator: a.optionalObject(2))
    }
    changing(
      "cauchy_", "(self: Tensor, median: float = 0, sigma: float = 1, \(generator)) -> Tensor",
      "Numbers of the Cauchy distribution.", "torch.zeros(2):cauchy_()"
    ) { a in
      try a.tensor(0).cauchyInPlace(median: a.double(1), sigma: a.double(2), generator: a.optionalObject(3))
    }
    changing(
      "log_normal_", "(self: Tensor, mean: float = 1, std: float = 2, \(generator)) -> Tensor",
      "Numbers whose logarithm is normal.", "torch.zeros(2):log_normal_()"
    ) { a in
      try a.tensor(0).logNormalInPlace(mean: a.double(1), deviation: a.double(2), generator: a.optionalObject(3))
    }
    changing(
      "bernoulli_", "(self: Tensor, p: float|Tensor = 0.5, \(generator)) -> Tensor", "1 with probability p, else 0.",
      "torch.zeros(2):bernoulli_(0.5)"
    ) { a in
      if let p = a[1].tensor { return try a.tensor(0).bernoulliInPlace(p, generator: a.optionalObject(2)) }
      return try a.tensor(0).bernoulliInPlace(a.double(1), generator: a.optionalObject(2))
    }
    changing(
      "random_", "(self: Tensor, from_: int? = nil, to: int? = nil, \(generator)) -> Tensor",
      "Integers: of the type's whole range, below one number, or between two.", "torch.zeros(2):random_(10)"
    ) { a in
      let (first, second) = (try a.optionalInt(1), try a.optionalInt(2))
      guard let first else { return try a.tensor(0).randomInPlace(generator: a.optionalObject(3)) }
      guard let second else { return try a.tensor(0).randomInPlace(0, Int64(first), generator: a.optionalObject(3)) }
      return try a.tensor(0).randomInPlace(Int64(first), Int64(second), generator: a.optionalObject(3))
    }
  }

  private mutating func addGeneratorFunctions() {
    results(
      "manual_seed", "(seed: int) -> Generator", "Starts the random numbers from a seed.", "torch.manual_seed(0)",
      placement: .function
    ) { a in
      Generator.default.manualSeed(UInt64(bitPattern: Int64(try a.int(0))))
      return .value(.same(Generator.default))
    }
    results("seed", "() -> int", "Starts the random numbers from a random seed.", "torch.seed()", placement: .function)
    { _ in
      .integer(Int64(bitPattern: Generator.default.seed()))
    }
    results("initial_seed", "() -> int", "The last seed given.", "torch.initial_seed()", placement: .function) { _ in
      .integer(Int64(bitPattern: Generator.default.initialSeed))
    }
    results(
      "get_rng_state", "() -> Tensor", "The state of the random numbers.", "torch.get_rng_state()",
      placement: .function
    ) { a in a.result(try Generator.default.state()) }
    results(
      "set_rng_state", "(new_state: Tensor)", "Goes on from a state.", "torch.set_rng_state(torch.get_rng_state())",
      placement: .function
    ) { a in
      try Generator.default.setState(a.tensor(0))
      return .none
    }
  }
}

/// `torch.Generator`.
enum GeneratorClass {
  static var declaration: LuaClass {
    LuaClass(
      "Generator", of: Generator.self, help: "A source of random numbers.", options: .unique,
      constructor: Function(
        "Generator", "(device: Device? = nil) -> Generator", help: "A source of random numbers.",
        example: "torch.Generator()"
      ) { a in
        try a.checkDevice(0)
        return .object(Generator())
      },
      methods: [
        Function(
          "manual_seed", "(self: Generator, seed: int) -> Generator", help: "Starts from a seed.",
          example: "torch.Generator():manual_seed(0)"
        ) { a in
          try a.object(0, as: Generator.self).manualSeed(UInt64(bitPattern: Int64(try a.int(1))))
          return .argument(0)
        },
        Function(
          "seed", "(self: Generator) -> int", help: "Starts from a random seed.", example: "torch.Generator():seed()"
        ) { a in .integer(Int64(bitPattern: try a.object(0, as: Generator.self).seed())) },
        Function(
          "initial_seed", "(self: Generator) -> int", help: "The last seed given.",
          example: "torch.Generator():initial_seed()"
        ) { a in .integer(Int64(bitPattern: try a.object(0, as: Generator.self).initialSeed)) },
        Function(
          "get_state", "(self: Generator) -> Tensor", help: "The state.", example: "torch.Generator():get_state()"
        ) { a in a.result(try a.object(0, as: Generator.self).state()) },
        Function(
          "set_state", "(self: Generator, new_state: Tensor)", help: "Goes on from a state.",
          example: "local g = torch.Generator(); g:set_state(g:get_state())"
        ) { a in
          try a.object(0, as: Generator.self).setState(a.tensor(1))
          return .none
        },
      ])
  }
}
