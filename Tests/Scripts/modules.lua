-- Modules as scripts handle them.
local t = require "testing"
local torch, nn = require "torch", require "torch.nn"
local test, same, raises = t.test, t.same, t.raises

test("a position that gets nil is deleted, as del does it", function()
  for _, list in ipairs{nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Linear(1, 2)), nn.ModuleList{nn.ReLU(), nn.Tanh(), nn.Linear(1, 2)}} do
    list[0] = nil
    same(#list, 2)
    same(tostring(list[0]), "Tanh()")
    list[-1] = nil
    same(#list, 1)
    raises("index 1 is out of range", function() list[1] = nil end)
  end
end)

test("a class without forward says so", function()
  local Empty = nn.class "Empty"
  raises('Module [Empty] is missing the required "forward" function', Empty(), torch.ones(1))
  raises('Module [Empty] is missing the required "forward" function', Empty().forward, Empty(), torch.ones(1))
end)

t.finish()
