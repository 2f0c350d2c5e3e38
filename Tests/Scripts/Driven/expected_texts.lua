-- Runs the calls of a fixture and compares what they print, or say when they fail:
--   nnlua expected_texts.lua FILE
-- A line of the file is a chunk of Lua, a tab, and the text, with \n for line breaks.
local torch = require "torch"
F = require "torch.nn.functional"

local function flat(values, into)
  for i = 1, values.n or #values do
    local value = values[i]
    if type(value) == "table" then flat(value, into) else into[#into + 1] = tostring(value) end
  end
  return into
end

local count, failures = 0, 0
for line in io.lines(arg[1]) do
  local code, wanted = line:match "^(.-)\t(.*)$"
  local results = table.pack(pcall(assert(load(code, "=call"))))
  local text
  if table.remove(results, 1) then
    results.n = results.n - 1
    text = table.concat(flat(results, {}), "; ")
  else
    text = tostring(results[1]):gsub("^call:1: ", "")
  end
  text = text:gsub("\\", "\\\\"):gsub("\n", "\\n")
  count = count + 1
  if text ~= wanted then
    failures = failures + 1
    print(("%s\n  gives  %s\n  not    %s"):format(code, text, wanted))
  end
end
print(("%d calls, %d other texts"):format(count, failures))
