// SPDX-License-Identifier: Apache-2.0
#include "twill/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace twill {

std::string sha256(const void* data, std::size_t bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned int length = 0;
  if (EVP_Digest(data, bytes, digest.data(), &length, EVP_sha256(), nullptr) != 1 || length != digest.size())
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  std::string text;
  for (unsigned char byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace twill
