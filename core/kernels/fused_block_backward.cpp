// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_block.h"
#include "core/kernels/fused_passes.h"

namespace variometer {
namespace {

// What the passes hand to one another, all (N, width).
struct Work {
  explicit Work(const FusedBlock& block)
      : active(block.n_row() * block.n_inner),
        normal(block.n_row() * block.C),
        mid_grad(block.n_row() * block.C),
        attended_grad(block.n_row() * block.q_width()),
        qkv_grad(block.n_row() * block.qkv_width()),
        slot_grad(2 * block.B * block.kv_width()) {}
  FusedBuffer active;    // input of `down`
  FusedBuffer normal;    // output of the norm at hand: FFN first, attention later
  FusedBuffer mid_grad;  // gradient of the residual stream between attention and MLP
  FusedBuffer attended_grad;
  FusedBuffer qkv_grad;
  FusedBuffer slot_grad;  // (2, B, K D)
};

void mlp_rows(const FusedBlock& block, const PackedWeights& packed, const RowChunks& chunks, std::int64_t chunk,
              const float* dy, const Work& work, NormGradSums& sums) {
  const auto& kernels = fused_kernels();
  const auto first = chunks.first(chunk), n = chunks.rows(chunk);
  const auto C = block.C, I = block.n_inner;
  const auto next = static_cast<std::size_t>(block.n_qkv);
  float* active_grad = fused_thread_scratch(n * I + n * C);
  float* h_grad = active_grad + n * I;
  const float* y_grad = dy + first * C;
  kernels.gemm(n, I, C, y_grad, C, packed[next + 2], active_grad, I, /*add=*/nullptr, nullptr);
  float* up = block.up_out + first * I;
  float* active = work.active.data() + first * I;
  if (block.gate.weight != nullptr) {
    float* gate = block.gate_out + first * I;
    kernels.swiglu_backward(n * I, gate, up, active_grad, active);
    kernels.gemm(n, C, I, gate, I, packed[next + 3], h_grad, C, /*add=*/nullptr, nullptr);
  } else {
    kernels.gelu_backward(n * I, up, active_grad, active);
  }
  kernels.gemm(n, C, I, up, I, packed[next + 1], h_grad, C, block.gate.weight != nullptr ? h_grad : nullptr, nullptr);
  const float* mid = block.mid + first * C;
  float* mid_grad = work.mid_grad.data() + first * C;
  std::copy_n(y_grad, n * C, mid_grad);
  kernels.norm(block.ffn_norm, n, C, mid, work.normal.data() + first * C);
  kernels.norm_backward(block.ffn_norm, n, C, mid, h_grad, mid_grad, sums.of(chunk, block.ffn_norm_grad));
  kernels.gemm(n, block.o.n_in, C, mid_grad, C, packed[next], work.attended_grad.data() + first * block.q_width(),
               block.q_width(), /*add=*/nullptr, nullptr);
}

void attention_head(const FusedBlock& block, std::int64_t i, const Work& work) {
  const auto& kernels = fused_kernels();
  const auto sequence = i / block.n_kv_head, kv_head = i % block.n_kv_head;
  auto task = fused_attention_task(block, sequence, kv_head);
  task.out_grad = work.attended_grad.data() + (task.out - block.attended);
  task.q_grad = work.qkv_grad.data() + (task.q - block.qkv_out);
  task.k_grad = work.qkv_grad.data() + (task.k - block.qkv_out);
  task.v_grad = work.qkv_grad.data() + (task.v - block.qkv_out);
  if (block.k_slot != nullptr) {
    task.k_slot_grad = work.slot_grad.data() + i * block.head_dim;
    task.v_slot_grad = task.k_slot_grad + block.B * block.kv_width();
  }
  kernels.attention_backward(task, fused_thread_scratch(kernels.attention_scratch(block.T, block.head_dim)));
}

void input_rows(const FusedBlock& block, const PackedWeights& packed, const RowChunks& chunks, std::int64_t chunk,
                const Work& work, float* dx, NormGradSums& sums) {
  const auto& kernels = fused_kernels();
  const auto first = chunks.first(chunk), n = chunks.rows(chunk);
  const auto C = block.C, width = block.qkv_width();
  float* qkv_grad = work.qkv_grad.data() + first * width;
  for (std::int64_t done = 0; block.cos != nullptr && done < n;) {  // a chunk may span sequences
    const auto t = (first + done) % block.T;
    const auto run = std::min(n - done, block.T - t);
    kernels.rotate(run, block.n_head + block.n_kv_head, block.head_dim, block.cos + t * block.head_dim,
                   block.sin + t * block.head_dim, qkv_grad + done * width, width, /*inverse=*/true);
    done += run;
  }
  float* h_grad = fused_thread_scratch(n * C);
  const float* part = qkv_grad;
  for (int i = 0; i < block.n_qkv; ++i) {
    const auto& linear = block.qkv[i];
    kernels.gemm(n, C, linear.n_out, part, width, packed[static_cast<std::size_t>(i)], h_grad, C,
                 i > 0 ? h_grad : nullptr, nullptr);
    part += linear.n_out;
  }
  const float* x = block.x + first * C;
  float* x_grad = dx + first * C;
  std::copy_n(work.mid_grad.data() + first * C, n * C, x_grad);
  kernels.norm(block.attention_norm, n, C, x, work.normal.data() + first * C);
  kernels.norm_backward(block.attention_norm, n, C, x, h_grad, x_grad, sums.of(chunk, block.attention_norm_grad));
}

void sum_slots(const FusedBlock& block, const float* parts, float* out) {
  if (out == nullptr) return;
  const auto n = block.kv_width();
  std::copy_n(parts, n, out);
  for (std::int64_t sequence = 1; sequence < block.B; ++sequence) {
    for (std::int64_t i = 0; i < n; ++i) out[i] += parts[sequence * n + i];
  }
}

}  // namespace

void fused_block_backward(const FusedBlock& block, const float* dy, float* dx) {
  std::vector<const FusedLinear*> linears;
  for (int i = 0; i < block.n_qkv; ++i) linears.push_back(&block.qkv[i]);
  linears.insert(linears.end(), {&block.o, &block.up, &block.down});
  if (block.gate.weight != nullptr) linears.push_back(&block.gate);
  const PackedWeights packed(linears, /*forward=*/false);
  const RowChunks chunks(block.n_row());
  const Work work(block);
  const auto C = block.C, I = block.n_inner;

  NormGradSums ffn_sums(chunks.count, C);
  fused_parallel(chunks.count, [&](std::int64_t chunk) { mlp_rows(block, packed, chunks, chunk, dy, work, ffn_sums); });
  ffn_sums.finish(block.ffn_norm_grad);
  std::vector<WeightGradJob> jobs{{&block.down, dy, C, work.active.data()},
                                  {&block.up, block.up_out, I, work.normal.data()},
                                  {&block.o, work.mid_grad.data(), C, block.attended}};
  if (block.gate.weight != nullptr) jobs.push_back({&block.gate, block.gate_out, I, work.normal.data()});
  fused_weight_grads(jobs, block.n_row(), /*accumulate=*/false);

  fused_parallel(block.B * block.n_kv_head, [&](std::int64_t i) { attention_head(block, i, work); });
  if (block.k_slot != nullptr) {
    sum_slots(block, work.slot_grad.data(), block.k_slot_grad);
    sum_slots(block, work.slot_grad.data() + block.B * block.kv_width(), block.v_slot_grad);
  }

  NormGradSums attention_sums(chunks.count, C);
  fused_parallel(chunks.count,
                 [&](std::int64_t chunk) { input_rows(block, packed, chunks, chunk, work, dx, attention_sums); });
  attention_sums.finish(block.attention_norm_grad);
  jobs.clear();
  const float* part = work.qkv_grad.data();
  for (int i = 0; i < block.n_qkv; ++i) {
    jobs.push_back({&block.qkv[i], part, block.qkv_width(), work.normal.data()});
    part += block.qkv[i].n_out;
  }
  fused_weight_grads(jobs, block.n_row(), /*accumulate=*/false);
}

}  // namespace variometer
