-- The documented ways to change a network for a new task, on a ResNet-34; and what bad input on the way gives.
local t = require "testing"
local test, same, raises = t.test, t.same, t.raises
local path = require "path"

local file = os.tmpname()
torch.manual_seed(0)
local source = models.resnet34()
torch.save(source:state_dict(), file)

local function image() return torch.randn(1, 3, 64, 64) end

test("first way: load every weight, then replace the head", function()
  local net = models.resnet34()
  local missing_keys, unexpected_keys = net:load_state_dict(torch.load(file))
  same(missing_keys, {})
  same(unexpected_keys, {})
  local x = image()
  net:eval()
  source:eval()
  torch.no_grad(function() same(torch.equal(net(x), source(x)), true) end)
  net.fc = nn.Linear(net.fc.in_features, 5)
  same(net(x).shape, torch.Size{1, 5})
end)

test("second way: delete the head's keys, load the rest", function()
  local net = models.resnet34{num_classes = 5}
  local pre_weights = torch.load(file)
  for key in pairs(pre_weights) do
    if key:find("fc", 1, true) then pre_weights[key] = nil end
  end
  same(#pre_weights, 216)
  local missing_keys, unexpected_keys = net:load_state_dict(pre_weights, {strict = false})
  same(missing_keys, {"fc.weight", "fc.bias"})
  same(unexpected_keys, {})
  same(torch.equal(net.layer4[2].conv2.weight, source.layer4[2].conv2.weight), true)
end)

test("names come in the order of the network", function()
  local names = {}
  for name, p in source:named_parameters() do
    names[#names + 1] = name
    same(p.requires_grad, true)
  end
  same(#names, 110)
  same({names[1], names[2], names[4], names[#names]},
    {"conv1.weight", "bn1.weight", "layer1.0.conv1.weight", "fc.bias"})
end)

test("only the head learns while the rest is frozen", function()
  local net = models.resnet18{num_classes = 5}
  for name, p in net:named_parameters() do p.requires_grad = name:find("fc", 1, true) ~= nil end
  local before = net.conv1.weight:clone()
  local head = net.fc.weight:detach():clone()
  local optimizer = optim.SGD(net:parameters(), {lr = 0.1, momentum = 0.9})
  local loss = nn.CrossEntropyLoss()(net(torch.randn(4, 3, 32, 32)), torch.tensor{0, 1, 2, 3})
  loss:backward()
  optimizer:step()
  same(net.conv1.weight.grad, nil)
  same(torch.equal(net.conv1.weight, before), true)
  same(torch.equal(net.fc.weight, head), false)
end)

test("what does not fit is told at once, in PyTorch's words", function()
  local net = models.resnet34{num_classes = 5}
  local state = torch.load(file)
  state["bn1.bias"] = nil
  state.extra = torch.zeros(1)
  raises([[Error(s) in loading state_dict for ResNet:
	Missing key(s) in state_dict: "bn1.bias". 
	Unexpected key(s) in state_dict: "extra". 
	size mismatch for fc.weight: copying a param with shape torch.Size([1000, 512]) from checkpoint, the shape in current model is torch.Size([5, 512]).
	size mismatch for fc.bias: copying a param with shape torch.Size([1000]) from checkpoint, the shape in current model is torch.Size([5]).]],
    net.load_state_dict, net, state)
end)

test("files that are no checkpoints", function()
  raises("/no/such/file.pth: no such file or directory", torch.load, "/no/such/file.pth")
  local damaged = os.tmpname()
  local function write(bytes)
    local handle <close> = assert(io.open(damaged, "wb"))
    handle:write(bytes)
  end
  write ""
  raises(damaged .. ": the file is empty", torch.load, damaged)
  write "hello"
  raises(damaged .. ": not a checkpoint", torch.load, damaged)
  local whole <close> = assert(io.open(file, "rb"))
  write(whole:read(100000))
  raises(damaged .. ": the zip file has no directory at its end", torch.load, damaged)
  os.remove(damaged)
end)

test("wrong calls say what they would take", function()
  local net = models.resnet18{num_classes = 5}
  raises("resnet18() got an unexpected keyword argument 'num_clases'; did you mean 'num_classes'?", models.resnet18, {num_clases = 5})
  raises("Expected state_dict to be dict-like, got", net.load_state_dict, net, nil)
  raises("Given groups=1, weight of size [64, 3, 7, 7], expected input[1, 1, 64, 64] to have 3 channels, but got 1 channels instead",
    net, torch.zeros(1, 1, 64, 64))
  raises("'ResNet' object has no attribute 'evla'; did you mean 'eval'?", function() net:evla() end)
  raises("'ResNet' object has no attribute 'layer5'; did you mean 'layer1'?", function() return net.layer5 end)
  raises("index 5 is out of bounds for dimension 0 with size 3", function() return torch.zeros(3)[5] end)
  raises("a leaf Variable that requires grad is being used in an in-place operation.", function() net.fc.bias:add_(1) end)
  local x = torch.ones(3, {requires_grad = true})
  local y = x:exp()
  y:mul_(2)
  raises("one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [3]], "
    .. "which is output 0 of Exp, is at version 1; expected version 0 instead.", function() y:sum():backward() end)
end)

test("errors come with file and line, and the program goes on", function()
  local ok, message = pcall(function() return torch.zeros(2) + torch.zeros(3) end)
  same(ok, false)
  local here = debug.getinfo(1, "S").short_src
  same(message:sub(1, #here + 1), here .. ":")
  local handle = source:register_forward_hook(function() error{code = 5} end)
  local _, object = pcall(source, image())
  same(object, {code = 5})
  handle:remove()
  same(source(image()).shape, torch.Size{1, 1000})
end)

test("a loop of training stays flat in memory without calls of the collector", function()
  local net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 5))
  local optimizer = optim.Adam(net:parameters())
  local x, y = torch.randn(32, 1, 8, 8), torch.randint(0, 5, {32})
  local function train(steps)
    for _ = 1, steps do
      optimizer:zero_grad()
      F.cross_entropy(net(x), y):backward()
      optimizer:step()
    end
  end
  train(100)
  collectgarbage()
  local start = t.resident()
  train(1000)
  -- The collector runs by itself whenever about 64 MB were left behind.
  local growth = t.resident() - start
  if growth > 100 << 20 then error(("memory grew by %d bytes"):format(growth)) end
end)

os.remove(file)
t.finish()
