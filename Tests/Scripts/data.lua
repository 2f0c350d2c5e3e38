-- Datasets and loaders: the expected numbers are PyTorch's.
local t = require "testing"
local test, same, close, raises = t.test, t.same, t.close, t.raises
local data = require "torch.utils.data"

local function rows(count) return data.TensorDataset(torch.arange(count), torch.arange(count) * 2) end

--- All batches that a loader gives, each as a list of its first value's elements.
local function batches(loader)
  local list = {}
  for x in loader:iter() do list[#list + 1] = x:tolist() end
  return list
end

test("a loader shuffles as PyTorch does after the same seed", function()
  torch.manual_seed(0)
  local loader = data.DataLoader(rows(10), {batch_size = 4, shuffle = true})
  same(batches(loader), {{6, 7, 1, 4}, {2, 0, 9, 8}, {3, 5}})
  same(batches(loader), {{2, 4, 7, 0}, {8, 9, 5, 3}, {6, 1}})
  close(torch.rand(1), {0.4556}, 1e-4)
end)

test("a generator of its own, and a last batch left out", function()
  local generator = torch.Generator():manual_seed(5)
  local set = data.TensorDataset(torch.arange(6))
  same(batches(data.DataLoader(set, {batch_size = 3, shuffle = true, generator = generator})), {{1, 0, 4}, {2, 3, 5}})
  local loader = data.DataLoader(set, {batch_size = 3, shuffle = true, generator = generator, drop_last = true})
  same(batches(loader), {{0, 4, 5}, {3, 2, 1}})
  same(#data.DataLoader(rows(10), {batch_size = 3}), 4)
  same(#data.DataLoader(rows(10), {batch_size = 3, drop_last = true}), 3)
end)

test("datasets written in Lua, with the numbers that worker processes would draw", function()
  local Squares = data.Dataset("Squares")
  function Squares:__init(n) self.n = n end
  function Squares:__len() return self.n end
  function Squares:__getitem(i) return torch.rand(1), i, "t" .. i, {a = i, b = {1.5, i}} end
  local squares = Squares(5)
  same(#squares, 5)
  same(squares[2][2], 2)
  torch.manual_seed(0)
  batches(data.DataLoader(rows(10), {batch_size = 4, shuffle = true}))
  batches(data.DataLoader(rows(10), {batch_size = 4, shuffle = true}))
  torch.rand(1)
  torch.rand(1)
  local first, second
  for x, i, text, map in data.DataLoader(squares, {batch_size = 2, num_workers = 2}):iter() do
    if not first then
      first = x
      same(i, torch.tensor {0, 1})
      same(text, {"t0", "t1"})
      same(map.a, torch.tensor {0, 1})
      same(map.b[1], torch.tensor({1.5, 1.5}, {dtype = torch.float64}))
    end
    second = x
  end
  close(first, {{0.4006}, {0.2762}}, 1e-4)
  close(second, {{0.3340}}, 1e-4)
  close(torch.rand(1), {0.0223}, 1e-4)
end)

test("samplers", function()
  torch.manual_seed(0)
  local set = rows(10)
  local function list(sampler)
    local found = {}
    for i in sampler:iter() do found[#found + 1] = i end
    return found
  end
  same(list(data.SequentialSampler(rows(3))), {0, 1, 2})
  same(#list(data.RandomSampler(set)), 10)
  same(#list(data.RandomSampler(set, {replacement = true, num_samples = 40})), 40)
  local subset = list(data.SubsetRandomSampler {1, 3, 5})
  table.sort(subset)
  same(subset, {1, 3, 5})
  same(#data.WeightedRandomSampler({0.1, 0.9}, 4), 4)
  same(list(data.BatchSampler(data.SequentialSampler(rows(5)), 2, false)), {{0, 1}, {2, 3}, {4}})
  same(batches(data.DataLoader(set, {sampler = {3, 1}, batch_size = 2})), {{3, 1}})
  same(batches(data.DataLoader(set, {batch_sampler = {{1}, {2, 3}}})), {{1}, {2, 3}})
  local evens = {iter = function() local i = -2 return function() i = i + 2 if i < 6 then return i end end end}
  setmetatable(evens, {__len = function() return 3 end, __index = {}})
  same(batches(data.DataLoader(set, {sampler = evens, batch_size = 2})), {{0, 2}, {4}})
end)

test("parts of datasets", function()
  torch.manual_seed(3)
  local set = rows(10)
  local train, val = table.unpack(data.random_split(set, {0.75, 0.25}))
  same({#train, #val}, {8, 2})
  same(#data.ConcatDataset {train, val}, 10)
  same(data.Subset(set, {4, 2})[-1][1]:item(), 2)
  same(data.ConcatDataset({set, set})[13][2]:item(), 6)
  raises("Sum of input lengths does not equal the length of the input dataset!", data.random_split, set, {3, 3})
  raises("index 10 is out of bounds", function() return set[10] end)
end)

test("a function that collates, and no batches at all", function()
  local set = rows(4)
  for count, first in data.DataLoader(set, {batch_size = 3, collate_fn = function(samples)
    return #samples, samples[1][2]
  end}):iter() do
    same(count, 3)
    same(first:item(), 0)
    break
  end
  local x, y = data.DataLoader(set, {batch_size = false}):iter()()
  same({x:item(), y:item()}, {0, 0})
  same(batches(data.DataLoader({1, 2, 3}, {batch_size = 2})), {{1, 2}, {3}})
end)

test("options that exclude each other", function()
  local set = rows(4)
  raises("sampler option is mutually exclusive with shuffle", data.DataLoader, set, {sampler = {0}, shuffle = true})
  raises("batch_sampler option is mutually exclusive", data.DataLoader, set, {batch_sampler = {{0}}, batch_size = 2})
  raises("batch_size should be a positive integer value, but got batch_size=0", data.DataLoader, set, {batch_size = 0})
  raises("stack expects each tensor to be equal size, but got [1] at entry 0 and [2] at entry 1", function()
    data.DataLoader({torch.ones(1), torch.ones(2)}, {batch_size = 2}):iter()()
  end)
end)

test("progress bars write to the error stream alone", function()
  local script = [[
    for x in tqdm({1, 2, 3}, {desc = "adding"}):iter() do print(x) end
    local bar = tqdm{total = 10, leave = false}
    bar:set_postfix{loss = 0.12345, acc = 1}
    bar:update(10)
    bar:close()
  ]]
  local file = os.tmpname()
  local program = io.popen(("%s -e '%s' 2>%s"):format(arg[-1], script, file))
  same(program:read("a"), "1\n2\n3\n")
  program:close()
  local errors = assert(io.open(file)):read("a")
  os.remove(file)
  assert(errors:find("\radding:   0%|          | 0/3 [00:00<?, ?it/s]", 1, true), errors)
  assert(errors:find("\radding: 100%|██████████| 3/3 [00:00<00:00, ", 1, true), errors)
  assert(errors:find("acc=1, loss=0.123]", 1, true), errors)
end)

test("progress in bytes counts as tqdm does", function()
  local function text(n, total)
    local bar = tqdm{total = total, unit = "B", unit_scale = true, unit_divisor = 1024, disable = true}
    bar.n = n
    return (tostring(bar):gsub(" %[.*", ""))
  end
  same(text(0, 10000), "  0%|          | 0.00/9.77k")
  same(text(5000, 10000), " 50%|█████     | 4.88k/9.77k")
  same(text(1048576 * 999.7, 2 ^ 31), " 49%|████▉     | 0.98G/2.00G")
end)

t.finish()
