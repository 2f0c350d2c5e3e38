-- Sums up the runs of a benchmark: report.lua RESULTS FOLDER [PYTORCH_VERSION]
-- RESULTS has lines "engine<TAB>row<TAB>milliseconds<TAB>peak KB<TAB>check". Prints a table and writes it to FOLDER as Markdown,
-- with a plot of the ratios as SVG. Stops with an error where two engines computed different things.
local results_path, folder, torch_version = arg[1], arg[2], arg[3]

local units = {["small-add"] = {"µs", 1000}}
local titles = {
  ["start-up"] = "start-up of an empty script", load = "torch.load of 87 MB", save = "torch.save of 87 MB",
  ["evaluate-1"] = "evaluate ResNet-34, batch 1, an image", ["evaluate-8"] = "evaluate ResNet-34, batch 8, an image",
  ["train-all"] = "train ResNet-34, batch 16, an image", ["train-head"] = "train its head, batch 16, an image",
  ["script-method2"] = "load all but the head, whole script", ["script-digits"] = "fine-tune on digits, whole script",
  ["small-add"] = "a + b on 3 elements", ["large-add"] = "a + b on 10 million elements",
  ["large-exp"] = "exp of 10 million elements", ["large-sum"] = "sum of 10 million elements",
  ["matrix-product"] = "product of two 1024x1024 matrices",
}

local growth = {
  {"^batch%-(%d+)$", "evaluate ResNet-34, batch %s, an image"}, {"^side%-(%d+)$", "evaluate ResNet-34, image side %s"},
  {"^depth%-(%d+)$", "evaluate ResNet-%s"}, {"^threads%-(%d+)$", "evaluate ResNet-34, batch 8, threads: %s, an image"},
}

-- What a row is called, and whether it shows growth.
local function title(row)
  for _, kind in ipairs(growth) do
    local number = row:match(kind[1])
    if number then return kind[2]:format(number), true end
  end
  return titles[row] or row, false
end

local order, rows = {}, {}
for line in io.lines(results_path) do
  local engine, row, milliseconds, peak, check = line:match "^(%S+)\t(%S+)\t(%S+)\t(%S+)\t(%S+)$"
  if not engine then error("unreadable result: " .. line) end
  if not rows[row] then
    rows[row] = {}
    order[#order + 1] = row
  end
  rows[row][engine] = rows[row][engine] or {times = {}, peaks = {}, check = tonumber(check)}
  table.insert(rows[row][engine].times, tonumber(milliseconds))
  table.insert(rows[row][engine].peaks, tonumber(peak))
end

local function summary(values)
  table.sort(values)
  return values[(#values + 1) // 2], values[1], values[#values]
end

local function number(value)
  return (value >= 100 and "%.0f" or value >= 10 and "%.1f" or "%.2f"):format(value)
end

local function spread(times, unit)
  local _, low, high = summary(times)
  return number(low * unit[2]) .. "-" .. number(high * unit[2])
end

local function check_equal(row, ours, theirs, name)
  if math.abs(ours.check - theirs.check) > 1e-3 * math.abs(theirs.check) + 1e-5 then
    error(("%s: nnlua computed %g, %s %g"):format(row, ours.check, name, theirs.check))
  end
end

local function machine()
  local model, cores = "unknown processor", 0
  for line in io.lines "/proc/cpuinfo" do
    model = line:match "^model name%s*:%s*(.+)" or model
    if line:match "^processor" then cores = cores + 1 end
  end
  return ("%s, %d cores, %s threads"):format(model, cores, os.getenv "OMP_NUM_THREADS" or "default")
end

local lines, bars = {}, {}
local function add(text) lines[#lines + 1] = text end

local function add_row(row)
  local ours, theirs = rows[row].nnlua, rows[row].torch
  local unit = units[row] or {"ms", 1}
  local name, is_growth = title(row)
  local median = summary(ours.times)
  local peak = summary(ours.peaks)
  local cells = {name, number(median * unit[2]) .. " " .. unit[1], "", "", spread(ours.times, unit), "",
    ("%.0f"):format(peak / 1024), ""}
  if theirs then
    check_equal(row, ours, theirs, "PyTorch")
    local reference = summary(theirs.times)
    cells[3] = number(reference * unit[2]) .. " " .. unit[1]
    cells[4] = number(reference / median)
    cells[6] = spread(theirs.times, unit)
    cells[8] = ("%.0f"):format(summary(theirs.peaks) / 1024)
    if not is_growth then bars[#bars + 1] = {title = name, ratio = reference / median} end
  end
  add("| " .. table.concat(cells, " | ") .. " |")
end

local function add_table(wants_growth)
  local chosen = {}
  for _, row in ipairs(order) do
    if select(2, title(row)) == wants_growth then chosen[#chosen + 1] = row end
  end
  if #chosen == 0 then return end
  add ""
  add "| work | nnlua | PyTorch | times faster | nnlua's spread | PyTorch's | memory, MB | PyTorch's |"
  add "| --- | --- | --- | --- | --- | --- | --- | --- |"
  for _, row in ipairs(chosen) do add_row(row) end
end

local peers = {{"onnxruntime", "ONNX Runtime"}, {"openvino", "OpenVINO"}, {"ncnn", "ncnn"}}

-- Rows that other engines than PyTorch took part in.
local function add_peers()
  local has_title = false
  for _, row in ipairs(order) do
    for _, peer in ipairs(peers) do
      local name, ours, theirs = peer[2], rows[row].nnlua, rows[row][peer[1]]
      if theirs then
        check_equal(row, ours, theirs, name)
        if not has_title then
          add ""
          add "| work | engine | its time | nnlua's | times faster | its spread |"
          add "| --- | --- | --- | --- | --- | --- |"
          has_title = true
        end
        local median, reference = summary(ours.times), summary(theirs.times)
        add(("| %s | %s | %s ms | %s ms | %s | %s |"):format(
          title(row), name, number(reference), number(median), number(reference / median), spread(theirs.times, {"ms", 1})))
      end
    end
  end
end

add(("Medians; %s; %s%s."):format(os.date "%Y-%m-%d", machine(), torch_version and "; PyTorch " .. torch_version or ""))
add_table(false)
add_peers()
add_table(true)

local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
end

local text = table.concat(lines, "\n") .. "\n"
io.write(text)
write("benchmarks.md", text)

if #bars > 0 then
  -- A logarithmic axis: from as fast as PyTorch to 1,000 times faster.
  local width, left, height = 760, 290, 24
  local function x(ratio) return left + (width - left - 60) * math.max(math.log(ratio, 10), 0) / 3 end
  local svg = {('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">')
    :format(width, height * #bars + 50), '<rect width="100%" height="100%" fill="white"/>',
    '<text x="10" y="20" font-weight="bold">times faster than PyTorch on the same processor (logarithmic)</text>'}
  for i, bar in ipairs(bars) do
    local y = 34 + (i - 1) * height
    svg[#svg + 1] = ('<text x="%d" y="%d" text-anchor="end">%s</text>'):format(left - 8, y + 13, bar.title)
    svg[#svg + 1] = ('<rect x="%d" y="%d" width="%.1f" height="16" fill="#3b7dd8"/>'):format(left, y, math.max(x(bar.ratio) - left, 1))
    svg[#svg + 1] = ('<text x="%.1f" y="%d">%s</text>'):format(x(bar.ratio) + 6, y + 13, number(bar.ratio))
  end
  svg[#svg + 1] = "</svg>"
  write("benchmarks.svg", table.concat(svg, "\n") .. "\n")
end
