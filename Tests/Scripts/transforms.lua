-- Images and transforms, against what torchvision and Pillow gave.
local t = require "testing"
local test, same, close, raises = t.test, t.same, t.close, t.raises
local T, images = require "torchvision.transforms", require "torchvision.io"
local folder = arg[1] .. "/Vision/"
local expected = torch.load(folder .. "transforms.pth")
local image = images.open(folder .. "image.png")

local bytes, filters = T.PILToTensor(), T.InterpolationMode
local usual = {
  T.Resize(20), T.CenterCrop(16), T.ToTensor(), T.Normalize({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}),
}
local steps = {
  usual = usual,
  augmented = {T.RandomResizedCrop(16), T.RandomHorizontalFlip(), T.ToTensor()},
  smaller = {T.Resize {13, 17}, bytes},
  larger = {T.Resize {41, 50}, bytes},
  bicubic = {T.Resize({16, 60}, filters.BICUBIC), bytes},
  nearest = {T.Resize({16, 60}, {interpolation = filters.NEAREST}), bytes},
  lanczos = {T.Resize({16, 20}, filters.LANCZOS), bytes},
  limited = {T.Resize(20, {max_size = 24}), bytes},
  ["center of more"] = {T.CenterCrop {35, 45}, bytes},
  gray = {T.Grayscale(3), bytes},
  jitter = {T.ColorJitter(0.4, 0.4, 0.4, 0.2), bytes},
  filled = {T.Pad({1, 2, 3, 4}, {fill = {1, 2, 3}}), bytes},
  reflect = {T.Pad(3, {padding_mode = "reflect"}), bytes},
  symmetric = {T.Pad(3, {padding_mode = "symmetric"}), bytes},
  edge = {T.Pad(3, {padding_mode = "edge"}), bytes},
  crop = {T.RandomCrop(20, {padding = 4}), bytes},
  flip = {T.RandomVerticalFlip(), T.RandomGrayscale(0.5), bytes},
  rotated = {T.RandomRotation(50, {fill = {9, 8, 7}}), bytes},
  ["rotated to fit"] = {T.RandomRotation({20, 70}, {expand = true}), bytes},
}

for name, chain in pairs(steps) do
  test(name .. " is torchvision's, bit for bit", function()
    torch.manual_seed(3)
    same(T.Compose(chain)(image), expected[name])
  end)
end

local onTensors = {
  ["tensor resized"] = {T.ToTensor(), T.Resize(16)},
  ["tensor jitter"] = {T.ToTensor(), T.ColorJitter(0.4, 0.4, 0.4)},
  ["tensor gray"] = {T.ToTensor(), T.Grayscale()},
  ["tensor crop"] = {T.ToTensor(), T.RandomResizedCrop(12)},
}

for name, chain in pairs(onTensors) do
  test(name .. " is torchvision's", function()
    torch.manual_seed(3)
    close(T.Compose(chain)(image), expected[name], 1e-6)
  end)
end

test("what pretrained classifiers expect", function()
  local preset = models.ResNet18_Weights.DEFAULT:transforms()
  local chain = T.Compose {
    T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}),
  }
  same(preset(image), chain(image))
  same(preset(T.PILToTensor()(image)).shape, torch.Size {3, 224, 224})
  same(tostring(preset), [[
ImageClassification(
    crop_size=[224]
    resize_size=[256]
    mean=[0.485, 0.456, 0.406]
    std=[0.229, 0.224, 0.225]
    interpolation=InterpolationMode.BILINEAR
)]])
  local names = models.ResNet18_Weights.DEFAULT.meta.categories
  same({#names, names[1], names[282], names[1000]}, {1000, "tench", "tabby", "toilet tissue"})
  same(tostring(models.ResNet50_Weights.DEFAULT:transforms()):match "resize_size=(%S+)", "[232]")
end)

test("functions without chance", function()
  local f = require "torchvision.transforms.functional"
  same(f.pil_to_tensor(f.resize(image, {13, 17})), expected.smaller)
  same(f.hflip(f.hflip(image)), image)
  same(f.adjust_brightness(image, 1), image)
  close(f.normalize(f.to_tensor(image), 0.5, 0.5), f.to_tensor(image) * 2 - 1, 1e-6)
  same(f.crop(f.to_tensor(image), 1, 2, 3, 4), f.to_tensor(image)[{":", {1, 4}, {2, 6}}])
end)

test("files are decoded as Pillow does", function()
  for _, name in ipairs {"image.jpg", "ink.jpg", "palette.png"} do
    local difference = (bytes(images.open(folder .. name):convert("RGB")):int() - expected[name]:int()):abs()
    assert(difference:max():item() <= 1, name)
  end
end)

test("transforms print as torchvision's", function()
  local chain = {table.unpack(usual)}
  chain[5], chain[6] = T.RandomResizedCrop(16), T.ColorJitter(0.4, {hue = 0.2})
  same(tostring(T.Compose(chain)), expected.text)
end)

test("functions are steps too", function()
  local twice = T.Compose {T.ToTensor(), function(x) return x * 2 end, T.Lambda(function(x) return x + 1 end)}
  close(twice(image), T.ToTensor()(image) * 2 + 1)
  raises("a transform gives an Image or a Tensor, not int", T.Compose {function() return 1 end}, image)
end)

test("images go to files and back", function()
  local path = os.tmpname()
  local pixels = images.read_image(folder .. "image.png")
  images.write_png(pixels, path)
  same(images.read_image(path), pixels)
  same(images.decode_image(images.encode_png(pixels)), pixels)
  images.write_jpeg(pixels, path, {quality = 100})
  assert((images.read_image(path):int() - pixels:int()):abs():max():item() < 60)
  same(images.open(path).size, {40, 30})
  same(images.read_image(path, {mode = "GRAY"}).shape, torch.Size {1, 30, 40})
  os.remove(path)
end)

test("files that are damaged, or no images, are errors", function()
  local path = os.tmpname()
  for _, name in ipairs {"image.jpg", "image.png", "palette.png"} do
    local whole = assert(io.open(folder .. name, "rb")):read("a")
    for _, length in ipairs {0, 4, 20, #whole // 2} do
      local file = assert(io.open(path, "wb"))
      file:write(whole:sub(1, length))
      file:close()
      assert(not pcall(images.open, path), name .. " cut to " .. length)
    end
  end
  os.remove(path)
  raises("[Errno 2] No such file or directory: '/nowhere'", images.open, "/nowhere")
  raises("Image quality should be a positive number between 1 and 100", images.encode_jpeg, torch.zeros(3, 2, 2):byte(), 0)
  raises("Input tensor dtype should be uint8", images.encode_png, torch.zeros(3, 2, 2))
end)

test("what does not fit is an error in torchvision's words", function()
  raises("Input tensor should be a float tensor. Got torch.uint8.", T.Normalize(0, 1), bytes(image))
  raises("std evaluated to zero after conversion to torch.float32", T.Normalize(0, 0), T.ToTensor()(image))
  raises("Required crop size (50, 50) is larger than input image size (30, 40)", T.RandomCrop(50), image)
  raises("If brightness is a single number, it must be non negative.", T.ColorJitter, -1)
  raises("pic should be PIL Image or ndarray.", T.ToTensor(), torch.zeros(1))
end)

test("folders of images are datasets", function()
  local root = os.tmpname()
  os.remove(root)
  os.execute(("mkdir -p %s/cat/inner %s/dog"):format(root, root))
  local pixels = images.read_image(folder .. "image.png")
  images.write_png(pixels, root .. "/dog/b.png")
  images.write_png(pixels, root .. "/cat/inner/c.png")
  images.write_jpeg(pixels, root .. "/cat/a.JPG")
  io.open(root .. "/cat/notes.txt", "w"):close()
  local set = datasets.ImageFolder(root, {transform = T.ToTensor(), target_transform = function(i) return i * 10 end})
  same(set.classes, {"cat", "dog"})
  same(set.class_to_idx.dog, 1)
  same(set.targets, {0, 0, 1})
  same(set.samples[2], {root .. "/cat/inner/c.png", 0})
  same(#set, 3)
  same(set[2][2], 10)
  for x, y in torch.utils.data.DataLoader(set, {batch_size = 3}):iter() do
    same(x.shape, torch.Size {3, 3, 30, 40})
    same(y, torch.tensor {0, 0, 10})
  end
  same(datasets.ImageFolder(root)[0][1].size, {40, 30})
  os.execute(("mkdir %s/empty"):format(root))
  raises("Found no valid file for the classes empty. Supported extensions are: .jpg", datasets.ImageFolder, root)
  os.execute("rm -r " .. root)
  raises("[Errno 2] No such file or directory", datasets.ImageFolder, root)
end)

t.finish()
