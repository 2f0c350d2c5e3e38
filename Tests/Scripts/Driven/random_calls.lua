-- Calls whatever is bound with whatever arguments, and expects results or errors, never the end of the process:
--   nnlua random_calls.lua SEED COUNT [-v]
-- With -v each call is written before it is made, so that the last line names the one that ended the process.
local torch = require "torch"
local F = require "torch.nn.functional"

local seed, count, is_verbose = tonumber(arg[1]) or 0, tonumber(arg[2]) or 1000, arg[3] == "-v"
math.randomseed(seed)
torch.manual_seed(seed)

local function pick(list) return list[math.random(#list)] end
local function chance(p) return math.random() < p end

-- What writes files, waits, or changes the state that later calls depend on.
local left_out = {}
for name in ([[save load manual_seed set_default_dtype set_num_threads set_rng_state set_grad_enabled seed
  inference_mode no_grad enable_grad set_printoptions fork_rng set_num_interop_threads share_memory_ set_]]):gmatch "%S+" do
  left_out[name] = true
end

local targets = {}
local function list(path, functions, is_method)
  local names = {}
  for name, f in pairs(functions) do
    if type(name) == "string" and type(f) == "function" and not left_out[name] and name:sub(1, 2) ~= "__" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    targets[#targets + 1] = {name = path .. name, call = functions[name], is_method = is_method}
  end
end
list("torch.", torch)
list("F.", F)
list("torch.linalg.", torch.linalg)
list("torch.special.", torch.special)
list("Tensor:", torch.Tensor, true)

local usual_types = {torch.float32, torch.float32, torch.float32, torch.int64, torch.int64, torch.bool, torch.float64,
  torch.float16, torch.bfloat16, torch.int32, torch.uint8, torch.int16, torch.int8}
local other_types = {torch.complex64, torch.uint16, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2}
local huge = {2 ^ 31 | 0, (2 ^ 31 | 0) - 1, -(2 ^ 31 | 0), 1 << 33, 1 << 40, 1 << 62, math.maxinteger, math.mininteger,
  math.maxinteger - 1, 1e308, -1e30, math.huge, -math.huge, 0 / 0, 2.0 ^ 53}
local words = {"mean", "sum", "none", "same", "valid", "reflect", "replicate", "circular", "constant", "bilinear", "nearest",
  "bicubic", "area", "linear", "ij,jk->ik", "ij->", "...i,i", "i,i", "floor", "trunc", "fro", "nuc", "amax", "prod", "left",
  "right", "xy", "ij", "zeros", "border", "tanh", "batchmean", "cpu", "cuda", "higher", "reduced", "complete", "r", "", "\0",
  "->", "ii", "0:3", "é"}
local keywords = {"dim", "keepdim", "dtype", "out", "stride", "padding", "dilation", "groups", "bias", "weight", "reduction",
  "k", "n", "p", "alpha", "beta", "value", "correction", "unbiased", "size", "scale_factor", "mode", "align_corners",
  "return_indices", "ceil_mode", "generator", "requires_grad", "sorted", "largest", "offset", "index", "source", "descending",
  "min", "max", "eps", "training", "target", "repeats", "dims", "full", "ord", "accumulate", "num_classes", "bins"}

local function shape()
  local sizes = {}
  for i = 1, pick {0, 1, 1, 2, 2, 3, 4, 5} do sizes[i] = pick {0, 1, 1, 2, 3, 3, 4, 5} end
  return sizes
end

local function tensor()
  -- Without elements, sizes may be beyond all memory.
  if chance(0.02) then return torch.zeros(pick {{0, 1 << 40}, {1 << 31, 0, 1 << 31}, {1, 0, 1 << 61}, {1 << 40, 0}}) end
  local sizes = chance(0.3) and pick {{3}, {3, 3}, {2, 3, 3}, {1, 3, 4, 4}, {2, 3}} or shape()
  local x
  local kind = math.random(10)
  if kind <= 5 then
    x = torch.randn(sizes):mul(3)
  elseif kind <= 8 then
    x = torch.randint(-3, 5, sizes)
  elseif kind == 9 then
    x = torch.rand(sizes)
  else
    x = torch.full(sizes, pick {0, 1, -1, math.huge, -math.huge, 0 / 0, 1e38, 255})
  end
  x = x:to(chance(0.03) and pick(other_types) or pick(usual_types))
  if chance(0.1) and x:dim() > 1 then x = x:transpose(0, -1) end
  if chance(0.05) then x = x:unsqueeze(0):expand(2, table.unpack(x.shape:totable())) end
  if chance(0.05) and x:dim() > 0 and x:size(0) > 1 then x = x:narrow(0, 1, x:size(0) - 1) end
  if chance(0.3) and x.dtype.is_floating_point then
    x = x:detach():requires_grad_()
    if chance(0.5) then x = x:clone() end
  end
  return x
end

local value

local function integers()
  local values = {}
  for i = 1, pick {0, 1, 1, 2, 2, 3, 4} do values[i] = chance(0.05) and pick(huge) or math.random(-2, 4) end
  return values
end

local function number()
  local kind = math.random(10)
  if kind <= 6 then return math.random(-2, 4) end
  if kind <= 8 then return pick {0.5, 1.5, -0.25, 0.0, 1e-6, 100.5} end
  return chance(0.5) and pick(huge) or math.random(-20, 200)
end

local function other(depth)
  local kind = math.random(8)
  if kind == 1 then return nil end
  if kind == 2 then return pick(usual_types) end
  if kind == 3 then return function(x) return x end end
  if kind == 4 then return torch.Generator and torch.Generator() or 0 end
  if kind == 5 then return torch.Size(shape()) end
  if kind == 6 then return io.stdout end
  local values = {}
  for i = 1, math.random(0, 3) do values[i] = value(depth + 1) end
  return values
end

function value(depth)
  local kind = math.random(40)
  if kind <= 16 then return tensor() end
  if kind <= 27 then return number() end
  if kind <= 32 then return integers() end
  if kind <= 34 then return chance(0.5) end
  if kind <= 36 then return pick(words) end
  if kind <= 38 then
    local tensors = {}
    for i = 1, math.random(0, 3) do tensors[i] = tensor() end
    return tensors
  end
  if depth > 2 then return 1 end
  return other(depth)
end

local function describe(v, depth)
  if type(v) == "userdata" and torch.is_tensor(v) then
    local text = ("%s%s%s"):format(tostring(v.dtype):gsub("torch.", ""), table.concat(v.shape:totable(), "x"),
      v:is_contiguous() and "" or " strided")
    return "<" .. text .. (v.requires_grad and " grad>" or ">")
  elseif type(v) == "table" and depth < 3 then
    local parts = {}
    for k, x in pairs(v) do parts[#parts + 1] = (type(k) == "string" and k .. " = " or "") .. describe(x, depth + 1) end
    return "{" .. table.concat(parts, ", ") .. "}"
  elseif type(v) == "string" then
    return ("%q"):format(v)
  end
  return tostring(v)
end

-- What a user would do next: print a result, and go back from it.
local function use(result)
  if type(result) ~= "userdata" or not torch.is_tensor(result) then return end
  if result:numel() < 1000 then tostring(result) end
  if result.requires_grad and result:numel() < 1000 then
    pcall(function() result:sum():backward() end)
  end
end

local failed = 0
for number_of_call = 1, count do
  local target = pick(targets)
  local arguments = {n = pick {0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 5}}
  for i = 1, arguments.n do arguments[i] = value(0) end
  if arguments.n > 0 and chance(0.9) then arguments[1] = tensor() end
  if target.is_method and arguments.n == 0 then arguments = {n = 1, tensor()} end
  if chance(0.1) then
    local options = {}
    for _ = 1, math.random(2) do options[pick(keywords)] = value(0) end
    arguments.n = arguments.n + 1
    arguments[arguments.n] = options
  end
  if is_verbose then
    local texts = {}
    for i = 1, arguments.n do texts[i] = describe(arguments[i], 0) end
    io.write(number_of_call, " ", target.name, "(", table.concat(texts, ", "), ")\n")
    io.flush()
  end
  local results = table.pack(pcall(target.call, table.unpack(arguments, 1, arguments.n)))
  if results[1] then
    for i = 2, results.n do use(results[i]) end
  else
    failed = failed + 1
    -- Whatever was said has to be a text.
    assert(type(results[2]) == "string" and #results[2] > 0, target.name)
  end
  if torch.get_default_dtype() ~= torch.float32 then torch.set_default_dtype(torch.float32) end
end
print(("%d calls, %d of them errors"):format(count, failed))
