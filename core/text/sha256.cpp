// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <new>

#include "core/base/error.h"

namespace variometer {
namespace {

/// A digest being computed, by the processor's own instructions where it has them.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
  }

  void absorb(std::string_view data) { EVP_DigestUpdate(context_.get(), data.data(), data.size()); }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned n = 0;
    EVP_DigestFinal_ex(context_.get(), bytes.data(), &n);
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < n; ++i) text += {kHex[bytes[i] >> 4U], kHex[bytes[i] & 15U]};
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256(std::string_view data) {
  Digest digest;
  digest.absorb(data);
  return digest.finish();
}

std::string file_sha256(const std::filesystem::path& path, const HashProgress& progress) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw file_error(path.string() + " cannot be read");
  Digest digest;
  std::uint64_t n_byte = 0;
  std::string block(4U << 20U, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())), file.gcount() > 0) {
    const auto n = static_cast<std::size_t>(file.gcount());
    digest.absorb(std::string_view(block).substr(0, n));
    n_byte += n;
    if (progress) progress(n_byte);
  }
  if (file.bad()) throw file_error(path.string() + " cannot be read to its end");
  return digest.finish();
}

}  // namespace variometer
