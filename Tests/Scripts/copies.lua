-- Deep copies of tensors, modules, tables and maps.
local t = require "testing"
local test, same, close, raises = t.test, t.same, t.close, t.raises
local copy = require "copy"

test("a module's copy has parameters of its own and the same options", function()
  torch.manual_seed(0)
  local net = nn.Sequential(nn.Conv2d(3, 4, 3, {padding = 1, bias = false}), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.3))
  net:eval()
  local before = torch.get_rng_state()
  local twin = copy.deepcopy(net)
  same(torch.get_rng_state(), before)
  same(tostring(twin), tostring(net))
  same(twin.training, false)
  local x = torch.rand(1, 3, 5, 5)
  close(twin(x), net(x))
  torch.no_grad(function() twin[0].weight:zero_() end)
  assert(net[0].weight:abs():sum():item() > 0)
  assert(twin[0].weight.requires_grad)
end)

test("classes written in Lua keep their fields", function()
  local Net = nn.class("Net")
  function Net:__init()
    self.body = nn.Linear(2, 3)
    self.tied = self.body
    self.sizes = {2, 3}
    self.again = self.sizes
    self.scale = nn.Parameter(torch.ones(1))
    self:register_buffer("mean", torch.zeros(2), {persistent = false})
  end
  function Net:forward(x) return self.body(x) * self.scale end
  local net = Net()
  net.body.note = "kept"
  local twin = net:deepcopy()
  collectgarbage()
  close(twin(torch.ones(1, 2)), net(torch.ones(1, 2)):detach())
  assert(rawequal(twin.body, twin.tied) and not rawequal(twin.body, net.body))
  assert(rawequal(twin.sizes, twin.again) and not rawequal(twin.sizes, net.sizes))
  same(twin.body.note, "kept")
  same(#twin:state_dict(), #net:state_dict())
  same(twin.mean, net.mean)
end)

test("models, and parts of them", function()
  local net = models.resnet18({num_classes = 5})
  net.fc = nn.Linear(512, 3)
  net.layer1[0].relu = nn.Identity()
  local twin = copy.deepcopy(net)
  same(tostring(twin), tostring(net))
  same(twin:state_dict():keys(), net:state_dict():keys())
  same(twin.fc.weight, net.fc.weight)
  local block = copy.deepcopy(net.layer2[0])
  same(tostring(block), tostring(net.layer2[0]))
  same(block.conv1.weight, net.layer2[0].conv1.weight)
end)

test("every layer can be copied", function()
  local help = require "torch.nn"
  local net = nn.ModuleDict({
    list = nn.ModuleList {nn.Linear(2, 2), nn.Flatten()}, parameters = nn.ParameterList {torch.ones(2)},
    named = nn.ParameterDict {scale = torch.ones(3)}, pool = nn.MaxPool2d(2, {stride = 1}), loss = nn.CrossEntropyLoss(),
  })
  same(tostring(net:deepcopy()), tostring(net))
end)

test("tensors keep their kind, and what they share", function()
  local x = torch.ones(2, 3, {requires_grad = true});
  (x * 2):sum():backward()
  local twin = copy.deepcopy(x)
  same(twin.grad, x.grad)
  assert(twin.requires_grad and not rawequal(twin, x))
  local base = torch.zeros(4)
  local both = copy.deepcopy {base, base[{{1, 3}}], base}
  both[1]:fill_(7)
  close(both[2], {7, 7})
  close(base, {0, 0, 0, 0})
  assert(both[1].data_ptr(both[1]) == both[3].data_ptr(both[3]))
  raises("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol", copy.deepcopy, x * 2)
end)

test("tables, maps and state dicts", function()
  local Point = {__index = {size = function(self) return #self end}}
  local list = setmetatable({1, {2}}, Point)
  list.self = list
  local twin = copy.deepcopy(list)
  assert(rawequal(twin.self, twin) and twin[2] ~= list[2])
  same(twin:size(), 2)
  local state = nn.Linear(2, 2):state_dict()
  local kept = copy.deepcopy(state)
  state.weight:zero_()
  assert(kept.weight:abs():sum():item() > 0)
  same(kept:keys(), {"weight", "bias"})
  assert(copy.copy(list)[2] == list[2])
end)

t.finish()
