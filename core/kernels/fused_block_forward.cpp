// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/kernels/fused_block.h"
#include "core/kernels/fused_passes.h"

namespace variometer {
namespace {

// Rotates the queries and keys of rows first .. first + n, which may span sequences.
void rotate_rows(const FusedBlock& block, std::int64_t first, std::int64_t n) {
  if (block.cos == nullptr) return;
  const auto width = block.qkv_width();
  while (n > 0) {
    const auto t = first % block.T;
    const auto run = std::min(n, block.T - t);
    fused_kernels().rotate(run, block.n_head + block.n_kv_head, block.head_dim, block.cos + t * block.head_dim,
                           block.sin + t * block.head_dim, block.qkv_out + first * width, width, /*inverse=*/false);
    first += run;
    n -= run;
  }
}

void project_qkv(const FusedBlock& block, const PackedWeights& packed, const RowChunks& chunks, std::int64_t chunk) {
  const auto& kernels = fused_kernels();
  const auto first = chunks.first(chunk), n = chunks.rows(chunk);
  float* h = fused_thread_scratch(n * block.C);
  kernels.norm(block.attention_norm, n, block.C, block.x + first * block.C, h);
  float* out = block.qkv_out + first * block.qkv_width();
  for (int i = 0; i < block.n_qkv; ++i) {
    const auto& linear = block.qkv[i];
    kernels.gemm(n, linear.n_out, linear.n_in, h, block.C, packed[static_cast<std::size_t>(i)], out, block.qkv_width(),
                 /*add=*/nullptr, linear.bias);
    out += linear.n_out;
  }
  rotate_rows(block, first, n);
}

void mix_rows(const FusedBlock& block, const PackedWeights& packed, const RowChunks& chunks, std::int64_t chunk) {
  const auto& kernels = fused_kernels();
  const auto first = chunks.first(chunk), n = chunks.rows(chunk);
  const auto C = block.C, I = block.n_inner;
  const auto next = static_cast<std::size_t>(block.n_qkv);
  float* mid = block.mid + first * C;
  kernels.gemm(n, C, block.o.n_in, block.attended + first * block.q_width(), block.q_width(), packed[next], mid, C,
               /*add=*/block.x + first * C, block.o.bias);
  float* h = fused_thread_scratch(n * C + n * I);
  float* active = h + n * C;
  kernels.norm(block.ffn_norm, n, C, mid, h);
  float* up = block.up_out + first * I;
  kernels.gemm(n, I, C, h, C, packed[next + 1], up, I, /*add=*/nullptr, block.up.bias);
  if (block.gate.weight != nullptr) {
    float* gate = block.gate_out + first * I;
    kernels.gemm(n, I, C, h, C, packed[next + 3], gate, I, /*add=*/nullptr, block.gate.bias);
    kernels.swiglu(n * I, gate, up, active);
  } else {
    kernels.gelu(n * I, up, active);
  }
  kernels.gemm(n, C, I, active, I, packed[next + 2], block.y + first * C, C, /*add=*/mid, block.down.bias);
}

}  // namespace

FusedAttention fused_attention_task(const FusedBlock& block, std::int64_t sequence, std::int64_t kv_head) {
  const auto D = block.head_dim, group = block.n_head / block.n_kv_head;
  const auto first = sequence * block.T;
  const float* row = block.qkv_out + first * block.qkv_width();
  FusedAttention task;
  task.n_token = block.T;
  task.head_dim = D;
  task.n_group = group;
  task.q = row + kv_head * group * D;
  task.k = row + block.q_width() + kv_head * D;
  task.v = row + block.q_width() + block.kv_width() + kv_head * D;
  task.ld_q = task.ld_kv = block.qkv_width();
  if (block.k_slot != nullptr) {
    task.k_slot = block.k_slot + kv_head * D;
    task.v_slot = block.v_slot + kv_head * D;
    task.slot_offset = block.slot_offset;
  }
  task.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(D)));
  task.out = block.attended + first * block.q_width() + kv_head * group * D;
  task.ld_out = block.q_width();
  task.log_sum = block.log_sum + (sequence * block.n_kv_head + kv_head) * group * block.T;
  return task;
}

void fused_block_forward(const FusedBlock& block) {
  const auto& kernels = fused_kernels();
  std::vector<const FusedLinear*> linears;
  for (int i = 0; i < block.n_qkv; ++i) linears.push_back(&block.qkv[i]);
  linears.insert(linears.end(), {&block.o, &block.up, &block.down});
  if (block.gate.weight != nullptr) linears.push_back(&block.gate);
  const PackedWeights packed(linears, /*forward=*/true);
  const RowChunks chunks(block.n_row());
  fused_parallel(chunks.count, [&](std::int64_t chunk) { project_qkv(block, packed, chunks, chunk); });
  fused_parallel(block.B * block.n_kv_head, [&](std::int64_t i) {
    const auto task = fused_attention_task(block, i / block.n_kv_head, i % block.n_kv_head);
    kernels.attention(task, fused_thread_scratch(kernels.attention_scratch(block.T, block.head_dim)));
  });
  fused_parallel(chunks.count, [&](std::int64_t chunk) { mix_rows(block, packed, chunks, chunk); });
}

}  // namespace variometer
