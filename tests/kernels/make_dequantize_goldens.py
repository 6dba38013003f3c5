# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/gguf/blocks.safetensors: random blocks of every quantised type and what the gguf package's own
reader makes of them (numpy, gguf, safetensors from PyPI)."""
import pathlib

import gguf
import numpy
from safetensors.numpy import save_file

random = numpy.random.default_rng(7)
tensors = {}
for name in ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]:
    type = gguf.GGMLQuantizationType[name]
    values, size = gguf.GGML_QUANT_SIZES[type]
    blocks = random.integers(0, 256, (24 if values == 32 else 6, size), dtype=numpy.uint8)
    halves = {"Q6_K": [208], "Q4_0": [0], "Q5_0": [0], "Q8_0": [0]}.get(name, [0, 2])
    for at in halves:  # scales as models have them; the first blocks keep wild ones: subnormal, largest, negative zero
        scales = (0.02 * random.standard_normal(len(blocks))).astype(numpy.float16)
        scales[:3] = [numpy.float16(3e-7), numpy.float16(65504), numpy.float16(-0.0)]
        blocks[:, at:at + 2] = scales.view(numpy.uint8).reshape(-1, 2)
    with numpy.errstate(all="ignore"):
        result = gguf.quants.dequantize(blocks, type).astype(numpy.float32)
    tensors[name + ".blocks"] = blocks
    tensors[name + ".values"] = result.reshape(len(blocks), values)
save_file(tensors, pathlib.Path(__file__).parents[1] / "data" / "gguf" / "blocks.safetensors")
