// SPDX-License-Identifier: Apache-2.0
// A program that takes what it must not: `hog memory`, `hog addresses`, `hog time`, `hog sleep`; `hog little` takes next to nothing.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char* argv[]) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "memory") {
    const std::vector<char> much(std::size_t{300} << 20, 2);
    return much[much.size() / 2];
  }
  if (what == "addresses") return std::vector<char>(std::size_t{2} << 30, 2)[1];
  if (what == "time")
    for (volatile unsigned long turns = 0;;) turns = turns + 1;
  if (what == "sleep") std::this_thread::sleep_for(std::chrono::minutes(10));
  return what == "little" ? 2 : 70;
}
