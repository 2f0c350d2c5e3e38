import Hub
import Lua
import Supervision
import Tensor

/// The module `torch.hub`: files from the web.
enum HubModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.hub", help: "Downloaded weights, in the folder that PyTorch keeps them in.",
      example: "torch.hub.get_dir():match '[^/]*$' --> \"hub\"", functions: [load, download] + folder)
  }

  private static var load: Function {
    Function(
      "load_state_dict_from_url",
      "(url: string, model_dir: string? = nil, map_location: MapLocation? = nil, progress: bool = true, check_hash: bool = false, file_name: string? = nil, weights_only: bool = true) -> any",
      help: """
        What the file at an address holds, as torch.load gives it. The file is kept in model_dir, by default in \
        get_dir()/checkpoints, where PyTorch looks too, and is downloaded if it is not there yet.

        It is called file_name there, or as in the address. With check_hash a name such as resnet34-b627a593.pth tells \
        what the SHA-256 of a downloaded file begins with. progress shows a bar on a terminal. weights_only is taken as \
        PyTorch's scripts give it.
        """,
      example: """
        name = os.tmpname()
        torch.save({weight = torch.ones(2)}, name)
        torch.hub.load_state_dict_from_url('file://' .. name, {model_dir = '/tmp'}).weight --> tensor([1., 1.])
        """
    ) { a in
      try Serialization.checkDevice(a, 2)
      let url = try a.string(0)
      let folder = try a.optionalString(1)
      let path = try downloads(a, progress: 3) {
        try Hub.file(
          of: url, in: folder, named: a.optionalString(5), checksHash: a.bool(4)
        ) { try announce(url, $0, a.state) }
      }
      return .value(try Serialization.load(path, a.state))
    }
  }

  private static var download: Function {
    Function(
      "download_url_to_file",
      "(url: string, dst: string, hash_prefix: string? = nil, progress: bool = true)",
      help: """
        Downloads a file from an address of http, https, ftp or file. It appears as dst when it is complete, or not at \
        all. hash_prefix is what its SHA-256 has to begin with; progress shows a bar on a terminal.
        """,
      example: """
        name = os.tmpname()
        torch.hub.download_url_to_file('file:///dev/null', name)
        require('path').getsize(name) --> 0
        """
    ) { a in
      try downloads(a, progress: 3) {
        try Download(a.string(0), to: Hub.expanded(a.string(1)), hashPrefix: a.optionalString(2)).run()
      }
      return .none
    }
  }

  private static var folder: [Function] {
    [
      Function(
        "get_dir", "() -> string",
        help: """
          The folder of downloads: the one that set_dir chose, or $TORCH_HOME/hub. TORCH_HOME is $XDG_CACHE_HOME/torch \
          where it is not set, and XDG_CACHE_HOME is ~/.cache.
          """,
        example: "torch.hub.get_dir():match '[^/]*$' --> \"hub\""
      ) { _ in .string(Hub.folder) },
      Function(
        "set_dir", "(d: string)", help: "Chooses the folder of downloads.",
        example: """
          before = torch.hub.get_dir()
          torch.hub.set_dir '/tmp/hub'
          torch.hub.get_dir() --> "/tmp/hub"
          torch.hub.set_dir(before)
          """
      ) { a in
        Hub.folder = try a.string(0)
        return .none
      },
    ]
  }

  /// Says what is downloaded, as PyTorch does.
  static func announce(_ url: String, _ path: String, _ state: LuaState) throws {
    _ = try state.call(state.global("print"), [.string("Downloading: \"\(url)\" to \(path)")])
  }

  /// Runs what downloads; with a bar if the argument of that index says so.
  static func downloads<R>(_ a: Arguments, progress index: Int, _ body: () throws -> R) throws -> R {
    try a.bool(index) ? body() : Progress.hidden(body)
  }
}
