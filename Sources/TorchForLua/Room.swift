// The room of TorchForLua.
