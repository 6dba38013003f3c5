#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a record as other people's programs do: h5py, xarray with h5netcdf, netCDF4, h5dump -H. Run by hand:
readers.py RUN.h5 (closed, being written, or left behind by a killed process). No test needs Python."""
import json
import shutil
import subprocess
import sys

import h5py
import numpy as np

AXES = {
    "scalars": ["step"],
    "weight": ["step", "tensor"],
    "activation": ["step", "layer", "k"],
    "batch_activation": ["step", "layer", "k", "channel"],
    "massive": ["row"],
    "maps": ["step", "layer", "token", "channel"],
    "attention": ["step", "layer", "map_step", "head", "query", "key"],
    "hidden": ["step", "layer", "token", "channel"],
    "events": ["row"],
    "samples": ["row"],
    "journal": ["row"],
}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def with_h5py(path):
    try:
        f = h5py.File(path, "r")
        how = "as it is"
    except OSError:
        f = h5py.File(path, "r", libver="latest", swmr=True)
        how = "with swmr=True"
    print(f"h5py: opened {how}, closed = {f.attrs['closed']}, format = {text(f.attrs['format'])}")
    # The chain a viewer follows to the first plot.
    assert text(f.attrs["NX_class"]) == "NXroot"
    entry = f[text(f.attrs["default"])]
    assert text(entry.attrs["NX_class"]) == "NXentry"
    data = entry[text(entry.attrs["default"])]
    assert text(data.attrs["NX_class"]) == "NXdata"
    signal = data[text(data.attrs["signal"])]
    axes = [text(a) for a in data.attrs["axes"]]
    print(f"  default plot: {signal.name} {signal.shape} along {axes}")
    assert [data[a].shape[0] for a in axes] == list(signal.shape)
    json.loads(text(f["run/config"][()]))

    checked = 0

    def visit(name, item):
        nonlocal checked
        if not isinstance(item, h5py.Dataset):
            return
        checked += 1
        assert "units" in item.attrs and "long_name" in item.attrs, name
        kind = item.dtype.kind
        assert item.dtype in (np.dtype("<f4"), np.dtype("<i8")) or kind == "S", (name, item.dtype)
        assert ("_FillValue" in item.attrs) == (kind == "f"), name
        assert item.compression is None, name
        for axis, dimension in enumerate(item.dims):
            if not item.is_scale and len(dimension) > 0:
                assert len(dimension) == 1 and dimension[0].shape[0] == item.shape[axis] or how != "as it is", name

    f.visititems(visit)
    print(f"  {checked} datasets: units, long_name, plain types, one scale an axis")
    names = f["run/weight/tensor"].asstr()[:] if "weight" in f["run"] else []
    print(f"  {len(names)} tensors: {list(names[:2])} ...")
    print(f"  loss {f['run/scalars/loss'][:3]} ... {f['run/scalars/loss'][-1:]}")


def with_xarray(path):
    import xarray

    for group, axes in AXES.items():
        try:
            data = xarray.open_dataset(path, group=f"run/{group}", engine="h5netcdf")
        except OSError:
            print("xarray: this file has no", group, "or is being written")
            continue
        assert sorted(data.sizes) == sorted(axes), (group, dict(data.sizes))
        for axis in axes:
            assert axis in data.coords, (group, axis)
        for name, variable in data.variables.items():
            assert variable.dtype.kind != "m", (group, name, "became a time")
    print("xarray: every axis has its name and values")
    activation = xarray.open_dataset(path, group="run/activation", engine="h5netcdf")
    print("  largest |h| over layers at the last step:", float(abs(activation.top_value.isel(step=-1)).max()))
    assert activation.non_finite.dtype == np.int64


def with_netcdf4(path):
    import netCDF4

    f = netCDF4.Dataset(path)
    for group, axes in AXES.items():
        if group not in f["run"].groups:
            continue
        assert sorted(f[f"run/{group}"].dimensions) == sorted(axes), group
    print("netCDF4:", f["run/weight/std"].dimensions if "weight" in f["run"].groups else "no tensors", "and the others")


def with_h5dump(path):
    if shutil.which("h5dump") is None:
        return
    done = subprocess.run(["h5dump", "-H", path], capture_output=True, text=True)
    print("h5dump -H:", done.returncode, len(done.stdout.splitlines()), "lines", done.stderr[:80])


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(f"--- {path}")
        with_h5py(path)
        try:
            with_xarray(path)
            with_netcdf4(path)
            with_h5dump(path)
        except OSError as error:
            print("not closed:", error)
