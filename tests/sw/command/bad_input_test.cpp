// SPDX-License-Identifier: Apache-2.0
// What cannot be used is refused in one sentence with exit code 2, and leaves nothing behind.
#include <sys/stat.h>

#include "tflite_builder.hpp"
#include "twill/npy.hpp"
#include "twill_process.hpp"
#include "version.hpp"

namespace {

using namespace twill::test;
namespace tflite = twill::tflite;

/// A run of the demo that would write everything it can.
std::vector<std::string> run_writing(const Scratch& scratch, const std::vector<std::string>& more) {
  std::vector<std::string> args{"run", "--device", "functional", "--json", scratch / "report.json", "--output-dir", scratch / "outputs"};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

TEST_CASE("subcommands and options that do not exist are refused with those that do") {
  check_refused({}, "twill --help");
  check_refused({"fly"}, "run, verify, gemm, conv, mlp, collective, disasm, bench, noc, fuzz, inject, info and help");
  check_refused({"help", "fly"}, "run, verify");
  check_refused({"verfy"}, "did you mean verify?");
  check_refused({"run", model, "--jsn", "x"}, "twill run has no option '--jsn'; did you mean --json?");
  check_refused({"run", model, "--out", "x"}, "did you mean --output-dir?");
  check_refused({"run", model, "--quie"}, "did you mean --quiet?");  // no abbreviations
  check_refused({"run", model, "--zzz"}, "has no option '--zzz'; `twill run --help` lists what it takes");
  check_refused({"run", model, "-x"}, "has no option '-x'");
  check_refused({"run"}, "MODEL");
  check_refused({"run", model, model}, "one argument too many");
  check_refused({"run", model, "--top"}, "argument");
  check_refused({"run", model, "--device", "board"}, "rtl and functional");
  check_refused({"run", model, "--device", "functonal"}, "did you mean functional?");
  check_refused({"run", model, "--config", "huge"}, "tiny, small, base, large, tiny_ecc and base_ecc");
  check_refused({"run", model, "--config", "bsae"}, "did you mean base?");
  check_refused({"verify"}, "DIR");
  check_refused({"verify", TWILL_DEMO_DIR, "--case", "tartan"}, "houndstooth");
}

TEST_CASE("arguments that would be ignored are refused") {
  check_refused({"help", "run", "conv"}, "'conv' is one argument too many");
  check_refused({"--version", "now"}, "'now' is one argument too many");
  check_refused({"info", "base"}, "'base' is one argument too many");
  check_refused({"run", model, "--seed", "3", "--input", demo("cases/twill/in0.npy")}, "--seed");
}

TEST_CASE("an empty word is no file and no value") {
  for (const std::string option : {"--json", "--input", "--output-dir", "--config"})
    check_refused({"run", model, option, ""}, option + " was given as an empty word");
  check_refused({"run", ""}, "MODEL");
  check_refused({"verify", TWILL_DEMO_DIR, ""}, "DIR");
}

TEST_CASE("all options that are missing are named at once") {
  check_refused({"gemm"}, "needs --m, --k and --n");
  check_refused({"gemm", "--k", "3"}, "needs --m and --n");
  check_refused({"conv", "--channels", "3"}, "needs --height and --filters");
}

TEST_CASE("images may be larger than a command's fields") {
  check_refused({"conv", "--height", "65537", "--channels", "4", "--filters", "4"}, "--height takes a whole number from 1 to 65536");
  succeed({"conv", "--device", "functional", "--height", "2", "--width", "5000", "--channels", "4", "--filters", "4"});
  succeed({"conv", "--device", "functional", "--height", "5000", "--width", "2", "--channels", "4", "--filters", "4"});
}

TEST_CASE("what does not fit one configuration is refused with one that would do, if any") {
  const std::vector<std::string> conv{"conv", "--device", "functional", "--height", "8", "--width", "2047", "--filters", "4"};
  const auto refuse = [&](const std::string& config, const std::string& channels, const std::string& words) {
    auto args = conv;
    args.insert(args.end(), {"--config", config, "--channels", channels});
    check_refused(args, words);
  };
  refuse("tiny", "16", "; --config base would do");
  refuse("large", "255", "; no other configuration would do");
}

TEST_CASE("numbers out of range are refused with the range") {
  check_refused({"run", model, "--seed", "-1"}, "0 to 18446744073709551615");
  check_refused({"run", model, "--seed", "1x"}, "--seed");
  check_refused({"run", model, "--top", "1001"}, "0 to 1000");
  check_refused({"run", model, "--dram-latency", "0"}, "1 to 1000000");
  check_refused({"run", model, "--dram-bandwidth", "17"}, "1 to 16");
  check_refused({"gemm", "--m", "1", "--k", "0", "--n", "1"}, "--k");
  check_refused({"gemm", "--m", "1", "--n", "1"}, "needs --k");
  check_refused({"gemm", "--m", "1000000", "--batch", "2", "--k", "1", "--n", "1"}, "--batch");
  check_refused({"conv", "--height", "4", "--channels", "4", "--filters", "4", "--padding", "full"}, "same or valid");
  check_refused({"conv", "--height", "2", "--channels", "4", "--filters", "4", "--padding", "valid"}, "does not fit");
  check_refused({"conv", "--height", "4", "--channels", "4", "--filters", "4", "--kernel", "3x5y"},
                "--kernel takes KHxKW, or one number for both, each from 1 to 255, not '3x5y'");
  check_refused({"conv", "--height", "4", "--channels", "4", "--filters", "6", "--depthwise"}, "multiple");
  check_refused({"conv", "--height", "4", "--channels", "4", "--filters", "6", "--groups", "4"}, "divide");
  check_refused({"conv", "--height", "4", "--channels", "4", "--depthwise", "--groups", "4"}, "exclude");
}

TEST_CASE("configurations of chips that make no sense are refused") {
  check_refused({"run", model, "--config", "base,small", "--chips", "3"}, "names the machines of 2 chips, the system has 3; name one for all or one for each");
  check_refused({"run", model, "--config", "base,small", "--topology", "mesh:2x2"}, "names the machines of 2 chips, the system has 4");
  check_refused({"run", model, "--config", "base,,small"}, "one for every chip such as base*2,small, not 'base,,small'");
  check_refused({"run", model, "--config", "base,small,"}, "not 'base,small,'");
  check_refused({"run", model, "--config", "base,smal"}, "did you mean small?");
  check_refused({"run", model, "--config", "base*0,small"}, "--config base* takes a whole number from 1 to 64, not '0'");
  check_refused({"run", model, "--config", "base*x"}, "--config base* takes a whole number from 1 to 64, not 'x'");
  check_refused({"run", model, "--config", "base*64,small"}, "--config names 65 chips; 1 to 64 can be joined");
  check_refused({"run", model, "--config", "base,small", "--dram-bandwidth", "9"}, "--dram-bandwidth on small takes a whole number from 1 to 8");
}

TEST_CASE("what needs one machine refuses several by their ranks") {
  check_refused({"mlp", "--hidden", "8", "--ffn", "8", "--tokens", "4", "--config", "base,small*2"}, "rank 0 is base and ranks 1 and 2 are small; give --config one name");
  check_refused({"gemm", "--m", "8", "--k", "8", "--n", "4", "--split", "row", "--config", "small,base"}, "rank 0 is small and rank 1 is base; give --config one name");
  check_refused({"bench", "--config", "base,small"}, "rank 0 is base and rank 1 is small");
  for (const std::vector<std::string>& command : {std::vector<std::string>{"verify", TWILL_DEMO_DIR}, {"conv", "--height", "4", "--channels", "4", "--filters", "4"}, {"disasm", model}}) {
    auto args = command;
    args.insert(args.end(), {"--config", "base*2"});
    check_refused(args, "--config base*2 names the machines of several chips; one chip takes one of tiny, small, base, large, tiny_ecc and base_ecc");
  }
  check_refused({"run", model, "--config", "base,small", "--every-layer"}, "--every-layer is for one image on one chip");
}

TEST_CASE("a missing or malformed model is refused and nothing is written") {
  const Scratch scratch;
  check_refused(run_writing(scratch, {scratch / "none.tflite"}), "there is no such file");
  check_refused(run_writing(scratch, {TWILL_DEMO_DIR}), "is not a regular file");
  check_refused(run_writing(scratch, {demo("cases/twill/in0.npy")}), "TFL3");
  const std::string whole = read_text(model), cut_file = scratch / "cut.tflite";
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{100}, whole.size() / 2, whole.size() * 9 / 10}) {
    std::ofstream(cut_file, std::ios::binary) << whole.substr(0, size);
    check_refused(run_writing(scratch, {cut_file}), "cut.tflite");
    check_refused({"disasm", cut_file}, "cut.tflite");
  }
  CHECK(scratch.files() == std::vector<std::string>{"cut.tflite"});
}

TEST_CASE("a network that cannot be mapped is refused by the name of the operator") {
  const Scratch scratch;
  const auto write = [&](twill::test::TfliteBuilder& builder) {
    const auto bytes = builder.bytes();
    std::ofstream(scratch / "m.tflite", std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  };
  {
    TfliteBuilder builder;
    const int in = builder.input(builder.activation({1, 4}, 0.1f, 0)), out = builder.output(builder.activation({1, 4}, 0.1f, 0));
    builder.op(tflite::BuiltinOperator::COS, {in}, {out});
    write(builder);
    check_refused(run_writing(scratch, {scratch / "m.tflite"}), "COS");
  }
  {
    TfliteBuilder builder;  // SOFTMAX runs on the host, so it may only stand at the end
    const int in = builder.input(builder.activation({1, 4}, 0.1f, 0)), middle = builder.activation({1, 4}, 1.0f / 256, -128);
    const int out = builder.output(builder.activation({1, 4}, 1.0f / 256, -128));
    tflite::SoftmaxOptionsT options;
    options.beta = 1;
    builder.op(tflite::BuiltinOperator::SOFTMAX, {in}, {middle}, options);
    builder.op(tflite::BuiltinOperator::RELU, {middle}, {out});
    write(builder);
    check_refused(run_writing(scratch, {scratch / "m.tflite"}), "operator");
  }
  CHECK(scratch.files() == std::vector<std::string>{"m.tflite"});
}

TEST_CASE("inputs of the wrong number, type, shape or order are refused") {
  const Scratch scratch;
  const auto twill_in = twill::read_npy(demo("cases/twill/in0.npy"));
  const std::string file = scratch / "in.npy";
  const auto refuse = [&](const twill::Array& array, const std::string& words) {
    twill::write_npy(file, array);
    check_refused(run_writing(scratch, {model, "--input", file}), words);
  };
  refuse({twill::DataType::uint8, twill_in.shape, twill_in.data}, "takes int8 1x24x24x3");
  refuse({twill::DataType::int8, {24, 24, 3}, twill_in.data}, "takes int8 1x24x24x3");
  refuse({twill::DataType::int8, {1, 3, 24, 24}, twill_in.data}, "takes int8 1x24x24x3");
  std::string text = read_text(demo("cases/twill/in0.npy"));
  std::ofstream(file, std::ios::binary) << text.substr(0, text.size() - 1);
  check_refused(run_writing(scratch, {model, "--input", file}), "in.npy");
  const auto order = text.find("False");
  std::ofstream(file, std::ios::binary) << text.replace(order, 5, "True ");
  check_refused(run_writing(scratch, {model, "--input", file}), "Fortran order");
  const std::string good = demo("cases/twill/in0.npy");
  check_refused(run_writing(scratch, {model, "--input", good, "--input", good}), "takes 1 input, --input was given 2 times");
  check_refused(run_writing(scratch, {model, "--input", scratch / "none.npy"}), "there is no such file");
  CHECK(scratch.files() == std::vector<std::string>{"in.npy"});
}

TEST_CASE("wave options that make no sense are refused") {
  const Scratch scratch;
  // Which build has waves comes before any other complaint.
  const auto words = [](const std::string& with_waves) { return twill::cli::has_waves ? with_waves : std::string("cmake --preset trace"); };
  check_refused({"run", model, "--device", "functional", "--wave", scratch / "w.fst"}, words("--wave needs --device rtl"));
  check_refused({"run", model, "--wave-layer", "3"}, words("--wave FILE.fst"));
  const std::string pipe = scratch / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& stream : {std::string("-"), pipe}) check_refused({"run", model, "--wave", stream}, words("--wave needs a file"));
  CHECK(std::filesystem::is_fifo(pipe));
  std::filesystem::remove(pipe);
  check_refused({"run", scratch / "none.tflite", "--wave", scratch / "none/w.fst"}, words("there is no folder"));
  CHECK(scratch.files().empty());
}

}  // namespace
