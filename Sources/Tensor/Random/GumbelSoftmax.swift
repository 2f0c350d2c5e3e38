extension Tensor {
  /// A random choice by logits along `dim` that has gradients, made soft by a temperature: `F.gumbel_softmax`.
  ///
  /// - Parameter hard: whether the result is one-hot, with the soft one's gradients.
  public func gumbelSoftmax(temperature: Double = 1, hard: Bool = false, dim: Int = -1) throws -> Tensor {
    let noise = try emptyLike().exponentialInPlace().log().neg()
    let soft = try add(noise).div(temperature).softmax(dim)
    guard hard else { return soft }
    let chosen = try soft.detach().argmax(dim, keepDim: true)
    return try zerosLike().scatter(dim, chosen, 1.0).sub(soft.detach()).add(soft)
  }
}
