-- What the test scripts share: test(name, body) and what bodies check with. finish() at the end of each.
local testing = {}
local passed, failed = 0, 0

function testing.test(name, body)
  local ok, message = xpcall(body, debug.traceback)
  if ok then passed = passed + 1 return end
  failed = failed + 1
  io.stderr:write(name, ": ", message, "\n")
end

--- Fails unless both are equal: numbers, texts, tensors, or tables of these.
function testing.same(got, expected, where)
  where = where or "value"
  if type(got) == "table" and type(expected) == "table" then
    for key, value in pairs(expected) do testing.same(got[key], value, where .. "." .. tostring(key)) end
    for key in pairs(got) do
      if expected[key] == nil then error(("%s has an unexpected key %s"):format(where, key), 2) end
    end
  elseif got ~= expected then
    error(("%s is %s instead of %s"):format(where, got, expected), 2)
  end
end

--- Fails unless a tensor has these elements (a table), within a tolerance.
function testing.close(got, expected, tolerance)
  if type(expected) == "table" then expected = torch.tensor(expected) end
  expected = expected:to(got.dtype)
  if not torch.allclose(got, expected, {rtol = 0, atol = tolerance or 1e-6}) then
    error(("%s instead of %s"):format(got, expected), 2)
  end
end

--- Fails unless `body` raises an error whose message, without the position, is `expected` or starts with it.
function testing.raises(expected, body, ...)
  local ok, message = pcall(body, ...)
  if ok then error(("no error: %s"):format(expected), 2) end
  local text = tostring(message):gsub("^[^:]*:%d+: ", "")
  if text:sub(1, #expected) ~= expected then error(("the error is %q instead of %q"):format(text, expected), 2) end
  return message
end

--- Bytes of memory that the process holds.
function testing.resident()
  local file <close> = assert(io.open("/proc/self/statm"))
  return tonumber(file:read("a"):match("%d+ (%d+)")) * 4096
end

function testing.finish()
  if failed > 0 then os.exit(1, true) end
  print(passed .. " passed")
end

return testing
