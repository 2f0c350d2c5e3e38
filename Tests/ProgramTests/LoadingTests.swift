import TestSupport
import Testing

/// Loading of state dicts, in the real program: PyTorch's words, and hints that work.
@Suite struct LoadingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ script: String) throws -> Program.Result {
    try Program.run([try folder.file("script.lua", script)])
  }

  @Test func reportsArePyTorchs() throws {
    let result = try run(
      #"""
      local Inner, Net = nn.class "Inner", nn.class "Net"
      function Inner:__init()
        self.lin = nn.Linear(2, 2)
        self.bn = nn.BatchNorm1d(2)
      end
      function Net:__init()
        self.inner = Inner()
        self.scale = nn.Parameter(torch.tensor(1.0))
        self:register_parameter("absent", nil)
        self.tied = nn.Linear(2, 2)
        self.tied.weight = self.inner.lin.weight
        self:register_buffer("hidden", torch.zeros(2), false)
      end
      local function case(name, change, options)
        local net = Net()
        local state = net:state_dict()
        local changed = change(state)
        if changed ~= nil then state = changed end
        print("== " .. name)
        local ok, missing, unexpected = pcall(net.load_state_dict, net, state, options or {})
        if ok then
          local words = {"missing:", table.unpack(missing)}
          words[#words + 1] = "unexpected:"
          print(table.concat(table.move(unexpected, 1, #unexpected, #words + 1, words), " "))
        else
          print((missing:gsub("^[^\n]-:%d+: ", ""):gsub("\nhint: .*", "")))
        end
      end
      local ones = torch.ones
      local function several(state)
        state["inner.lin.weight"], state["tied.weight"] = ones(3, 2), ones(2, 5)
        state.scale = nil
        state.zzz = ones(1)
      end
      local function strangers(state)
        for _, key in ipairs{"none.x", "absent", "hidden", "inner", "scale.y", "", ".", "inner.lin", "inner.lin.weight.x"} do
          state[key] = ones(1)
        end
      end
      local function others(state)
        state.scale, state["inner.lin.weight"], state["inner.bn.bias"] = 3, "x", state:filter(function() end)
        state["tied.bias"] = true
      end
      local function uncounted(version)
        return function(state)
          state["inner.bn.num_batches_tracked"] = nil
          state._metadata["inner.bn"].version = version
        end
      end
      local loose, assign = {strict = false}, {assign = true}
      case("all", function() end)
      case("all at once", several)
      case("all at once, not strict", several, loose)
      case("strangers", strangers)
      case("strangers, not strict", strangers, loose)
      case("other things", others)
      case("other things, not strict", others, loose)
      case("a number in a list", function(state) state.scale = ones(1) end)
      case("a number in lists", function(state) state.scale = ones(1, 1) end)
      case("no version", uncounted(nil))
      case("version 1", uncounted(1))
      case("version 2", uncounted(2))
      case("version 2, not strict", uncounted(2), loose)
      case("nothing", function() return {} end)
      case("a list", function() return {ones(1)} end)
      case("a text", function() return "x" end)
      case("a number", function() return 3 end)
      case("assigned", function(state) state["inner.lin.weight"] = ones(2, 2):double() end, assign)
      case("assigned all at once", several, assign)
      case("assigned integers", function(state) state["inner.lin.weight"] = ones(2, 2):long() end, assign)
      """#)
    #expect(result.errors == "")
    #expect(result.output == (try Fixture.text("NN/loading.txt")))
  }

  /// Each checkpoint fails to load; the last line of the error is run, and then the network has its values.
  @Test func hintsWorkWhenPasted() throws {
    let result = try run(
      #"""
      local full = models.resnet18()
      local values = full:state_dict()
      local function mends(name, checkpoint, network, expected)
        ckpt, model = checkpoint, network or models.resnet18()
        local ok, message = pcall(function() model:load_state_dict(ckpt) end)
        assert(not ok, name)
        local line = message:match "\n  ([^\n]*)$"
        print(name, line)
        assert(load(line))()
        for key, value in pairs(expected or values) do
          assert(torch.equal(model:state_dict()[key], value), key)
        end
      end
      local five = models.resnet18{num_classes = 5}
      mends("nested", {epoch = 3, model = values, optimizer = {state = {}, param_groups = {}}})
      mends("deeper", {["best so far"] = {state_dict = values:add_prefix "module"}})
      mends("prefix", values:add_prefix "module.model")
      local flat = values:add_prefix "net"
      flat.epoch, flat["net.fc.scale"] = 3, "wide"
      mends("flat", flat)
      mends("bare", values, nn.Sequential(models.resnet18()), values:add_prefix "0")
      mends("renamed", values:rename("layer*", "stage*"):rename("*.bn?.*", "*.norm?.*"))
      mends("head", values, five, values:drop "fc.*")
      mends("other name", values:rename("fc.*", "classifier.*"), five, values:drop "fc.*")
      mends("no head", values:drop "fc.*", nil, values:drop "fc.*")
      mends("another", {net = models.resnet34{num_classes = 3}:state_dict()}, nil, {})
      assert(#model.layer3 == 6 and model.fc.out_features == 3)
      local count = 0
      mends("numbers", values:rename(function() count = count + 1; return "p" .. count end))
      local grey = models.resnet18()
      grey.conv1 = nn.Conv2d(1, 64, 7, {stride = 2, padding = 3, bias = false})
      mends("grey", values, grey, values:drop "conv1.*")
      mends("turned", values:map(function(_, w) return w:t() end, "fc.weight"))
      mends("a network", full)
      local wrapped = nn.Sequential(models.resnet18{include_top = false}, nn.Linear(512, 3))
      mends("wrapped", values, wrapped, values:drop("fc.*"):add_prefix "0")
      mends("no counts", values:drop "*.num_batches_tracked", nil, values:drop "*.num_batches_tracked")
      local late = values:filter{"layer3.*", "layer4.*"}
      mends("a part", late, nil, late)
      """#)
    #expect(result.errors == "")
    #expect(
      result.output == #"""
        nested	model:load_state_dict(ckpt.model)
        deeper	model:load_state_dict(ckpt["best so far"].state_dict:strip_prefix("module"))
        prefix	model:load_state_dict(ckpt:strip_prefix("module.model"))
        flat	model:load_state_dict(ckpt:filter(function(_, value) return torch.is_tensor(value) end):strip_prefix("net"))
        bare	model:load_state_dict(ckpt:add_prefix("0"))
        renamed	model:load_state_dict(ckpt:rename("stage*.*", "layer*.*"):rename("*.norm*.*", "*.bn*.*"))
        head	model:load_state_dict(ckpt:drop("fc.*"), {strict = false})
        other name	model:load_state_dict(ckpt:drop("classifier.*"), {strict = false})
        no head	model:load_state_dict(ckpt, {strict = false})
        another	model = models.resnet34{num_classes = 3}; model:load_state_dict(ckpt.net)
        numbers	local keys, i = model:state_dict():keys(), 0; model:load_state_dict(ckpt:rename(function() i = i + 1; return keys[i] end))
        grey	model:load_state_dict(ckpt:adapt_input_conv("conv1.weight", 1))
        turned	model:load_state_dict(ckpt:map(function(_, weight) return weight:t() end, "fc.weight"))
        a network	model:load_state_dict(ckpt:state_dict())
        wrapped	model:load_state_dict(ckpt:add_prefix("0"):drop("0.fc.*"), {strict = false})
        no counts	model:load_state_dict(ckpt, {strict = false})
        a part	model:load_state_dict(ckpt, {strict = false})

        """#)
  }

  @Test func hintsUseTheScriptsOwnNames() throws {
    let result = try run(
      #"""
      local function hint(f) return (select(2, pcall(f)):match "\n  ([^\n]*)$") end
      local own = {net = nn.Linear(2, 2)}
      local wrapped = own.net:state_dict():add_prefix "module"
      print(hint(function() own.net:load_state_dict(wrapped) end))
      local box = {checkpoint = {weights = wrapped}}
      print(hint(function() local inner = nn.Sequential(own.net); inner[0]:load_state_dict(box.checkpoint) end))
      print(hint(function() nn.Linear(2, 2):load_state_dict(own.net:state_dict():add_prefix "a") end))
      """#)
    #expect(
      result.output == """
        own.net:load_state_dict(wrapped:strip_prefix("module"))
        inner[0]:load_state_dict(box.checkpoint.weights:strip_prefix("module"))
        net:load_state_dict(state_dict:strip_prefix("a"))

        """)
  }

  @Test func whatLoadsNothingIsWarnedOf() throws {
    let result = try run(
      """
      local net = models.resnet18()
      local weights = net:state_dict():add_prefix "module"
      print(#net:load_state_dict(weights, {strict = false}))
      print(#net:load_state_dict(net:state_dict():drop "fc.*", {strict = false}))
      print(#net:load_state_dict(net:state_dict():filter "fc.*", {strict = false}))
      """)
    #expect(result.output == "102\n2\n120\n")
    #expect(
      result.errors.contains(
        "script.lua:3: warning: load_state_dict: 0 of the network's 122 keys were loaded; the rest keeps its initial values\nhint: "
      ))
    #expect(result.errors.hasSuffix("\n  net:load_state_dict(weights:strip_prefix(\"module\"))\n"))
    #expect(result.errors.split(separator: "\n").count == 3)
  }

  @Test func otherSizesAreIgnoredOnRequest() throws {
    let result = try run(
      """
      local net = models.resnet18{num_classes = 5}
      local weights = models.resnet18():state_dict()
      local missing, unexpected, mismatched =
        net:load_state_dict(weights, {strict = false, ignore_mismatched_sizes = true})
      print(#missing, #unexpected, table.concat(mismatched, " "), select("#", net:load_state_dict(net:state_dict())))
      print(torch.equal(net.conv1.weight, weights["conv1.weight"]))
      """)
    #expect(result.output == "0\t0\tfc.weight fc.bias\t2\ntrue\n")
    #expect(result.errors == "")
  }

  @Test func comparisonsHaveFields() throws {
    let result = try run(
      """
      local net = models.resnet18{num_classes = 5}
      local sd = models.resnet18():state_dict()
      sd["conv1.weight"], sd.extra = nil, torch.ones(1)
      local c = net:compare(sd)
      print(#c.matched, c.missing_keys[1], c.unexpected_keys[1], #c.mismatched, c.fits, ("%.3f"):format(c.share))
      print(c.mismatched[1].key, c.mismatched[1].shape, c.mismatched[1].expected)
      print(c.remedy)
      print(net:compare(net:state_dict()).diagnosis, net:compare(net:state_dict()).remedy)
      print(net:compare(net:state_dict():map(function(_, w) return w:half() end)).diagnosis)
      """)
    #expect(
      result.output == """
        119	conv1.weight	extra	2	false	0.999
        fc.weight	torch.Size([1000, 512])	torch.Size([5, 512])
        net:load_state_dict(sd:drop("fc.*"):drop("extra"), {strict = false})
        all keys fit	nil
        all keys fit; 122 are converted to the network's types when they are loaded

        """)
  }

  @Test func averagesFollowANetworkWrittenInLua() throws {
    let result = try run(
      """
      local Net = nn.class "Net"
      function Net:__init() self.fc = nn.Linear(2, 1, {bias = false}); self.factor = 3 end
      function Net:forward(x) return self.fc(x) * self.factor end
      local net = Net()
      local swa = optim.swa_utils
      local ema = swa.AveragedModel(net, {multi_avg_fn = swa.get_ema_multi_avg_fn(0.5)})
      local mean = swa.AveragedModel(net)
      for value = 1, 3 do
        torch.no_grad(function() net.fc.weight:fill_(value) end)
        ema:update_parameters(net)
        mean:update_parameters(net)
      end
      print(ema(torch.ones(1, 2)):item(), mean(torch.ones(1, 2)):item(), net(torch.ones(1, 2)):item())
      print(table.concat(ema:state_dict():keys(), " "), ema.n_averaged, ema.module.fc.in_features)
      """)
    #expect(result.output == "13.5\t12.0\t18.0\nn_averaged module.fc.weight\ttensor(3)\t2\n")
    #expect(result.errors == "")
  }
}
