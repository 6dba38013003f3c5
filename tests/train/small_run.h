// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/config.h"

namespace variometer {

/// Two layers, sixteen channels, a few milliseconds an update; deterministic on one thread.
inline RunConfig small_config() {
  RunConfig config;
  config.model.n_layer = 2;
  config.model.n_embd = 16;
  config.model.n_head = 2;
  config.model.block_size = 12;
  config.train.device = "cpu";
  config.train.threads = 1;
  config.train.batch_size = 4;
  config.train.steps = 20;
  config.train.warmup_steps = 4;
  config.train.validation_every = 0;
  config.train.sample_every = 0;
  config.train.sample_tokens = 4;
  config.probe.every = 5;
  config.probe.weights_every = 5;
  config.probe.budget = 1000;  // never thins itself: what is measured must not depend on the clock
  return config;
}

}  // namespace variometer
