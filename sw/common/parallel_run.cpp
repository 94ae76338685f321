// SPDX-License-Identifier: Apache-2.0
#include "common/parallel_run.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>

#include "common/format.hpp"
#include "common/link_report.hpp"
#include "common/mismatch.hpp"
#include "common/model.hpp"
#include "common/output_file.hpp"
#include "common/progress.hpp"
#include "common/random_bytes.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/system_choice.hpp"
#include "common/system_report.hpp"
#include "common/table.hpp"
#include "twill/error.hpp"
#include "twill/npy.hpp"
#include "twill/parallel.hpp"
#include "twill/sha256.hpp"
#include "twill/tflite.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;
using Bytes = std::vector<std::uint8_t>;
using Images = std::vector<std::vector<Bytes>>;  ///< by image: the network's inputs

constexpr unsigned most_images = 65536;

/// The same images on the fastest chip by itself, queues running on from one into the next.
struct OneChip {
  std::uint64_t cycles = 0;
  bool measured = false;
  std::string why_predicted;  ///< empty when measured
};

/// What a pipeline did from image to image, on a device that has cycles.
struct Rhythm {
  std::uint64_t first = 0;     ///< cycles until the first image is done
  double interval = 0;         ///< cycles from image to image after that
  double bubble = 0;           ///< cycles / (images x interval) - 1: what filling and draining added
};

void refuse_with_many(const Values& values) {
  for (const char* option : {"wave", "wave-layer", "flip", "every-layer"}) {
    const bool given = option == std::string("every-layer") ? values.flag(option) : values.has(option);
    if (given) throw InputError(std::string("--") + option + " is for one image on one chip, so it goes without --chips, --topology, --parallel, --batch and several configurations");
  }
}

ParallelOptions options_of(const Values& values, const SystemChoice& choice) {
  ParallelOptions options;
  options.shape = ParallelShape::parse(values.text("parallel"), choice.chips());
  options.images = static_cast<unsigned>(values.integer("batch", 1, most_images));
  if (values.has("micro-batches")) options.micro_batches = static_cast<unsigned>(values.integer("micro-batches", 1, most_images));
  return options;
}

/// As many files as the network has inputs serve all images; or there are as many for every image.
Images images_of(const Values& values, const Graph& graph, unsigned count, std::uint64_t seed) {
  const std::vector<std::string> files = values.texts("input");
  const std::size_t each = graph.inputs.size();
  Images images;
  if (files.empty()) {
    for (unsigned i = 0; i < count; ++i) images.push_back(random_inputs(graph, seed + i));
    return images;
  }
  if (files.size() != each && files.size() != each * count)
    throw InputError("the network takes " + input_count(each) + " an image, --input was given " + std::to_string(files.size()) +
                     " times: give " + std::to_string(each) + " for all images" +
                     (count > 1 ? " or " + std::to_string(each * count) + " for " + std::to_string(count) : std::string()));
  for (std::size_t at = 0; at < files.size(); at += each)
    images.push_back(read_inputs(graph, {files.begin() + static_cast<std::ptrdiff_t>(at), files.begin() + static_cast<std::ptrdiff_t>(at + each)}));
  while (images.size() < count) images.push_back(images.front());
  return images;
}

std::string file_name(unsigned images, std::size_t image, std::size_t output) {
  return (images > 1 ? "image" + std::to_string(image) + "_" : "") + "out" + std::to_string(output) + ".npy";
}

std::vector<std::string> file_names(const Graph& graph, unsigned images) {
  std::vector<std::string> names;
  for (unsigned image = 0; image < images; ++image)
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) names.push_back(file_name(images, image, i));
  return names;
}

std::optional<std::string> fault_of(const Graph& graph, const Images& images, const ParallelResult& result) {
  for (std::size_t image = 0; image < images.size(); ++image)
    if (const auto fault = first_mismatch(graph, images[image], {result.images[image], {}})) return "image " + std::to_string(image) + ": " + *fault;
  if (result.unlike)
    return "image " + std::to_string(result.unlike->image) + ": tensor " + std::to_string(result.unlike->tensor) + " on chip " +
           std::to_string(result.unlike->chip) + " is not that of the first chip of its stage";
  return std::nullopt;
}

class ParallelRun {
 public:
  explicit ParallelRun(const Values& values)
      : values_(values),
        choice_(values),
        options_(options_of(values, choice_)),
        report_file_(values, values.text("output-dir")),
        model_(values.texts("operands").front()),
        graph_(import_tflite(model_)),
        seed_(values.number("seed", 0, UINT64_MAX)),
        folder_(values.text("output-dir"), file_names(graph_, options_.images)) {
    const std::string how = values.text("baseline");
    if (how != "measured" && how != "predicted") throw InputError("--baseline takes measured or predicted, not '" + how + "'");
    measure_one_chip_ = choice_.timed() && how == "measured" && choice_.chips() > 1;
    std::vector<std::string> read = values.texts("input"), written = folder_.files();
    read.insert(read.end(), {model_, manifest_beside(model_)});
    written.push_back(report_file_.path());
    keep_apart(read, written, folder_.path());
  }

  int run() {
    const Images images = images_of(values_, graph_, options_.images, seed_);
    plan_ = plan_parallel(graph_, choice_.machines(), options_);
    const auto system = choice_.open();
    one_chip_ = one_chip(*system, images);
    const auto start = std::chrono::steady_clock::now();
    result_ = launch_on(*system, plan_, images, "running");
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    costs_ = chip_costs(result_.outcomes);
    links_ = links_of(*system);
    find_rhythm();
    fault_ = fault_of(graph_, images, result_);
    const ordered_json outputs = write_outputs();
    report_file_.write(json(outputs));
    print(report_file_.text());
    return fault_ ? 1 : 0;
  }

 private:
  ParallelResult launch_on(System& system, const ParallelPlan& plan, const Images& images, const std::string& what) const {
    Progress progress(what, choice_.timed() ? plan.predicted_cycles : 0, choice_.timed() ? "cycles" : "steps", values_.flag("quiet"));
    LaunchOptions launch;
    launch.progress = [&](std::uint64_t cycles) { progress.update(cycles); };
    // Far beyond any honest run; a chip's own watchdog normally speaks long before.
    launch.limit = 64 * plan.predicted_cycles + 50'000'000;
    return run_parallel(system, graph_, plan, images, launch);
  }

  /// On the fastest chip of the same system, all others idle.
  OneChip one_chip(System& system, const Images& images) const {
    if (!choice_.timed()) return {plan_.predicted_one_chip, false, "the device has no cycles"};
    if (!measure_one_chip_) return {plan_.predicted_one_chip, false, choice_.chips() > 1 ? "--baseline predicted" : "the system is one chip"};
    try {
      const ParallelPlan alone = plan_one_chip(graph_, choice_.machine(plan_.fastest), options_.images, plan_.fastest);
      return {launch_on(system, alone, images, "running on one chip").cycles(), true, ""};
    } catch (const InputError& e) {  // more commands than one ring holds
      return {plan_.predicted_one_chip, false, e.what()};
    }
  }

  /// Measured cycles, or the predicted ones where there are none.
  std::uint64_t cycles() const { return choice_.timed() ? result_.cycles() : plan_.predicted_cycles; }
  double speedup() const { return cycles() ? static_cast<double>(one_chip_.cycles) / static_cast<double>(cycles()) : 0; }
  double efficiency() const { return speedup() / choice_.chips(); }
  double capacity_efficiency() const { return speedup() / plan_.capacity; }

  void find_rhythm() {
    const ParallelShape& shape = options_.shape;
    std::vector<std::uint64_t> ends;  // of the images of the group that has most, at the last stage
    for (const MarkRecord& mark : result_.outcomes[shape.chip(plan_.busiest(), shape.pipeline - 1, 0)].marks)
      if (mark[contract::mark_word::tag] >= image_tag && mark[contract::mark_word::tag] != UINT32_MAX) ends.push_back(mark.cycle());
    if (ends.size() < 2 || ends.back() == 0) return;
    Rhythm r;
    r.first = ends.front();
    r.interval = static_cast<double>(ends.back() - ends.front()) / static_cast<double>(ends.size() - 1);
    r.bubble = static_cast<double>(ends.back()) / (r.interval * static_cast<double>(ends.size())) - 1;
    rhythm_ = r;
  }

  ordered_json write_outputs() const {
    ordered_json all = ordered_json::array();
    for (std::size_t image = 0; image < result_.images.size(); ++image) {
      ordered_json outputs = ordered_json::array();
      for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
        const Tensor& tensor = graph_.tensors[static_cast<std::size_t>(graph_.outputs[i])];
        const Bytes& bytes = result_.images[image][static_cast<std::size_t>(graph_.outputs[i])];
        ordered_json json{{"tensor", graph_.outputs[i]},
                          {"name", tensor.name},
                          {"dtype", type_name(tensor.type)},
                          {"shape", tensor.shape},
                          {"sha256", sha256(bytes.data(), bytes.size())}};
        if (folder_.wanted()) json["file"] = folder_.write(file_name(options_.images, image, i), format_npy({tensor.type, tensor.shape, bytes}));
        outputs.push_back(std::move(json));
      }
      all.push_back(std::move(outputs));
    }
    return all;
  }

  ordered_json json(const ordered_json& outputs) const {
    const ParallelShape& shape = options_.shape;
    ordered_json report = report_head("run");
    report["model"] = model_;
    report["system"] = choice_.json();
    report["inputs"] = values_.texts("input");
    if (values_.texts("input").empty()) report["seed"] = seed_;
    report["parallel"] = {{"data", shape.data}, {"pipeline", shape.pipeline}, {"tensor", shape.tensor}};
    report["batch"] = options_.images;
    report["micro_batches"] = plan_.micro_batches();
    report["matches"] = !fault_.has_value();
    report["fault"] = fault_.value_or("");
    report["macs"] = total_macs(graph_) * options_.images;
    report["cycles"] = result_.cycles();
    report["predicted_cycles"] = plan_.predicted_cycles;
    report["one_chip"] = {{"cycles", one_chip_.cycles},
                          {"measured", one_chip_.measured},
                          {"why_predicted", one_chip_.why_predicted},
                          {"predicted_cycles", plan_.predicted_one_chip},
                          {"rank", plan_.fastest},
                          {"config", choice_.chip(plan_.fastest).config()}};
    report["speedup"] = speedup();
    report["efficiency"] = efficiency();
    report["capacity"] = plan_.capacity;
    report["capacity_efficiency"] = capacity_efficiency();
    report["bubble"] = plan_.bubble();
    if (rhythm_) {
      report["first_image_cycles"] = rhythm_->first;
      report["interval_cycles"] = rhythm_->interval;
      report["measured_bubble"] = rhythm_->bubble;
    }
    report["stages"] = ordered_json::array();
    for (const StagePlan& stage : plan_.stages)
      report["stages"].push_back({{"operators", stage.operators},
                                  {"predicted_image_cycles", stage.image_cycles},
                                  {"predicted_first_cycles", stage.first_cycles},
                                  {"sent_bytes_an_image", stage.bytes_sent},
                                  {"stage", stage.stage},
                                  {"groups", stage.groups},
                                  {"config", stage.machine.name()}});
    report["images_by_group"] = plan_.dealt;
    report["chips"] = chips_json(costs_);
    for (std::size_t chip = 0; chip < costs_.size(); ++chip) {
      auto& json = report["chips"][chip];
      json["group"] = chip / (shape.pipeline * shape.tensor);
      json["stage"] = chip / shape.tensor % shape.pipeline;
      json["shard"] = chip % shape.tensor;
      json["config"] = choice_.chip(static_cast<unsigned>(chip)).config();
    }
    report["links"] = links_json(links_, result_.cycles());
    report["outputs"] = outputs;
    report["simulation"] = {{"seconds", seconds_}, {"chip_cycles", result_.cycles() * choice_.chips()}};
    return report;
  }

  std::string operators_of(const StagePlan& stage) const {
    const std::string first = std::to_string(stage.operators.front()), last = std::to_string(stage.operators.back());
    return first == last ? first : first + " to " + last;
  }
  std::string chips_of(const StagePlan& stage) const {
    const ParallelShape& shape = options_.shape;
    std::string text;
    for (std::size_t i = 0; i < stage.groups.size(); ++i) {
      const unsigned first = shape.chip(stage.groups[i], stage.stage, 0);
      text += (i ? ", " : "") + std::to_string(first) + (shape.tensor > 1 ? "-" + std::to_string(first + shape.tensor - 1) : "");
      if (i == 3 && stage.groups.size() > 5) {
        text += ", ...";
        break;
      }
    }
    return text;
  }

  std::string dealt_to(const StagePlan& stage) const {
    std::string text;
    for (std::size_t i = 0; i < stage.groups.size() && i < 4; ++i) text += (i ? ", " : "") + std::to_string(plan_.dealt[stage.groups[i]].size());
    return text + (stage.groups.size() > 4 ? ", ..." : "");
  }

  void print_stages(std::ostream& out) const {
    std::vector<Table::Column> columns{{"stage"}, {"operators", Table::Side::left}, {"chips", Table::Side::left}, {"cycles an image, predicted"}, {"sent an image"}};
    if (choice_.mixed()) columns.insert(columns.end(), {{"config", Table::Side::left}, {"images", Table::Side::left}});
    Table table(columns);
    for (const StagePlan& stage : plan_.stages) {
      std::vector<std::string> row{std::to_string(stage.stage), operators_of(stage), chips_of(stage), grouped(stage.image_cycles),
                                   stage.bytes_sent ? byte_count(stage.bytes_sent) : ""};
      if (choice_.mixed()) row.insert(row.end(), {stage.machine.name(), dealt_to(stage)});
      table.row(row);
    }
    table.print(out);
  }

  void print(std::ostream& out) const {
    const ParallelShape& shape = options_.shape;
    out << model_ << ", " << options_.images << (options_.images == 1 ? " image" : " images") << ", " << shape.text() << " on " << choice_.text()
        << (values_.texts("input").empty() ? ", random input with seed " + std::to_string(seed_) : "") << "\n\n";
    print_stages(out);
    out << '\n';
    print_chips(out, costs_, choice_.mixed() ? choice_.configurations() : std::vector<std::string>());
    out << '\n' << (fault_ ? "DIFFERS from the golden model: " + *fault_ : "every image's bytes as the golden model has them") << '\n';
    if (choice_.timed()) out << "cycles            " << grouped(result_.cycles()) << ", predicted " << grouped(plan_.predicted_cycles) << '\n';
    else out << "cycles            " << grouped(plan_.predicted_cycles) << " predicted\n";
    out << "an image          " << grouped(cycles() / options_.images) << " cycles\n";
    if (choice_.chips() > 1) {
      out << "one chip          " << grouped(one_chip_.cycles) << (one_chip_.measured ? "" : " predicted (" + one_chip_.why_predicted + ")")
          << (choice_.mixed() ? ", the fastest: rank " + std::to_string(plan_.fastest) + " (" + choice_.chip(plan_.fastest).config() + ")" : "") << '\n';
      out << "throughput        " << decimal(speedup(), 2) << " x one chip, efficiency " << percent(efficiency()) << '\n';
      if (choice_.mixed())
        out << "capacity          " << decimal(plan_.capacity, 2) << " x one chip is what all chips could do by prediction, each alone; " << percent(capacity_efficiency()) << " of it used\n";
    }
    if (shape.pipeline > 1) {
      out << "bubble            " << percent(plan_.bubble()) << " of the work by (p - 1) / m with " << plan_.micro_batches() << " micro-batches";
      if (rhythm_)
        out << "; measured " << percent(rhythm_->bubble) << ": first image after " << grouped(rhythm_->first) << " cycles, then one every "
            << grouped(static_cast<std::uint64_t>(rhythm_->interval + 0.5));
      out << '\n';
    }
    print_links(out, links_, result_.cycles());
    if (choice_.timed())
      out << '\n'
          << grouped(result_.cycles() * choice_.chips()) << " chip cycles in " << decimal(seconds_, 1)
          << " s: " << rate(static_cast<double>(result_.cycles() * choice_.chips()) / seconds_) << "chip cycles/s\n";
  }

  const Values& values_;
  const SystemChoice choice_;
  const ParallelOptions options_;
  const ReportFile report_file_;
  const std::string model_;
  const Graph graph_;
  const std::uint64_t seed_;
  const OutputFolder folder_;
  bool measure_one_chip_ = false;
  ParallelPlan plan_;
  OneChip one_chip_;
  ParallelResult result_;
  std::vector<ChipCost> costs_;
  std::vector<noc::LinkReport> links_;
  std::optional<Rhythm> rhythm_;
  std::optional<std::string> fault_;
  double seconds_ = 0;
};

}  // namespace

void add_parallel_options(Options& options) {
  options.value("parallel", "tensor|pipeline|data|DxPxT", "how chips share the work; D data groups of P pipeline stages of T tensor ranks", "tensor")
      .value("batch", "B", "images, one behind the other; random ones have the seeds N, N + 1, ...", "1")
      .value("micro-batches", "M", "parts of a data group's images that go from stage to stage at once; every image by itself when not given")
      .value("baseline", "measured|predicted", "the cycles of one chip, for the speed-up: run there first, or what the mapper predicts", "measured");
}

bool wants_parallel(const Values& values) {
  return SystemChoice::many(values) || values.has("parallel") || values.has("batch") || values.has("micro-batches");
}

int run_parallel_command(const Values& values) {
  refuse_with_many(values);
  return ParallelRun(values).run();
}

}  // namespace twill::cli
