#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every update of short runs with switches, done again by PyTorch in double precision from checkpoint to checkpoint.

usage: compare_with_pytorch.py PROGRAM

The corpus is one window long, so every batch is known. From the checkpoint before an update (weights, moments) loss,
gradient norm, moments and weights after it are computed: the decoder, AdamW, and the switches as the papers have them.
Needs torch and safetensors. Prints the largest relative differences and exits 1 where one is no rounding.
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file

TEXT = b"The quick brown fox jumps again!"
IDS = torch.tensor([256] + list(TEXT[:-1]))  # BOS first
TARGETS = torch.tensor(list(TEXT))
N_LAYER, N_EMBD, N_HEAD, N_KV_HEAD = 3, 32, 4, 2
RATE, DECAY, EPS = 3e-3, 0.1, 1e-6
ROUNDING = {"loss": 2e-6, "grad_norm": 1e-5, "moments": 1e-4, "weights": 2e-5}

# So that weights just drawn or fitted are in the checkpoint as they were: an update that moves nothing.
def still(step):
    rates = ("train.learning_rate", "train.min_learning_rate")
    return [(s, key, rate) for s, rate in ((step, 1e-12), (step + 1, RATE)) for key in rates]


RUNS = {
    "TVR, every option": (
        {"tvr.enabled": "true", "tvr.target_std": 0.015, "tvr.ratio_threshold": 1.0, "tvr.step_interval": 3,
         "tvr.scale_with_depth": "true", "tvr.blacklist": "q_proj"}, []),
    "TVR on, off, on": (
        {"tvr.target_std": 0.016, "tvr.ratio_threshold": 1.25, "tvr.step_interval": 2},
        [(4, "tvr.enabled", "true"), (7, "tvr.enabled", "false"), (9, "tvr.enabled", "true"),
         (10, "tvr.ratio_threshold", "1.0"), (11, "tvr.target_std", "0.012")]),
    "KV bias, random start, on, off, on": (
        {"kv_bias.weight_decay": 0.05, "kv_bias.warmup_steps": 3},
        still(3) + [(3, "kv_bias.enabled", "true"), (6, "kv_bias.enabled", "false"), (8, "kv_bias.enabled", "true")]),
    "KV bias, neutral start, on, off, on": (
        {"kv_bias.start": "neutral", "kv_bias.anneal_steps": 4},
        still(3) + [(3, "kv_bias.enabled", "true"), (9, "kv_bias.enabled", "false"), (10, "kv_bias.enabled", "true")]),
    "DyT, paper's start, on, off, on": (
        {"dyt.warmup_steps": 3},
        still(4) + [(4, "dyt.enabled", "true"), (8, "dyt.enabled", "false"), (10, "dyt.enabled", "true")]),
    "DyT, calibrated": ({"dyt.start": "calibrated", "dyt.warmup_steps": 6}, still(4) + [(4, "dyt.enabled", "true")]),
    "all three": (
        {"tvr.target_std": 0.016, "tvr.ratio_threshold": 1.0, "tvr.step_interval": 2, "kv_bias.start": "neutral",
         "kv_bias.anneal_steps": 3, "kv_bias.warmup_steps": 0, "dyt.warmup_steps": 0},
        still(3) + [(3, "kv_bias.enabled", "true")] + still(6) + [(6, "dyt.enabled", "true"), (8, "tvr.enabled", "true"),
         (11, "dyt.enabled", "false"), (12, "kv_bias.enabled", "false")]),
}


def attention(q, k, v, k_bias, v_bias, offset):
    """q (H, T, D), k and v (H_kv, T, D); the slot, where there is one, is the first key."""
    repeat = lambda x: x.repeat_interleave(N_HEAD // N_KV_HEAD, 0)
    scale = q.shape[-1] ** -0.5
    scores = q @ repeat(k).transpose(1, 2) * scale + torch.full((q.shape[1],) * 2, -math.inf).triu(1)
    values = repeat(v)
    if k_bias is not None:
        scores = torch.cat([q @ repeat(k_bias[0]).transpose(1, 2) * scale + offset, scores], 2)
        values = torch.cat([repeat(v_bias[0]), values], 1)
    p = torch.softmax(scores, -1)
    assert k_bias is None or (p[:, :, 1:].sum(-1) < 1).all()
    return p @ values


def loss_of(w, kv_bias, dyt, offset):
    n_token, head_dim = len(IDS), N_EMBD // N_HEAD
    angle = torch.arange(n_token)[:, None] * 10000.0 ** (-torch.arange(0, head_dim, 2) / head_dim)
    angle = torch.cat([angle, angle], 1)
    rotated = lambda x: x * angle.cos() + torch.cat([-x[..., head_dim // 2:], x[..., :head_dim // 2]], -1) * angle.sin()

    def norm(x, name):
        if dyt:
            return w[name + ".dyt.weight"] * torch.tanh(w[name + ".dyt.alpha"] * x)
        return w[name + ".weight"] * x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-5)

    x = w["model.embed_tokens.weight"][IDS] * (w["model.embed_scale"] if dyt else 1)
    for layer in range(N_LAYER):
        at = f"model.layers.{layer}."
        linear = lambda x, name: x @ w[at + name + ".weight"].T
        h = norm(x, at + "input_layernorm")
        q, k, v = [linear(h, f"self_attn.{c}_proj").reshape(n_token, -1, head_dim).transpose(0, 1) for c in "qkv"]
        slot = [w[at + f"self_attn.{c}_bias"] if kv_bias else None for c in "kv"]
        mixed = attention(rotated(q), rotated(k), v, *slot, offset)
        x = x + linear(mixed.transpose(0, 1).reshape(n_token, N_EMBD), "self_attn.o_proj")
        h = norm(x, at + "post_attention_layernorm")
        x = x + linear(torch.nn.functional.silu(linear(h, "mlp.gate_proj")) * linear(h, "mlp.up_proj"), "mlp.down_proj")
    return torch.nn.functional.cross_entropy(norm(x, "model.norm") @ w["lm_head.weight"].T, TARGETS)


def rescale(w, now):
    """TVR: (w - mean) / std * target + mean where std / target is above the threshold."""
    for name, weight in w.items():
        if ".layers." not in name or not name.endswith("proj.weight"):
            continue
        if any(part and part in name for part in str(now["tvr.blacklist"]).split(",")):
            continue
        depth = int(name.split(".")[2]) + 1 if now["tvr.scale_with_depth"] == "true" else 1
        target, std = float(now["tvr.target_std"]) / math.sqrt(depth), weight.std()
        if std / target > float(now["tvr.ratio_threshold"]):
            w[name] = (weight - weight.mean()) / std * target + weight.mean()


def share_of(name, now, kv_age, dyt_age):
    """What share of the learning rate a parameter gets: it rises from 0 in what a switch brought into use."""
    if name.endswith(("k_bias", "v_bias")):
        age, n = kv_age, int(now["kv_bias.warmup_steps"])
    elif ".dyt." in name or "norm" in name or name.endswith("embed_scale"):
        age, n = dyt_age, int(now["dyt.warmup_steps"])
    else:
        return 1
    return 1 if age is None or age >= n else age / n


def read(folder):
    load = lambda path: {k: v.double() for k, v in load_file(path).items()} if path.exists() else {}
    ours = folder / "variometer"
    weights = load(folder / "model.safetensors") | load(ours / "extras.safetensors")
    switches = json.loads((ours / "state.json").read_text())["switches"]
    return weights, load(ours / "optimizer.safetensors"), switches


def train(program, folder, settings, changes, n_step):
    (folder / "text.txt").write_bytes(TEXT)
    fixed = {"model.n_layer": N_LAYER, "model.n_embd": N_EMBD, "model.n_head": N_HEAD, "model.n_kv_head": N_KV_HEAD,
             "model.block_size": len(TEXT), "train.batch_size": 2, "train.warmup_steps": 0, "train.validation_every": 0,
             "train.sample_every": 0, "train.learning_rate": RATE, "train.min_learning_rate": RATE,
             "train.weight_decay": DECAY, "train.eps": EPS, "train.threads": 1, "train.device": "cpu"}
    command = [program, "train", "--corpus", folder / "text.txt", "--steps", n_step, "--json",
               "--checkpoint", folder / "model", "--every", 1, "--keep", n_step]
    for key, value in (fixed | settings).items():
        command += ["--set", f"{key}={value}"]
    for step, key, value in changes:
        command += ["--at", f"{step}:{key}={value}"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def worst_of(program, folder, settings, changes, n_step=16):
    updates = train(program, folder, settings, changes, n_step)
    now = {"tvr.enabled": "false", "tvr.scale_with_depth": "false", "tvr.blacklist": "", "kv_bias.enabled": "false",
           "kv_bias.start": "random", "kv_bias.anneal_steps": 100, "kv_bias.weight_decay": 0, "dyt.enabled": "false",
           "kv_bias.warmup_steps": 0, "dyt.warmup_steps": 0}
    now |= settings
    worst = dict.fromkeys(ROUNDING, 0.0)
    since = anneal = 0
    kv_before, dyt_before, drawn, fitted = False, False, False, False
    kv_age = dyt_age = None  # updates since the switch; None: as it was before the first update
    for step in range(1, n_step + 1):
        now |= {key: value for s, key, value in changes if s == step}
        tvr, kv_bias, dyt = (now[key + ".enabled"] == "true" for key in ("tvr", "kv_bias", "dyt"))
        if kv_bias and not kv_before:
            anneal = int(now["kv_bias.anneal_steps"]) if now["kv_bias.start"] == "neutral" else 0
            kv_age = 0 if step > 1 else None
        if dyt != dyt_before:
            dyt_age = 0 if step > 1 else None
        kv_age, dyt_age = (age if age is None else age + 1 for age in (kv_age, dyt_age))
        kv_before, dyt_before = kv_bias, dyt
        offset = -20 * min(1, anneal / int(now["kv_bias.anneal_steps"])) if kv_bias else 0
        anneal = max(anneal - 1, 0) if kv_bias else 0
        checks = tvr and (since == 0 or since >= int(now["tvr.step_interval"]))
        since = 0 if not tvr else 1 if checks else since + 1
        fresh, drawn, fitted = (kv_bias and not drawn) or (dyt and not fitted), drawn or kv_bias, fitted or dyt
        if step == 1:
            continue  # there is no checkpoint before it
        before, moments, _ = read(folder / "model" / f"step-{step - 1:06d}")
        after, moments_after, switches = read(folder / "model" / f"step-{step:06d}")
        assert switches["kv_bias"] == kv_bias and switches["dyt"] == dyt, step
        assert abs(switches["kv_logit_offset"] - offset) < 1e-12, step
        w = {k: v.clone().requires_grad_() for k, v in (after if fresh else before).items()}
        loss = loss_of(w, kv_bias, dyt, offset)
        loss.backward()
        used = {k: v.grad for k, v in w.items() if v.grad is not None}
        grad_norm = math.sqrt(sum((g * g).sum().item() for g in used.values()))
        rate, clip = updates[step - 1]["learning_rate"], min(1.0, 1.0 / (grad_norm + 1e-6))

        def differ(what, found, expected):
            scale = max(expected.abs().max().item(), 1e-3 if what == "weights" else 1e-12)
            worst[what] = max(worst[what], (found - expected).abs().max().item() / scale)

        differ("loss", torch.tensor(updates[step - 1]["loss"]), loss.detach())
        differ("grad_norm", torch.tensor(updates[step - 1]["grad_norm"]), torch.tensor(grad_norm))
        expected = {k: v.detach().clone() for k, v in w.items()}
        for name, gradient in used.items():
            gradient = gradient * clip
            m = 0.9 * moments.get(name + ".exp_avg", 0) + 0.1 * gradient
            s = 0.95 * moments.get(name + ".exp_avg_sq", 0) + 0.05 * gradient * gradient
            n = float(moments.get(name + ".step", 0)) + 1
            differ("moments", moments_after[name + ".exp_avg"], m)
            is_slot = name.endswith(("k_bias", "v_bias"))
            decay = float(now["kv_bias.weight_decay"]) if is_slot else DECAY if gradient.dim() == 2 else 0
            change = m / (1 - 0.9**n) / ((s / (1 - 0.95**n)).sqrt() + EPS)
            own = rate * share_of(name, now, kv_age, dyt_age)
            expected[name] = expected[name] * (1 - own * decay) - own * change
        if checks:
            rescale(expected, now)
        for name, value in after.items():
            differ("weights", value, expected[name])
    return worst


def main(program):
    torch.set_default_dtype(torch.float64)
    sound = True
    for name, (settings, changes) in RUNS.items():
        with tempfile.TemporaryDirectory() as folder:
            worst = worst_of(program, pathlib.Path(folder), settings, changes)
        sound = sound and all(worst[key] <= most for key, most in ROUNDING.items())
        print(f"{name:36}" + ", ".join(f"{key} {value:.0e}" for key, value in worst.items()))
    return 0 if sound else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
