#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the loss does after KV bias or DyT was switched on in a trained model, by the length of the warm-up.

usage: measure_warm_up.py PROGRAM TEXT FOLDER [--switch NAME ...] [--tvr off on] [--seeds 1 2 3] [--warm-up 0 10 ...]
           [--updates 300]

The demo recipe (samples/first.toml) on TEXT up to update 1,000, with TVR off or on from the start, then the switch
before update 1,001; checkpoints and results stay in FOLDER and are not made twice. Every loss is compared with that of
the same update without the switch: same weights, same batches. Printed: that excess in the first and second update after
the switch, its largest value, its mean over the whole stretch and over the last 50 updates; the mean over the seeds.
"""
import argparse
import json
import pathlib
import statistics
import subprocess

SWITCHES = {"kv random": ["kv_bias.enabled=true", "kv_bias.start=random"],
            "kv neutral": ["kv_bias.enabled=true", "kv_bias.start=neutral"],
            "dyt paper": ["dyt.enabled=true", "dyt.start=paper"],
            "dyt calibrated": ["dyt.enabled=true", "dyt.start=calibrated"]}
BEGIN = 1000


def train(arguments, *more):
    command = [arguments.program, "train", "--corpus", arguments.text, "--device", "cpu",
               "--threads", 1, "--json"]
    for setting in ("probe.enabled=false", "train.validation_every=0", "train.sample_every=0",
                    "train.lr_decay_steps=2000"):
        command += ["--set", setting]
    done = subprocess.run([str(c) for c in [*command, *more]], capture_output=True, text=True)
    losses = [json.loads(line)["loss"] for line in done.stdout.splitlines()]
    if done.returncode not in (0, 5):
        raise SystemExit(done.stderr)
    return losses


def losses_after(arguments, tvr, seed, switch, warm_up):
    start = arguments.folder / f"tvr-{tvr}-seed-{seed}"
    if not start.exists():
        settings = ["--set", "tvr.enabled=true"] if tvr == "on" else []
        train(arguments, "samples/first.toml", "--steps", BEGIN, "--set", f"train.seed={seed}", "--checkpoint", start, *settings)
    name = f"{start.name}-{(switch or 'none').replace(' ', '-')}-{warm_up}-{arguments.updates}.json"
    if not (arguments.folder / name).exists():
        more = ["--resume", start, "--steps", BEGIN + arguments.updates]
        if switch:
            group = switch.split()[0] == "kv" and "kv_bias" or "dyt"
            for change in [*SWITCHES[switch], f"{group}.warmup_steps={max(warm_up, 1)}"]:
                more += ["--at", f"{BEGIN + 1}:{change}"]
        (arguments.folder / name).write_text(json.dumps(train(arguments, *more)))
    return json.loads((arguments.folder / name).read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("text")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--switch", nargs="+", default=list(SWITCHES))
    parser.add_argument("--tvr", nargs="+", default=["off", "on"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--warm-up", nargs="+", type=int, default=[0, 10, 50, 100, 200])
    parser.add_argument("--updates", type=int, default=300)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print(f"{'switch':16}{'TVR':5}{'warm-up':>8}{'first':>8}{'second':>8}{'largest':>9}{'mean':>8}{'last 50':>9}")
    for switch in arguments.switch:
        for tvr in arguments.tvr:
            for warm_up in arguments.warm_up:
                rows = []
                for seed in arguments.seeds:
                    plain = losses_after(arguments, tvr, seed, None, 0)
                    switched = losses_after(arguments, tvr, seed, switch, warm_up)
                    excess = [a - b for a, b in zip(switched, plain)]
                    rows.append((excess[0], excess[1], max(excess), statistics.mean(excess),
                                 statistics.mean(excess[-50:]) if len(excess) == arguments.updates else float("inf")))
                mean = [statistics.mean(column) for column in zip(*rows)]
                print(f"{switch:16}{tvr:5}{warm_up:8}{mean[0]:8.3f}{mean[1]:8.3f}{mean[2]:9.3f}{mean[3]:8.3f}{mean[4]:9.3f}",
                      flush=True)


if __name__ == "__main__":
    main()
