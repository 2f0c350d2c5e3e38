-- A checkpoint does not fit: what does not, why, and how the network for a new task still gets all that is in it.
--
-- PyTorch trained the checkpoint on grey images of the digits 0-4. The new task is the digits 3-7 in colour: two classes stay,
-- three are new, and the first convolution takes three channels.
--
--   nnlua examples/surgery.lua
local torch = require "torch"
local nn = require "torch.nn"
local F = require "torch.nn.functional"
local optim = require "torch.optim"
local path = require "path"

local data_folder = path.join(path.dirname(arg[0]), "data")

local BasicBlock = nn.class("BasicBlock")

function BasicBlock:__init(in_channels, out_channels, stride)
  self.conv1 = nn.Conv2d(in_channels, out_channels, 3, {stride = stride, padding = 1, bias = false})
  self.bn1 = nn.BatchNorm2d(out_channels)
  self.conv2 = nn.Conv2d(out_channels, out_channels, 3, {padding = 1, bias = false})
  self.bn2 = nn.BatchNorm2d(out_channels)
  if stride ~= 1 then
    self.downsample = nn.Sequential(
      nn.Conv2d(in_channels, out_channels, 1, {stride = stride, bias = false}), nn.BatchNorm2d(out_channels))
  end
end

function BasicBlock:forward(x)
  local identity = self.downsample and self.downsample(x) or x
  return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + identity)
end

local DigitsResNet = nn.class("DigitsResNet")

function DigitsResNet:__init(num_classes)
  self.conv1 = nn.Conv2d(3, 16, 3, {padding = 1, bias = false})
  self.bn1 = nn.BatchNorm2d(16)
  self.layer1 = nn.Sequential(BasicBlock(16, 16, 1), BasicBlock(16, 16, 1))
  self.layer2 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32, 1))
  self.layer3 = nn.Sequential(BasicBlock(32, 64, 2), BasicBlock(64, 64, 1))
  self.fc = nn.Linear(64, num_classes)
end

function DigitsResNet:forward(x)
  x = F.relu(self.bn1(self.conv1(x)))
  return self.fc(self.layer3(self.layer2(self.layer1(x))):mean{2, 3})
end

-- 1. A training script has saved the weights inside of a checkpoint, with a prefix. The error ends with what mends it.

local ckpt = {epoch = 30, model = torch.load(path.join(data_folder, "digits-resnet-pre.pth")):add_prefix "module"}

torch.manual_seed(0)
local net = DigitsResNet(5)
local _, message = pcall(net.load_state_dict, net, ckpt)
print((message:gsub("\n\t[^\n]*", "\n\t…")))

-- 2. The same as a table.

local weights = ckpt.model:strip_prefix "module"
print("\n" .. tostring(net:compare(weights)) .. "\n")

-- 3. Surgery: the first convolution learns colours, and the head keeps the rows of the classes that stay. Then all keys fit.

local fitting = weights:adapt_input_conv("conv1", 3):resize_head("fc", {"3", "4", "5", "6", "7"}, {"0", "1", "2", "3", "4"})
net:load_state_dict(fitting)

-- The task: 40 images to learn from, and all others to test on.

local digits = torch.load(path.join(data_folder, "digits.safetensors"))
local mask = digits.labels:ge(3) & digits.labels:le(7)
local images = (digits.images[mask]:float() / 16):expand(-1, 3, -1, -1)
local labels = digits.labels[mask] - 3
local train_x, train_y, test_x, test_y = images["0:40"], labels["0:40"], images["40:"], labels["40:"]

local function accuracy(state_dict)
  local tested = DigitsResNet(5)
  tested:load_state_dict(state_dict)
  tested:eval()
  return torch.no_grad(function() return tested(test_x):argmax(1):eq(test_y):float():mean():item() end)
end

local function fine_tune(state_dict, strict)
  local tuned = DigitsResNet(5)
  tuned:load_state_dict(state_dict, {strict = strict})
  local before = accuracy(tuned:state_dict())
  local optimizer = optim.Adam(tuned:parameters(), {lr = 1e-3})
  for _ = 1, 3 do
    tuned:train()
    for _, rows in ipairs(torch.randperm(#train_y):split(10)) do
      optimizer:zero_grad()
      F.cross_entropy(tuned(train_x[rows]), train_y[rows]):backward()
      optimizer:step()
    end
  end
  return tuned:state_dict(), before
end

local function report(name, before, state_dict)
  print(("%-34s %8s %8.3f"):format(name, before and ("%.3f"):format(before) or "", accuracy(state_dict)))
end

print(("%d images of the digits 3-7; accuracy on %d others"):format(#train_y, #test_y))
print(("%-34s %8s %8s"):format("", "before", "3 epochs"))
local dropped, before = fine_tune(fitting:drop "fc.*", false)
report("without the old head", before, dropped)

-- 4. Several runs from the same weights: their average needs no more time than one of them.

local runs = {}
for i = 1, 3 do
  runs[i], before = fine_tune(fitting, true)
  report("with the rows of 3 and 4, run " .. i, before, runs[i])
end
report("the runs' average", nil, runs[1]:average(runs[2], runs[3]))
report("half way between run 1 and 2", nil, runs[1]:lerp(runs[2], 0.5))
