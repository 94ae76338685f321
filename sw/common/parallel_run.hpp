// SPDX-License-Identifier: Apache-2.0
// Networks on many chips, or many images on one: run, compared with the golden model image by image and with one chip, reported.
#pragma once
#include <string>

#include "common/options.hpp"

namespace twill::cli {

/// The options --parallel, --batch, --micro-batches and --baseline.
void add_parallel_options(Options& options);

/// Whether the command line asks for any of this.
bool wants_parallel(const Values& values);

/// `twill run` with these options; the exit code.
int run_parallel_command(const Values& values);

}  // namespace twill::cli
