import Lua
import Tensor

extension OperatorList {
  mutating func addRandom() {
    addRandomCreation()
    addRandomCounts()
    addRandomFilling()
    addGeneratorFunctions()
  }

  private mutating func addRandomCreation() {
    let size = "(size: int..., *, generator: Generator? = nil, \(FactoryOptions.signature)) -> Tensor"
    add(
      "rand", size,
      """
      Numbers drawn uniformly from [0, 1), of the default floating-point type unless dtype says another. A \
      seed gives the numbers that PyTorch draws.
      """,
      """
      torch.manual_seed(0)
      torch.rand(2) --> tensor([0.4963, 0.7682])
      """, placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(Tensor.rand(a.ints(0), dtype: options.dtype, generator: a.optionalObject(1)))
    }
    add(
      "randn", size,
      """
      Numbers of the normal distribution with mean 0 and variance 1. A seed gives the numbers that PyTorch draws.
      """,
      """
      torch.manual_seed(0)
      torch.randn(2) --> tensor([ 1.5410, -0.2934])
      """, placement: .function
    ) { a in
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
      ], "Integers drawn uniformly from low (0 unless given) to high - 1, as int64 unless dtype says another type.",
      """
      torch.manual_seed(0)
      torch.randint(10, {3}) --> tensor([4, 9, 3])
      """, placement: .function)
    add(
      "randperm", "(n: int, \(keywords)) -> Tensor", "The numbers 0 ... n - 1 in random order, as int64.",
      """
      torch.manual_seed(0)
      torch.randperm(5) --> tensor([4, 0, 1, 3, 2])
      """,
      placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(
        Tensor.randperm(a.int(0), dtype: options.dtype ?? .int64, generator: a.optionalObject(1)))
    }
    let like = FactoryOptions.likeSignature
    add(
      "rand_like", "(input: Tensor, *, \(like)) -> Tensor",
      "Numbers drawn uniformly from [0, 1), in input's shape and of its type.",
      "torch.rand_like(torch.ones(2)).shape --> torch.Size([2])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 1)
      return try options.finish(a.tensor(0).randLike(dtype: options.dtype))
    }
    add(
      "randn_like", "(input: Tensor, *, \(like)) -> Tensor",
      "Numbers of the normal distribution, in input's shape and of its type.",
      "torch.randn_like(torch.ones(2)).shape --> torch.Size([2])", placement: .function
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
      ], "Integers drawn uniformly from low (0 unless given) to high - 1, in input's shape and of its type.",
      "torch.randint_like(torch.ones(2), 10).shape --> torch.Size([2])",
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
      ],
      """
      Numbers of normal distributions whose means and standard deviations are given, as numbers or tensors that broadcast; \
      two numbers need a size.
      """, "torch.normal(torch.zeros(2, 3), 0.1).shape --> torch.Size([2, 3])", placement: .function)
    add(
      "bernoulli", "(input: Tensor, *, generator: Generator? = nil) -> Tensor",
      "1 with the probability that each element of input is, else 0.",
      "torch.bernoulli(torch.tensor{0., 1.}) --> tensor([0., 1.])"
    ) { a in try a.tensor(0).bernoulli(generator: a.optionalObject(1)) }
    add(
      "dropout", "(input: Tensor, p: float, train: bool) -> Tensor",
      "With train, each element zeroed with probability p and the others divided by 1 - p; else the input: F.dropout().",
      "torch.dropout(torch.ones(3), 0.5, false) --> tensor([1., 1., 1.])", placement: .function
    ) { a in try a.tensor(0).dropout(p: a.double(1), training: a.bool(2)) }
    add(
      "multinomial",
      "(input: Tensor, num_samples: int, replacement: bool = false, *, generator: Generator? = nil) -> Tensor",
      """
      num_samples positions drawn from each row with probabilities proportional to its elements; without \
      replacement no position twice.
      """,
      """
      torch.manual_seed(0)
      torch.multinomial(torch.tensor{0., 0., 3.}, 1) --> tensor([2])
      """
    ) { a in
      try a.tensor(0).multinomial(a.int(1), replacement: a.bool(2), generator: a.optionalObject(3))
    }
  }

  private mutating func addRandomCounts() {
    add(
      "poisson", "(input: Tensor, generator: Generator? = nil) -> Tensor",
      """
      Counts drawn from Poisson distributions whose rates are the elements of input. A seed gives the counts that \
      PyTorch draws.
      """,
      """
      torch.manual_seed(0)
      torch.poisson(torch.tensor{1., 4., 20.}) --> tensor([ 2.,  5., 17.])
      """, placement: .function
    ) { a in try a.tensor(0).poisson(generator: a.optionalObject(1)) }
    add(
      "binomial", "(count: Tensor, prob: Tensor, generator: Generator? = nil) -> Tensor",
      """
      How many of count trials succeed that have the probability prob each, with broadcasting. A seed gives the counts \
      that PyTorch draws.
      """,
      """
      torch.manual_seed(0)
      torch.binomial(torch.tensor{10., 100.}, torch.tensor{0.5, 0.9}) --> tensor([ 7., 89.])
      """, placement: .function
    ) { a in try a.tensor(0).binomial(a.tensor(1), generator: a.optionalObject(2)) }
  }

  private mutating func addRandomFilling() {
    let generator = "*, generator: Generator? = nil"
    changing(
      "uniform_", "(self: Tensor, from_: float = 0, to: float = 1, \(generator)) -> Tensor",
      "Fills the tensor with numbers drawn uniformly from [from_, to), and returns it.",
      """
      torch.manual_seed(0)
      torch.zeros(2):uniform_(-1, 1) --> tensor([-0.0075,  0.5364])
      """
    ) { a in
      try a.tensor(0).uniformInPlace(a.double(1), a.double(2), generator: a.optionalObject(3))
    }
    changing(
      "normal_", "(self: Tensor, mean: float = 0, std: float = 1, \(generator)) -> Tensor",
      "Fills the tensor with numbers of a normal distribution, and returns it.",
      """
      torch.manual_seed(0)
      torch.zeros(2):normal_(0, 0.1) --> tensor([ 0.1541, -0.0293])
      """
    ) { a in
      try a.tensor(0).normalInPlace(mean: a.double(1), deviation: a.double(2), generator: a.optionalObject(3))
    }
    changing(
      "exponential_", "(self: Tensor, lambd: float = 1, \(generator)) -> Tensor",
      """
      Fills the tensor with numbers of the exponential distribution with density lambd * exp(-lambd * x), \
      and returns it.
      """,
      "torch.zeros(2):exponential_():gt(0) --> tensor([True, True])"
    ) { a in
      try a.tensor(0).exponentialInPlace(a.double(1), generator: a.optionalObject(2))
    }
    changing(
      "geometric_", "(self: Tensor, p: float, \(generator)) -> Tensor",
      """
      Fills the tensor with numbers of trials until the first success of probability p, 1 or more, and \
      returns it.
      """,
      "torch.zeros(2):geometric_(0.5):ge(1) --> tensor([True, True])"
    ) { a in
      try a.tensor(0).geometricInPlace(a.double(1), generator: a.optionalObject(2))
    }
    changing(
      "cauchy_", "(self: Tensor, median: float = 0, sigma: float = 1, \(generator)) -> Tensor",
      "Fills the tensor with numbers of the Cauchy distribution around median, and returns it.",
      "torch.zeros(2):cauchy_().shape --> torch.Size([2])"
    ) { a in
      try a.tensor(0).cauchyInPlace(median: a.double(1), sigma: a.double(2), generator: a.optionalObject(3))
    }
    changing(
      "log_normal_", "(self: Tensor, mean: float = 1, std: float = 2, \(generator)) -> Tensor",
      """
      Fills the tensor with numbers whose logarithms are normal with this mean and standard deviation, and \
      returns it.
      """, "torch.zeros(2):log_normal_():gt(0) --> tensor([True, True])"
    ) { a in
      try a.tensor(0).logNormalInPlace(mean: a.double(1), deviation: a.double(2), generator: a.optionalObject(3))
    }
    changing(
      "bernoulli_", "(self: Tensor, p: float|Tensor = 0.5, \(generator)) -> Tensor",
      """
      Fills the tensor with 1 with probability p, a number or a tensor of them, and else 0, and returns it.
      """,
      "torch.zeros(2):bernoulli_(1) --> tensor([1., 1.])"
    ) { a in
      if let p = a[1].tensor { return try a.tensor(0).bernoulliInPlace(p, generator: a.optionalObject(2)) }
      return try a.tensor(0).bernoulliInPlace(a.double(1), generator: a.optionalObject(2))
    }
    changing(
      "random_", "(self: Tensor, from_: int? = nil, to: int? = nil, \(generator)) -> Tensor",
      """
      Fills the tensor with integers drawn uniformly from from_ to to - 1, and returns it. One number alone \
      is the upper bound; without any, the whole range that the type holds exactly.
      """, "torch.zeros(2):random_(1) --> tensor([0., 0.])"
    ) { a in
      let (first, second) = (try a.optionalInt(1), try a.optionalInt(2))
      guard let first else { return try a.tensor(0).randomInPlace(generator: a.optionalObject(3)) }
      guard let second else { return try a.tensor(0).randomInPlace(0, Int64(first), generator: a.optionalObject(3)) }
      return try a.tensor(0).randomInPlace(Int64(first), Int64(second), generator: a.optionalObject(3))
    }
  }

  private mutating func addGeneratorFunctions() {
    results(
      "manual_seed", "(seed: int) -> Generator",
      """
      Starts the random numbers of the program from a seed, and returns their generator. The same seed gives \
      the same numbers, and those that PyTorch draws.
      """,
      """
      torch.manual_seed(0)
      torch.rand(1) --> tensor([0.4963])
      """,
      placement: .function
    ) { a in
      Generator.default.manualSeed(UInt64(bitPattern: Int64(try a.int(0))))
      return .value(.same(Generator.default))
    }
    results(
      "seed", "() -> int", "Starts the random numbers of the program from a seed of the system's, and returns that.",
      "math.type(torch.seed()) --> \"integer\"", placement: .function
    ) { _ in
      .integer(Int64(bitPattern: Generator.default.seed()))
    }
    results(
      "initial_seed", "() -> int", "The seed from which the random numbers of the program started last.",
      """
      torch.manual_seed(0)
      torch.initial_seed() --> 0
      """, placement: .function
    ) { _ in
      .integer(Int64(bitPattern: Generator.default.initialSeed))
    }
    results(
      "get_rng_state", "() -> Tensor",
      """
      The state of the program's random numbers, as bytes that PyTorch understands: set_rng_state() goes on \
      from there.
      """, "torch.get_rng_state().dtype --> torch.uint8",
      placement: .function
    ) { a in a.result(try Generator.default.state()) }
    results(
      "set_rng_state", "(new_state: Tensor)",
      "Has the program's random numbers go on from a state that get_rng_state() gave, here or in PyTorch.",
      """
      state = torch.get_rng_state()
      x = torch.rand(2)
      torch.set_rng_state(state)
      torch.rand(2) == x --> true
      """,
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
      "Generator", of: Generator.self,
      help:
        "A source of random numbers of its own: the Mersenne twister, as PyTorch's on the CPU. Functions that draw take one as generator.",
      options: .unique,
      constructor: Function(
        "Generator", "(device: Device? = nil) -> Generator", help: "",
        example: "torch.rand(1, {generator = torch.Generator():manual_seed(0)}) --> tensor([0.4963])"
      ) { a in
        try a.checkDevice(0)
        return .object(Generator())
      },
      methods: [
        Function(
          "manual_seed", "(self: Generator, seed: int) -> Generator",
          help: "Starts from a seed, and returns the generator.",
          example: "torch.Generator():manual_seed(7):initial_seed() --> 7"
        ) { a in
          try a.object(0, as: Generator.self).manualSeed(UInt64(bitPattern: Int64(try a.int(1))))
          return .argument(0)
        },
        Function(
          "seed", "(self: Generator) -> int", help: "Starts from a seed of the system's, and returns that.",
          example: "math.type(torch.Generator():seed()) --> \"integer\""
        ) { a in .integer(Int64(bitPattern: try a.object(0, as: Generator.self).seed())) },
        Function(
          "initial_seed", "(self: Generator) -> int", help: "The seed from which it started last.",
          example: "torch.Generator():manual_seed(7):initial_seed() --> 7"
        ) { a in .integer(Int64(bitPattern: try a.object(0, as: Generator.self).initialSeed)) },
        Function(
          "get_state", "(self: Generator) -> Tensor", help: "The state, as bytes that PyTorch understands.",
          example: "torch.Generator():get_state().dtype --> torch.uint8"
        ) { a in a.result(try a.object(0, as: Generator.self).state()) },
        Function(
          "set_state", "(self: Generator, new_state: Tensor)", help: "Goes on from a state that get_state() gave.",
          example: """
            g = torch.Generator()
            g:set_state(g:get_state())
            """
        ) { a in
          try a.object(0, as: Generator.self).setState(a.tensor(1))
          return .none
        },
      ])
  }
}
