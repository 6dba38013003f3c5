// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/family.h"

// One line a family; each is defined in its own file.
namespace variometer {

const Family& llama_family();
const Family& gpt2_family();
const Family& mistral_family();
const Family& qwen2_family();
const Family& qwen3_family();
const Family& phi3_family();
const Family& phi_family();
const Family& gpt_neox_family();
const Family& opt_family();
const Family& falcon_family();
const Family& olmo_family();
const Family& olmo2_family();
const Family& gemma_family();
const Family& gemma2_family();
const Family& gemma3_family();

}  // namespace variometer
