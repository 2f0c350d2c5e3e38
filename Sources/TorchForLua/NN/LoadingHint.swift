import Lua
import NN
import StateDicts
import Vision

/// What a script is told where a state dict does not fit: why, and a line that mends it, in the script's own names.
struct LoadingHint {
  private let diagnosis: StateDictDiagnosis
  /// What the script writes for the network and the state dict.
  private let network: String
  private let stateDict: String

  init(_ comparison: StateDictComparison, network: Module, given: StackValue, at site: CallSite) throws {
    diagnosis = comparison.diagnosis
    self.network = site.expression(for: .object(network)) ?? "net"
    stateDict = site.expression(for: try given.value()) ?? "state_dict"
  }

  var findings: String { diagnosis.text }

  /// A line of Lua that loads the state dict; nil where nothing is known to make it fit.
  var remedy: String? {
    guard diagnosis.hasRemedy else { return nil }
    var (before, state) = ("", stateDict)
    for step in diagnosis.steps {
      switch step {
      case .entry(let key): state = LuaText.path(state, [key])
      case .keepTensors: state += ":filter(function(_, value) return torch.is_tensor(value) end)"
      case .stripPrefix(let prefix): state += ":strip_prefix(\(LuaText.quoted(prefix)))"
      case .addPrefix(let prefix): state += ":add_prefix(\(LuaText.quoted(prefix)))"
      case .rename(let pattern, let replacement):
        state += ":rename(\(LuaText.quoted(pattern)), \(LuaText.quoted(replacement)))"
      case .renameInOrder:
        before += "local keys, i = \(network):state_dict():keys(), 0; "
        state += ":rename(function() i = i + 1; return keys[i] end)"
      case .drop(let pattern): state += ":drop(\(LuaText.quoted(pattern)))"
      case .adaptInputChannels(let key, let channels): state += ":adapt_input_conv(\(LuaText.quoted(key)), \(channels))"
      case .resizePositions(let key, let size, let prefixTokens):
        let sizes = size.map(String.init).joined(separator: ", ")
        state +=
          ":resize_pos_embedding(\(LuaText.quoted(key)), {\(sizes)}, {num_prefix_tokens = \(prefixTokens)})"
      case .transpose(let key):
        state += ":map(function(_, weight) return weight:t() end, \(LuaText.quoted(key)))"
      }
    }
    if let (name, classes) = diagnosis.architecture {
      before += "\(network) = models.\(name){num_classes = \(classes)}; "
    }
    var options: [String] = []
    if !diagnosis.isComplete { options.append("strict = false") }
    if diagnosis.leavesMismatches { options.append("ignore_mismatched_sizes = true") }
    let last = options.isEmpty ? "" : ", {\(options.joined(separator: ", "))}"
    return before + "\(network):load_state_dict(\(state)\(last))"
  }

  /// The last lines of an error or warning.
  var text: String {
    if let remedy { return "hint: \(findings):\n  \(remedy)" }
    let table = diagnosis.findings == [.unrelated] ? ":\n  print(\(network):compare(\(stateDict)))" : ""
    return "hint: \(findings)\(table)"
  }
}
