--- # Handwritten digits, ten of each
---
--- This page is an ordinary script: `nnlua examples/notebook.lua` runs it, and `nnlua notebook examples/notebook.lua` writes this page.
--- Lines that begin with `---` are its text, and what the code prints stands below the code.

local path = require "path"
local plot = require "plot"
torch.manual_seed(0)

local data = torch.load(path.join(path.dirname(arg[0]), "data", "digits.safetensors"))
print(data)

--- ## What they look like
--- Images of 8 x 8 pixels with values from 0 to 16. `plot.image` shows tensors of the shape of an image, or a batch of them.

local images, labels = data.images:float() / 16, data.labels
print(plot.image(images["0:12"]))
print(labels["0:12"])

--- ## Few examples to learn from
--- Ten images of each digit are for training, and the last 500 for the test.

local chosen = {}
for digit = 0, 9 do
  chosen[#chosen + 1] = labels["0:1200"]:eq(digit):nonzero():flatten()["0:10"]
end
local train = torch.cat(chosen)
local train_x, train_y = images[train], labels[train]
local test_x, test_y = images["-500:"], labels["-500:"]
print(train_x.shape, test_x.shape)

--- ## A small network

local net = nn.Sequential(
  nn.Conv2d(1, 16, 3, {padding = 1}), nn.ReLU(), nn.MaxPool2d(2),
  nn.Flatten(), nn.Dropout(0.3), nn.Linear(16 * 4 * 4, 10))
print(net)

--- ## Training
--- `accuracy` is the share of the test's images that get the right digit. Before training, about one in *ten* does.

local function accuracy()
  net:eval()
  return torch.no_grad(function() return net(test_x):argmax(1):eq(test_y):float():mean():item() end)
end

local optimizer = optim.AdamW(net:parameters(), {lr = 0.01})
local losses, accuracies = {}, {accuracy()}
for epoch = 1, 30 do
  net:train()
  for _, rows in ipairs(torch.randperm(#train_y):split(20)) do
    optimizer:zero_grad()
    local loss = F.cross_entropy(net(train_x[rows]), train_y[rows])
    loss:backward()
    optimizer:step()
    losses[#losses + 1] = loss:item()
  end
  accuracies[#accuracies + 1] = accuracy()
end
print(("accuracy %.1f %% before, %.1f %% after"):format(100 * accuracies[1], 100 * accuracies[#accuracies]))

--- The loss of every step, and the accuracy after every epoch:

print(plot.line(losses, {title = "loss by step"}))
print(plot.line(accuracies, {title = "accuracy by epoch"}))

--- ## What is still confused
--- The digits that the network takes for another one most often:

net:eval()
local answers = torch.no_grad(function() return net(test_x):argmax(1) end)
local counts = {}
for i = 0, #test_y - 1 do
  local truth, answer = test_y[i]:item(), answers[i]:item()
  if truth ~= answer then
    local pair = ("%d taken for %d"):format(truth, answer)
    counts[pair] = (counts[pair] or 0) + 1
  end
end
local pairs_by_count = {}
for pair in pairs(counts) do pairs_by_count[#pairs_by_count + 1] = pair end
table.sort(pairs_by_count, function(a, b)
  if counts[a] ~= counts[b] then return counts[a] > counts[b] end
  return a < b
end)
for i = 1, math.min(5, #pairs_by_count) do print(counts[pairs_by_count[i]], pairs_by_count[i]) end
print(plot.image(test_x[answers:ne(test_y)]["0:12"]))
