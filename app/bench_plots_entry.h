// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace variometer {

/// `variometer bench plots`: draws without a display and prints how long it took. The GUI alone implements it.
int run_bench_plots(bool json);

}  // namespace variometer
