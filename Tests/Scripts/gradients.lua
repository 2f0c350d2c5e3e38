-- Gradients of recorded operations, hooks on their way, and checks of them.
local t = require "testing"
local test, same, close, raises = t.test, t.same, t.close, t.raises

local function ones(...) return torch.ones({...}, {requires_grad = true}) end

test("grad returns gradients and changes no tensor", function()
  local x, y = ones(2), ones(2)
  local grads = torch.autograd.grad((x * 3):sum() + (y * y):sum(), {x, y})
  close(grads[1], {3, 3})
  close(grads[2], {2, 2})
  same(x.grad, nil)
  close(torch.autograd.grad(x * 2, x, torch.tensor({1.0, 10.0}))[1], {2, 20})
  close(torch.autograd.grad(x * 2, x, {grad_outputs = torch.tensor({1.0, 10.0})})[1], {2, 20})
  close(torch.autograd.grad({x:sum(), (x * 2):sum()}, {x}, {nil, torch.tensor(3.0)})[1], {7, 7})
end)

test("an input that plays no part", function()
  local x, y = ones(2), ones(2)
  raises("The differentiated Tensor at index 1 appears to not have been used in the graph.", function()
    torch.autograd.grad((x * 2):sum(), {x, y})
  end)
  same(torch.autograd.grad((x * 2):sum(), {x, y}, {allow_unused = true})[2], nil)
  close(torch.autograd.grad((x * 2):sum(), {x, y}, {materialize_grads = true})[2], {0, 0})
  raises("Expected allow_unused to be True or not passed when materialize_grads=True", function()
    torch.autograd.grad((x * 2):sum(), {x, y}, {materialize_grads = true, allow_unused = false})
  end)
end)

test("backward for some inputs alone", function()
  local x, y = ones(2), ones(2);
  (x * y):sum():backward({inputs = x})
  close(x.grad, {1, 1})
  same(y.grad, nil)
  torch.autograd.backward({(x * y):sum()}, {inputs = {y}})
  close(y.grad, {1, 1})
end)

test("one of several views does not change in place where gradients are required", function()
  local function refused(name, part, change)
    raises(("Output %d of %s is a view and is being modified inplace. This view is the output of a function that returns multiple views. "
      .. "Such functions do not allow the output views to be modified inplace."):format(part, name), change)
  end
  local x = ones(2, 3)
  local y = x * 1
  refused("Unbind", 1, function() y:unbind()[2]:add_(1) end)
  refused("Unbind", 0, function() x:unbind()[1]:zero_() end)
  refused("Split", 0, function() y:split(1)[1]:mul_(2) end)
  refused("Split", 1, function() y:chunk(2)[2]:unsqueeze_(0) end)
  refused("SplitWithSizes", 1, function() torch.split(y, {1, 2}, 1)[2]:fill_(1) end)
  refused("View", 0, function() y:unbind()[1]:view(3, 1):mul_(2) end)
  refused("Select", 0, function() y:unbind()[1][0] = 3 end)
  y:tensor_split(2)[2]:mul_(3)
  close(y, {{1, 1, 1}, {3, 3, 3}})
  torch.unsafe_split(x * 1, 1)[1]:mul_(2)
  torch.no_grad(function() y:unbind()[1]:mul_(5) end)
  close(y, {{5, 5, 5}, {3, 3, 3}})
  local plain = torch.ones(2, 2)
  plain:unbind()[2]:mul_(3)
  close(plain, {{1, 1}, {3, 3}})
end)

test("hooks of tensors replace gradients until they are removed", function()
  local x = ones(2)
  local first = x:register_hook(function(grad) return grad * 2 end)
  x:register_hook(function(grad) return grad + 1 end);
  (x * 3):sum():backward()
  close(x.grad, {7, 7})
  first:remove()
  x.grad = nil;
  (x * 3):sum():backward()
  close(x.grad, {4, 4})
  local y = x * 2
  y:register_hook(function() return 3 end)
  raises("expected Variable, but hook returned 'int'", function() y:sum():backward() end)
  local z = x * 2
  z:register_hook(function() return torch.ones(3) end)
  raises("hook has changed the size of value", function() z:sum():backward() end)
  raises("cannot register a hook on a tensor that doesn't require gradient", function()
    torch.ones(1):register_hook(print)
  end)
end)

test("hooks after accumulation see the leaf", function()
  local x = ones(2)
  local seen = {}
  local handle = x:register_post_accumulate_grad_hook(function(leaf)
    seen[#seen + 1] = leaf.grad:sum():item()
    leaf.grad = nil
  end);
  (x * 3):sum():backward();
  (x * 4):sum():backward()
  same(seen, {6.0, 8.0})
  same(x.grad, nil)
  handle:remove();
  (x * 3):sum():backward()
  close(x.grad, {3, 3})
  raises("post accumulate grad hooks cannot be registered on non-leaf tensors", function()
    (x * 2):register_post_accumulate_grad_hook(print)
  end)
end)

test("results retain their gradient if asked", function()
  local x = ones(2)
  local y = x * 2
  y:retain_grad();
  (y * y):sum():backward()
  close(y.grad, {4, 4})
end)

test("gradients agree with differences, or it is said how they do not", function()
  local x = torch.rand(3, {dtype = torch.float64, requires_grad = true})
  same(torch.autograd.gradcheck(torch.sin, x), true)
  same(torch.autograd.gradcheck(function(a, b) return a * b, a + b end, {x, torch.rand(3, {dtype = torch.float64})}), true)
  same(torch.autograd.gradgradcheck(function(a) return a ^ 3 end, {x}), true)
  local Wrong = torch.autograd.Function("Wrong")
  function Wrong.forward(ctx, a) return a * 2 end
  function Wrong.backward(ctx, grad) return grad * 3 end
  raises("Jacobian mismatch for output 0 with respect to input 0,\nnumerical:tensor([[2.0000]], dtype=torch.float64)\n" ..
    "analytical:tensor([[3.]], dtype=torch.float64)\n", function()
      torch.autograd.gradcheck(Wrong.apply, torch.ones(1, {dtype = torch.float64, requires_grad = true}))
    end)
  same(torch.autograd.gradcheck(Wrong.apply, x, {raise_exception = false}), false)
  raises("gradcheck expects at least one input tensor to require gradient", function()
    torch.autograd.gradcheck(torch.sin, torch.ones(1))
  end)
end)

test("all first and second derivatives of a function", function()
  local functional = torch.autograd.functional
  close(functional.jacobian(function(x) return x ^ 2 end, torch.arange(3.0)), {{0, 0, 0}, {0, 2, 0}, {0, 0, 4}})
  local two = functional.jacobian(function(a, b) return a * b:sum() end, {torch.arange(3.0), torch.ones(2)})
  close(two[2], {{0, 0}, {1, 1}, {2, 2}})
  local results = functional.jacobian(function(a) return a * 2, a:sum() end, torch.arange(2.0))
  close(results[2], {1, 1})
  close(functional.hessian(function(x) return (x ^ 3):sum() end, torch.arange(2.0)), {{0, 0}, {0, 6}})
  local blocks = functional.hessian(function(a, b) return (a ^ 2 * b):sum() end, {torch.ones(2), torch.ones(2)})
  close(blocks[1][2], {{2, 0}, {0, 2}})
  close(blocks[2][2], {{0, 0}, {0, 0}})
  raises("The Tensor returned by the function given to hessian should contain a single element", function()
    functional.hessian(function(x) return x ^ 3 end, torch.arange(2.0))
  end)
  raises("Output 0 of the user-provided function is independent of input 1.", function()
    functional.jacobian(function(a) return a end, {torch.ones(1), torch.ones(1)}, {strict = true})
  end)
end)

test("a gradient that is not a number is found where it arises", function()
  local script = [[
    torch.autograd.set_detect_anomaly(true)
    local root = torch.tensor({-1.0}, {requires_grad = true}):sqrt()
    root:sum():backward()
  ]]
  local program = io.popen(("%s -e '%s' 2>&1"):format(arg[-1], script))
  local output = program:read("a")
  assert(output:find("Error detected in SqrtBackward0. Traceback of forward call that caused the error:", 1, true))
  assert(output:find("(command line):2: in main chunk", 1, true))
  assert(output:find("(command line):3: Function 'SqrtBackward0' returned nan values in its 0th output.", 1, true))
  local quiet <close> = torch.autograd.detect_anomaly({check_nan = false})
  same(torch.autograd.is_anomaly_enabled(), true)
  torch.tensor({-1.0}, {requires_grad = true}):sqrt():sum():backward()
end)

test("hooks of modules see gradients of their inputs and outputs", function()
  local net = nn.Linear(2, 1, {bias = false})
  net.weight.data = torch.tensor({{2.0, 3.0}})
  local order = {}
  net:register_full_backward_pre_hook(function(module, outputs)
    order[#order + 1] = "before"
    return outputs[1] * 10
  end)
  local handle = net:register_full_backward_hook(function(module, inputs, outputs)
    same(module, net)
    order[#order + 1] = "after"
    close(inputs[1], {{20, 30}})
    close(outputs[1], {{10}})
    return {inputs[1] * 2}
  end)
  local x = ones(1, 2)
  net(x):sum():backward()
  same(order, {"before", "after"})
  close(x.grad, {{40, 60}})
  close(net.weight.grad, {{10, 10}})
  handle:remove()
  -- No input requires gradients.
  local seen
  net:register_full_backward_hook(function(module, inputs, outputs) seen = {#inputs, outputs[1]:item()} end)
  net(torch.ones(1, 2)):sum():backward()
  same(seen, {0, 10.0})
end)

test("hooks of modules see and replace inputs and outputs", function()
  local net = nn.Identity()
  net:register_forward_pre_hook(function(module, inputs) return inputs[1] + 1 end)
  net:register_forward_hook(function(module, inputs, output) return output * 2 end)
  local first = net:register_forward_hook(function(module, inputs, output) return output + 1 end, {prepend = true})
  close(net(torch.ones(1)), {6})
  first:remove()
  close(net(torch.ones(1)), {4})
end)

test("a change of a part of a tensor that is not row-major", function()
  local x, s = ones(2, 3), torch.zeros(2, {requires_grad = true})
  local y = x:t():clone()
  y[1] = s
  y:backward(torch.arange(6.):view(3, 2))
  close(s.grad, {2, 3})
  close(x.grad, {{0, 0, 4}, {1, 0, 5}})
end)

test("elements of a base that share memory share its gradient", function()
  local x = torch.arange(3.):expand(2, 3):detach():requires_grad_()
  torch.as_strided(x, {2, 2}, {1, 1}):backward(torch.tensor{{1., 2.}, {3., 4.}})
  close(x.grad, {{0.5, 2.5, 2}, {0.5, 2.5, 2}})
end)

test("a tensor becomes another view of its memory", function()
  local x = torch.arange(6.)
  same(x:as_strided_({2, 2}, {1, 2}), x)
  close(x, {{0, 2}, {1, 3}})
  local y = ones(4) * 2
  y:as_strided_({2}, {2}):sum():backward()
end)

t.finish()
