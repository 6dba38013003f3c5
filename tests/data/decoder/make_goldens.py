# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes llama.safetensors and gpt2.safetensors: tiny random decoders with what Hugging Face (eager, float32) gives for
them, and losses and gradients with KV bias and DyT from a decoder written down here in float64 (checked against Hugging
Face first). Needs torch, transformers, safetensors. Run in this folder: python make_goldens.py"""
import math

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

L, C, H, D, INNER, V, T, B = 2, 16, 4, 6, 20, 31, 9, 2
torch.set_num_threads(1)


def make(family):
    torch.manual_seed(7 if family == "llama" else 8)
    if family == "llama":
        model = LlamaForCausalLM(LlamaConfig(
            vocab_size=V, hidden_size=C, intermediate_size=INNER, num_hidden_layers=L, num_attention_heads=H,
            num_key_value_heads=2, head_dim=D, rms_norm_eps=1e-5, max_position_embeddings=64, initializer_range=0.3,
            attn_implementation="eager"))
    else:
        model = GPT2LMHeadModel(GPT2Config(
            vocab_size=V, n_embd=C, n_inner=INNER, n_layer=L, n_head=H, n_positions=12, initializer_range=0.3,
            resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, attn_implementation="eager"))
    model.eval()
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() == 1:
                p += 0.3 * torch.randn_like(p)
    return model


def weights_of(model, family):
    out = {}
    for name, p in model.named_parameters():
        transposed = family == "gpt2" and p.dim() == 2 and name.startswith("transformer.h.")
        out[name] = (p.t() if transposed else p).detach().clone().contiguous()
    head_dim = D if family == "llama" else C // H
    n_kv = 2 if family == "llama" else H
    for i in range(L):
        block = f"model.layers.{i}." if family == "llama" else f"transformer.h.{i}."
        attention = block + ("self_attn." if family == "llama" else "attn.")
        for b in ("k_bias", "v_bias"):
            out[attention + b] = 0.5 * torch.randn(1, n_kv, 1, head_dim)
        for site in (("input_layernorm", "post_attention_layernorm") if family == "llama" else ("ln_1", "ln_2")):
            dyt(out, block + site, family)
    dyt(out, "model.norm" if family == "llama" else "transformer.ln_f", family)
    out["model.embed_scale" if family == "llama" else "transformer.embed_scale"] = torch.tensor([1.7])
    return out


def dyt(out, site, family):
    out[site + ".dyt.alpha"] = 0.4 + 0.4 * torch.rand(1)
    out[site + ".dyt.weight"] = 1 + 0.3 * torch.randn(C)
    if family == "gpt2":
        out[site + ".dyt.bias"] = 0.3 * torch.randn(C)


def forward(w, family, ids, kv, offset, use_dyt):
    llama = family == "llama"
    d = D if llama else C // H
    n_kv = 2 if llama else H
    show = {}

    def norm(x, site):
        if use_dyt:
            y = w[site + ".dyt.weight"] * torch.tanh(w[site + ".dyt.alpha"] * x)
            return y if llama else y + w[site + ".dyt.bias"]
        if llama:
            return w[site + ".weight"] * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)
        return F.layer_norm(x, (C,), w[site + ".weight"], w[site + ".bias"], 1e-5)

    def linear(x, name):
        return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))

    def heads(x):
        return x.view(B, T, -1, d).transpose(1, 2)

    x = w["model.embed_tokens.weight" if llama else "transformer.wte.weight"][ids]
    if use_dyt:
        x = x * w["model.embed_scale" if llama else "transformer.embed_scale"]
    if not llama:
        x = x + w["transformer.wpe.weight"][:T]
    angle = torch.outer(torch.arange(T).double(), 10000.0 ** (-torch.arange(0, d, 2).double() / d))
    cos, sin = torch.cat((angle, angle), -1).cos(), torch.cat((angle, angle), -1).sin()
    for i in range(L):
        p = f"model.layers.{i}." if llama else f"transformer.h.{i}."
        a = p + ("self_attn." if llama else "attn.")
        h = norm(x, p + ("input_layernorm" if llama else "ln_1"))
        if llama:
            q, k, v = (heads(linear(h, a + n)) for n in ("q_proj", "k_proj", "v_proj"))
            rot = lambda t: torch.cat((-t[..., d // 2:], t[..., :d // 2]), -1)
            q, k = q * cos + rot(q) * sin, k * cos + rot(k) * sin
        else:
            q, k, v = (heads(t) for t in linear(h, a + "c_attn").split(C, -1))
        mask = torch.full((T, T), -math.inf, dtype=x.dtype).triu(1)
        if kv:
            k = torch.cat((w[a + "k_bias"].expand(B, -1, -1, -1), k), 2)
            v = torch.cat((w[a + "v_bias"].expand(B, -1, -1, -1), v), 2)
            mask = torch.cat((torch.full((T, 1), float(offset), dtype=x.dtype), mask), 1)
        k, v = (t.repeat_interleave(H // n_kv, 1) for t in (k, v))
        att = (q @ k.transpose(2, 3) / math.sqrt(d) + mask).softmax(-1)
        show[f"attention.{i}"] = att
        y = (att @ v).transpose(1, 2).reshape(B, T, -1)
        x = x + linear(y, a + ("o_proj" if llama else "c_proj"))
        h = norm(x, p + ("post_attention_layernorm" if llama else "ln_2"))
        if llama:
            m = linear(F.silu(linear(h, p + "mlp.gate_proj")) * linear(h, p + "mlp.up_proj"), p + "mlp.down_proj")
        else:
            m = linear(F.gelu(linear(h, p + "mlp.c_fc"), approximate="tanh"), p + "mlp.c_proj")
        x = x + m
        show[f"block.{i}"] = x
    x = norm(x, "model.norm" if llama else "transformer.ln_f")
    show["hidden"] = x
    show["logits"] = x @ w["lm_head.weight" if llama else "transformer.wte.weight"].t()
    return show


VARIANTS = {"plain": (False, 0, False), "kv": (True, 0, False), "offset": (True, -2.0, False), "dyt": (False, 0, True),
            "kv_dyt": (True, 0, True)}
for family in ("llama", "gpt2"):
    model = make(family)
    w32 = weights_of(model, family)
    ids = torch.randint(0, V, (B, T))
    targets = torch.randint(0, V, (B, T))
    out = {"w." + n: t for n, t in w32.items()}
    out |= {"ids": ids, "targets": targets}
    with torch.no_grad():
        hf = model(ids, output_hidden_states=True, output_attentions=True)
    out["hf.logits"], out["hf.hidden"] = hf.logits, hf.hidden_states[-1]
    out["hf.block.0"] = hf.hidden_states[1]
    for i in range(L):
        out[f"hf.attention.{i}"] = hf.attentions[i]
    for variant, (kv, offset, use_dyt) in VARIANTS.items():
        w = {n: t.double().requires_grad_() for n, t in w32.items()}
        show = forward(w, family, ids, kv, offset, use_dyt)
        loss = F.cross_entropy(show["logits"].flatten(0, 1), targets.flatten())
        loss.backward()
        if variant == "plain":
            worst = max((show[n] - out["hf." + n]).abs().max().item() for n in ("logits", "hidden", "block.0"))
            print(family, "against Hugging Face", worst)
            assert worst < 1e-4
        out[variant + ".loss"] = loss.detach().reshape(1)
        for n in ("block.0", "block.1", "hidden") + (("attention.1",) if kv else ()):
            out[f"{variant}.{n}"] = show[n].detach()
        for n, t in w.items():
            if t.grad is not None and variant != "offset":
                out[f"{variant}.grad.{n}"] = t.grad
    out = {n: (t if t.dtype == torch.int64 else t.float()).contiguous() for n, t in out.items()}
    save_file(out, family + ".safetensors")
