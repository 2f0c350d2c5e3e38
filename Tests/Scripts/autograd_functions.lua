-- Operations whose gradients are written in Lua.
local t = require "testing"
local test, same, close, raises = t.test, t.same, t.close, t.raises
local Function = torch.autograd.Function

local function ones(...) return torch.ones({...}, {requires_grad = true}) end

--- An operation of one input with the given functions.
local function operation(forward, backward)
  local made = Function("Made")
  made.forward, made.backward = forward, backward
  return made
end

local function double(ctx, x) return x * 2 end

test("forward computes and backward gives the gradient", function()
  local Exp = Function("Exp")
  function Exp.forward(ctx, x)
    local y = x:exp()
    ctx:save_for_backward(y)
    return y
  end
  function Exp.backward(ctx, grad) return grad * ctx.saved_tensors[1] end
  local x = torch.tensor({0.0, 1.0}, {requires_grad = true})
  local y = Exp.apply(x)
  same(y.grad_fn:name(), "ExpBackward")
  y:sum():backward()
  close(x.grad, x:detach():exp())
end)

test("several inputs and outputs, of which some have no gradient", function()
  local Both = Function("Both")
  function Both.forward(ctx, a, scale, b)
    local mask = a:gt(0)
    ctx:mark_non_differentiable(mask)
    ctx.scale = scale
    same(ctx.needs_input_grad, {true, false, false})
    return a * b * scale, mask, a + b
  end
  local got
  function Both.backward(ctx, product, mask, sum)
    got = {product, mask, sum}
    return product * ctx.scale, nil, sum
  end
  local a = ones(2)
  local product, mask, sum = Both.apply(a, 3, torch.ones(2))
  same(mask.requires_grad, false)
  same(sum.requires_grad, true)
  product:sum():backward()
  close(a.grad, {3, 3})
  same(got[2], torch.zeros(2, {dtype = torch.bool}))
  close(got[3], {0, 0})
end)

test("missing gradients are zeros unless the context says otherwise", function()
  local seen
  local Two = Function("Two")
  function Two.forward(ctx, x)
    ctx:set_materialize_grads(false)
    return x * 2, x * 3
  end
  function Two.backward(ctx, first, second)
    seen = {first == nil, second == nil}
    return second * 3
  end
  local _, second = Two.apply(ones(2))
  second:sum():backward()
  same(seen, {true, false})
end)

test("an input changed in place is marked dirty", function()
  local AddOne = operation(function(ctx, x)
    ctx:mark_dirty(x)
    return x:add_(1)
  end, function(ctx, grad) return grad * 5 end)
  local x = ones(2)
  local y = x * 2
  local z = AddOne.apply(y)
  same(y.grad_fn:name(), "MadeBackward")
  z:sum():backward()
  close(x.grad, {10, 10})
  -- A view: the other elements keep their history.
  local w = ones(2)
  local base = w * 2
  AddOne.apply(base[{{0, 1}}])
  base:sum():backward()
  close(w.grad, {10, 2})
  raises("a leaf Variable that requires grad has been used in an in-place operation.", AddOne.apply, ones(2))
  local Lost = operation(function(ctx, x)
    ctx:mark_dirty(x)
    return x:add_(1) * 1
  end)
  raises("Some elements marked as dirty during the forward method were not returned as output.", Lost.apply, ones(2) * 1)
end)

test("double backward goes through saved inputs and outputs", function()
  local Cube = Function("Cube")
  function Cube.forward(ctx, x)
    ctx:save_for_backward(x)
    return x * x * x
  end
  function Cube.backward(ctx, grad)
    local x = ctx.saved_tensors[1]
    return grad * 3 * x * x
  end
  local x = torch.tensor({2.0}, {requires_grad = true})
  local first = torch.autograd.grad(Cube.apply(x), x, {create_graph = true})[1]
  same(first:item(), 12.0)
  same(torch.autograd.grad(first, x)[1]:item(), 12.0)

  local Exp = Function("Exp")
  function Exp.forward(ctx, x)
    ctx.result = x:exp()
    return ctx.result
  end
  function Exp.backward(ctx, grad) return grad * ctx.result end
  local double = torch.tensor({0.5}, {dtype = torch.float64, requires_grad = true})
  same(torch.autograd.gradcheck(Exp.apply, double), true)
  same(torch.autograd.gradgradcheck(Exp.apply, double), true)
end)

test("once_differentiable forbids it", function()
  local Square = operation(function(ctx, x)
    ctx:save_for_backward(x)
    return x * x
  end)
  Square.backward = require("torch.autograd.function").once_differentiable(function(ctx, grad)
    return grad * 2 * ctx.saved_tensors[1]
  end)
  local x = ones(2)
  Square.apply(x):sum():backward()
  close(x.grad, {2, 2})
  local y = Square.apply(x)
  local grad = torch.autograd.grad((y * y):sum(), x, {create_graph = true})[1]
  raises("trying to differentiate twice a function that was marked with @once_differentiable", function()
    grad:sum():backward()
  end)
end)

test("setup_context gets what forward did", function()
  local Scale = Function("Scale")
  function Scale.forward(x, factor) return x * factor end
  function Scale.setup_context(ctx, inputs, output)
    same(output, inputs[1] * inputs[2])
    ctx.factor = inputs[2]
  end
  function Scale.backward(ctx, grad) return grad * ctx.factor end
  local x = ones(2)
  Scale.apply(x, 4):sum():backward()
  close(x.grad, {4, 4})
end)

test("what is wrong is said in PyTorch's words, with the script's line", function()
  raises("You must implement the forward function for custom autograd.Function.", Function("Empty").apply, ones(1))
  raises("You must implement either the backward or vjp method", function()
    operation(double).apply(ones(1)):backward()
  end)
  raises("function MadeBackward returned an incorrect number of gradients (expected 2, got 1)", function()
    operation(double, function(ctx, grad) return grad end).apply(ones(1), ones(1)):backward()
  end)
  raises("expected Variable or None (got float)", function()
    operation(double, function() return 3.0 end).apply(ones(1)):backward()
  end)
  raises("Function MadeBackward returned an invalid gradient at index 0 - got [3] but expected shape compatible with [2]",
    function() operation(double, function() return torch.ones(3) end).apply(ones(2)):sum():backward() end)
  raises("save_for_backward can only save variables, but argument 0 is of type int", function()
    operation(function(ctx, x) ctx:save_for_backward(3) end).apply(ones(1))
  end)
  raises("Trying to backward through the graph a second time", function()
    local y = operation(double, function(ctx, grad) return grad end).apply(ones(1))
    y:backward()
    y:backward()
  end)
  local message = raises("mine", function()
    operation(double, function() error("mine") end).apply(ones(1)):backward()
  end)
  assert(message:find("autograd_functions.lua:%d+: mine"))
end)

test("a tensor changed in place after it was saved is noticed", function()
  local Square = operation(function(ctx, x)
    ctx:save_for_backward(x)
    return x * x
  end, function(ctx, grad) return grad * 2 * ctx.saved_tensors[1] end)
  local x = ones(2) * 1
  local y = Square.apply(x)
  x:add_(1)
  raises("one of the variables needed for gradient computation has been modified by an inplace operation", function()
    y:sum():backward()
  end)
end)

test("memory stays flat, with and without a backward pass", function()
  local Kept = operation(function(ctx, x)
    ctx.result = x * 2
    ctx:save_for_backward(x, ctx.result)
    ctx.list = {1, 2, 3}
    return ctx.result
  end, function(ctx, grad) return grad * 2 end)
  local x = ones(100)
  local function run(count)
    for i = 1, count do
      local y = Kept.apply(x)
      y:register_hook(function(grad) return grad * i end)
      if i % 2 == 0 then y:sum():backward() end
      x.grad = nil
    end
    collectgarbage()
  end
  run(2000)
  local before = t.resident()
  run(20000)
  local grown = (t.resident() - before) / 2 ^ 20
  assert(grown < 16, ("%.1f MB more"):format(grown))
end)

t.finish()
