// SPDX-License-Identifier: Apache-2.0
// What cannot be used is refused in one sentence with exit code 2, and leaves nothing behind.
#include "tflite_builder.hpp"
#include "twill/npy.hpp"
#include "twill_process.hpp"

namespace {

using namespace twill::test;
namespace tflite = twill::tflite;

/// Exit code 2, nothing on standard output, one line on standard error that holds `words`.
void check_refused(const std::vector<std::string>& args, const std::string& words) {
  const auto outcome = twill_command(args);
  std::string line;
  for (const auto& arg : args) line += arg + " ";
  INFO("twill " << line << "\n" << outcome.out << outcome.err);
  CHECK(outcome.code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.rfind("twill: ", 0) == 0);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK(contains(outcome.err, words));
}

/// A run of the demo that would write everything it can.
std::vector<std::string> run_writing(const Scratch& scratch, const std::vector<std::string>& more) {
  std::vector<std::string> args{"run", "--device", "functional", "--json", scratch / "report.json", "--output-dir", scratch / "outputs"};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

TEST_CASE("subcommands and options that do not exist are refused with those that do") {
  check_refused({}, "twill --help");
  check_refused({"fly"}, "run, verify, gemm, conv, disasm, bench, info and help");
  check_refused({"help", "fly"}, "run, verify");
  check_refused({"run", model, "--jsn", "x"}, "--json");
  check_refused({"run", model, "--quie"}, "--quiet");  // no abbreviations
  check_refused({"run"}, "MODEL");
  check_refused({"run", model, model}, "one argument too many");
  check_refused({"run", model, "--top"}, "argument");
  check_refused({"run", model, "--device", "board"}, "rtl and functional");
  check_refused({"run", model, "--config", "huge"}, "tiny, small, base, large");
  check_refused({"verify"}, "DIR");
  check_refused({"verify", TWILL_DEMO_DIR, "--case", "tartan"}, "houndstooth");
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
  check_refused({"conv", "--height", "4", "--channels", "4", "--filters", "4", "--kernel", "3y3"}, "3y3");
  check_refused({"conv", "--height", "4", "--channels", "4", "--filters", "6", "--depthwise"}, "multiple");
  check_refused({"conv", "--height", "4", "--channels", "4", "--filters", "6", "--groups", "4"}, "divide");
  check_refused({"conv", "--height", "4", "--channels", "4", "--depthwise", "--groups", "4"}, "exclude");
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

TEST_CASE("outputs that cannot be written are refused before anything runs") {
  const Scratch scratch;
  std::ofstream(scratch / "file") << "here";
  check_refused({"run", model, "--json", scratch / "none/report.json"}, "there is no folder");
  check_refused({"run", model, "--json", scratch.path().string()}, "is a folder");
  check_refused({"run", model, "--output-dir", scratch / "file"}, "is not a folder");
  check_refused({"run", model, "--output-dir", scratch / "file/below"}, "is not a folder");
  check_refused({"run", model, "--output-dir", "/proc/twill"}, "/proc");
  for (const std::string command : {"verify", "disasm"})
    check_refused({command, command == "verify" ? TWILL_DEMO_DIR : model, "--json", scratch / "none/report.json"}, "there is no folder");
  check_refused({"gemm", "--m", "4", "--k", "4", "--n", "4", "--json", scratch / "none/report.json"}, "there is no folder");
  check_refused({"bench", "--json", scratch / "none/report.json"}, "there is no folder");
  check_refused({"info", "--json", scratch / "none/report.json"}, "there is no folder");
  CHECK(scratch.files() == std::vector<std::string>{"file"});
}

TEST_CASE("an older report stays when the run is refused and is replaced when it is not") {
  const Scratch scratch;
  std::ofstream(scratch / "report.json") << "old";
  check_refused({"run", scratch / "none.tflite", "--json", scratch / "report.json"}, "there is no such file");
  CHECK(read_text(scratch / "report.json") == "old");
  succeed({"run", model, "--device", "functional", "--json", scratch / "report.json"});
  CHECK(read_json(scratch / "report.json")["command"] == "run");
  CHECK(scratch.files() == std::vector<std::string>{"report.json"});
}

TEST_CASE("wave options that make no sense are refused") {
  const Scratch scratch;
  check_refused({"run", model, "--device", "functional", "--wave", scratch / "w.fst"}, "--wave needs");
  check_refused({"run", model, "--wave-layer", "3"}, "--wave FILE.fst");
  CHECK(scratch.files().empty());
}

}  // namespace
