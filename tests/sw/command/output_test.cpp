// SPDX-License-Identifier: Apache-2.0
// What is written: never over an input, through links, whole or not at all, and refused before anything runs when it cannot be.
#include "twill_process.hpp"

namespace {

using namespace twill::test;
namespace fs = std::filesystem;

/// A copy of the demo whose files a command might overwrite.
std::string copy_demo(const Scratch& scratch) {
  fs::copy(TWILL_DEMO_DIR, scratch / "demo", fs::copy_options::recursive);
  return scratch / "demo";
}

TEST_CASE("outputs that cannot be written are refused before anything runs") {
  const Scratch scratch;
  std::ofstream(scratch / "file") << "here";
  check_refused({"run", model, "--json", scratch / "none/report.json"}, "there is no folder");
  check_refused({"run", model, "--json", scratch.path().string()}, "is a folder");
  check_refused({"run", model, "--output-dir", scratch / "file"}, "is not a folder");
  check_refused({"run", model, "--output-dir", scratch / "file/below"}, "is not a folder");
  check_refused({"run", model, "--json", scratch / std::string(250, 'x')}, "takes no such file");
  check_refused({"run", model, "--output-dir", "/proc/twill"}, "/proc");
  for (const std::string command : {"verify", "disasm"})
    check_refused({command, command == "verify" ? TWILL_DEMO_DIR : model, "--json", scratch / "none/report.json"}, "there is no folder");
  check_refused({"gemm", "--m", "4", "--k", "4", "--n", "4", "--json", scratch / "none/report.json"}, "there is no folder");
  check_refused({"bench", "--json", scratch / "none/report.json"}, "there is no folder");
  check_refused({"info", "--json", scratch / "none/report.json"}, "there is no folder");
  CHECK(scratch.files() == std::vector<std::string>{"file"});
}

TEST_CASE("a file in the output folder that cannot be written is refused before anything runs") {
  const Scratch scratch;
  fs::create_directories(scratch / "outputs/out0.npy");
  fs::create_directories(scratch / "layers/t3.npy");
  check_refused({"run", model, "--output-dir", scratch / "outputs"}, "out0.npy: cannot be written: it is a folder");
  check_refused({"run", model, "--every-layer", "--output-dir", scratch / "layers"}, "t3.npy: cannot be written: it is a folder");
  CHECK(scratch.files() == std::vector<std::string>{"layers", "layers/t3.npy", "outputs", "outputs/out0.npy"});
}

TEST_CASE("a device that is full is reported, and nothing says that all is well") {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"run", model}, {"disasm", model}, {"gemm", "--m", "4", "--k", "4", "--n", "4"}, {"info"}}) {
    auto full = args;
    full.insert(full.end(), {"--json", "/dev/full"});
    check_refused(full, "/dev/full: the file cannot be written");
  }
  const auto verified = twill_command({"verify", TWILL_DEMO_DIR, "--device", "functional", "--json", "/dev/full"});
  CHECK(verified.code == 2);
  CHECK(!contains(verified.out, "8 passed"));
}

TEST_CASE("an output may not be an input, whatever it is called") {
  const Scratch scratch;
  const std::string there = copy_demo(scratch), network = there + "/model.tflite", picture = there + "/cases/twill/in0.npy";
  fs::create_hard_link(network, scratch / "hard");
  fs::create_symlink(picture, scratch / "soft");
  const std::string words = "it is an input of this command";
  const std::string before = read_text(network), picture_before = read_text(picture), manifest_before = read_text(there + "/manifest.json");
  check_refused({"run", network, "--json", network}, words);
  check_refused({"run", network, "--json", scratch / "demo/cases/../model.tflite"}, words);
  check_refused({"run", network, "--json", there + "/manifest.json"}, words);
  check_refused({"run", network, "--input", picture, "--json", scratch / "soft"}, words);
  check_refused({"disasm", network, "--json", scratch / "hard"}, words);
  for (const std::string name : {"model.tflite", "manifest.json", "cases/twill/in0.npy", "cases/twill/out0.npy", "test_labels.npy"})
    check_refused({"verify", there, "--json", there + "/" + name}, words);
  fs::copy_file(picture, scratch / "out0.npy");
  check_refused({"run", network, "--input", scratch / "out0.npy", "--output-dir", scratch.path().string()}, words);
  check_refused({"run", network, "--output-dir", scratch / "new", "--json", scratch / "new/out0.npy"}, "two outputs");
  check_refused({"run", network, "--output-dir", scratch.path().string(), "--json", scratch / "out0.npy"}, "two outputs");
  check_refused({"run", network, "--output-dir", scratch / "new", "--json", scratch / "new"}, "the output folder");
  check_refused({"run", network, "--output-dir", scratch / "new/deep", "--json", scratch / "new"}, "the output folder");
  CHECK(read_text(network) == before);
  CHECK(read_text(picture) == picture_before);
  CHECK(read_text(there + "/manifest.json") == manifest_before);
}

TEST_CASE("a symbolic link stays, and what it points to is written") {
  const Scratch scratch;
  fs::create_directory(scratch / "real");
  std::ofstream(scratch / "real/old.json") << "old";
  fs::create_symlink("real/old.json", scratch / "old.json");
  fs::create_symlink("real/new.json", scratch / "new.json");
  fs::create_symlink("new.json", scratch / "twice.json");
  fs::create_symlink("none/new.json", scratch / "lost.json");
  fs::create_symlink("loop.json", scratch / "loop.json");
  const auto before = scratch.files();
  for (const std::string name : {"old.json", "twice.json"}) {
    succeed({"info", "--json", scratch / name});
    CHECK(fs::is_symlink(scratch / name));
    CHECK(read_json(scratch / name)["command"] == "info");
  }
  CHECK(read_json(scratch / "real/new.json")["command"] == "info");
  check_refused({"info", "--json", scratch / "lost.json"}, "there is no folder");
  check_refused({"info", "--json", scratch / "loop.json"}, "go round in circles");
  auto after = before;
  after.push_back("real/new.json");
  std::sort(after.begin(), after.end());
  CHECK(scratch.files() == after);
}

TEST_CASE("the report may go into the folder that the outputs make") {
  const Scratch scratch;
  succeed({"run", model, "--device", "functional", "--output-dir", scratch / "new", "--json", scratch / "new/report.json"});
  CHECK(read_json(scratch / "new/report.json")["command"] == "run");
  check_refused({"run", model, "--output-dir", scratch / "other", "--json", scratch / "none/report.json"}, "there is no folder");
}

TEST_CASE("a file that is replaced keeps its permissions") {
  const Scratch scratch;
  const std::string report = scratch / "private.json";
  std::ofstream(report) << "old";
  fs::permissions(report, fs::perms::owner_read | fs::perms::owner_write);
  succeed({"info", "--json", report});
  CHECK(read_json(report)["command"] == "info");
  CHECK(fs::status(report).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a report is not written over the file that the standard output goes to") {
  const Scratch scratch;
  const std::string all = scratch / "all.json";
  for (const std::string& to : {all, std::string("/dev/fd/1")}) {
    REQUIRE(std::system((std::string(TWILL_COMMAND) + " info --json " + to + " > " + all).c_str()) == 0);
    CHECK(read_json(all)["command"] == "info");  // and nothing else
  }
}

TEST_CASE("the report can be all of the standard output") {
  for (const std::string to : {"-", "/dev/stdout"})
    for (const std::vector<std::string>& args : {std::vector<std::string>{"run", model, "--device", "functional"},
                                                 {"verify", TWILL_DEMO_DIR, "--device", "functional"},
                                                 {"gemm", "--m", "4", "--k", "4", "--n", "4"},
                                                 {"disasm", model},
                                                 {"info"}}) {
      auto all = args;
      all.insert(all.end(), {"--json", to});
      CHECK(nlohmann::json::parse(succeed(all).out)["command"] == args.front());
    }
  CHECK_FALSE(fs::exists("-"));
}

TEST_CASE("a name that is not UTF-8 does not stop the report") {
  const Scratch scratch;
  const std::string odd = scratch / "m\xe9.tflite";
  fs::copy_file(model, odd);
  succeed({"run", odd, "--device", "functional", "--json", scratch / "report.json"});
  CHECK(read_json(scratch / "report.json")["model"] == scratch / "m\xef\xbf\xbd.tflite");
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

}  // namespace
