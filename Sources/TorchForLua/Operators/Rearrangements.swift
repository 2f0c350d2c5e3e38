import Lua
import Tensor

extension OperatorList {
  /// Elements in other places: flips, diagonals, triangles, windows.
  mutating func addRearrangements() {
    add(
      "flip", "(input: Tensor, dims: int...) -> Tensor", "A copy with the order reversed along these dimensions.",
      "torch.flip(torch.arange(3), {0}) --> tensor([2, 1, 0])"
    ) { a in try a.tensor(0).flip(a.ints(1)) }
    unary(
      "fliplr", "A copy with the columns, the second dimension, in reverse order.", of: "torch.tensor{{1, 2}}",
      is: "tensor([[2, 1]])",
      inPlace: false
    ) { try $0.fliplr() }
    unary(
      "flipud", "A copy with the rows, the first dimension, in reverse order.", of: "torch.tensor{1, 2}",
      is: "tensor([2, 1])",
      inPlace: false
    ) { try $0.flipud() }
    add(
      "roll", "(input: Tensor, shifts: int|int[], dims: int|int[]|nil = nil) -> Tensor",
      """
      A copy with the elements moved by shifts along dims; what leaves at one end enters at the other. \
      Without dims all elements count as one row.
      """,
      "torch.roll(torch.arange(4), 1) --> tensor([3, 0, 1, 2])"
    ) { a in try a.tensor(0).roll(a.ints(1), a.optionalInts(2) ?? []) }
    add(
      "rot90", "(input: Tensor, k: int = 1, dims: int[] = {0, 1}) -> Tensor",
      """
      A copy turned k times by a right angle in the plane of two dimensions, from the first towards the second.
      """,
      "torch.rot90(torch.tensor{{1, 2}, {3, 4}}) --> tensor([[2, 4],\n-->         [1, 3]])"
    ) { a in try a.tensor(0).rot90(a.int(1), a.ints(2)) }
    add(
      "diagonal", "(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor",
      """
      A view of the diagonals of the matrices in two dimensions, as a new last dimension; offset is above \
      (or below, if negative) the main one.
      """,
      "torch.diagonal(torch.tensor{{1, 2}, {3, 4}}) --> tensor([1, 4])"
    ) { a in try a.tensor(0).diagonal(offset: a.int(1), dim1: a.int(2), dim2: a.int(3)) }
    add(
      "diag", "(input: Tensor, diagonal: int = 0) -> Tensor",
      """
      Of a vector the square matrix with it on a diagonal, of a matrix that diagonal: the main one, or \
      diagonal above (below, if negative) it.
      """,
      "torch.diag(torch.tensor{1, 2}) --> tensor([[1, 0],\n-->         [0, 2]])"
    ) { a in try a.tensor(0).diag(a.int(1)) }
    add(
      "diag_embed", "(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor",
      "Square matrices in the dimensions dim1 and dim2 with the input's last dimension on their diagonals.",
      "torch.diag_embed(torch.ones(2, 3)).shape --> torch.Size([2, 3, 3])"
    ) { a in
      try a.tensor(0).diagEmbed(offset: a.int(1), dim1: a.int(2), dim2: a.int(3))
    }
    add(
      "diagflat", "(input: Tensor, offset: int = 0) -> Tensor",
      "The square matrix with all elements of the input, flattened, on a diagonal.",
      "torch.diagflat(torch.tensor{1, 2}) --> tensor([[1, 0],\n-->         [0, 2]])"
    ) { a in try a.tensor(0).diagflat(a.int(1)) }
    add(
      "tril", "(input: Tensor, diagonal: int = 0) -> Tensor",
      """
      The lower triangle of matrices: zero above the diagonal, which diagonal moves up, or down if negative.
      """, "torch.tril(torch.ones(2, 2)) --> tensor([[1., 0.],\n-->         [1., 1.]])",
      inPlace: true
    ) { a in try a.tensor(0).tril(a.int(1)) }
    add(
      "triu", "(input: Tensor, diagonal: int = 0) -> Tensor",
      """
      The upper triangle of matrices: zero below the diagonal, which diagonal moves up, or down if negative.
      """, "torch.triu(torch.ones(2, 2)) --> tensor([[1., 1.],\n-->         [0., 1.]])",
      inPlace: true
    ) { a in try a.tensor(0).triu(a.int(1)) }
    add(
      "unfold", "(self: Tensor, dimension: int, size: int, step: int) -> Tensor",
      """
      A view of all windows of a size along a dimension, step apart: their positions take that dimension's \
      place, their elements a new last one.
      """,
      "torch.arange(5):unfold(0, 3, 2) --> tensor([[0, 1, 2],\n-->         [2, 3, 4]])", placement: .method
    ) { a in
      try a.tensor(0).unfold(a.int(1), a.int(2), a.int(3))
    }
    add(
      "sum_to_size", "(self: Tensor, size: int...) -> Tensor",
      """
      The sum over what broadcasting would repeat, so that the result has a shape that broadcasts to the \
      tensor's.
      """,
      "torch.ones(2, 3):sum_to_size(1, 3) --> tensor([[2., 2., 2.]])", placement: .method
    ) { a in try a.tensor(0).sumToSize(a.ints(1)) }
  }
}
