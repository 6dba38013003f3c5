// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace variometer {

/// Why these bytes, the whole of a file or its beginning, are no UTF-8 text: "is a PNG picture, not text", "is not text:
/// a NUL at byte 5"; empty: they may be text. `whole`: no character may break off at their end.
std::string why_no_text(std::string_view bytes, bool whole);

/// The same of the first 64 KiB of a file. Empty for what cannot be read: whoever opens it says so.
std::string why_no_text(const std::filesystem::path& path);

}  // namespace variometer
