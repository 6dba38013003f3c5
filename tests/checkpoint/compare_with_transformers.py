#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many layer outputs and logits of `variometer inspect --dtype TYPE --dump` have the bits transformers computes.

usage: compare_with_transformers.py PROGRAM TYPE FOLDER...   (TYPE: float32, bfloat16 or float16)

Each FOLDER is a model; the ids are those of its expected_f32.safetensors, else 1 to 8. Needs torch, transformers and
safetensors. Not part of the tests: the bits depend on LibTorch's version and on the processor.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, logging


def blocks_of(model):
    n_layer = model.config.get_text_config().num_hidden_layers
    return next(m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == n_layer)


def theirs(folder, dtype, ids):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype), attn_implementation="eager").eval()
    out = {}
    for i, block in enumerate(blocks_of(model)):
        def keep(_module, _inputs, output, name=f"layer_out.{i}"):
            out[name] = (output[0] if isinstance(output, tuple) else output).detach()
        block.register_forward_hook(keep)
    with torch.no_grad():
        out["logits"] = model(input_ids=ids).logits
    return out


def ours(program, folder, dtype, ids):
    with tempfile.TemporaryDirectory() as scratch:
        file, dump = f"{scratch}/ids.json", f"{scratch}/dump.safetensors"
        pathlib.Path(file).write_text(json.dumps(ids.tolist()))
        subprocess.run([program, "inspect", folder, "--ids", file, "--dtype", dtype, "--dump", dump],
                       check=True, stdout=subprocess.DEVNULL)
        return load_file(dump)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, dtype, folders = sys.argv[1], sys.argv[2], sys.argv[3:]
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for folder in folders:
        expected = pathlib.Path(folder) / "expected_f32.safetensors"
        ids = load_file(expected)["input_ids"] if expected.exists() else torch.arange(1, 9).unsqueeze(0)
        want, have = theirs(folder, dtype, ids), ours(program, folder, dtype, ids)
        n_equal = sum(torch.equal(have[name], value.float()) for name, value in want.items())
        worst = max(((have[name] - value.float()).abs().max() / value.float().abs().max()).item()
                    for name, value in want.items())
        print(f"{pathlib.Path(folder).name:24s} {n_equal} of {len(want)} bit-equal, worst {worst:.1e} of the largest")


if __name__ == "__main__":
    main()
