// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/layout.h"

#include "core/base/error.h"

namespace variometer::layout {
namespace {

const Axis kStep{"step", "optimizer updates done"};
const Axis kRow{"row", "running number of the row"};

Axis layer_axis(const Sizes& s) { return {"layer", "block, counted from 0", s.n_layer}; }
Axis token_axis(const Sizes& s) { return {"token", "place in the probe prompt, counted from 0", s.n_token}; }
Axis channel_axis(const Sizes& s) { return {"channel", "channel of the residual stream", s.n_embd}; }

// What is known about the activations of one forward pass, per layer.
Table activation_table(const Sizes& s, std::string path, std::string title, std::string what) {
  const auto by_layer = [&](std::string name, std::string units, const std::string& long_name) {
    return Quantity{std::move(name), Kind::float32, {"layer"}, std::move(units), long_name + " " + what};
  };
  const auto top = [&](std::string name, Kind kind, const std::string& long_name) {
    return Quantity{std::move(name), kind, {"layer", "k"}, "1", long_name};
  };
  return {.path = std::move(path),
          .title = std::move(title),
          .grows = kStep,
          .axes = {layer_axis(s), {"k", "rank by |h|, largest first", s.top_k}},
          .quantities = {top("top_value", Kind::float32, "largest |h|, signed, " + what),
                         top("top_token", Kind::int64, "token of top_value, -1 where there is none"),
                         top("top_channel", Kind::int64, "channel of top_value, -1 where there is none"),
                         top("top_sequence", Kind::int64, "row of the batch of top_value, -1 where there is none"),
                         top("top_ratio", Kind::float32, "|top_value| / median |h| of that layer and sequence"),
                         by_layer("median", "1", "exact lower median of |h|"),
                         by_layer("ratio", "1", "largest |h| / median |h|"),
                         by_layer("mean", "1", "mean of h"),
                         by_layer("variance", "1", "population variance of h"),
                         by_layer("kurtosis", "1", "excess kurtosis of h"),
                         {"non_finite", Kind::int64, {"layer"}, "1", "entries of h that are not finite"},
                         by_layer("dyt_saturation", "1", "share of |alpha x| > 2 in the block's norms while DyT is on"),
                         {"loss", Kind::float32, {}, "nat", "mean cross-entropy " + what}},
          .signal = "ratio",
          .nx_axes = {"step", "layer"},
          .auxiliary = {"median", "variance"},
          .image = "ratio"};
}

}  // namespace

Sizes sizes_of(const RunInfo& info) {
  const Sizes sizes{.n_tensor = static_cast<std::int64_t>(info.tensors.size()),
                    .n_layer = info.n_layer,
                    .n_embd = info.n_embd,
                    .n_head = info.config.model.n_head,
                    .n_token = info.config.probe.max_tokens,
                    .top_k = info.config.probe.top_k};
  const auto check = [](const char* name, std::int64_t value, std::int64_t most) {
    if (value < 1 || value > most) {
      throw usage_error(std::string("record: ") + name + " is " + std::to_string(value) + ", expected 1 to " +
                        std::to_string(most));
    }
  };
  check("n_layer", sizes.n_layer, 1 << 16);
  check("n_embd", sizes.n_embd, 1 << 20);
  check("model.n_head", sizes.n_head, 1 << 16);
  check("probe.max_tokens", sizes.n_token, 1 << 14);
  check("probe.top_k", sizes.top_k, 1 << 10);
  return sizes;
}

Table scalars() {
  const auto scalar = [](std::string name, std::string units, std::string long_name) {
    return Quantity{std::move(name), Kind::float32, {}, std::move(units), std::move(long_name)};
  };
  return {.path = "/run/scalars",
          .title = "One value per update",
          .grows = kStep,
          .quantities = {scalar("loss", "nat", "training loss, mean cross-entropy"),
                         scalar("validation_loss", "nat", "validation loss, NaN where it was not measured"),
                         scalar("learning_rate", "1", "learning rate"),
                         scalar("grad_norm", "1", "global gradient norm before clipping"),
                         scalar("tokens_per_second", "1/s", "training tokens per second"),
                         scalar("observe_fraction", "1", "share of wall time spent on measuring"),
                         scalar("seconds", "s", "time since the run began, pauses left out")},
          .signal = "loss",
          .nx_axes = {"step"},
          .auxiliary = {"validation_loss"}};
}

Table weight(const Sizes& s) {
  const auto by_tensor = [](std::string name, std::string long_name) {
    return Quantity{std::move(name), Kind::float32, {"tensor"}, "1", std::move(long_name)};
  };
  return {.path = "/run/weight",
          .title = "Statistics of every trainable tensor",
          .grows = kStep,
          .axes = {{"tensor", "Hugging Face name of the tensor", s.n_tensor}},
          .quantities = {by_tensor("std", "unbiased standard deviation, as found before TVR rescaled it"),
                         by_tensor("mean", "mean"),
                         by_tensor("abs_max", "largest absolute value"),
                         by_tensor("grad_norm", "norm of the gradient"),
                         by_tensor("update_ratio", "norm of the update / norm of the tensor"),
                         by_tensor("tvr_ratio", "std / TVR's target; NaN where TVR does not look"),
                         {"rescaled", Kind::int64, {"tensor"}, "1", "1: TVR rescaled it since the last measurement"}},
          .signal = "std",
          .nx_axes = {"step", "."},
          .image = "std"};
}

Table activation(const Sizes& s) {
  return activation_table(s, "/run/activation", "Activations on the probe prompt", "on the probe prompt");
}

Table batch_activation(const Sizes& s) {
  Table table =
      activation_table(s, "/run/batch_activation", "Activations on the training batch", "on the training batch");
  table.axes.push_back(channel_axis(s));
  table.quantities.push_back(
      {"channel_max", Kind::float32, {"layer", "channel"}, "1", "largest |h| of each channel over the batch"});
  return table;
}

Table massive() {
  const auto place = [](std::string name, std::string long_name) {
    return Quantity{std::move(name), Kind::int64, {}, "1", std::move(long_name)};
  };
  return {.path = "/run/massive",
          .title = "Massive activations, one a row",
          .grows = kRow,
          .quantities = {place("step", "optimizer updates done"),
                         place("layer", "block, counted from 0"),
                         place("token", "place in the sequence"),
                         place("channel", "channel of the residual stream"),
                         place("sequence", "row of the training batch; -1: the probe prompt"),
                         {"value", Kind::float32, {}, "1", "signed h"},
                         {"ratio", Kind::float32, {}, "1", "|h| / median |h| of the layer and sequence"}}};
}

Table maps(const Sizes& s) {
  return {.path = "/run/maps",
          .title = "Maxima of |h| on the probe prompt",
          .grows = kStep,
          .axes = {layer_axis(s), token_axis(s), channel_axis(s)},
          .quantities = {{"token_max", Kind::float32, {"layer", "token"}, "1", "largest |h| of each token"},
                         {"channel_max", Kind::float32, {"layer", "channel"}, "1", "largest |h| of each channel"},
                         {"tokens", Kind::int64, {"token"}, "1", "token ids of the probe prompt, -1 past its end"},
                         {"token_text", Kind::text, {"token"}, "", "what each token stands for", kPieceBytes}},
          .signal = "channel_max",
          .nx_axes = {"step", "layer", "channel"},
          .image = "channel_max"};
}

Table attention(const Sizes& s) {
  const auto by_layer = [](std::string name, std::string units, std::string long_name) {
    return Quantity{std::move(name), Kind::float32, {"layer"}, std::move(units), std::move(long_name)};
  };
  return {.path = "/run/attention",
          .title = "Where attention goes on the probe prompt",
          .grows = kStep,
          .axes = {layer_axis(s)},
          .quantities = {by_layer("first_token_share", "1", "attention to token 0, mean over heads and queries"),
                         by_layer("kv_slot_share", "1", "attention to the KV-bias slot; NaN while it is off"),
                         by_layer("entropy", "nat", "entropy of attention, mean over heads and queries")},
          .signal = "first_token_share",
          .nx_axes = {"step", "layer"},
          .auxiliary = {"kv_slot_share", "entropy"},
          .image = "first_token_share"};
}

Table attention_maps(const Sizes& s) {
  return {.path = "/run/attention",
          .grows = {"map_step", "optimizer updates done when the map was asked for"},
          .axes = {layer_axis(s),
                   {"head", "query head", s.n_head},
                   {"query", "place of the query in the probe prompt", s.n_token},
                   {"key", "place of the key in the probe prompt; -1: the KV-bias slot", s.n_token + 1, -1}},
          .quantities = {{"maps",
                          Kind::float32,
                          {"layer", "head", "query", "key"},
                          "1",
                          "attention probabilities, NaN past the prompt and for a slot that is off"}}};
}

Table hidden(const Sizes& s) {
  return {
      .path = "/run/hidden",
      .title = "Hidden states of the probe prompt, on request",
      .grows = kStep,
      .axes = {layer_axis(s), token_axis(s), channel_axis(s)},
      .quantities =
          {{"hidden", Kind::float32, {"layer", "token", "channel"}, "1", "output of each block, NaN past the prompt"},
           {"tokens", Kind::int64, {"token"}, "1", "token ids, -1 past the end"}},
      .signal = "hidden",
      .nx_axes = {"step", "layer", "token", "channel"},
      .image = "hidden"};
}

Table events() {
  return {.path = "/run/events",
          .title = "What happened: commands, prompts, checkpoints, alarms",
          .grows = kRow,
          .quantities = {{"step", Kind::int64, {}, "1", "optimizer updates done"},
                         {"kind", Kind::text, {}, "", "kind of event; +: the detail above goes on", kKindBytes},
                         {"detail", Kind::text, {}, "", "JSON", kDetailBytes}}};
}

Table samples() {
  return {.path = "/run/samples",
          .title = "Text the model wrote",
          .grows = kRow,
          .quantities = {{"step", Kind::int64, {}, "1", "optimizer updates done"},
                         {"part", Kind::int64, {}, "1", "0: a new sample; else the one above goes on"},
                         {"prompt", Kind::text, {}, "", "what it was given", kPromptBytes},
                         {"text", Kind::text, {}, "", "what it wrote", kDetailBytes}}};
}

Table journal() {
  const auto count = [](std::string name, std::string long_name) {
    return Quantity{std::move(name), Kind::int64, {}, "1", std::move(long_name)};
  };
  return {.path = "/run/journal",
          .title = "One row per snapshot: rows of each group that belong to it and those before",
          .grows = kRow,
          .quantities = {count("step", "optimizer updates done"),
                         count("state", "0 initialising, 1 running, 2 paused, 3 finished, 4 stopped, 5 failed"),
                         count("scalars", "rows of /run/scalars so far"), count("weight", "rows of /run/weight so far"),
                         count("activation", "rows of /run/activation, maps and attention so far"),
                         count("batch_activation", "rows of /run/batch_activation so far"),
                         count("massive", "rows of /run/massive so far"), count("events", "rows of /run/events so far"),
                         count("samples", "rows of /run/samples so far")},
          .complete = true};
}

std::string readme() {
  return R"(Variometer record: what a transformer looked like inside while it trained. One run, one file.
h5py:   import h5py; f = h5py.File("run.h5", "r")        # while it is being written: libver="latest", swmr=True
        f["run/scalars/loss"][:]; f["run/weight/std"][-1]; f["run/weight/tensor"].asstr()[:]
        f["run/activation/top_value"][:, :, 0]           # [step, layer]: largest |h| on the probe prompt
xarray: import xarray as xr
        xr.open_dataset("run.h5", group="run/activation", engine="h5netcdf").ratio.plot()
Every group has a step (or row) of its own; token places past the prompt are NaN. Rows are only ever appended: after an
event "restore" (undo) step goes back, and earlier rows of the steps beyond are superseded; the later row counts.
An event's detail or a sample longer than one row goes on in the next (kind "+", part > 0). /run/config is the JSON that
starts this run again. An unfinished batch (a crash) is cut off by: variometer check --repair run.h5
)";
}

}  // namespace variometer::layout
