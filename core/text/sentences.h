// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace variometer {

/// Simple English for the first demo: little stories of plain sentences about people, animals, weather, seasons and
/// counting, drawn from a small grammar. Pronouns, plurals, sums and repeated names give a model something to learn for
/// thousands of steps. The same seed gives the same text everywhere; exactly `n_byte` bytes of ASCII.
std::string make_sentences(std::uint64_t seed, std::size_t n_byte);

}  // namespace variometer
