// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/kept_states.h"

#include <algorithm>

namespace variometer {
namespace {

constexpr std::size_t kAlways = 3;
constexpr std::size_t kMost = 64;
constexpr std::size_t kBytes = 512U << 20U;

std::size_t bytes_of(const KeptStates::Kept& kept) {
  std::size_t n_byte = 0;
  for (const auto& weight : kept.state.weights) n_byte += weight.nbytes();
  for (const auto& [name, tensor] : kept.state.checkpoint.optimizer) n_byte += tensor.nbytes();
  return n_byte;
}

}  // namespace

void KeptStates::keep(Kept kept) {
  const std::size_t n_most = std::clamp(kBytes / std::max<std::size_t>(bytes_of(kept), 1), kAlways, kMost);
  kept_.push_back(std::move(kept));
  while (kept_.size() > n_most) kept_.pop_front();
}

std::optional<KeptStates::Kept> KeptStates::take(std::int64_t step) {
  const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [step](const Kept& kept) { return kept.step == step; });
  if (found == kept_.rend()) return std::nullopt;
  std::optional<Kept> kept(std::move(*found));
  kept_.erase(std::prev(found.base()), kept_.end());
  return kept;
}

std::string KeptStates::steps() const {
  std::string text;
  for (const auto& kept : kept_) text += (text.empty() ? "" : ", ") + std::to_string(kept.step);
  return text.empty() ? "none" : text;
}

}  // namespace variometer
