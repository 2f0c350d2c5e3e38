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

test("a bias of one element is for all gates", function()
  for gates, new in pairs {[4] = nn.LSTM, [3] = nn.GRU} do
    local layer = new(3, 2)
    layer.bias_hh_l0 = nn.Parameter(torch.full({1}, 0.5))
    local whole = new(3, 2)
    local weights = layer:state_dict()
    weights.bias_hh_l0 = torch.full({2 * gates}, 0.5)
    whole:load_state_dict(weights)
    local x = torch.linspace(-1, 1, 12):view(4, 1, 3)
    local y, expected = layer(x), whole(x)
    t.close(y, expected:tolist())
    y:sum():backward()
    expected:sum():backward()
    t.close(layer.bias_hh_l0.grad, {whole.bias_hh_l0.grad:sum():item()})
  end
end)

test("a class without forward says so", function()
  local Empty = nn.class "Empty"
  raises('Module [Empty] is missing the required "forward" function', Empty(), torch.ones(1))
  raises('Module [Empty] is missing the required "forward" function', Empty().forward, Empty(), torch.ones(1))
end)

t.finish()
