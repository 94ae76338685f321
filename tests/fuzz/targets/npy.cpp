// SPDX-License-Identifier: Apache-2.0
// A file through the .npy reader. What is read must be written, and read again, as it was.
#include "target.hpp"
#include "twill/npy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace twill;
  Array array;
  if (!fuzzing::accepted([&] { array = parse_npy({data, data + size}, "array.npy"); })) return 0;
  std::size_t bytes = size_of(array.type);
  for (int extent : array.shape) bytes *= static_cast<std::size_t>(extent);
  fuzzing::require(bytes == array.data.size(), "an array has the bytes its shape and type ask for");
  const Array again = parse_npy(format_npy(array), "array.npy");
  fuzzing::require(again.type == array.type && again.shape == array.shape && again.data == array.data, "an array that was written reads as it was");
  return 0;
}
