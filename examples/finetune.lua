-- A network is changed for a new task, and its pretrained checkpoint no longer fits: both ways out, on real handwritten digits.
--
-- The checkpoint was trained by PyTorch on the digits 0-4. The new task is the digits 5-9, of which there are 50 images to learn
-- from. The network fine-tuned from the checkpoint learns them in a few epochs; the same network from scratch needs many more.
--
--   nnlua examples/finetune.lua [OUTPUT]      (writes OUTPUT, by default digits-finetuned.pth, which PyTorch's torch.load reads)
local torch = require "torch"
local nn = require "torch.nn"
local F = require "torch.nn.functional"
local optim = require "torch.optim"
local path = require "path"

local here = path.dirname(arg[0])
local weights_path = path.join(here, "data", "digits-resnet-pre.pth")
local output_path = arg[1] or "digits-finetuned.pth"

-- The network: a residual network for 8x8 images, as one would write it in PyTorch.

local BasicBlock = nn.class("BasicBlock")

function BasicBlock:__init(in_channels, out_channels, stride)
  stride = stride or 1
  self.conv1 = nn.Conv2d(in_channels, out_channels, 3, {stride = stride, padding = 1, bias = false})
  self.bn1 = nn.BatchNorm2d(out_channels)
  self.relu = nn.ReLU{inplace = true}
  self.conv2 = nn.Conv2d(out_channels, out_channels, 3, {padding = 1, bias = false})
  self.bn2 = nn.BatchNorm2d(out_channels)
  if stride ~= 1 or in_channels ~= out_channels then
    self.downsample = nn.Sequential(
      nn.Conv2d(in_channels, out_channels, 1, {stride = stride, bias = false}),
      nn.BatchNorm2d(out_channels))
  end
end

function BasicBlock:forward(x)
  local identity = self.downsample and self.downsample(x) or x
  local out = self.relu(self.bn1(self.conv1(x)))
  return self.relu(self.bn2(self.conv2(out)) + identity)
end

local DigitsResNet = nn.class("DigitsResNet")

function DigitsResNet:__init(num_classes)
  self.conv1 = nn.Conv2d(1, 16, 3, {padding = 1, bias = false})
  self.bn1 = nn.BatchNorm2d(16)
  self.relu = nn.ReLU{inplace = true}
  self.layer1 = nn.Sequential(BasicBlock(16, 16), BasicBlock(16, 16))
  self.layer2 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32))
  self.layer3 = nn.Sequential(BasicBlock(32, 64, 2), BasicBlock(64, 64))
  self.avgpool = nn.AdaptiveAvgPool2d(1)
  self.fc = nn.Linear(64, num_classes)
end

function DigitsResNet:forward(x)
  x = self.relu(self.bn1(self.conv1(x)))
  x = self.layer3(self.layer2(self.layer1(x)))
  return self.fc(torch.flatten(self.avgpool(x), 1))
end

-- The first way: load every weight into the unchanged network, then replace its head.

local function load_then_replace()
  local net = DigitsResNet(5)
  net:load_state_dict(torch.load(weights_path))
  net.fc = nn.Linear(net.fc.in_features, 5)
  return net
end

-- The second way: build the network with its new head, and load every weight but the head's.

local function load_all_but_head()
  local net = DigitsResNet(5)
  local pre_weights = torch.load(weights_path)
  for key in pairs(pre_weights) do
    if key:find("fc", 1, true) then pre_weights[key] = nil end
  end
  local missing_keys, unexpected_keys = net:load_state_dict(pre_weights, {strict = false})
  print("[missing_keys]:    " .. table.concat(missing_keys, ", "))
  print("[unexpected_keys]: " .. table.concat(unexpected_keys, ", "))
  return net
end

local function freeze_all_but_head(net)
  for name, parameter in net:named_parameters() do
    parameter.requires_grad = name:find("fc", 1, true) ~= nil
  end
  return net
end

-- The data: 50 images of the digits 5-9 to learn from, and the last fifth of all to test on.

local data = torch.load(path.join(here, "data", "digits.safetensors"))
local mask = data.labels:ge(5)
local images, labels = data.images[mask]:float() / 16, data.labels[mask] - 5
local count = #labels
local train_x, train_y = images["0:50"], labels["0:50"]
local test_x, test_y = images[{{count * 8 // 10, count}}], labels[{{count * 8 // 10, count}}]

local function accuracy(net)
  net:eval()
  return torch.no_grad(function()
    return net(test_x):argmax(1):eq(test_y):float():mean():item()
  end)
end

local function train_epoch(net, optimizer)
  net:train()
  for _, rows in ipairs(torch.randperm(#train_y):split(10)) do
    optimizer:zero_grad()
    F.cross_entropy(net(train_x[rows]), train_y[rows]):backward()
    optimizer:step()
  end
end

local function trainable(net)
  local parameters = {}
  for parameter in net:parameters() do
    if parameter.requires_grad then parameters[#parameters + 1] = parameter end
  end
  return parameters
end

torch.manual_seed(0)
local contestants = {
  {name = "replaced head", net = load_then_replace()},
  {name = "all but head loaded", net = load_all_but_head()},
  {name = "head alone trained", net = freeze_all_but_head(load_all_but_head())},
  {name = "from scratch", net = DigitsResNet(5)},
}

local epochs_shown, epochs = {[1] = true, [3] = true, [5] = true, [10] = true}, 10
for _, contestant in ipairs(contestants) do
  local optimizer = optim.Adam(trainable(contestant.net), {lr = 1e-3})
  contestant.results = {}
  for epoch = 1, epochs do
    train_epoch(contestant.net, optimizer)
    if epochs_shown[epoch] then table.insert(contestant.results, ("%8.3f"):format(accuracy(contestant.net))) end
  end
end

print(("\n%d images of the digits 5-9; accuracy on %d others"):format(#train_y, #test_y))
print(("%-22s %8s %8s %8s %8s"):format("", "1 epoch", "3", "5", "10"))
for _, contestant in ipairs(contestants) do
  print(("%-22s %s"):format(contestant.name, table.concat(contestant.results, " ")))
end

torch.save(contestants[1].net:state_dict(), output_path)
print("\nsaved " .. output_path)
