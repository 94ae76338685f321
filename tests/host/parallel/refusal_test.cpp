// SPDX-License-Identifier: Apache-2.0
// What cannot be spread over chips is refused with a sentence before anything runs; plans and what they say of themselves.
#include "images.hpp"
#include "random_network.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"

using namespace twill;

namespace {

/// `layers` LOGISTIC-like tables over 64 bytes and, with `skips`, ADDs of every earlier result behind them, or so many of the first.
Graph chain_of_tables(int layers, bool skips, int sums_of_first = 0) {
  Graph graph;
  graph.name = "tables";
  const auto add_tensor = [&] {
    graph.tensors.push_back({"t" + std::to_string(graph.tensors.size()), {1, 64}, DataType::int8, {1.0f}, {0}, {}});
    return static_cast<int>(graph.tensors.size()) - 1;
  };
  const auto add = [&](const char* type, std::vector<int> inputs, Attributes attributes) {
    const int out = add_tensor();
    Operator op;
    op.type = type;
    op.inputs = std::move(inputs);
    op.outputs = {out};
    op.attributes = std::move(attributes);
    graph.operators.push_back(std::move(op));
    return out;
  };
  graph.inputs = {add_tensor()};
  std::vector<int> made{graph.inputs[0]};
  for (int i = 0; i < layers; ++i) {
    Table table;
    for (int q = 0; q < 256; ++q) table.table[static_cast<std::size_t>(q)] = static_cast<std::int8_t>((q * 5 + i) % 256 - 128);
    made.push_back(add("TABLE", {made.back()}, table));
  }
  int last = made.back();
  AddSub sum;
  sum.input1 = sum.input2 = {1 << 30, 0};
  sum.output = {1 << 30, -19};
  if (skips)
    for (std::size_t i = 1; i + 1 < made.size(); ++i) last = add("ADD", {last, made[i]}, sum);
  for (int i = 0; i < sums_of_first; ++i) last = add("ADD", {last, made[1]}, sum);
  graph.outputs = {last};
  return graph;
}

std::string refusal(const Graph& graph, ParallelShape shape, unsigned images, unsigned micro_batches = 0) {
  ParallelOptions options;
  options.shape = shape;
  options.images = images;
  options.micro_batches = micro_batches;
  try {
    plan_parallel(graph, Machine{}, options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string shape_refusal(const std::string& text, unsigned chips) {
  try {
    ParallelShape::parse(text, chips);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("shapes are read, and refused when they are none or not of the system's chips") {
  CHECK(ParallelShape::parse("data", 6).text() == "6x1x1");
  CHECK(ParallelShape::parse("pipeline", 6).text() == "1x6x1");
  CHECK(ParallelShape::parse("tensor", 6).text() == "1x1x6");
  CHECK(ParallelShape::parse("3x2x1", 6).text() == "3x2x1");
  CHECK(shape_refusal("3x2x2", 6) == "--parallel 3x2x2 takes 12 chips, the system has 6");
  for (const char* text : {"", "3x2", "3x2x", "0x6x1", "6x1x1x1", "-6x1x1", "99999999999x1x1", "6 x1x1", "model"}) {
    INFO(text);
    CHECK(shape_refusal(text, 6).find("is not tensor, pipeline, data or DxPxT") != std::string::npos);
  }
}

TEST_CASE("networks and batches that do not fill the chips are refused") {
  const Graph graph = chain_of_tables(3, false);
  CHECK(refusal(graph, {1, 3, 1}, 2).empty());
  CHECK(refusal(graph, {1, 4, 1}, 2) == "the network has 3 operators that run on a chip, too few for 4 pipeline stages");
  CHECK(refusal(graph, {4, 1, 1}, 3) == "a batch of 3 images is too small for 4 data groups: every group takes whole images");
  CHECK(refusal(graph, {1, 2, 1}, 3, 4) == "4 micro-batches are more than the 3 images of the batch");
  CHECK(refusal(graph, {2, 2, 1}, 6, 4) == "4 micro-batches are more than the 3 images of a data group");
  CHECK(refusal(graph, {1, 1, 1}, 65536).find("65536 images one behind the other need") != std::string::npos);
}

TEST_CASE("a stage that would exchange tensors with too many others is refused") {
  // Every stage reads what the first has made; a chip has ten semaphores for others.
  CHECK(refusal(chain_of_tables(1, false, 10), {1, 11, 1}, 1).empty());
  CHECK(refusal(chain_of_tables(1, false, 11), {1, 12, 1}, 1) ==
        "stage 0 of 12 would exchange tensors with more than 10 other stages, and a chip has no more semaphores for them; fewer pipeline stages would do");
}

TEST_CASE("skips over several stages get a slot for every stage they skip, and arrive") {
  const Graph graph = chain_of_tables(5, true);
  for (unsigned stages = 2; stages <= 6; ++stages) {
    const auto system = make_functional_system("base", stages);
    ParallelOptions options;
    options.shape.pipeline = stages;
    options.images = 9;
    test::Images images;
    for (unsigned i = 0; i < options.images; ++i) images.push_back(test::random_inputs(graph, 70 + i));
    INFO(stages << " stages");
    test::run_and_compare(*system, graph, Machine{}, options, images);
  }
}

TEST_CASE("micro-batches and the bubble they leave") {
  const Graph graph = chain_of_tables(4, false);
  ParallelOptions options;
  options.shape = {1, 4, 1};
  options.images = 12;
  CHECK(plan_parallel(graph, Machine{}, options).bubble() == Approx(3.0 / 12));
  options.micro_batches = 3;
  const ParallelPlan plan = plan_parallel(graph, Machine{}, options);
  CHECK(plan.micro_batches() == 3);
  CHECK(plan.bubble() == Approx(1.0));
  options.shape = {2, 2, 1};
  options.micro_batches = 0;
  CHECK(plan_parallel(graph, Machine{}, options).bubble() == Approx(1.0 / 6));
}

TEST_CASE("a batch on one chip runs on from image to image") {
  const Graph graph = chain_of_tables(4, false);
  ParallelOptions options;
  options.images = 20;
  const auto system = make_functional_system("tiny", 1);
  test::Images images;
  for (unsigned i = 0; i < options.images; ++i) images.push_back(test::random_inputs(graph, i));
  const Machine tiny = Machine::of(system->chip(0));
  const ParallelPlan plan = test::run_and_compare(*system, graph, tiny, options, images);
  CHECK(plan.predicted_cycles < options.images * map_graph(graph, tiny).predicted_cycles);
}
