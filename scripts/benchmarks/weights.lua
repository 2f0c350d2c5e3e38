-- The ResNet-34 that both sides measure, as a PyTorch checkpoint: weights.lua FILE
local torch = require "torch"
torch.manual_seed(0)
torch.save(require("torchvision.models").resnet34():state_dict(), arg[1])
