# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/gguf/<name>.gguf: small Hugging Face models as the usual converter lays them out (rows of queries and
keys permuted, GPT-2's matrices transposed, fused projections reordered, one added to Gemma's norms), in F32, with the
gguf package from PyPI. The test reads them back and compares with the models they were made of.
Usage: make_gguf_models.py FOLDER_WITH_MODELS OUT"""
import json
import pathlib
import sys

import gguf
import numpy
from safetensors.numpy import load_file

models, out = map(pathlib.Path, sys.argv[1:])
llama = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
         "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
         "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "self_attn.dense": "attn_output",
         "self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down"}
normed = llama | {"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
                  "post_feedforward_layernorm": "post_ffw_norm"}
neox = {"attention.query_key_value": "attn_qkv", "self_attention.query_key_value": "attn_qkv",
        "attention.dense": "attn_output", "self_attention.dense": "attn_output", "mlp.dense_h_to_4h": "ffn_up",
        "mlp.dense_4h_to_h": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
gpt2 = {"attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
        "ln_1": "attn_norm", "ln_2": "ffn_norm"}
whole = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "model.final_layernorm": "output_norm",
         "lm_head": "output", "embed_out": "output", "transformer.wte": "token_embd",
         "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm", "gpt_neox.embed_in": "token_embd",
         "gpt_neox.final_layer_norm": "output_norm", "transformer.word_embeddings": "token_embd"}
architectures = {"llama": ("llama", llama), "gpt2": ("gpt2", gpt2), "gpt_neox": ("gptneox", neox),
                 "falcon": ("falcon", neox), "gemma": ("gemma", llama), "gemma2": ("gemma2", normed),
                 "gemma3_text": ("gemma3", normed), "olmo": ("olmo", llama), "olmo2": ("olmo2", normed),
                 "phi": ("phi2", llama), "phi3": ("phi3", llama), "qwen2": ("qwen2", llama), "qwen3": ("qwen3", llama)}
names = ["llama-rope-llama3", "gpt2", "gpt-neox", "falcon-7b-like", "falcon-11b-like", "gemma", "gemma2", "gemma3-text",
         "olmo", "olmo2-gqa", "phi", "phi-fused", "phi3-phi-4-like", "qwen2", "qwen3"]

for name in names:
    model = name.removesuffix("-fused")
    config = json.loads((models / model / "config.json").read_text())
    type = config["model_type"]
    architecture, table = architectures[type]
    tensors = load_file(models / model / "model.safetensors")
    if name != model:  # queries, keys and values in one tensor, with a bias: what converters write for Phi-2
        for i in range(config["num_hidden_layers"]):
            for suffix in "weight", "bias":
                at = f"model.layers.{i}.self_attn."
                parts = [tensors.pop(f"{at}{p}_proj.{suffix}") for p in "qkv"]
                tensors[f"{at}qkv_proj.{suffix}"] = numpy.concatenate(parts)
    n = config.get("num_attention_heads", config.get("n_head"))
    width = config.get("hidden_size", config.get("n_embd"))
    m = config.get("num_key_value_heads") or config.get("num_kv_heads") or n
    if type == "falcon" and not config["new_decoder_architecture"]:
        m = 1 if config["multi_query"] else n
    d = config.get("head_dim") or width // n
    file = gguf.GGUFWriter(out / (name + ".gguf"), architecture)
    file.add_block_count(config.get("num_hidden_layers", config.get("n_layer")))
    file.add_embedding_length(width)
    file.add_context_length(config.get("max_position_embeddings", config.get("n_positions")))
    file.add_feed_forward_length(config.get("intermediate_size", config.get("n_inner")) or 4 * width)
    file.add_head_count(n)
    if type not in ("gpt2", "gpt_neox"):
        file.add_head_count_kv(m)
    if "head_dim" in config:
        file.add_key_length(d)
        file.add_value_length(d)
    if "rms_norm_eps" in config:
        file.add_layer_norm_rms_eps(config["rms_norm_eps"])
    elif type != "olmo":
        file.add_layer_norm_eps(config.get("layer_norm_epsilon", config.get("layer_norm_eps")))
    if type != "gpt2":
        part = config.get("partial_rotary_factor", config.get("rotary_pct", 1.0))
        file.add_rope_dimension_count(int(part * d))
        file.add_rope_freq_base(config.get("rope_theta", config.get("rotary_emb_base", 10000.0)))
    if config.get("sliding_window") and (type.startswith("gemma") or type == "phi3"):
        file.add_sliding_window(config["sliding_window"])
    if config.get("attn_logit_softcapping"):
        file.add_attn_logit_softcapping(config["attn_logit_softcapping"])
    if config.get("final_logit_softcapping"):
        file.add_final_logit_softcapping(config["final_logit_softcapping"])
    if config.get("clip_qkv"):
        file.add_clamp_kqv(config["clip_qkv"])
    if type == "gpt_neox":
        file.add_parallel_residual(config["use_parallel_residual"])
    file.add_bos_token_id(config.get("bos_token_id") or 0)
    scaling = config.get("rope_scaling") or {}
    if scaling.get("rope_type", scaling.get("type")) == "llama3":
        inverse = config["rope_theta"] ** -(numpy.arange(0, d, 2) / d)
        length = 2 * numpy.pi / inverse
        old, low, high = (scaling[k] for k in ("original_max_position_embeddings", "low_freq_factor", "high_freq_factor"))
        smooth = (old / length - low) / (high - low)
        divisor = 1 / ((1 - smooth) / scaling["factor"] + smooth)
        divisor = numpy.where(length < old / high, 1, numpy.where(length > old / low, scaling["factor"], divisor))
        file.add_tensor("rope_freqs.weight", divisor.astype(numpy.float32))

    def permuted(x, heads):
        return x.reshape(heads, 2, d // 2, *x.shape[1:]).swapaxes(1, 2).reshape(x.shape)

    def regrouped(x, groups):
        parts = x.reshape(groups, n // groups + 2, d, *x.shape[1:])
        pieces = [parts[:, :-2], parts[:, -2:-1], parts[:, -1:]]
        return numpy.concatenate([p.reshape(-1, *x.shape[1:]) for p in pieces])

    for key, value in sorted(tensors.items()):
        module, suffix = key.rsplit(".", 1)
        if module in whole:
            base = whole[module]
        else:
            layer, module = next((p[0], p[1]) for p in [module.split("layers.")[-1].split("h.", 1)[-1].split(".", 1)])
            layer = key.split("layers.")[-1].split(".h.")[-1].split(".")[0]
            module = module if module in table else ".".join(key.rsplit(".", 1)[0].split(layer + ".", 1)[1:])
            base = f"blk.{layer}.{table[module]}"
        if architecture in ("llama", "olmo") and base.endswith(("attn_q", "attn_k")):
            value = permuted(value, n if base.endswith("q") else m)
        if type == "gpt2" and suffix == "weight" and value.ndim == 2 and base.startswith("blk."):
            value = value.T
        if base.endswith("attn_qkv") and type in ("gpt_neox", "falcon"):
            value = regrouped(value, n if type == "gpt_neox" else m)
        if type.startswith("gemma") and base.endswith("norm") and suffix == "weight":
            value = value + numpy.float32(1)
        file.add_tensor(f"{base}.{suffix}", numpy.ascontiguousarray(value))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
