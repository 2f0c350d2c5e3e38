-- Convolution, normalization, ReLU and addition in one pass, in blocked layouts and by Winograd's algorithm: whatever the shapes, the
-- layout of the input and the mode, the results are those of the plain float64 kernels.
local t = require "testing"
local test, same = t.test, t.same

local Block = nn.class("Block")

function Block:__init(c)
  self.conv1 = nn.Conv2d(c.inputs, c.outputs, c.kernel, {
    stride = c.stride or 1, padding = c.padding or 0, dilation = c.dilation or 1, groups = c.groups or 1, bias = c.bias or false})
  self.bn1 = nn.BatchNorm2d(c.outputs)
  self.conv2 = nn.Conv2d(c.outputs, c.outputs, 3, {padding = 1, bias = false})
  self.bn2 = nn.BatchNorm2d(c.outputs)
  self.relu = nn.ReLU{inplace = c.inplace or false}
  self.pool = nn.MaxPool2d(2)
end

function Block:forward(x)
  local first = self.relu(self.bn1(self.conv1(x)))
  local second = self.bn2(self.conv2(first))
  return self.pool(self.relu(second + first))
end

-- The same block in float32 and in float64, with statistics and factors that differ between channels.
local function twins(case)
  local single, double = Block(case), Block(case):double()
  for name, tensor in pairs(single:state_dict()) do
    if name:find "running_var" then tensor:uniform_(0.5, 2)
    elseif name:find "bn" and tensor:is_floating_point() then tensor:normal_(0.5, 1) end
  end
  double:load_state_dict(single:state_dict())
  return single, double
end

-- An input of the given shape: contiguous, channels last, or a part of something larger.
local function input(shape, layout)
  local n, c, h, w = table.unpack(shape)
  if layout == "channels_last" then return torch.randn(n, h, w, c):permute(0, 3, 1, 2) end
  if layout == "strided" then return torch.randn(n, 2 * c, h + 3, w)[{":", "::2", {2, h + 2}}] end
  return torch.randn(n, c, h, w)
end

local function agree(got, expected, what, floor)
  local scale = math.max(expected:abs():max():item(), floor or 1e-3)
  local difference = (got:double() - expected):abs():max():item()
  if not (difference <= 1e-4 * scale) then error(("%s differs by %g of %g"):format(what, difference, scale), 2) end
end

local function check_evaluation(case, shape, layout)
  local single, double = twins(case)
  single:eval()
  double:eval()
  local x = input(shape, layout)
  torch.no_grad(function() agree(single(x), double(x:double()), "the result of evaluation") end)
end

local function check_training(case, shape, layout, frozen)
  local single, double = twins(case)
  local x = input(shape, layout)
  local x1, x2 = x:detach():requires_grad_(), x:double():requires_grad_()
  for _, net in ipairs{single, double} do
    for name, p in net:named_parameters() do p.requires_grad = not (frozen and name:find "1") end
  end
  local y1, y2 = single(x1), double(x2)
  local weight = torch.randn(y1.shape)
  local loss1, loss2 = (y1 * weight):sum(), (y2 * weight:double()):sum()
  loss1:backward()
  loss2:backward()
  agree(y1:detach(), y2:detach(), "the result of training")
  agree(x1.grad, x2.grad, "the gradient of the input")
  local other = {}
  for name, p in double:named_parameters() do other[name] = p.grad end
  for name, p in single:named_parameters() do
    same(p.grad == nil, other[name] == nil, name)
    -- A bias in front of a normalization has a gradient of zero, but for rounding.
    if p.grad then agree(p.grad, other[name], "the gradient of " .. name, name == "conv1.bias" and 10) end
  end
  local buffers = double:state_dict()
  for name, buffer in single:named_buffers() do agree(buffer:double(), buffers[name]:double(), name) end
end

local cases = {
  {name = "3x3", inputs = 32, outputs = 32, kernel = 3, padding = 1},
  {name = "3x3, in place, biased", inputs = 16, outputs = 48, kernel = 3, padding = 1, bias = true, inplace = true},
  {name = "3x3 without padding", inputs = 32, outputs = 64, kernel = 3},
  {name = "stride 2", inputs = 16, outputs = 32, kernel = 3, padding = 1, stride = 2},
  {name = "7x7 of three channels", inputs = 3, outputs = 16, kernel = 7, padding = 3, stride = 2},
  {name = "1x1", inputs = 24, outputs = 40, kernel = 1},
  {name = "odd channels", inputs = 5, outputs = 7, kernel = 3, padding = 1},
  {name = "groups", inputs = 32, outputs = 32, kernel = 3, padding = 1, groups = 4},
  {name = "depthwise", inputs = 32, outputs = 32, kernel = 3, padding = 1, groups = 32},
  {name = "dilation", inputs = 16, outputs = 16, kernel = 3, padding = 2, dilation = 2},
  {name = "3x2, uneven strides", inputs = 16, outputs = 32, kernel = {3, 2}, stride = {2, 1}, padding = {1, 0}},
}

torch.manual_seed(0)
for _, case in ipairs(cases) do
  for _, layout in ipairs{"contiguous", "channels_last", "strided"} do
    for _, size in ipairs{{1, 14, 14}, {3, 9, 11}, layout == "contiguous" and {8, 16, 12} or nil} do
      local shape = {size[1], case.inputs, size[2], size[3]}
      local name = ("%s, %s, batch %d of %dx%d"):format(case.name, layout, table.unpack(size))
      test(name .. ", evaluation", function() check_evaluation(case, shape, layout) end)
      test(name .. ", training", function() check_training(case, shape, layout) end)
    end
    test(case.name .. ", partly frozen", function()
      check_training(case, {2, case.inputs, 10, 10}, layout, true)
    end)
  end
end

test("a change in place while a result is pending does not reach the result", function()
  local case = cases[1]
  local changes = {
    input = function(x) x:zero_() end,
    weight = function(_, net) net.conv1.weight:mul_(3) end,
    statistics = function(_, net) net.bn1.running_mean:add_(5) end,
    factor = function(_, net) net.bn1.weight:neg_() end,
    ["part of the input"] = function(x) x[{":", 0}] = 7 end,
  }
  for what, change in pairs(changes) do
    local net = Block(case):eval()
    torch.no_grad(function()
      local x = torch.randn(2, 32, 8, 8)
      local expected = net.bn1(net.conv1(x)):relu():clone()
      local pending = net.bn1(net.conv1(x)):relu()
      change(x, net)
      if not torch.equal(pending, expected) then error("changed " .. what) end
      local later = net.bn1(net.conv1(x)):relu()
      if torch.equal(later, expected) then error("did not see the changed " .. what) end
    end)
  end
end)

test("what is added to a pending result keeps its value", function()
  local net = nn.Conv2d(16, 16, 3, {padding = 1}):eval()
  torch.no_grad(function()
    local x, identity = torch.randn(2, 16, 8, 8), torch.randn(2, 16, 8, 8)
    local before = identity:clone()
    local sum = net(x) + identity
    local expected = net(x):clone() + before
    identity:zero_()
    t.close(sum, expected, 1e-5)
    local convolved = net(x)
    local doubled = convolved + convolved
    t.close(doubled, 2 * net(x):clone(), 1e-5)
  end)
end)

t.finish()
