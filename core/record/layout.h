// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/run.h"

namespace variometer::layout {

/// The layout of a record (design: record), as data: what the writer makes and the reader looks for. Beyond the
/// design's table there are
///   /run/samples  text the model wrote (row, step, part, prompt, text): longer than a row's 1,024 bytes goes on in the
///                 next row, `part` counting from 0;
///   /run/journal  one row per published snapshot: its step and state, and how many rows every group has behind it.
///                 Written last in a batch, so that rows beyond its last count are a batch that was never finished.
/// An event's detail longer than 1,024 bytes goes on in rows of kind "+".
/// Undo: rows are only ever appended. Where `step` goes back, the rows of the steps behind it that came before are
/// superseded; the event `restore` tells people so, the order of the rows tells programs.
inline constexpr const char* kFormat = "variometer-1";
inline constexpr std::size_t kDetailBytes = 1024;
inline constexpr std::size_t kKindBytes = 24;
inline constexpr std::size_t kPromptBytes = 256;
inline constexpr std::size_t kPieceBytes = 16;  ///< of one token's text
inline constexpr const char* kContinued = "+";

enum class Kind { float32, int64, text };

struct Axis {
  std::string name;
  std::string long_name;
  std::int64_t size = 0;   ///< 0: grows
  std::int64_t first = 0;  ///< value of the first place of a fixed axis
};

struct Quantity {
  std::string name;
  Kind kind = Kind::float32;
  std::vector<std::string> axes;  ///< behind the growing one
  std::string units;
  std::string long_name;
  std::size_t text_bytes = 0;
};

/// Datasets of one HDF5 group that grow together along `grows`, which is a dataset itself and the scale of that axis.
struct Table {
  std::string path;
  std::string title;
  Axis grows;
  std::vector<Axis> axes;  ///< the fixed ones, made with the table
  std::vector<Quantity> quantities;
  std::string signal;  ///< what viewers draw on opening; empty: no NXdata
  std::vector<std::string> nx_axes;
  std::vector<std::string> auxiliary;
  std::string image;      ///< quantity drawn as an image, log colour
  bool complete = false;  ///< a record without one of the quantities cannot be read
};

struct Sizes {
  std::int64_t n_tensor = 0, n_layer = 0, n_embd = 0, n_head = 0;
  std::int64_t n_token = 0;  ///< places for tokens of the probe prompt: probe.max_tokens
  std::int64_t top_k = 0;
};
Sizes sizes_of(const RunInfo& info);  ///< throws Error(usage) on sizes no record can have

Table scalars();
Table weight(const Sizes& sizes);
Table activation(const Sizes& sizes);
Table batch_activation(const Sizes& sizes);
Table massive();
Table maps(const Sizes& sizes);
Table attention(const Sizes& sizes);
Table attention_maps(const Sizes& sizes);
Table hidden(const Sizes& sizes);
Table events();
Table samples();
Table journal();

/// Text of /README.
std::string readme();

}  // namespace variometer::layout
