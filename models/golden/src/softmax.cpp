// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"
#include "twill/arithmetic/exponential.hpp"
#include "twill/golden/host_operators.hpp"

namespace twill::golden {

// K/internal/reference/softmax.h:72-149: exp of the distance to the row's maximum in Q5.26, their sum in Q12.19.
void softmax(const Softmax& parameters, const std::int8_t* input, std::int8_t* output, std::size_t rows, std::size_t depth) {
  constexpr int input_bits = 5, sum_bits = 12, output_bits = 8;
  const auto exp_of = [&](int difference) {
    return arithmetic::exp_of_non_positive(
        arithmetic::multiply_by_quantized_multiplier(difference, parameters.input_multiplier, parameters.input_left_shift), input_bits);
  };
  for (std::size_t row = 0; row < rows; ++row) {
    const std::int8_t* x = input + row * depth;
    const int largest = *std::max_element(x, x + depth);

    std::int32_t sum = 0;
    for (std::size_t i = 0; i < depth; ++i)
      if (x[i] - largest >= parameters.diff_min) sum += arithmetic::rounding_shift_right(exp_of(x[i] - largest), sum_bits);
    const arithmetic::Reciprocal inverse = arithmetic::reciprocal(sum, sum_bits);

    for (std::size_t i = 0; i < depth; ++i) {
      std::int32_t share = 0;
      if (x[i] - largest >= parameters.diff_min)
        share = arithmetic::rounding_shift_right(arithmetic::rounding_doubling_high_multiply(inverse.scale, exp_of(x[i] - largest)),
                                                 inverse.bits_over_unit + 31 - output_bits);
      output[row * depth + i] = finish(share, -128, Clamp{});
    }
  }
}

void evaluate(const Softmax& parameters, const Call& call) {
  const auto depth = static_cast<std::size_t>(call.input().shape.back());
  softmax(parameters, call.read(), call.write(), call.input().elements() / depth, depth);
}

}  // namespace twill::golden
