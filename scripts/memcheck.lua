-- What `scripts/memcheck` runs: errors and objects crossing the border between Lua and Swift in every direction.
local x = torch.ones(3)
for _ = 1, 300 do
  assert(not pcall(torch.add, x, "s"))
  assert(not pcall(x.view, x, "a"))
  assert(not pcall(function() return x.nothing end))
  assert(not pcall(torch.no_grad, function() error {} end))
  local _ = x + x * 2
  local co = coroutine.wrap(function()
    coroutine.yield(x + 1)
    torch.add()
  end)
  co()
  assert(not pcall(co))
end

-- A recursion through Swift ends in an error.
local function deep() return torch.no_grad(deep) end
assert(not pcall(deep))

-- Errors in finalizers are warnings; a finalizer may run twice; what it released is refused.
setmetatable({}, {__gc = function() torch.add() end})
collectgarbage()
getmetatable(x).__gc(x)
getmetatable(x).__gc(x)
assert(not pcall(function() return x + 1 end))
