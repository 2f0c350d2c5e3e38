import OneDNN

/// The operators of `torch.nn.functional` that networks are made of.
public enum Functional {
  /// Whether convolutions may use Winograd's algorithm, for the whole process: `torch.backends.winograd.enabled`.
  public static var mayUseWinograd: Bool {
    get { WinogradConvolution.isEnabled.load(ordering: .relaxed) }
    set { WinogradConvolution.isEnabled.store(newValue, ordering: .relaxed) }
  }
}
