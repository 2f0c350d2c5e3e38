-- Operators over rows of any length: processors compute many elements at a time, and the last ones of a row apart.
local t = require "testing"
local test, same, close = t.test, t.same, t.close

local lengths = {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 63, 65, 127, 1023, 1024, 1025, 2049}

local unary = {
  "neg", "abs", "relu", "sqrt", "rsqrt", "reciprocal", "floor", "ceil", "trunc", "round", "exp", "log", "tanh", "sigmoid",
}
local activations = {"silu", "mish", "gelu", "softplus", "elu", "selu", "logsigmoid", "hardswish"}
local binary = {"add", "sub", "mul", "div", "maximum", "minimum", "lt", "eq"}

-- What `f` makes of the rows, and of each of their elements alone.
local function check(name, f, ...)
  local rows = {...}
  local whole = f(table.unpack(rows))
  local parts = {}
  for i = 0, #rows[1] - 1 do
    local elements = {}
    for k, row in ipairs(rows) do elements[k] = row:narrow(0, i, 1) end
    parts[#parts + 1] = f(table.unpack(elements))
  end
  if not torch.allclose(whole:double(), torch.cat(parts):double(), {rtol = 1e-5, atol = 1e-6, equal_nan = true}) then
    error(("%s differs at length %d"):format(name, #rows[1]), 2)
  end
end

test("an element's value does not depend on its neighbours", function()
  torch.manual_seed(0)
  for _, dtype in ipairs{torch.float32, torch.float64, torch.bfloat16} do
    for _, length in ipairs{1, 7, 16, 33, 65} do
      local x, y = (torch.randn(length) * 3):to(dtype), (torch.randn(length) * 3):to(dtype)
      for _, name in ipairs(unary) do check(name, function(a) return a[name](a) end, x) end
      for _, name in ipairs(activations) do check(name, F[name], x) end
      for _, name in ipairs(binary) do check(name, function(a, b) return a[name](a, b) end, x, y) end
      check("addcmul", function(a, b) return a:addcmul(b, b, {value = 0.5}) end, x, y)
      check("addcdiv", function(a, b) return a:addcdiv(b, b, {value = 0.5}) end, x, y)
      check("lerp", function(a, b) return a:lerp(b, 0.3) end, x, y)
      check("clamp", function(a) return a:clamp(-1, 2) end, x)
    end
  end
end)

test("conversions round to nearest, whatever the length", function()
  for _, length in ipairs(lengths) do
    local x = torch.arange(length) - length // 2
    for _, dtype in ipairs{torch.float16, torch.bfloat16, torch.float64, torch.int64} do
      local rounded = x:float():to(dtype)
      same(rounded:to(torch.float32):to(dtype):equal(rounded), true, tostring(dtype))
      if dtype == torch.float64 or dtype == torch.int64 then same(rounded:to(torch.int64):equal(x), true, tostring(dtype)) end
    end
    same(x:float():to(torch.bool):sum():item(), length - 1)
    same(x:float():to(torch.bool):float():sum():item(), length - 1)
  end
  close(torch.tensor{2049., 2051., 65519., 65520., 1e-8}:to(torch.float16):float(), {2048, 2052, 65504, math.huge, 0})
  close(torch.tensor{257., 259., 1.5}:to(torch.bfloat16):float(), {256, 260, 1.5})
end)

test("reductions take every element once", function()
  for _, length in ipairs(lengths) do
    for _, dtype in ipairs{torch.float32, torch.float64, torch.int64} do
      local x = torch.arange(length):to(dtype)
      same(x:sum():item(), length * (length - 1) / 2)
      for _, position in ipairs{0, length // 2, length - 1} do
        local y = torch.zeros(length):to(dtype)
        y[position] = 7
        same(y:max():item(), 7)
        same((-y):min():item(), -7)
        same((y + 1 - y:ne(0):to(dtype) * 5):prod():item(), 3)
      end
    end
    local holed = torch.zeros(length)
    holed[length - 1] = 0 / 0
    same(holed:max():isnan():item(), true)
    same(holed:min():isnan():item(), true)
  end
end)

test("activations at the ends of the line", function()
  local x = torch.tensor{-math.huge, -200., 200., math.huge}
  close(F.logsigmoid(x):exp(), {0, 0, 1, 1})
  close(F.softplus(x):narrow(0, 0, 3), {0, 0, 200})
  close(F.elu(x), {-1, -1, 200, math.huge})
  close(F.mish(x):narrow(0, 1, 3), {0, 200, math.huge})
end)

test("a layer norm's gradient can be differentiated again", function()
  torch.manual_seed(0)
  local x = torch.randn(2, 5, {dtype = torch.float64, requires_grad = true})
  local w = torch.randn(5, {dtype = torch.float64, requires_grad = true})
  local b = torch.randn(5, {dtype = torch.float64, requires_grad = true})
  local function normalize(a, c, d) return F.layer_norm(a, {5}, c, d) end
  same(torch.autograd.gradcheck(normalize, {x, w, b}), true)
  same(torch.autograd.gradgradcheck(normalize, {x, w, b}), true)
end)

test("a bias is added in the node of its product", function()
  local x, w, b = torch.randn(2, 3, {requires_grad = true}), torch.randn(4, 3, {requires_grad = true}), torch.zeros(4, {requires_grad = true})
  local y = F.linear(x, w, b)
  same(y.grad_fn:name(), "AddmmBackward0")
  y:sum():backward()
  close(b.grad, {2, 2, 2, 2})
  same(torch.allclose(w.grad, x:detach():sum(0):expand(4, 3)), true)
  same(torch.allclose(x.grad, w:detach():sum(0):expand(2, 3)), true)
end)

test("causal attention sees no later key, in its gradient neither", function()
  torch.manual_seed(0)
  local q, k = torch.randn(1, 3, 4, {requires_grad = true}), torch.randn(1, 3, 4, {requires_grad = true})
  local seen = torch.ones(3, 3):tril():to(torch.bool)
  local y = F.scaled_dot_product_attention(q, k, k, {is_causal = true})
  local expected = F.scaled_dot_product_attention(q, k, k, {attn_mask = seen})
  same(torch.allclose(y, expected), true)
  local grads = torch.autograd.grad(y:pow(2):sum(), {q, k})
  local others = torch.autograd.grad(expected:pow(2):sum(), {q, k})
  for i = 1, 2 do same(torch.allclose(grads[i], others[i], {atol = 1e-6}), true) end
end)

t.finish()
