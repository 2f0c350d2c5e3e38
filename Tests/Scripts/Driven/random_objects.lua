-- Makes layers, optimizers, transforms, datasets, state dicts, charts … with whatever options, uses them and replaces what they
-- hold, and expects results or errors, never the end of the process:
--   nnlua random_objects.lua SEED COUNT [KIND|all] [-v]
-- With -v each step is written before it is made, so that the last line names the one that ended the process.
local torch = require "torch"
local T, TF = require "torchvision.transforms", require "torchvision.transforms.functional"
local plot, data, optim = require "plot", require "torch.utils.data", require "torch.optim"
local schedulers = optim.lr_scheduler
local modules = {json = require "json", copy = require "copy", autograd = torch.autograd, functional = torch.autograd.functional}

local seed, count, wanted = tonumber(arg[1]) or 0, tonumber(arg[2]) or 1000, arg[3] or "all"
local is_verbose = arg[#arg] == "-v"
if wanted == "-v" then wanted = "all" end
math.randomseed(seed)
torch.manual_seed(seed)

local function pick(list) return list[math.random(#list)] end
local function chance(p) return math.random() < p end
local function some(list, most, f)
  for _ = 1, math.random(0, most) do f(pick(list)) end
end

local function names(t, pattern)
  local found = {}
  for name in pairs(t) do
    if type(name) == "string" and name:sub(1, 2) ~= "__" and name:find(pattern or "") then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

local function describe(v, depth)
  if type(v) == "userdata" then
    return torch.is_tensor(v) and ("<%s%s>"):format(v.dtype, v.shape) or "<object>"
  elseif type(v) == "table" and depth < 3 then
    local parts = {}
    for k, x in pairs(v) do parts[#parts + 1] = (type(k) == "string" and k .. " = " or "") .. describe(x, depth + 1) end
    return "{" .. table.concat(parts, ", ") .. "}"
  end
  return type(v) == "string" and ("%q"):format(v) or tostring(v)
end

local steps, failed = 0, 0

-- Calls f; says what it does before, and checks that an error is a text.
local function try(what, f, ...)
  steps = steps + 1
  if is_verbose then
    local texts = table.pack(...)
    for i = 1, texts.n do texts[i] = describe(texts[i], 0) end
    io.write(what, "(", table.concat(texts, ", "), ")\n")
    io.flush()
  end
  local results = table.pack(pcall(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  failed = failed + 1
  assert(type(results[2]) == "string" and #results[2] > 0, what)
end

local function show(v) if v ~= nil then try("tostring", tostring, v) end end

-- Arguments

local huge = {1 << 31, (1 << 31) - 1, -(1 << 31), 1 << 40, 1 << 62, math.maxinteger, math.mininteger, math.maxinteger - 1}
local wild = {1e308, -1e308, math.huge, -math.huge, 0 / 0, 1e300}
local words = {"mean", "sum", "none", "same", "reflect", "constant", "edge", "symmetric", "bilinear", "nearest", "zeros", "circular",
  "", "min", "max", "rel", "abs", "cos", "linear", "triangular", "exp_range", "tanh", "relu", "gelu", "fan_in", "x", "replicate"}

local function integer() return chance(0.2) and pick(huge) or math.random(-2, 6) end
local function number()
  if chance(0.2) then return chance(0.5) and pick(huge) or pick(wild) end
  return chance(0.2) and pick {0.5, 1.5, -0.5, 0.1, 1e-9} or math.random(-2, 5)
end
local function list(f)
  local values = {}
  for i = 1, math.random(0, 4) do values[i] = f() end
  return values
end

local function tensor()
  if chance(0.04) then return torch.zeros(pick {{0, 1 << 40}, {1, 0, 1 << 58}, {1 << 40, 0}, {0, 0, 1 << 40}}) end
  if chance(0.03) then return torch.zeros(1):expand(1 << 20) end
  local sizes = pick {{3}, {3, 3}, {2, 3, 4}, {3, 8, 8}, {1, 3, 8, 8}, {2, 4, 6, 6}, {}, {0}, {2, 0}, {3, 0, 4}, {1}, {4, 4},
    {2, 2, 2, 2, 2}, {5, 3}}
  local x = chance(0.7) and torch.randn(sizes) or torch.randint(0, 5, sizes)
  if chance(0.1) then
    x = x:to(pick {torch.float64, torch.uint8, torch.int64, torch.bool, torch.float16, torch.complex64})
  end
  return chance(0.1) and #sizes > 1 and x:transpose(0, -1) or x
end

local function value()
  local kind = math.random(20)
  if kind <= 7 then return number() end
  if kind <= 10 then return integer() end
  if kind <= 13 then return list(chance(0.7) and integer or number) end
  if kind <= 15 then return chance(0.5) end
  if kind == 16 then return pick(words) end
  if kind <= 18 then return tensor() end
  if kind == 19 then return function(x) return x end end
  return nil
end

-- Up to `most` values, perhaps after `first`, and perhaps a table of some of the keywords.
local function arguments(most, keywords, first)
  local a = {n = 0}
  local function add(v) a.n = a.n + 1; a[a.n] = v end
  if first ~= nil then add(first) end
  for _ = 1, math.random(0, most) do add(value()) end
  if keywords and chance(0.5) then
    local options = {}
    some(keywords, 3, function(key) options[key] = value() end)
    add(options)
  end
  return a
end

local function call(what, f, a) return try(what, f, table.unpack(a, 1, a.n)) end

local function keywords(text)
  local found = {}
  for word in text:gmatch "%S+" do found[#found + 1] = word end
  return found
end

-- What is made and used

local kinds = {}
local image, gray = T.ToPILImage()(torch.rand(3, 8, 10)), T.ToPILImage()(torch.rand(1, 5, 4))
local function picture() return pick {image, gray, torch.rand(3, 8, 10), torch.rand(2, 3, 8, 10), tensor()} end

local picture_functions = names(TF, "^%l")
function kinds.pictures()
  local name = pick(picture_functions)
  show(call(name, TF[name], arguments(4, nil, picture())))
end

local transform_options = keywords [[size padding fill padding_mode pad_if_needed interpolation max_size antialias scale ratio p
  brightness contrast saturation hue degrees expand mean std inplace num_output_channels value]]
local transforms = names(T, "^%u")
function kinds.transforms()
  local name = pick(transforms)
  local transform = call(name, T[name], arguments(3, transform_options))
  if transform == nil then return end
  show(transform)
  for _ = 1, 3 do try("applied", function(x) show(transform(x)) end, picture()) end
end

local layer_options = keywords [[bias stride padding dilation groups padding_mode output_padding kernel_size eps momentum affine
  track_running_stats num_layers batch_first dropout bidirectional proj_size inplace p dim ceil_mode return_indices
  count_include_pad divisor_override size scale_factor mode align_corners padding_idx max_norm norm_type sparse
  include_last_offset num_parameters init alpha beta k lower upper threshold value output_size normalized_shape
  elementwise_affine num_groups num_channels start_dim end_dim unflattened_size kdim vdim add_bias_kv add_zero_attn
  dim_feedforward activation norm_first layer_norm_eps reduction weight ignore_index label_smoothing margin swap full log_input
  blank zero_infinity delta pos_weight upscale_factor lambd negative_slope min_val max_val d_model nhead nonlinearity]]
local layers = names(nn, "^%u")
local function forward(layer)
  local inputs = {}
  for i = 1, math.random(1, 3) do inputs[i] = tensor() end
  if chance(0.4) then inputs = pick {{torch.randn(2, 3)}, {torch.randn(1, 2, 4, 4)}, {torch.randn(2, 2), torch.randn(2, 2)}} end
  try("  forward", function(...)
    local result = layer(...)
    show(result)
    local first = type(result) == "table" and result[1] or result
    first:sum():backward()
  end, table.unpack(inputs))
end
function kinds.layers()
  local name = pick(layers)
  local a = arguments(4, layer_options)
  if chance(0.5) then for i = 1, a.n do if type(a[i]) ~= "table" then a[i] = math.random(1, 4) end end end
  local layer = call("nn." .. name, nn[name], a)
  if layer == nil then return end
  show(layer)
  for _ = 1, 2 do forward(layer) end
  for _, method in ipairs {"state_dict", "half", "float", "eval", "train", "zero_grad"} do
    try("  " .. method, function() show(layer[method](layer)) end)
  end
  local own = {}
  try("  parameters", function() for key in layer:named_parameters() do own[#own + 1] = key end end)
  local key = #own > 0 and pick(own) or "weight"
  local other = torch.randn(pick {{1}, {2}, {3, 3}, {2, 4}, {}, {0}, {4, 2, 3}, {2, 2, 3, 3}, {16, 1000}})
  try("  replace " .. key, function(x) layer[key] = x end, chance(0.8) and nn.Parameter(other) or nil)
  for _ = 1, 2 do forward(layer) end
end

local containers = {
  function() return nn.Sequential(nn.ReLU(), nn.Linear(2, 2), nn.Tanh()) end,
  function() return nn.ModuleList {nn.ReLU(), nn.Linear(2, 2)} end,
  function() return nn.ParameterList {torch.ones(2), torch.ones(1)} end,
}
local changes = {
  append = function(m) m:append(nn.ReLU()) end,
  insert = function(m, i) m:insert(i, nn.ReLU()) end,
  pop = function(m, i) show(m:pop(i)) end,
  extend = function(m) m:extend {nn.ReLU(), nn.Tanh()} end,
  index = function(m, i) show(m[i]) end,
  assign = function(m, i) m[i] = chance(0.7) and nn.ReLU() or nil end,
  slice = function(m, i) show(m[{i, integer()}]) end,
  iterate = function(m) for _, part in pairs(m) do show(part) end end,
  register = function(m) m:register_module(tostring(math.random(0, 3)), nil) end,
  register_parameter = function(m) m:register_parameter(tostring(math.random(0, 3)), nil) end,
  forward = function(m) show(m(torch.randn(2, 2))) end,
}
local change_names = names(changes)
function kinds.containers()
  local container = pick(containers)()
  for _ = 1, 6 do
    local name = pick(change_names)
    try(name, function(i) changes[name](container, i) end, integer())
    show(container)
    try("#", function() return #container end)
  end
end

local state_methods = keywords [[filter drop rename strip_prefix add_prefix map resize_head adapt_input_conv resize_pos_embedding
  average lerp update copy keys items get pop move_to_end]]
local state_options = keywords "num_prefix_tokens old_size mode antialias new_rows generator weights"
local patterns = {"*", "0.*", "*.weight", "x", "pos", "0", "a", "[", "[!", "?.?*", "2", ("*"):rep(5000), ("?*"):rep(50)}
function kinds.state_dicts()
  local net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Conv2d(3, 4, 2))
  local state = net:state_dict()
  some({"0.weight", "x", "a.b", "pos", "0.bias", "model"}, 3, function(key)
    try("set " .. key, function(x) state[key] = x end, pick {tensor(), torch.zeros(1):expand(1 << 58), 3, {a = tensor()}, "s"})
  end)
  local name = pick(state_methods)
  local changed = call(name, state[name], arguments(3, state_options, state))
  if chance(0.6) then changed = call(name, state[name], {n = 3, state, pick(patterns), value()}) or changed end
  show(changed)
  if type(changed) == "userdata" then state = changed end
  try("  load", function() net:load_state_dict(state, {strict = chance(0.5)}) end)
  try("  compare", function() show(net:compare(state)) end)
end

local optimizers = keywords "SGD Adam AdamW Adagrad Adadelta RMSprop NAdam RAdam LBFGS"
local optimizer_options = keywords [[lr momentum dampening weight_decay nesterov betas eps amsgrad alpha centered rho lr_decay
  initial_accumulator_value momentum_decay maximize max_iter max_eval tolerance_grad tolerance_change history_size
  line_search_fn decoupled_weight_decay]]
local scheduler_options = keywords [[step_size gamma last_epoch milestones factor total_iters start_factor end_factor power T_max
  eta_min T_0 T_mult max_lr base_lr total_steps pct_start anneal_strategy div_factor final_div_factor three_phase step_size_up
  step_size_down mode patience threshold threshold_mode cooldown min_lr eps cycle_momentum base_momentum max_momentum
  scale_fn scale_mode epochs steps_per_epoch]]
local scheduler_names = names(schedulers, "^%u")
local function change_entries(state, p)
  local keys = {}
  for key in pairs(state) do keys[#keys + 1] = key end
  for _, key in ipairs(keys) do if chance(p) then state[key] = value() end end
end
function kinds.optimizers()
  local name, layer = pick(optimizers), nn.Linear(2, 2)
  local options = {}
  some(optimizer_options, 3, function(key) options[key] = value() end)
  local optimizer = try(name, optim[name], layer:parameters(), options)
  if optimizer == nil then optimizer = optim.SGD(layer:parameters(), {lr = 0.1, momentum = 0.9}) end
  local function step()
    try("  step", function()
      optimizer:step(function()
        optimizer:zero_grad()
        local loss = layer(torch.randn(2, 2)):sum()
        loss:backward()
        return loss
      end)
    end)
  end
  show(optimizer)
  step()
  try("  state", function()
    local state = optimizer:state_dict()
    if chance(0.5) then for _, own in pairs(state.state) do change_entries(own, 0.4) end end
    if chance(0.5) then state.param_groups[1][pick(optimizer_options)] = value() end
    if chance(0.2) then state.param_groups[1].params = list(integer) end
    optimizer:load_state_dict(state)
    optimizer.param_groups[1][pick(optimizer_options)] = value()
  end)
  step()
  local scheduler_name = pick(scheduler_names)
  local scheduler = call(scheduler_name, schedulers[scheduler_name], arguments(2, scheduler_options, optimizer))
  if scheduler == nil then return end
  for _ = 1, 3 do try("  scheduler step", function(x) scheduler:step(x) end, chance(0.3) and number() or nil) end
  try("  scheduler state", function()
    local state = scheduler:state_dict()
    change_entries(state, 0.4)
    scheduler:load_state_dict(state)
  end)
  for _ = 1, 3 do try("  scheduler step", function(x) scheduler:step(x) end, chance(0.3) and number() or nil) end
  try("  rates", function() show(scheduler:get_last_lr()) end)
end

local data_options = keywords "batch_size shuffle num_workers drop_last replacement num_samples sampler batch_sampler generator"
local data_names = names(data)
function kinds.data()
  local set = try("TensorDataset", data.TensorDataset, tensor())
  if chance(0.5) then
    set = data.ConcatDataset {data.TensorDataset(torch.randn(5, 2)), data.TensorDataset(torch.randn(3, 2))}
  end
  local name = pick(data_names)
  local made = call(name, data[name], arguments(3, data_options, chance(0.8) and set or nil))
  if made == nil then return end
  show(made)
  try("  #", function() return #made end)
  try("  index", function(i) show(made[i]) end, integer())
  try("  iterate", function()
    local left = 5
    for batch in made:iter() do
      show(batch)
      left = left - 1
      if left == 0 then break end
    end
  end)
end

local charts = {"bar", "hist", "line", "scatter", "image"}
function kinds.charts()
  local name = pick(charts)
  local a = {n = math.random(1, 2)}
  for i = 1, a.n do a[i] = chance(0.6) and list(number) or tensor() end
  if name == "hist" then a = {n = 2, a[1], integer()} end
  if chance(0.5) then
    a.n = a.n + 1
    a[a.n] = {width = chance(0.7) and math.random(1, 100) or integer(), height = chance(0.7) and math.random(1, 50) or integer()}
  end
  show(call("plot." .. name, plot[name], a))
end

local init_options = keywords "gain a mode nonlinearity sparsity std mean val groups"
local init_names = names(nn.init)
function kinds.initial_values()
  local name = pick(init_names)
  show(call("init." .. name, nn.init[name], arguments(3, init_options, tensor())))
end

local utility_options = keywords "lengths batch_first enforce_sorted padding_value total_length norm_type max_norm"
function kinds.utilities()
  for _, module in ipairs {nn.utils, nn.utils.rnn} do
    local name = pick(names(module))
    if type(module[name]) == "function" then
      local first = pick {tensor(), {tensor(), tensor()}, {torch.ones(2, 3), torch.ones(1, 3)}, nn.Linear(2, 2):parameters()}
      local made = call(name, module[name], arguments(3, utility_options, first))
      show(made)
      if made ~= nil and name:find "^pack" then
        for _, layer in ipairs {nn.RNN(3, 2), nn.LSTM(2, 2), nn.GRU(3, 3)} do
          try("  recurrent", function() show(layer(made)) end)
        end
        try("  pad", function(n) show(nn.utils.rnn.pad_packed_sequence(made, {total_length = n})) end, integer())
      end
    end
  end
end

local module_names = names(modules)
local module_options = keywords [[create_graph strict indent eps atol rtol v retain_graph allow_unused grad_outputs]]
function kinds.modules()
  local path = pick(module_names)
  local name = pick(names(modules[path]))
  local f = modules[path][name]
  if type(f) ~= "function" then return end
  local x = tensor():float():requires_grad_()
  local first = pick {tensor(), x, {tensor()}, nn.Linear(2, 2), function(x) return x * 2 end,
    function(x) return x, 3 end, function(x) if chance(0.5) then return x, x end return x end}
  local a = arguments(3, module_options, first)
  if chance(0.4) and a.n > 1 then a[2] = pick {x, {x, tensor()}} end
  show(call(path .. "." .. name, f, a))
end

local classes = keywords "Size Generator device dtype finfo iinfo Tensor FloatTensor LongTensor"
local class_methods = keywords "numel totable index count manual_seed get_state set_state initial_seed"
function kinds.classes()
  local name = pick(classes)
  if torch[name] == nil then return end
  local made = call("torch." .. name, torch[name], arguments(3))
  if made == nil then return end
  show(made)
  for _ = 1, 3 do
    try("  index", function(key) show(made[key]) end, pick {1, 0, -1, math.mininteger, math.maxinteger, "x", {1, 2}, 0.5,
      {math.mininteger, math.maxinteger}, {1, math.mininteger}})
    try("  operators", function() show(#made) show(made .. made) show(made + made) end)
    local method = pick(class_methods)
    try("  " .. method, function(...) show(made[method](made, ...)) end, value())
  end
end

local function index()
  return pick {integer(), {integer(), integer()}, {integer(), integer(), integer()}, "...", ":", tensor():long(), tensor():bool(), {},
    0.5, true, "1:2", "::-1", ("%d:%d:%d"):format(integer(), integer(), integer())}
end
function kinds.indices()
  local x = tensor()
  for _ = 1, 5 do
    local key = chance(0.5) and index() or {index(), index()}
    try("index", function(key) show(x[key]) end, key)
    try("assign", function(key, new) local y = x:clone() y[key] = new end, key, pick {1, 0.5, true, tensor()})
  end
end

local all = names(kinds)
for _ = 1, count do
  kinds[wanted == "all" and pick(all) or wanted]()
  if torch.get_default_dtype() ~= torch.float32 then torch.set_default_dtype(torch.float32) end
end
print(("%d objects, %d steps, %d of them errors"):format(count, steps, failed))
