/// The operators of `torch.nn.functional` that networks are made of.
public enum Functional {}
