import Glibc
import TestSupport
import Testing

/// Downloads, as scripts ask for them.
@Suite struct DownloadTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var environment: [String: String] { ["TORCH_HOME": folder.path, "no_proxy": "127.0.0.1"] }

  /// A file that `torch.save` writes.
  private func checkpoint(_ value: String) throws -> [UInt8] {
    let path = "\(folder.path)/saved.pth"
    #expect(try Program.run(["-e", "torch.save(\(value), '\(path)')"]).status == 0)
    defer { unlink(path) }
    let file = try #require(fopen(path, "rb"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    return Array(bytes[..<fread(&bytes, 1, bytes.count, file)])
  }

  @Test func aStateDictIsFetchedOnceAndFoundAgain() throws {
    let server = try WebServer(["/weights.pth": .file(try checkpoint("{weight = torch.ones(2)}"))])
    let url = server.url("/weights.pth")
    let script = "print(torch.hub.load_state_dict_from_url('\(url)').weight)"
    let first = try Program.run(["-e", script], environment: environment)
    let path = "\(folder.path)/hub/checkpoints/weights.pth"
    #expect(first.output == "Downloading: \"\(url)\" to \(path)\ntensor([1., 1.])\n")
    // A stream that is no terminal has no bar.
    #expect(first.errors == "")
    #expect(try Program.run(["-e", script], environment: environment).output == "tensor([1., 1.])\n")
    #expect(server.requests == ["/weights.pth"])
  }

  @Test func errorsNameTheAddressAndTheLine() throws {
    let server = try WebServer(["/weights-00000000.pth": .file(Array("no weights".utf8))])
    let script = try folder.file(
      "script.lua",
      """
      print(select(2, pcall(torch.hub.load_state_dict_from_url, '\(server.url("/none.pth"))')))
      torch.hub.load_state_dict_from_url('\(server.url("/weights-00000000.pth"))', {check_hash = true})
      """)
    let result = try Program.run([script], environment: environment)
    #expect(result.status == 1)
    #expect(result.output.contains("\(server.url("/none.pth")): HTTP Error 404: Not Found\nhint: "))
    #expect(result.errors.contains("script.lua:2: \(server.url("/weights-00000000.pth")): invalid hash value"))
    #expect(
      try Program.run(
        ["-e", "print(#require('path').listdir(torch.hub.get_dir() .. '/checkpoints'))"], environment: environment
      ).output == "0\n")
  }

  @Test func weightsOfAModelComeFromTheSharedFolder() throws {
    let path = "\(folder.path)/hub/checkpoints"
    let script = try folder.file(
      "script.lua",
      """
      print(models.ResNet18_Weights.DEFAULT:transforms()(torch.rand(3, 300, 400)).shape)
      require 'path'.makedirs '\(path)'
      local weights = models.resnet18():state_dict()
      weights['fc.bias'] = torch.arange(1000):float()
      torch.save(weights, '\(path)/resnet18-f37072fd.pth')
      for _, name in ipairs {'DEFAULT', 'IMAGENET1K_V1', 'ResNet18_Weights.IMAGENET1K_V1', models.ResNet18_Weights.DEFAULT} do
        local net = models.resnet18{weights = name}
        print(net.fc.bias[999]:item(), net.conv1.weight:equal(weights['conv1.weight']))
      end
      local trunk = models.resnet18{weights = 'DEFAULT', include_top = false}
      print(trunk:state_dict()['fc.bias'], trunk.conv1.weight:equal(weights['conv1.weight']))
      print(models.ResNet18_Weights.DEFAULT:get_state_dict()['fc.bias'][1]:item())
      print(models.resnet18{pretrained = true}.fc.bias[2]:item())
      local function message(...) return select(2, pcall(...)):gsub('^[^:]*:%d+: ', '') end
      print((message(models.resnet18, {weights = 'DEFAULT', num_classes = 5})))
      print((message(models.resnet18, {weights = 'IMAGENET1K_V2'})))
      print((message(models.resnet18, {weights = models.ResNet50_Weights.DEFAULT})))
      """)
    let result = try Program.run([script], environment: environment)
    #expect(
      result.errors == """
        \(script):13: warning: The parameter 'pretrained' is deprecated since 0.13 and may be removed in the future, please \
        use 'weights' instead: weights = "IMAGENET1K_V1"

        """)
    #expect(
      result.output == "torch.Size([3, 224, 224])\n" + String(repeating: "999.0\ttrue\n", count: 4) + """
        nil\ttrue
        1.0
        2.0
        The parameter 'num_classes' expected value 1000 but got 5 instead.
        hint: another head comes after the weights: net.fc = nn.Linear(net.fc.in_features, 5)
        resnet18() has no weights 'IMAGENET1K_V2'; there are 'DEFAULT', 'IMAGENET1K_V1'
        Invalid Weight class provided; expected ResNet18_Weights but received ResNet50_Weights.

        """)
  }

  @Test func aTerminalShowsHowFarItIs() throws {
    let bytes = [UInt8](repeating: 7, count: 10_000)
    let server = try WebServer(["/slow": .slowFile(bytes, pieceSize: 1000, milliseconds: 100)])
    let arguments = "'\(server.url("/slow"))', '\(folder.path)/file'"
    let terminal = try PseudoTerminal(
      ["-e", "torch.hub.download_url_to_file(\(arguments)) print('there')"], folder: folder, environment: environment)
    let shown = try terminal.wait(for: "there")
    #expect(shown.contains("k/9.77k ["))
    #expect(shown.contains("100%|"))
    #expect(shown.contains("9.77k/9.77k ["))
    // The bar stays, as PyTorch's does.
    #expect(shown.contains("B/s]\u{1B}[K\r\nthere"))
    #expect(try terminal.end() == 0)
    let silent = try PseudoTerminal(
      ["-e", "torch.hub.download_url_to_file(\(arguments), {progress = false}) print('there')"], folder: folder,
      environment: environment)
    #expect(try silent.wait(for: "there") == "there")
  }

  @Test func controlCStopsItAndLeavesNothing() throws {
    let server = try WebServer(["/stalled": .stalled([UInt8](repeating: 7, count: 1000), announced: 100_000)])
    let terminal = try PseudoTerminal(folder: folder, environment: environment)
    try terminal.wait(for: "> ")
    try terminal.enter("kept = 'here'")
    terminal.type("print('on') torch.hub.download_url_to_file('\(server.url("/stalled"))', '\(folder.path)/file')\r")
    try terminal.wait(for: "on\r\n")
    while server.requests.isEmpty { usleep(1000) }
    terminal.type("\u{3}")
    try terminal.wait(for: "interrupted!")
    try terminal.wait(for: "> ")
    #expect(try terminal.enter("kept").contains("\"here\""))
    #expect(!folder.names.contains { $0.contains("file") })
  }
}
