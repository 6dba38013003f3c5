# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/models/<name>/expected_bf16.safetensors: what transformers gives for the first sequence in bfloat16
(eager, one thread, CPU): the first layer's attention probabilities, outputs of attention, MLP and block, and the logits.
Made with torch 2.11 on a CPU with AVX2 and transformers 5.23; gpt2, whose attention rounds as the version in its config
does, with 4.52.4. Usage: make_bf16_goldens.py tests/data/models [NAME ...]"""
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
import transformers
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if folder.name == "gemma3-multimodal":
        continue  # the same text model once more
    if sys.argv[2:] and folder.name not in sys.argv[2:]:
        continue
    ids = load_file(folder / "expected_f32.safetensors")["input_ids"][:1]
    dtype = {"torch_dtype" if transformers.__version__ < "5" else "dtype": torch.bfloat16}
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", **dtype).eval()
    layer = next(m for n, m in model.named_modules() if n.endswith((".layers", ".h")))[0]
    out = {"input_ids": ids}

    def keep(name):
        def hook(module, inputs, output):
            value = output[0] if isinstance(output, tuple) else output
            out[name] = value.detach().clone().view(1, ids.shape[1], -1)
        return hook

    layer.register_forward_hook(keep("layer_out.0"))
    attention = next(getattr(layer, n) for n in ("self_attn", "attn", "attention", "self_attention") if hasattr(layer, n))
    attention.register_forward_hook(keep("attn_out.0"))
    (layer.mlp if hasattr(layer, "mlp") else layer.fc2).register_forward_hook(keep("mlp_out.0"))
    with torch.no_grad():
        result = model(ids, attention_mask=torch.ones_like(ids), output_attentions=True, use_cache=False)
    out["attentions.0"] = result.attentions[0].clone()
    out["logits"] = result.logits.clone()
    save_file({k: v.contiguous() for k, v in out.items()}, folder / "expected_bf16.safetensors")
