-- What is out of all bounds, or does not go together, is refused: it neither ends the process nor reads foreign memory.
local t = require "testing"
local test, same, raises = t.test, t.same, t.raises
local T, TF = require "torchvision.transforms", require "torchvision.transforms.functional"
local data, json, plot = require "torch.utils.data", require "json", require "plot"
local least, most = math.mininteger, math.maxinteger

local function replaced(layer, name, ...)
  layer[name] = nn.Parameter(torch.zeros(...))
  return layer
end

test("recurrent layers with other weights", function()
  local x = torch.zeros(2, 3)
  for gates, new in pairs {[4] = nn.LSTM, [3] = nn.GRU, [1] = nn.RNN} do
    local rows = gates * 4
    local product = "mat1 and mat2 shapes cannot be multiplied "
    raises(product .. ("(1x4 and 1000000x%d)"):format(rows), replaced(new(3, 4), "weight_hh_l0", rows, 1000000), x)
    raises(product .. ("(2x3 and 5x%d)"):format(rows), replaced(new(3, 4), "weight_ih_l0", rows, 5), x)
    raises("mat2 must be a matrix, got 1-D tensor", replaced(new(3, 4), "weight_hh_l0", 4), x)
    local rest = (" first dim must be %d * hidden_size = %d, but got 2"):format(gates, rows)
    raises("weight_ih" .. rest, replaced(new(3, 4), "weight_ih_l0", 2, 3), x)
    raises("weight_hh" .. rest, replaced(new(3, 4), "weight_hh_l0", 2, 4), x)
    assert(not pcall(replaced(new(3, 4), "bias_ih_l0", 5), x))
    assert(not pcall(replaced(new(3, 4), "bias_hh_l0", 5), x))
  end
  local projected = nn.LSTM(3, 4, {proj_size = 2})
  raises("mat1 and mat2 shapes cannot be multiplied (1x4 and 5x2)", replaced(projected, "weight_hr_l0", 2, 5), x)
end)

test("a recurrent layer without one of its biases", function()
  local both, one = nn.LSTM(3, 4), nn.LSTM(3, 4)
  one:load_state_dict(both:state_dict())
  both.bias_ih_l0 = nn.Parameter(torch.zeros(16))
  one.bias_ih_l0 = nil
  local x = torch.randn(5, 3)
  assert(torch.equal((both(x)), (one(x))))
end)

test("recurrent cells with other states and weights", function()
  local x = torch.zeros(2, 3)
  for gates, new in pairs {[4] = nn.LSTMCell, [3] = nn.GRUCell, [1] = nn.RNNCell} do
    local function run(input, state) return new(3, 4)(input, gates == 4 and {state, torch.zeros(2, 4)} or state) end
    raises("Dimension out of range (expected to be in range of [-1, 0], but got 1)", run, x, torch.zeros(2))
    raises("Input batch size 2 doesn't match hidden0 batch size 4", run, x, torch.zeros(4))
    raises("hidden0 has inconsistent hidden_size: got 1, expected 4", run, torch.zeros(3), torch.zeros(1, 4))
    local rest = (" first dim must be %d * hidden_size = %d, but got 2"):format(gates, gates * 4)
    raises("weight_ih" .. rest, replaced(new(3, 4), "weight_ih", 2, 3), x)
    raises("weight_hh" .. rest, replaced(new(3, 4), "weight_hh", 2, 4), x)
  end
end)

test("sizes of layers that are no numbers together", function()
  raises("Storage size calculation overflowed", nn.LSTM, 3, 1 << 62)
  raises("Storage size calculation overflowed", nn.GRUCell, 3, 1 << 62)
  raises("Storage size calculation overflowed", nn.MultiheadAttention, 1 << 62, 2)
  raises("DefaultCPUAllocator: can't allocate memory", nn.RNN, 3, 4, 1 << 40)
  raises("DefaultCPUAllocator: can't allocate memory", nn.RNN(3, 4), torch.zeros(1 << 40, 0, 3))
end)

test("packed sequences", function()
  local packed = nn.utils.rnn.pack_sequence {torch.ones(1), torch.ones(1)}
  raises("input must have 2 dimensions, got 1", nn.LSTM(2, 2), packed)
  raises("Storage size calculation overflowed", nn.utils.rnn.pad_packed_sequence, packed, {total_length = 1 << 62})
  local endless = torch.zeros(1):expand {1 << 40, 1, 3}
  raises("DefaultCPUAllocator: can't allocate memory", nn.utils.rnn.pack_padded_sequence, endless, {1 << 40})
end)

test("attention with other weights", function()
  local x, other = torch.zeros(3, 2, 4), torch.ones(3, 2, 4)
  local unpacked = "not enough values to unpack (expected 3, got 2)"
  raises(unpacked, replaced(nn.MultiheadAttention(4, 2, {bias = false}), "in_proj_weight", 2, 4), x, x, x)
  raises(unpacked, replaced(nn.MultiheadAttention(4, 2), "in_proj_weight", 2, 4), x, other, x)
  raises("not enough values to unpack (expected 3, got 1)", replaced(nn.MultiheadAttention(4, 2), "in_proj_bias", 1), x, other,
    x)
  assert(not pcall(replaced(nn.MultiheadAttention(4, 2), "in_proj_weight", 2, 4), x, other, other))
end)

test("places of containers that hold nothing", function()
  local net = nn.Sequential(nn.ReLU(), nn.Tanh())
  net:register_module("0", nil)
  same(#net, 2)
  same(net[0], nil)
  same(tostring(net[1]), "Tanh()")
  same(tostring(net["0:2"][1]), "Tanh()")
  same(net:pop(0), nil)
  same(tostring(net), "Sequential(\n  (0): Tanh()\n)")
  local list = nn.ModuleList {nn.ReLU(), nn.Tanh()}
  list:register_module("1", nil)
  same(list[-1], nil)
  list:insert(0, nn.Identity())
  same(#list, 3)
  same(tostring(list:pop(1)), "ReLU()")
  same(list:pop(), nil)
  local parameters = nn.ParameterList {torch.ones(1), torch.ones(2)}
  parameters:register_parameter("0", nil)
  same(parameters[0], nil)
  same(parameters[1].shape:totable(), {2})
  raises("index 2 is out of range", function() return parameters[2] end)
end)

test("views, pads and windows", function()
  local x = torch.arange(5)
  same(x["1:3:9223372036854775807"]:tolist(), {1})
  same(x["4:2:9223372036854775807"]:tolist(), {})
  raises("The input size 3, plus negative padding", F.pad, torch.zeros(3), {most, 0})
  raises("narrow(): length must be non-negative.", F.pad, torch.zeros(3), {least, least})
  same(F.pad(torch.ones(3), {least, most}):tolist(), {0, 0})
  raises("Argument #4: Padding size should be less", F.pad, torch.zeros(1, 3), {least, most}, {mode = "replicate"})
  raises("Storage size calculation overflowed", F.pixel_unshuffle, torch.zeros(1 << 40, 0, 0), 1 << 19)
  raises("Storage size calculation overflowed", F.pixel_shuffle, torch.zeros(0, 1 << 50, 1 << 50), 1 << 19)
end)

test("arrays that no memory holds", function()
  local function refuses(f, ...) raises("DefaultCPUAllocator: can't allocate memory", f, ...) end
  refuses(torch.histc, torch.zeros(3), 1 << 40)
  local wide = torch.zeros(1):expand {1, 1, 1 << 20, 1}
  refuses(F.interpolate, wide, {antialias = true, mode = "bilinear", size = {1 << 20, 1}})
  refuses(nn.init.dirac_, torch.zeros(1):expand {1 << 20, 1 << 20, 1})
  refuses(nn.init.eye_, torch.zeros(1):expand {1 << 20, 1 << 20})
end)

test("pictures", function()
  local image, x = T.ToPILImage()(torch.full({3, 8, 10}, 0.5)), torch.rand(3, 8, 10)
  for _, factor in ipairs {1e300, math.huge} do
    same(T.PILToTensor()(TF.adjust_brightness(image, factor)):unique():tolist(), {255})
    -- The gray image is its own mean: infinitely many times nothing is no number, and black.
    same(T.PILToTensor()(TF.adjust_contrast(image, factor)):unique():tolist(), {0})
  end
  local below, above = "signed integer is less than minimum", "signed integer is greater than maximum"
  for _, picture in ipairs {image, x} do
    raises(below, TF.crop, picture, least, 0, 4, 4)
    raises(above, TF.crop, picture, 0, most, 4, 4)
    raises(above, TF.crop, picture, 0, 0, most, most)
    raises(below, TF.pad, picture, least)
    raises(above, T.Pad(most), picture)
    raises(above, TF.pad, picture, {1, most, 1, 1}, {padding_mode = "reflect"})
    raises(below, TF.center_crop, picture, least)
    raises(above, T.CenterCrop {most, 3}, picture)
    raises(below, T.RandomCrop(least), picture)
    raises(below, T.RandomCrop(least, {pad_if_needed = true}), picture)
    raises(above, T.RandomCrop(most, {pad_if_needed = true}), picture)
    raises("Required crop size (9223372036854775807, 3) is larger than input image size (8, 10)",
      T.RandomCrop {most, 3}, picture)
  end
end)

test("bars of progress", function()
  raises("tqdm(): ncols must be at most 1048576, not 1099511627776", tqdm, 3, {ncols = 1 << 40, disable = true})
  raises("tqdm(): ncols must be at most 1048576", tqdm, 3, {ncols = least, disable = true})
  same(tostring(tqdm(3, {ncols = -5, disable = true})), "  0%| | 0/3 [00:00<?, ?")
  same(tostring(tqdm(3, {ncols = 0, disable = true})), "  0% 0/3 [00:00<?, ?it/s]")
  same(tostring(tqdm(3, {ncols = 1, disable = true})), " ")
end)

test("JSON", function()
  raises("encode(): indent must be at most 1000, not 9223372036854775807", json.encode, {{1}}, {indent = most})
  for _, text in ipairs {"01", "-01", "1.", "-.5", ".5", "+1", "1e", "1e+", "1e999", "-", "1.5.2", "NaN"} do
    assert(not pcall(json.decode, text), text)
  end
  same(json.decode "[0, -0, 10, 1.5, -0.5, 1E5, 2e-3, 123456789012345678901]",
    {0, 0, 10, 1.5, -0.5, 1e5, 2e-3, 123456789012345678901.0})
end)

test("state dicts of endless tensors", function()
  local endless = nn.Module():state_dict()
  for i = 1, 40 do endless["layer" .. i .. ".weight"] = torch.zeros(1):expand(1 << 58) end
  local net = nn.Linear(2, 2)
  raises("Error(s) in loading state_dict for Linear:", net.load_state_dict, net, endless)
  assert(tostring(net:compare(endless)):find "missing:")
  endless.weight = torch.ones(2, 2)
  net:load_state_dict(endless, {strict = false})
  assert(torch.equal(net.weight, endless.weight))
  assert(tostring(endless):find("9,223,372,036,854,775,807 elements", 1, true))
end)

test("surgery on state dicts", function()
  local state = nn.Linear(2, 2):state_dict()
  raises("filter(): no key matches", state.filter, state, ("*x"):rep(100000))
  same(#state:filter(("*"):rep(100000)), 2)
  state.pos = torch.zeros(1, 10, 4)
  raises("resize_pos_embedding(): 'pos' has 10 positions", state.resize_pos_embedding, state, "pos", 14,
    {num_prefix_tokens = least})
  raises("resize_pos_embedding(): 'pos' has 9 patches, not a grid", state.resize_pos_embedding, state, "pos", 14,
    {old_size = {9, most}})
  state["head.weight"] = torch.zeros(2, 1 << 40, 1 << 40, 0)
  assert(not pcall(state.resize_head, state, "head", 1 << 40))
  same(state:resize_head("head", 3)["head.weight"].shape[0], 3)
  state["conv.weight"] = torch.zeros(2, 3, 2, 2)
  assert(not pcall(state.adapt_input_conv, state, "conv", most))
end)

test("charts of the largest numbers", function()
  local chart = tostring(plot.bar({1e308, -1e308}, {1e308, -1e308}))
  assert(chart:find "2e%+307", chart)
end)

test("a function whose number of outputs changes", function()
  local x = torch.ones(2, {dtype = torch.float64, requires_grad = true})
  local calls = 0
  local function changing(x)
    calls = calls + 1
    if calls % 2 == 0 then return x, x end
    return x
  end
  raises("gradcheck expects the function to give as many outputs each time", torch.autograd.gradcheck, changing, {x})
  same(x:tolist(), {1, 1})
  calls = 0
  local function growing(x)
    calls = calls + 1
    if calls > 4 then return x, x end
    return x
  end
  raises("gradcheck expects the function to give as many outputs each time", torch.autograd.gradcheck, growing, {x})
end)

test("milestones of a state", function()
  local optimizer = optim.SGD({nn.Parameter(torch.zeros(1))}, {lr = 1})
  local lr = optim.lr_scheduler
  local scheduler = lr.SequentialLR(optimizer, {lr.ConstantLR(optimizer, 0.5, 9), lr.ExponentialLR(optimizer, 0.9)}, {2})
  local state = scheduler:state_dict()
  state._milestones = {1}
  scheduler:load_state_dict(state)
  scheduler:step()
  same(optimizer.param_groups[1].lr, 1.0)
  state._milestones = {1, 2}
  raises("SequentialLR.load_state_dict(): _milestones must be at most 1 integers", scheduler.load_state_dict, scheduler, state)
end)

t.finish()
