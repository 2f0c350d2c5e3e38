import Lua
import NN
import Tensor

/// Recurrent layers, and the sequences of different lengths that they take.
enum RecurrentClasses {
  static var all: [LuaClass] {
    let sizes = "input_size: int, hidden_size: int, num_layers: int = 1"
    let options =
      "bias: bool = true, batch_first: bool = false, dropout: float = 0.0, bidirectional: bool = false"
    return [
      layer(
        "RNN", RNN.self, "(\(sizes), nonlinearity: string = 'tanh', \(options), \(Layers.factory))",
        "h' = tanh(W x + b + U h + c), or with ReLU"
      ) { a in
        try RNN(
          a.int(0), a.int(1), layerCount: a.int(2), nonlinearity: a.string(3), bias: a.bool(4), batchFirst: a.bool(5),
          dropout: a.double(6), bidirectional: a.bool(7), dtype: a.factoryDType(8))
      },
      layer(
        "LSTM", LSTM.self, "(\(sizes), \(options), proj_size: int = 0, \(Layers.factory))",
        "Long short-term memory: gates decide what the cell keeps, takes in and shows"
      ) {
        a in
        try LSTM(
          a.int(0), a.int(1), layerCount: a.int(2), bias: a.bool(3), batchFirst: a.bool(4), dropout: a.double(5),
          bidirectional: a.bool(6), projectionSize: a.int(7), dtype: a.factoryDType(8))
      },
      layer(
        "GRU", GRU.self, "(\(sizes), \(options), \(Layers.factory))",
        "Gated recurrent units: gates decide how much of the state is replaced"
      ) { a in
        try GRU(
          a.int(0), a.int(1), layerCount: a.int(2), bias: a.bool(3), batchFirst: a.bool(4), dropout: a.double(5),
          bidirectional: a.bool(6), dtype: a.factoryDType(7))
      },
    ]
  }

  private static func layer<T: RecurrentLayer>(
    _ name: String, _ type: T.Type, _ signature: String, _ kind: String, _ make: @escaping (Arguments) throws -> T
  ) -> LuaClass {
    let help = """
      \(kind). There are num_layers recurrent layers over sequences (L, N, input_size), or (N, L, input_size) with batch_first, or packed ones; \
      bidirectional adds layers that run backwards. Called with the input and perhaps a first state, it gives the outputs of the last \
      layer for each step, and the last state of each layer\(name == "LSTM" ? ": a table of h and c" : "").
      """
    return LuaClass(
      name, of: type, parent: "Module", help: help, options: [.fields, .unique],
      constructor: Function(
        name, "\(signature) -> \(name)",
        example:
          "output, state = nn.\(name)(4, 8, {num_layers = 2})(torch.randn(5, 1, 4))\noutput.shape --> torch.Size([5, 1, 8])"
      ) { a in .value(.same(try a.remembering(make(a)))) },
      methods: [
        Function(
          "flatten_parameters", "(self: \(name))", help: "Does nothing: weights need no order in memory here.",
          example: "nn.\(name)(4, 8):flatten_parameters()"
        ) { _ in .none }
      ])
  }

  /// The layers that compute one step.
  static var cells: [Function] {
    let sizes = "input_size: int, hidden_size: int, bias: bool = true"
    return [
      Layers.layer(
        "RNNCell", "(\(sizes), nonlinearity: string = 'tanh', \(Layers.factory))",
        "One step of RNN: the input (N, input_size) and perhaps a state give the next state (N, hidden_size).",
        "nn.RNNCell(4, 8)(torch.ones(1, 4)).shape --> torch.Size([1, 8])"
      ) { try RNNCell($0.int(0), $0.int(1), bias: $0.bool(2), nonlinearity: $0.string(3), dtype: $0.factoryDType(4)) },
      Layers.layer(
        "LSTMCell", "(\(sizes), \(Layers.factory))",
        "One step of LSTM: the input (N, input_size) and perhaps a table of h and c give the next h and c (N, hidden_size).",
        "h, c = nn.LSTMCell(4, 8)(torch.ones(1, 4))\nc.shape --> torch.Size([1, 8])"
      ) {
        try LSTMCell($0.int(0), $0.int(1), bias: $0.bool(2), dtype: $0.factoryDType(3))
      },
      Layers.layer(
        "GRUCell", "(\(sizes), \(Layers.factory))",
        "One step of GRU: the input (N, input_size) and perhaps a state give the next state (N, hidden_size).",
        "nn.GRUCell(4, 8)(torch.ones(1, 4)).shape --> torch.Size([1, 8])"
      ) {
        try GRUCell($0.int(0), $0.int(1), bias: $0.bool(2), dtype: $0.factoryDType(3))
      },
    ]
  }
}

/// The module `torch.nn.utils.rnn`.
enum SequenceModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.nn.utils.rnn",
      help: "Sequences of different lengths as one tensor: padded, or packed for recurrent layers.",
      example:
        "nn.utils.rnn.pad_sequence{torch.ones(3), torch.ones(2)} --> tensor([[1., 1.],\n-->         [1., 1.],\n-->         [1., 0.]])",
      functions: [pack, padPacked, packSequence, pad, unpad], classes: [packed])
  }

  private static var packed: LuaClass {
    func property(
      _ name: String, _ help: String, is shown: String, _ get: @escaping (PackedSequence) -> Tensor?
    ) -> Property {
      Property(
        name, "Tensor", help: help,
        example: "nn.utils.rnn.pack_sequence{torch.ones(2), torch.ones(1)}.\(name) --> \(shown)",
        get: { a in .value(get(try a.object(0, as: PackedSequence.self)).map { .same($0) } ?? .nil) })
    }
    return LuaClass(
      "PackedSequence", of: PackedSequence.self,
      help:
        "Sequences of different lengths, step by step: what recurrent layers take and give without computing padding.",
      example: "nn.utils.rnn.pack_sequence{torch.ones(2), torch.ones(1)}.batch_sizes --> tensor([2, 1])",
      properties: [
        property(
          "data", "The elements: the first ones of all sequences, then the second ones and so on.",
          is: "tensor([1., 1., 1.])"
        ) { $0.data },
        property("batch_sizes", "How many sequences have a step, for each step.", is: "tensor([2, 1])") {
          $0.batchSizes
        },
        property(
          "sorted_indices", "Where each sequence was before they were sorted; nil if they came sorted.", is: "nil"
        ) { $0.sortedIndices },
        property("unsorted_indices", "Where each sequence has gone; nil if they came sorted.", is: "nil") {
          $0.unsortedIndices
        },
      ],
      metamethods: [
        Function("__tostring") { a in
          let sequence = try a.object(0, as: PackedSequence.self)
          func text(_ tensor: Tensor?) -> String { tensor.map { "\($0)" } ?? "None" }
          return .string(
            "PackedSequence(data=\(sequence.data), batch_sizes=\(sequence.batchSizes), sorted_indices=\(text(sequence.sortedIndices)), unsorted_indices=\(text(sequence.unsortedIndices)))"
          )
        }
      ])
  }

  private static let example = "rnn = nn.utils.rnn\n"

  private static var pack: Function {
    Function(
      "pack_padded_sequence",
      "(input: Tensor, lengths: Tensor|int[], batch_first: bool = false, enforce_sorted: bool = true) -> PackedSequence",
      help: """
        Packs a padded batch (L, N, ...), or (N, L, ...) with batch_first, of sequences whose lengths are \
        known; unless sorted by length, longest first, say enforce_sorted = false.
        """,
      example: example + "rnn.pack_padded_sequence(torch.ones(3, 2, 1), {3, 2}).batch_sizes --> tensor([2, 2, 1])"
    ) { a in
      let lengths = try a[1].tensor ?? Tensor(a.ints(1).map { Int64($0) })
      return .object(
        try PackedSequence.pack(a.tensor(0), lengths: lengths, batchFirst: a.bool(2), isSorted: a.bool(3)))
    }
  }

  private static var padPacked: Function {
    Function(
      "pad_packed_sequence",
      "(sequence: PackedSequence, batch_first: bool = false, padding_value: float = 0.0, total_length: int? = nil) -> Tensor, Tensor",
      help: """
        The padded batch (L, N, ...) of a packed one, or (N, L, ...) with batch_first, and the lengths: two \
        tensors.
        """,
      example: example + "rnn.pad_packed_sequence(rnn.pack_sequence{torch.ones(3, 1), torch.ones(2, 1)})"
    ) { a in
      let result = try a.object(0, as: PackedSequence.self).padded(
        batchFirst: a.bool(1), paddingValue: a.double(2), totalLength: a.optionalInt(3))
      return a.results(result.batch, result.lengths)
    }
  }

  private static var packSequence: Function {
    Function(
      "pack_sequence", "(sequences: Tensor[], enforce_sorted: bool = true) -> PackedSequence",
      help: """
        Packs a table of sequences of different lengths; unless sorted, longest first, say enforce_sorted = false.
        """,
      example: example + "rnn.pack_sequence{torch.ones(3), torch.ones(2)}.data.shape --> torch.Size([5])"
    ) { a in
      let sequences = try a.tensors(0)
      let lengths = try Tensor(sequences.map { Int64($0.shape.first ?? 0) })
      return .object(
        try PackedSequence.pack(PackedSequence.pad(sequences), lengths: lengths, isSorted: a.bool(1)))
    }
  }

  private static var pad: Function {
    Function(
      "pad_sequence",
      "(sequences: Tensor[], batch_first: bool = false, padding_value: float = 0.0, padding_side: string = 'right') -> Tensor",
      help: """
        Sequences of different lengths as one batch (L, N, ...), or (N, L, ...) with batch_first, padded at \
        the end or with padding_side = 'left' at the beginning.
        """,
      example: example
        + "rnn.pad_sequence({torch.ones(3), torch.ones(2)}, {batch_first = true}) --> tensor([[1., 1., 1.],\n-->         [1., 1., 0.]])"
    ) { a in
      let side = try a.string(3)
      guard side == "left" || side == "right" else {
        throw TensorError("padding_side must be either 'left' or 'right', but got \(side)")
      }
      return a.result(
        try PackedSequence.pad(
          a.tensors(0), batchFirst: a.bool(1), paddingValue: a.double(2), padsLeft: side == "left"))
    }
  }

  private static var unpad: Function {
    Function(
      "unpad_sequence", "(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = false) -> table",
      help: """
        The sequences of a padded batch (L, N, ...), or (N, L, ...) with batch_first, without their padding: a \
        table.
        """,
      example: example
        + "rnn.unpad_sequence(torch.ones(3, 2), torch.tensor{3, 2}) --> {tensor([1., 1., 1.]), tensor([1., 1.])}"
    ) { a in
      let batch = try a.bool(2) ? a.tensor(0) : a.tensor(0).transpose(0, 1)
      let lengths = try a.tensor(1).integers()
      guard lengths.count == batch.shape.first else {
        throw TensorError("unpad_sequence(): \(lengths.count) lengths for \(batch.shape.first ?? 0) sequences")
      }
      return a.list(try lengths.enumerated().map { try batch.select(0, $0).slice(0, 0, Int($1)) })
    }
  }
}
