// removed with the first kernel
