// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/bench_load.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <chrono>

#include "core/analysis/model_tokenizer.h"
#include "core/analysis/open_model.h"
#include "core/text/sentences.h"

namespace variometer {
namespace {

constexpr std::size_t kTextBytes = 2'000'000;

/// The least of `rounds` times; what `f` returns is the last round's.
template <class F>
auto timed(std::int64_t rounds, double& seconds, F f) {
  for (std::int64_t round = 0;; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    auto result = f();
    const double taken = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    seconds = round == 0 ? taken : std::min(seconds, taken);
    if (round + 1 >= rounds) return result;
  }
}

}  // namespace

LoadBench bench_load(const std::filesystem::path& path, std::int64_t rounds, const std::string& device,
                     std::int64_t threads) {
  const at::NoGradGuard no_grad;
  LoadBench bench;
  auto model =
      timed(rounds, bench.open_seconds, [&] { return open_model(path, {.device = device, .threads = threads}); });
  bench.model = model.folder.filename().string();
  bench.device = model.decoder.device().str();
  bench.dtype = dtype_name(model.decoder.compute_type());
  bench.weight_bytes = static_cast<std::int64_t>(TensorStore(model.folder).bytes());
  const auto ids = at::zeros({1, std::min<std::int64_t>(16, model.decoder.config().block_size)}, at::kLong);
  timed(1, bench.pass_seconds, [&] { return model.decoder.logits(ids.to(model.decoder.device())).to(at::kCPU); });
  if (!model.tokenizer) return bench;
  std::vector<std::string> warnings;
  const auto vocab_size = model.decoder.config().vocab_size;
  const auto tokenizer =
      timed(rounds, bench.tokenizer_seconds, [&] { return model_tokenizer(model.folder, vocab_size, warnings); });
  for (const auto& [what, text] : {std::pair<std::string, std::string>("sentences", make_sentences(1, kTextBytes)),
                                   {"one word, no space", std::string(kTextBytes, 'x')}}) {
    LoadBench::Text row{what, static_cast<std::int64_t>(text.size()), 0, 0};
    row.n_token = std::ssize(
        timed(rounds, row.seconds, [&, &text = text] { return tokenizer->encode(text, SpecialTokens::leave_out); }));
    bench.texts.push_back(std::move(row));
  }
  return bench;
}

}  // namespace variometer
