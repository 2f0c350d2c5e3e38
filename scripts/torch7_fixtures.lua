-- Writes the Torch7 files that the tests read, under Tests/Fixtures/Checkpoint:
--
--   lua5.1 scripts/torch7_fixtures.lua FOLDER NN
--
-- Needs Torch7 itself (https://github.com/torch/torch7), and NN, a checkout of https://github.com/torch/nn, the classes of which
-- are used without their C library. The results are committed, so that the tests need neither.
local folder, sources = arg[1], arg[2]
local torch = require "torch"
torch.setdefaulttensortype "torch.FloatTensor"

nn = {}
package.preload["nn.THNN"] = function() return {} end
for _, file in ipairs {
  "Module", "Container", "Sequential", "Concat", "ConcatTable", "Linear", "SpatialConvolution", "SpatialConvolutionMM", "TemporalConvolution",
  "BatchNormalization", "SpatialBatchNormalization", "Threshold", "ReLU", "View",
} do
  dofile(sources .. "/" .. file .. ".lua")
end

local function save(name, value)
  torch.save(folder .. "/" .. name .. ".t7", value)
  torch.save(folder .. "/" .. name .. "_ascii.t7", value, "ascii")
end

-- Every type, views, ties, and Lua's values.
local base = torch.FloatTensor(3, 4)
for i = 1, 12 do base:storage()[i] = i - 1 end
local values = {
  base = base, tied = base, transposed = base:t(), row = base[2], column = base:select(2, 3), storage = base:storage(),
  empty = torch.DoubleTensor(), expanded = torch.FloatTensor(1):fill(1):expand(2), strided = base:unfold(2, 2, 2),
  integer = 3, number = 0.5, huge = math.huge, text = "hello\nworld", bytes = "\255\0", nothing = "", yes = true, no = false,
  list = {"a", {1, 2}, {}}, [5] = "five", [1.5] = "half", [true] = "true",
}
values.shared = values.list
for _, name in ipairs {"Byte", "Char", "Short", "Int", "Long", "Float", "Double"} do
  values[name] = torch[name .. "Tensor"] {0, 1, 2, 3}
end
values.Char[1] = -128
values.Long[1] = 2^53
values.Double[1] = 0.1
if torch.HalfTensor then values.Half = torch.FloatTensor {0, 1, 2, 0.5}:half() end
save("values", values)

-- A network with a branch, a layer that is there twice, and what old layers have another shape for.
local function numbered(module)
  local number = 0
  for _, name in ipairs {"weight", "bias", "running_mean", "running_var"} do
    local tensor = module[name]
    if tensor then
      for i = 1, tensor:nElement() do
        tensor:storage()[i] = number
        number = number + 1
      end
    end
  end
  return module
end

local shared = numbered(nn.Linear(2, 2))
local network = nn.Sequential()
  :add(numbered(nn.SpatialConvolution(1, 2, 3, 2)))
  :add(numbered(nn.SpatialBatchNormalization(2)))
  :add(nn.ReLU(true))
  :add(nn.ConcatTable():add(shared):add(nn.Sequential():add(shared)))
  :add(numbered(nn.SpatialConvolutionMM(1, 2, 3, 2)))
  :add(numbered(nn.TemporalConvolution(2, 3, 4)))
  :add(numbered(nn.SpatialConvolution(1, 1, 1, 1)):noBias())
save("network", {model = network, epoch = 7, options = {rate = 0.1, names = {"x", "y"}}})

-- What is not data: a function with upvalues, and a class of somebody's own.
local class = torch.class("Own")
function class:__init() self.answer = 42 end
local counter = 0
save("classes", {own = Own(), callback = function() counter = counter + 1 return counter end})
