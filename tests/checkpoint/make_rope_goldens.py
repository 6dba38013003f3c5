#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/rope.json: what transformers 5 makes of many spellings of rotary positions in config.json.

Each case holds a config.json, the number of tokens of a forward pass, and the inverse frequencies and the attention factor
of that pass. `null` for both: transformers refuses the file, or its forward pass fails.

    python make_rope_goldens.py
"""

import json
import pathlib
import tempfile
import warnings

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging

HERE = pathlib.Path(__file__).resolve().parent
SIZES = {
    "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 1, "intermediate_size": 32, "vocab_size": 40,
    "max_position_embeddings": 64, "num_key_value_heads": 4, "pad_token_id": None,
}
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "phi3", "phi", "gpt_neox", "olmo2", "gemma")
SHORT = [1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 1.7, 2.0]
LONG = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]


def spellings():
    """name, changes to the config, tokens."""
    yield "plain", {}, 20
    yield "partial, top", {"partial_rotary_factor": 0.5}, 20
    yield "partial, dict", {"rope_parameters": {"rope_type": "default", "rope_theta": 5e4, "partial_rotary_factor": 0.5}}, 20
    yield "theta, top", {"rope_theta": 5e5}, 20
    yield "theta, dict", {"rope_parameters": {"rope_type": "default", "rope_theta": 5e5}, "rope_theta": 1e3}, 20
    yield "empty scaling", {"rope_scaling": {}, "rope_parameters": {"rope_type": "linear", "factor": 4.0}}, 20
    yield "linear", {"rope_scaling": {"type": "linear", "factor": 4.0}}, 20
    yield "dynamic, within", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, 64
    yield "dynamic, beyond", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, 90
    llama3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    yield "llama3", {"rope_scaling": {**llama3, "original_max_position_embeddings": 32}}, 20
    yield "llama3, no original", {"rope_scaling": llama3}, 20
    yarn = {"rope_type": "yarn", "factor": 4.0}
    yarns = {
        "original 16": {"original_max_position_embeddings": 16},
        "no original": {},
        "original = max": {"original_max_position_embeddings": 64},
        "factor is not the ratio": {"factor": 8.0, "original_max_position_embeddings": 16},
        "factor null": {"factor": None, "original_max_position_embeddings": 16},
        "factor below 1": {"factor": 0.5, "original_max_position_embeddings": 16},
        "betas": {"original_max_position_embeddings": 32, "beta_fast": 4.0, "beta_slow": 0.25},
        "betas 0": {"original_max_position_embeddings": 32, "beta_fast": 0, "beta_slow": 0},
        "attention_factor": {"original_max_position_embeddings": 16, "attention_factor": 1.3},
        "attention_factor null": {"original_max_position_embeddings": 16, "attention_factor": None},
        "attn_factor": {"original_max_position_embeddings": 16, "attn_factor": 1.3},
        "both mscale": {"original_max_position_embeddings": 16, "mscale": 0.7, "mscale_all_dim": 1.2},
        "mscale alone": {"original_max_position_embeddings": 16, "mscale": 0.7},
        "no truncation": {"original_max_position_embeddings": 16, "truncate": False},
        "truncate null": {"original_max_position_embeddings": 16, "truncate": None},
    }
    for name, more in yarns.items():
        yield f"yarn, {name}", {"rope_scaling": {**yarn, **more}}, 20
        yield f"yarn, {name}, version 4", {"rope_scaling": {**yarn, **more}, "transformers_version": "4.47.1"}, 20
        yield f"yarn, {name}, rope_parameters", {"rope_parameters": {"rope_theta": 1e4, **yarn, **more}}, 20
    yield "yarn, type", {"rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}}, 20
    yield "yarn, original at the top", {"rope_scaling": yarn, "original_max_position_embeddings": 16}, 20
    yield "yarn, two originals", {
        "rope_scaling": {**yarn, "original_max_position_embeddings": 32}, "original_max_position_embeddings": 16}, 20
    yield "yarn, partial", {"rope_scaling": yarn, "partial_rotary_factor": 0.5}, 20
    longrope = {"rope_type": "longrope", "short_factor": SHORT, "long_factor": LONG}
    for n_token in (16, 40):
        yield f"longrope, {n_token}", {"rope_scaling": longrope, "original_max_position_embeddings": 32}, n_token
        yield f"longrope, original inside, {n_token}", {
            "rope_scaling": {**longrope, "original_max_position_embeddings": 32}}, n_token
    yield "longrope, version 4", {
        "rope_scaling": {"type": "longrope", "short_factor": SHORT, "long_factor": LONG},
        "original_max_position_embeddings": 32, "transformers_version": "4.47.1"}, 40
    yield "longrope, factor", {"rope_scaling": {**longrope, "factor": 8.0}, "original_max_position_embeddings": 32}, 40
    yield "longrope, factor, version 4", {
        "rope_scaling": {**longrope, "factor": 8.0}, "original_max_position_embeddings": 32,
        "transformers_version": "4.47.1"}, 40
    yield "longrope, attention_factor", {
        "rope_scaling": {**longrope, "attention_factor": 1.25}, "original_max_position_embeddings": 32}, 40
    yield "longrope, no original", {"rope_scaling": longrope}, 40


def rotary_of(model):
    for name, module in model.named_modules():
        if name.endswith("rotary_emb"):
            return module
    raise KeyError("no rotary embedding")


def case(family, changes, n_token):
    config = {"model_type": family, **SIZES, **json.loads(json.dumps(changes))}
    if family in ("qwen3", "gemma"):
        config["head_dim"] = 16
    result = {"config": config, "n_token": n_token, "inv_freq": None, "attention_factor": None}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "config.json").write_text(json.dumps(config))
        try:
            model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")
            model.eval()
            with torch.no_grad():
                model(torch.zeros(1, n_token, dtype=torch.long), use_cache=False)
        except Exception as error:  # what exactly does not matter here
            result["refused"] = f"{type(error).__name__}: {error}".splitlines()[0][:120]
            return result
    rotary = rotary_of(model)
    result["inv_freq"] = [float(f"{float(x):.9g}") for x in rotary.inv_freq]
    result["attention_factor"] = float(rotary.attention_scaling)
    return result


def main():
    warnings.filterwarnings("ignore")
    logging.set_verbosity_error()
    cases = []
    for family in FAMILIES:
        for name, changes, n_token in spellings():
            if "version 4" in name and family not in ("llama", "phi3"):
                continue
            # Phi-3's class takes no other scaling.
            if family == "phi3" and not name.startswith(("plain", "partial", "theta", "longrope")):
                continue
            cases.append({"name": f"{family}: {name}", **case(family, changes, n_token)})
    text = "[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n"
    (HERE.parent / "data" / "rope.json").write_text(text)
    print(len(cases), "cases,", sum(each["inv_freq"] is None for each in cases), "refused")


if __name__ == "__main__":
    main()
