import Testing

/// Tests that draw from the default generator, which serves one thread at a time: they run one after the other.
@Suite(.serialized) enum DefaultGeneratorTests {}
