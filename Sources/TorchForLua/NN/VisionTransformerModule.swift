import Lua
import StateDicts
import Tensor

/// The module `torchvision.models.vision_transformer`.
enum VisionTransformerModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torchvision.models.vision_transformer", help: "What prepares checkpoints of vision transformers.",
      example: "models.vision_transformer.interpolate_embeddings ~= nil --> true",
      functions: [interpolateEmbeddings])
  }

  private static var interpolateEmbeddings: Function {
    Function(
      "interpolate_embeddings",
      "(image_size: int, patch_size: int, model_state: OrderedMap, interpolation_mode: string = 'bicubic', reset_heads: bool = false) -> OrderedMap",
      help:
        "Brings the position embeddings of a checkpoint, in place, to images of another size; with reset_heads the result has no heads.",
      example:
        """
        sd = nn.Linear(2, 2):state_dict()
        sd["encoder.pos_embedding"] = torch.randn(1, 50, 8)
        models.vision_transformer.interpolate_embeddings(64, 16, sd)["encoder.pos_embedding"].shape --> torch.Size([1, 17, 8])
        """
    ) { a in
      let key = "encoder.pos_embedding"
      let map = try a.map(2)
      let (image, patch) = (try a.int(0), try a.int(1))
      guard image > 0, patch > 0, image / patch > 0 else {
        throw TensorError("interpolate_embeddings(): no patch of \(patch) fits into an image of \(image)", kind: .value)
      }
      guard let mode = Tensor.InterpolationMode(rawValue: try a.string(3)) else {
        throw TensorError("interpolate_embeddings(): unknown mode '\(try a.string(3))'", kind: .value)
      }
      let positions = try map.requiredTensor(key)
      let side = image / patch
      if positions.rank == 3, positions.shape[1] == side &* side &+ 1 { return .argument(2) }
      map.replace(by: try map.resizingPositions(key, to: [side, side], PositionResampling(mode: mode)))
      return try a.bool(4) ? .object(map.dropping { name, _ in name.hasPrefix("heads") }) : .argument(2)
    }
  }
}
