-- The program's random numbers, and settings of the whole process.
local t = require "testing"
local test, same, close, raises = t.test, t.same, t.close, t.raises

local function next_number() return torch.rand(1):item() end

test("a fork leaves no trace in the random numbers", function()
  torch.manual_seed(0)
  local first = next_number()
  torch.manual_seed(0)
  same(torch.random.fork_rng(function() torch.rand(100) return "done" end), "done")
  same(next_number(), first)
  torch.manual_seed(0)
  do
    local _ <close> = torch.random.fork_rng()
    torch.manual_seed(5)
    torch.randn(3)
  end
  same(next_number(), first)
  same(torch.random.initial_seed(), 0)
end)

test("a fork ends with an error too", function()
  torch.manual_seed(0)
  local first = next_number()
  torch.manual_seed(0)
  raises("stop", function() torch.random.fork_rng(function() torch.rand(3) error("stop", 0) end) end)
  same(next_number(), first)
end)

test("a fork that is not enabled does nothing", function()
  torch.manual_seed(0)
  local first, second = next_number(), next_number()
  torch.manual_seed(0)
  torch.random.fork_rng(next_number, {enabled = false})
  same(next_number(), second)
  same(first == second, false)
end)

test("counts are drawn from a generator of their own", function()
  torch.manual_seed(0)
  local expected = torch.poisson(torch.full({5}, 30.0))
  local generator = torch.Generator():manual_seed(0)
  close(torch.poisson(torch.full({5}, 30.0), generator), expected)
  same(torch.poisson(torch.ones(2, 0)).shape, torch.ones(2, 0).shape)
  local x = torch.full({2}, 3.0, {requires_grad = true})
  torch.poisson(x):sum():backward()
  close(x.grad, {0, 0})
end)

test("settings that change nothing but what they say", function()
  torch.use_deterministic_algorithms(true, {warn_only = true})
  same(torch.are_deterministic_algorithms_enabled(), true)
  torch.use_deterministic_algorithms(false)
  same(torch.are_deterministic_algorithms_enabled(), false)
  torch.set_float32_matmul_precision("high")
  same(torch.get_float32_matmul_precision(), "high")
  torch.set_float32_matmul_precision("highest")
  raises("low is not one of 'highest', 'high', or 'medium'", torch.set_float32_matmul_precision, "low")
  raises("Torch not compiled with CUDA enabled", torch.set_default_device, "cuda")
end)

test("the number of threads", function()
  local before = torch.get_num_threads()
  torch.set_num_threads(1)
  same(torch.get_num_threads(), 1)
  torch.set_num_threads(before)
  same(torch.get_num_threads(), before)
end)

t.finish()
