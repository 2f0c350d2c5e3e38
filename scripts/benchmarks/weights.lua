-- The networks that both sides measure, as PyTorch checkpoints: weights.lua FOLDER DEPTH ...
local torch, models, path = require "torch", require "torchvision.models", require "path"
for i = 2, #arg do
  torch.manual_seed(0)
  torch.save(models["resnet" .. arg[i]]():state_dict(), path.join(arg[1], ("resnet%s.pth"):format(arg[i])))
end
