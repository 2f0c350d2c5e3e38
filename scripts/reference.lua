-- Writes the reference from the program's own declarations: a page for each module, and an index.
--   nnlua scripts/reference.lua FOLDER
local path = require "path"
local folder = assert(arg[1], "usage: nnlua scripts/reference.lua FOLDER")

--- Text that Markdown shows as it is.
local function plain(text) return (text:gsub("[*_<>`|\\]", "\\%0")) end

--- The sections of a page, in the order in which they stand.
local kinds = {
  {kind = "function", title = "Functions"}, {kind = "class", title = "Classes"},
  {kind = "constant", title = "Constants"}, {kind = "property", title = "Properties"},
  {kind = "method", title = "Methods"},
}

--- The whole name of a declaration: torch.clamp, Tensor:clamp.
local function whole(entry)
  if entry.path == "" then return entry.name end
  return entry.path .. (entry.kind == "method" and ":" or ".") .. entry.name
end

--- What identifies a declaration that stands both in a module and in a class.
local function identity(entry)
  -- Functions take the keyword out, their methods do not.
  local signatures = table.concat(entry.signatures, "\n"):gsub("[, *]*out: Tensor[%[%]]*%? = nil", "")
  return signatures .. "\0" .. entry.help .. "\0" .. entry.name
end

local function code(text) return ("```lua\n%s\n```\n"):format(text) end

--- Which names there are, and which of them only write into their tensor what another function gives.
local isKnown, isInPlace = {}, {}
local entries = help.declarations()
for _, entry in ipairs(entries) do isKnown[whole(entry)] = entry end
for name, entry in pairs(isKnown) do
  isInPlace[name] = isKnown[name:gsub("_$", "")] ~= entry and entry.help:find "In%-place version of" ~= nil
end

--- A declaration with signature, explanation and example; nothing for one that stands with another.
local function section(entry)
  if isInPlace[whole(entry)] then return "" end
  local parts = {"### " .. plain(whole(entry)) .. "\n"}
  local calls = {}
  for i, signature in ipairs(entry.signatures) do
    calls[i] = whole(entry) .. (entry.kind == "property" and ": " or "") .. signature
  end
  if #calls > 0 then parts[#parts + 1] = code(table.concat(calls, "\n")) end
  parts[#parts + 1] = plain(entry.help) .. "\n"
  if entry.example ~= "" then parts[#parts + 1] = "Example:\n\n" .. code(entry.example) end
  local inPlace = whole(entry) .. "_"
  if isInPlace[inPlace] then parts[#parts + 1] = ("In place: %s.\n"):format(plain(inPlace)) end
  return table.concat(parts, "\n")
end

--- Groups what belongs to each module and class, by kind and name.
local function group(entries)
  local groups = {}
  for _, entry in ipairs(entries) do
    if entry.path ~= "" then
      groups[entry.path] = groups[entry.path] or {}
      local group = groups[entry.path]
      group[entry.kind] = group[entry.kind] or {}
      table.insert(group[entry.kind], entry)
    end
  end
  for _, group in pairs(groups) do
    for _, list in pairs(group) do table.sort(list, function(a, b) return a.name < b.name end) end
  end
  return groups
end

local groups = group(entries)
local functions = {}
for _, entry in ipairs(entries) do
  if entry.kind == "function" then functions[identity(entry)] = entry end
end

--- A class with its members. Methods that are functions of a module too are explained there.
local function class(entry)
  local parts = {section(entry)}
  if entry.parent then parts[#parts + 1] = ("It has what %s has.\n"):format(plain(entry.parent)) end
  for _, constructor in ipairs((groups[whole(entry)] or {})["function"] or {}) do
    parts[#parts + 1] = section(constructor)
  end
  local members = groups[entry.name] or {}
  local elsewhere = {}
  for _, kind in ipairs {"property", "method"} do
    for _, member in ipairs(members[kind] or {}) do
      local original = member.kind == "method" and functions[identity(member)]
      if original then
        elsewhere[#elsewhere + 1] = plain(":" .. member.name)
      else
        parts[#parts + 1] = section(member)
      end
    end
  end
  if #elsewhere > 0 then
    parts[#parts + 1] = ("These are functions of its module too, and explained there: %s.\n"):format(
      table.concat(elsewhere, ", "))
  end
  return table.concat(parts, "\n")
end

--- The page of a module.
local function page(module)
  local parts = {"# " .. plain(module.name) .. "\n", plain(module.help) .. "\n"}
  if module.example ~= "" then parts[#parts + 1] = code(module.example) end
  local group = groups[module.name] or {}
  for _, kind in ipairs(kinds) do
    local list = group[kind.kind]
    if list then
      parts[#parts + 1] = "## " .. kind.title .. "\n"
      for _, entry in ipairs(list) do
        parts[#parts + 1] = kind.kind == "class" and class(entry) or section(entry)
      end
    end
  end
  return table.concat(parts, "\n")
end

--- Writes a page; sections that came out empty leave no gap.
local function write(name, text)
  local file = assert(io.open(path.join(folder, name), "w"))
  file:write((text:gsub("\n\n\n+", "\n\n")))
  file:close()
end

path.makedirs(folder)
local index = {
  "# Reference\n",
  "Everything that nnlua binds, as `help(x)` explains it. Written by `scripts/reference` from the declarations.\n",
}
local isWritten = {["README.md"] = true}
for _, entry in ipairs(entries) do
  if entry.kind == "module" then
    local name = entry.name .. ".md"
    isWritten[name] = true
    write(name, page(entry))
    index[#index + 1] = ("- [%s](%s): %s"):format(plain(entry.name), name, plain(entry.summary))
  end
end
write("README.md", table.concat(index, "\n") .. "\n")
for _, name in ipairs(path.listdir(folder)) do
  if not isWritten[name] then os.remove(path.join(folder, name)) end
end
