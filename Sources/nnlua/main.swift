print("nnlua")
