-- One row of the benchmarks: work.lua ROW. Prints the row, milliseconds (a median), this process's peak memory in KB, and a number
-- that PyTorch's run of the same row must agree with.
local time = require "time"
local row = arg[1]
local weights = os.getenv "NNLUA_BENCH_WEIGHTS"  -- a folder
local resnet34 = weights .. "/resnet34.pth"

local function peak_kb()
  for line in io.lines "/proc/self/status" do
    local kb = line:match "^VmHWM:%s*(%d+)"
    if kb then return tonumber(kb) end
  end
end

local function report(milliseconds, check)
  print(("%s\t%.6f\t%d\t%.6g"):format(row, milliseconds, peak_kb(), check or 0))
end

-- The median time of a call in milliseconds, after `warm_up` calls that do not count. What takes seconds is measured in fewer
-- calls: one warms up and three count, at least.
local function median(warm_up, count, work)
  local limit = 1  -- second, each for warming up and for measuring
  local start = time.perf_counter()
  for _ = 1, warm_up do
    work()
    if time.perf_counter() - start > limit then break end
  end
  local times = {}
  start = time.perf_counter()
  for i = 1, count do
    local began = time.perf_counter()
    work()
    times[i] = (time.perf_counter() - began) * 1000
    if i >= 3 and time.perf_counter() - start > limit then break end
  end
  table.sort(times)
  return times[(#times + 1) // 2]
end

local rows = {}

rows["start-up"] = function() report(0) end

local function network(depth)
  depth = depth or 34
  local net = require("torchvision.models")["resnet" .. depth]()
  net:load_state_dict(require("torch").load(("%s/resnet%d.pth"):format(weights, depth)))
  return net
end

local function evaluate(batch, count, side, depth)
  local torch = require "torch"
  local net = network(depth)
  net:eval()
  torch.manual_seed(1)
  local x = torch.randn(batch, 3, side or 224, side or 224)
  torch.no_grad(function()
    local check = net(x):abs():mean():item()
    report(median(3, count, function() return net(x):sum():item() end) / batch, check)
  end)
end

rows["evaluate-1"] = function() evaluate(1, 15) end
rows["evaluate-8"] = function() evaluate(8, 7) end

-- How cost grows: with the batch, the image's side, the network's depth, and one thread in place of all.
for _, batch in ipairs{1, 4, 16, 64} do rows["batch-" .. batch] = function() evaluate(batch, batch > 16 and 3 or 7) end end
for _, side in ipairs{64, 128, 256, 512} do rows["side-" .. side] = function() evaluate(1, 9, side) end end
for _, depth in ipairs{18, 34, 50, 101, 152} do rows["depth-" .. depth] = function() evaluate(1, 9, 224, depth) end end
for _, threads in ipairs{1, 2} do rows["threads-" .. threads] = function() evaluate(8, 5) end end

local function train(head_only)
  local torch, nn, optim = require "torch", require "torch.nn", require "torch.optim"
  local net = network()
  torch.manual_seed(1)
  net.fc = nn.Linear(net.fc.in_features, 5)
  local parameters = {}
  for name, p in net:named_parameters() do
    p.requires_grad = not head_only or name:find("fc", 1, true) ~= nil
    if p.requires_grad then parameters[#parameters + 1] = p end
  end
  if head_only then net:eval() else net:train() end
  local optimizer, loss_function = optim.SGD(parameters, {lr = 1e-3, momentum = 0.9}), nn.CrossEntropyLoss()
  local x, y = torch.randn(16, 3, 224, 224), torch.randint(0, 5, {16})
  local first
  local function step()
    optimizer:zero_grad()
    local loss = loss_function(net(x), y)
    loss:backward()
    optimizer:step()
    first = first or loss:item()
    return loss:item()
  end
  report(median(2, 5, step) / 16, first)
end

rows["train-all"] = function() train(false) end
rows["train-head"] = function() train(true) end

rows["load"] = function()
  local torch = require "torch"
  local check = torch.load(resnet34)["fc.weight"]:sum():item()
  report(median(1, 9, function() torch.load(resnet34) end), check)
end

rows["save"] = function()
  local torch = require "torch"
  local path = os.getenv "NNLUA_BENCH_SCRATCH" .. "/saved.pth"
  local state = torch.load(resnet34)
  report(median(1, 7, function() torch.save(state, path) end))
end

rows["script-method2"] = function()
  local torch = require "torch"
  local net = require("torchvision.models").resnet34({num_classes = 5})
  local state = torch.load(resnet34)
  for key in pairs(state) do
    if key:find("fc", 1, true) then state[key] = nil end
  end
  local missing, unexpected = net:load_state_dict(state, {strict = false})
  report(0, #missing * 10 + #unexpected)
end

rows["script-digits"] = function()
  local root = os.getenv "NNLUA_BENCH_ROOT"
  arg = {[0] = "digits", root .. "/examples/data/digits.safetensors", root .. "/examples/data/digits-resnet-pre.pth"}
  dofile(root .. "/scripts/benchmarks/digits.lua")
  report(0)
end

rows["small-add"] = function()
  local torch = require "torch"
  local a, b = torch.tensor{1., 2., 3.}, torch.tensor{4., 5., 6.}
  local count = 200000
  local milliseconds = median(1, 7, function()
    local c
    for _ = 1, count do c = a + b end
    return c
  end)
  report(milliseconds / count, (a + b):sum():item())
end

local function large(work, check)
  local torch = require "torch"
  torch.manual_seed(0)
  local a, b = torch.rand(10000000), torch.rand(10000000)
  local value = check(work(a, b))
  report(median(3, 11, function() return work(a, b) end), value)
end

local function mean(x) return x:mean():item() end
rows["large-add"] = function() large(function(a, b) return a + b end, mean) end
rows["large-exp"] = function() large(function(a) return a:exp() end, mean) end
rows["large-sum"] = function() large(function(a) return a:sum() end, mean) end

rows["matrix-product"] = function()
  local torch = require "torch"
  torch.manual_seed(0)
  local a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
  report(median(5, 21, function() return a:matmul(b) end), a:matmul(b):abs():mean():item())
end

rows[row]()
