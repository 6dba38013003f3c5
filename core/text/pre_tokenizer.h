// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace variometer {

/// A part of a text between two cuts.
struct TextPiece {
  std::string_view text;
  bool at_start = true;  ///< does it begin where the whole text began?
};

/// Something to call with every piece; only looks at the function it was made of, and is used while that lives.
class PieceSink {
 public:
  template <class Function>
  requires(!std::same_as<Function, PieceSink>)
      PieceSink(const Function& function)  // NOLINT: implicit, as std::function
      : function_(&function),
        call_([](const void* held, const TextPiece& piece) { (*static_cast<const Function*>(held))(piece); }) {}
  void operator()(const TextPiece& piece) const { call_(function_, piece); }

 private:
  const void* function_;
  void (*call_)(const void*, const TextPiece&);
};

/// The `pre_tokenizer` of a tokenizer.json: cuts a text into the pieces that are tokenized one by one. Immutable;
/// shared by threads.
class PreTokenizer {
 public:
  PreTokenizer() = default;
  /// Throws Error(file) for a component that is unknown or has wrong settings. `description` may be null.
  explicit PreTokenizer(const nlohmann::json& description);

  /// Calls `sink` with every piece that is not empty, in order; a piece's text lives as long as that call.
  void cut(const TextPiece& piece, const PieceSink& sink) const { cut_from(0, piece, sink); }

 private:
  /// One component: cuts a piece further, handing the parts on.
  using Step = std::function<void(const TextPiece&, const PieceSink&)>;
  void add(const nlohmann::json& description, int depth);
  void cut_from(std::size_t step, const TextPiece& piece, const PieceSink& sink) const;

  std::vector<Step> steps_;
};

}  // namespace variometer
