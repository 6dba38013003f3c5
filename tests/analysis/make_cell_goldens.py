# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses of fixture models with cells of one layer's output overwritten, by transformers and forward hooks.

    python make_cell_goldens.py FOLDER_OF_MODELS > ../data/cell_test.json
"""
import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

MODELS = ["llama2", "gpt2", "gemma2", "falcon-7b-like", "gpt-neox"]
ABSOLUTE, RATIO = 0.0, 2.5  # a rule by which these small models have massive cells


def layers_of(model):
    for path in ("model.layers", "transformer.h", "model.decoder.layers", "gpt_neox.layers"):
        here = model
        for part in path.split("."):
            here = getattr(here, part, None)
            if here is None:
                break
        if here is not None:
            return here
    raise SystemExit("where are the layers?")


class Hook:
    """Keeps a layer's output, (T, C), and hands on one with cells overwritten."""

    def __init__(self, layer, cells=()):
        self.cells = cells
        self.seen = None
        self.handle = layer.register_forward_hook(self)

    def __call__(self, module, args, output):
        h = output[0] if isinstance(output, tuple) else output
        self.seen = h[0].detach().clone()
        h = h.clone()
        for token, channel, value in self.cells:
            h[0, token, channel] = value
        return (h, *output[1:]) if isinstance(output, tuple) else h


def run(model, ids, layer, cells=()):
    hook = Hook(layers_of(model)[layer], cells)
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, :-1].double()
    hook.handle.remove()
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]))
    return loss.item(), hook.seen


def threshold(h):
    sizes = h.abs().flatten().sort().values
    return max(ABSOLUTE, RATIO * sizes[(len(sizes) - 1) // 2].item())


def main():
    root = Path(sys.argv[1])
    cases = []
    for name in MODELS:
        model = AutoModelForCausalLM.from_pretrained(root / name, dtype=torch.float32, attn_implementation="eager").eval()
        vocabulary = model.config.get_text_config().vocab_size
        generator = torch.Generator().manual_seed(7)
        draw = lambda n: torch.randint(3, vocabulary, (n,), generator=generator).tolist()
        ids = draw(12)
        calibration = [draw(n) for n in (5, 9, 3, 7)]
        for layer in range(len(layers_of(model))):
            before, h = run(model, ids, layer)
            limit = threshold(h)
            channels = h.shape[1]
            first = h[0].abs().argmax().item()
            later = h[1:].abs().argmax().item()
            wanted = [(0, first), (1 + later // channels, later % channels), (4, 1)]
            outputs = [run(model, each, layer)[1] for each in calibration]
            for token, channel in wanted:
                value = h[token, channel].item()
                massive = abs(value) > limit
                kind = [o[:1, channel] if token == 0 else o[1:, channel] for o in outputs]
                if massive:
                    kind = [k[k.abs() > threshold(o)] for k, o in zip(kind, outputs)]
                values = torch.cat(kind).double()
                case = {"model": name, "ids": ids, "layer": layer, "token": token, "channel": channel,
                        "calibration": calibration, "value": value, "massive": massive, "loss": before,
                        "loss_zero": run(model, ids, layer, [(token, channel, 0.0)])[0], "n_mean": len(values)}
                if len(values):
                    case["mean"] = values.mean().item()
                    case["loss_mean"] = run(model, ids, layer, [(token, channel, case["mean"])])[0]
                cases.append(case)
            both = [(t, c, 0.0) for t, c in wanted[:2]]
            cases.append({"model": name, "ids": ids, "layer": layer, "cells": [c[:2] for c in both], "loss": before,
                          "loss_zero": run(model, ids, layer, both)[0]})
    json.dump({"absolute": ABSOLUTE, "ratio": RATIO, "cases": cases}, sys.stdout, separators=(",", ":"))
    print()


main()
