# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the goldens of saved_model_test.cpp: what transformers computes from folders that Variometer saved.

usage: make_saved_goldens.py FOLDER...   (each written by `variometer train --checkpoint FOLDER`)

Loads every folder with AutoModelForCausalLM and AutoTokenizer, checks that the tokenizer gives BOS and the bytes of a
text, and writes transformers.safetensors beside the model: input_ids, logits (float32, eager attention). Needs torch,
transformers, tokenizers and safetensors; nothing of this is needed to build or test.
"""
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXT = "Summer is warm. Grüße, 7 €!\n\t\x01"

for folder in sys.argv[1:]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(TEXT)["input_ids"]
    assert ids == [256, *TEXT.encode()], ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == TEXT
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    n = min(len(ids), model.config.max_position_embeddings)
    input_ids = torch.tensor([ids[:n], [256] + list(range(0, 2 * (n - 1), 2))])
    with torch.no_grad():
        logits = model(input_ids).logits
    save_file({"input_ids": input_ids, "logits": logits.contiguous()}, f"{folder}/transformers.safetensors")
    print(folder, type(model).__name__, tuple(logits.shape), "tokenizer agrees")
