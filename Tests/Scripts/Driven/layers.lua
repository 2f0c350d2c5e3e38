-- Holds every layer and loss against what PyTorch gave: arg[1] is the list that scripts/layer_cases.py wrote. Prints what
-- differs, and at the end how many cases there are.
local json = require "json"

local file <close> = assert(io.open(arg[1]))
local cases = json.decode(file:read "a")
local tolerance = {absolute = 2e-5, relative = 2e-5}

local function close(a, b)
  return a == b or math.abs(a - b) <= tolerance.absolute + tolerance.relative * math.abs(b)
end

-- What is compared of a tensor.
local function summarized(tensor)
  local flat = tensor:detach():double():flatten()
  return {
    shape = tensor.shape:totable(), sum = flat:abs():sum():item(), first = flat[{{0, math.min(3, #flat)}}]:tolist(),
  }
end

local function agree(a, b)
  if #a.shape ~= #b.shape or #a.first ~= #b.first or not close(a.sum, b.sum) then return false end
  for i, size in ipairs(a.shape) do
    if b.shape[i] ~= size then return false end
  end
  for i, number in ipairs(a.first) do
    if not close(b.first[i], number) then return false end
  end
  return true
end

local function described(summary)
  return ("shape {%s}, sum %g, first {%s}"):format(
    table.concat(summary.shape, ", "), summary.sum, table.concat(summary.first, ", "))
end

-- The input that a description stands for, after those before.
local function drawn(spec, before)
  if type(spec) ~= "table" or not spec.kind then return spec end
  local kind, shape = spec.kind, spec.shape
  if kind == "list" then
    local parts = {}
    for i, part in ipairs(spec.parts) do parts[i] = drawn(part, before) end
    return parts
  elseif kind == "same" then
    return before[spec.position]
  elseif kind == "values" then
    return spec.sizes and spec.values or torch.tensor(spec.values, {dtype = torch[spec.dtype]})
  elseif kind == "randint" then
    return torch.randint(spec.limit, shape)
  elseif kind == "signs" then
    return torch.randint(2, shape) * 2 - 1
  end
  local tensor = torch[kind](shape)
  return spec.plain and tensor or tensor:requires_grad_()
end

-- All tensors of a value, in order.
local function collect(value, tensors)
  if torch.is_tensor(value) then
    tensors[#tensors + 1] = value
  elseif type(value) == "table" then
    for _, part in ipairs(value) do collect(part, tensors) end
  end
  return tensors
end

-- Copies of what some layers write into; all that are one tensor stay one.
local function copied(value, memo)
  if torch.is_tensor(value) and value.dtype ~= torch.bool then
    memo[value] = memo[value] or value * 1
    return memo[value]
  elseif type(value) == "table" then
    local copy = {}
    for key, part in pairs(value) do copy[key] = copied(part, memo) end
    return copy
  end
  return value
end

local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function run(layer, given, named)
  local memo = {}
  local passed = copied(given, memo)
  if next(named) then passed[#passed + 1] = copied(named, memo) end
  return collect({layer(table.unpack(passed))}, {})
end

local function check(case)
  local problems = {}
  local function compare(what, tensors, summaries)
    if #tensors ~= #summaries then
      problems[#problems + 1] = ("%s: %d tensors, not %d"):format(what, #tensors, #summaries)
    end
    for i, summary in ipairs(summaries) do
      if tensors[i] then
        local got = summarized(tensors[i])
        if not agree(got, summary) then
          problems[#problems + 1] = ("%s %d: %s\n    is not %s"):format(what, i, described(got), described(summary))
        end
      end
    end
  end

  torch.manual_seed(3)
  local layer = load("return " .. case.make)()
  if tostring(layer) ~= case.text then
    problems[#problems + 1] = ("prints\n%s\n  not\n%s"):format(layer, case.text)
  end
  local state, keys, wanted, summaries = {}, {}, {}, {}
  for key, tensor in pairs(layer:state_dict()) do
    keys[#keys + 1], state[#state + 1] = key, tensor
  end
  for i, entry in ipairs(case.state) do wanted[i], summaries[i] = entry[1], entry[2] end
  if table.concat(keys, " ") ~= table.concat(wanted, " ") then
    problems[#problems + 1] = ("keys %s, not %s"):format(table.concat(keys, " "), table.concat(wanted, " "))
  end
  compare("initial value", state, summaries)

  torch.manual_seed(4)
  local given, named = {}, {}
  for i, spec in ipairs(case.inputs) do given[i] = drawn(spec, given) end
  local names = sorted(case.named)
  for _, name in ipairs(names) do named[name] = drawn(case.named[name], given) end
  local outputs = run(layer, given, named)
  compare("output", outputs, case.outputs)

  local loss
  for _, output in ipairs(outputs) do
    if output.requires_grad then loss = (loss or 0) + (output * output * output):sum() end
  end
  if loss then
    loss:backward()
    local leaves = collect(given, {})
    for _, name in ipairs(names) do collect(named[name], leaves) end
    for parameter in layer:parameters() do leaves[#leaves + 1] = parameter end
    for i, leaf in ipairs(leaves) do
      local gradient, summary = leaf.grad, case.gradients[i]
      if gradient and summary then
        compare("gradient of leaf " .. i, {gradient}, {summary})
      elseif gradient or summary then
        problems[#problems + 1] = ("gradient of leaf %d is %s"):format(i, gradient)
      end
    end
  elseif #case.gradients > 0 then
    problems[#problems + 1] = "there is no gradient"
  end

  layer:eval()
  torch.no_grad(function() compare("output in evaluation", run(layer, given, named), case.evaluated) end)
  return problems
end

for _, case in ipairs(cases) do
  local done, problems = pcall(check, case)
  if not done then problems = {tostring(problems)} end
  if #problems > 0 then print(case.make .. "\n  " .. table.concat(problems, "\n  ")) end
end
print(#cases .. " cases")
