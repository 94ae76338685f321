// SPDX-License-Identifier: Apache-2.0
#include "algorithms.hpp"

#include <algorithm>
#include <stdexcept>

namespace twill::collective {
namespace {

using contract::Space;

constexpr int pieces_a_step = 2;  ///< of a part that passes through staging: one arrives while the other is sent on

/// Cuts the buffer and writes hops. Parts belong to ranks, and what travels is piece k of part r.
class Writer {
 public:
  Writer(const Task& task, const Shape& shape, Flow& flow) : task_(task), shape_(shape), flow_(flow), n_(shape.size()), dram_(task.buffer.space == Space::dram) {
    for (unsigned r = 0; r < n_; ++r) {
      parts_.push_back(part(task.buffer, r));
      most_ = std::max(most_, parts_.back().size());
    }
  }

  void ring(bool reduces, bool gathers) {
    const int n = static_cast<int>(n_), m = per_step();
    const int steps = (reduces ? n - 1 : 0) + (gathers ? n - 1 : 0);
    flow_.lag = m;
    each_piece([&](unsigned owner, int block, int j, const Piece& p) {
      const int q = static_cast<int>(shape_.position(owner));
      const auto time = [&](int s) { return (block * steps + s) * m + j; };
      int last = -1;
      if (reduces) {
        last = cell(q + 1, p, true, false);
        for (int s = 0; s < n - 1; ++s) last = pass(last, q + s + 2, p, true, s == n - 2, true, time(s), 0);
      } else {
        last = cell(q, p, true, false);
      }
      if (gathers)
        for (int s = 0; s < n - 1; ++s) last = pass(last, q + s + 1, p, false, true, false, time(s + (reduces ? n - 1 : 0)), 0);
    });
  }

  /// Every part comes to its owner, and goes out from it, both ways round.
  void ring_both(bool reduces, bool gathers) {
    const int n = static_cast<int>(n_), m = per_step(), up = n / 2, down = (n - 1) / 2;
    const int steps = (reduces ? up : 0) + (gathers ? up : 0);
    flow_.lag = 2 * m;
    each_piece([&](unsigned owner, int block, int j, const Piece& p) {
      const int q = static_cast<int>(shape_.position(owner));
      const auto time = [&](int s, int way) { return ((block * steps + s) * m + j) * 2 + way; };
      const int home = cell(q, p, true, reduces);
      if (reduces) {
        int a = up > 0 ? cell(q - up, p, true, false) : -1, b = down > 0 ? cell(q + down, p, true, false) : -1;
        for (int s = 0; s < up; ++s) {
          a = s == up - 1 ? join(a, home, time(s, 0), 0) : pass(a, q - up + s + 1, p, true, false, true, time(s, 0), 0);
          // The shorter side keeps step with the end of the longer one, so that both arrive together.
          const int t = s - (up - down);
          if (t >= 0) b = t == down - 1 ? join(b, home, time(s, 1), 1) : pass(b, q + down - t - 1, p, true, false, true, time(s, 1), 1);
        }
      }
      if (gathers) {
        const int base = reduces ? up : 0;
        int a = home, b = home;
        for (int s = 0; s < up; ++s) a = pass(a, q + s + 1, p, false, true, false, time(base + s, 0), 0);
        for (int s = 0; s < down; ++s) b = pass(b, q - s - 1, p, false, true, false, time(base + s, 1), 1);
      }
    });
  }

  /// Sums along rows, then columns; out again along columns, then rows. Part (i, j) belongs to the chip in row i and column j; a row's
  /// chips bring all parts of column j together in their own column j, then those of a column bring part (i, j) to row i.
  void dimension(bool reduces, bool gathers) {
    const int rows = static_cast<int>(shape_.rows), columns = static_cast<int>(shape_.columns), m = per_step();
    const auto rank = [&](int i, int j) { return static_cast<unsigned>((i + rows) % rows * columns + (j + columns) % columns); };
    const int row_steps = (columns - 1) * rows, column_steps = rows - 1;
    const int steps = (row_steps + column_steps) * ((reduces ? 1 : 0) + (gathers ? 1 : 0));
    flow_.lag = m;
    each_piece([&](unsigned owner, int block, int k, const Piece& p) {
      const int i = static_cast<int>(owner) / columns, j = static_cast<int>(owner) % columns;
      const auto time = [&](int s) { return (block * steps + s) * m + k; };
      const auto at = [&](unsigned r, bool load, bool store) { return flow_.cell(r, p.address, p.bytes, load, store); };
      const auto send = [&](int from, unsigned r, bool add, bool store, int when, unsigned channel) {
        const int to = at(r, add, store);
        flow_.hop(from, to, add, when, channel);
        return to;
      };
      std::vector<int> sums(static_cast<std::size_t>(rows));  // of each row, in column j
      int last = -1;
      if (reduces) {
        for (int x = 0; x < rows; ++x) {
          // What the column will pass on first comes first.
          const int turn = (x - 1 - i + 2 * rows) % rows;
          const bool end = x == i && rows == 1;
          int c = columns > 1 ? at(rank(x, j + 1), true, false) : at(rank(x, j), true, end);
          for (int s = 0; s < columns - 1; ++s) c = send(c, rank(x, j + 2 + s), true, s == columns - 2 && x == i, time(s * rows + turn), 0);
          sums[static_cast<std::size_t>(x)] = c;
        }
        last = sums[static_cast<std::size_t>((i + 1) % rows)];
        for (int s = 0; s < rows - 1; ++s) {
          const int to = sums[static_cast<std::size_t>((i + 2 + s) % rows)];
          flow_.hop(last, to, true, time(row_steps + s), 1);
          last = to;
        }
      } else {
        last = at(owner, true, false);
      }
      if (gathers) {
        const int base = reduces ? row_steps + column_steps : 0;
        std::vector<int> whole(static_cast<std::size_t>(rows));
        whole[static_cast<std::size_t>(i)] = last;
        for (int s = 0; s < rows - 1; ++s) {
          last = send(last, rank(i + s + 1, j), false, true, time(base + s), 1);
          whole[static_cast<std::size_t>((i + s + 1) % rows)] = last;
        }
        for (int x = 0; x < rows; ++x) {
          const int turn = (x - i + rows) % rows;
          int c = whole[static_cast<std::size_t>(x)];
          for (int s = 0; s < columns - 1; ++s) c = send(c, rank(x, j + s + 1), false, true, time(base + column_steps + s * rows + turn), 0);
        }
      }
    });
  }

  /// The root's bytes from chip to chip, or sums towards the root: one message behind the other. Both ways: two shorter chains, each with all bytes.
  void chain(bool reduces, bool both) {
    const int n = static_cast<int>(n_), q = static_cast<int>(shape_.position(task_.root));
    const int up = both ? n / 2 : n - 1, down = n - 1 - up;
    const int width = both ? 2 : 1;
    flow_.lag = width;
    const std::vector<Piece> list = pieces(task_.buffer.address, task_.buffer.bytes(), task_.piece);
    // A chip adds to one piece while it reads another: from quarters of the buffer in turn they seldom lie in one bank, where each would hold up the other.
    const int count = static_cast<int>(list.size()), quarters = reduces && !dram_ ? 4 : 1, quarter = (count + quarters - 1) / quarters;
    std::vector<int> order;
    for (int i = 0; i < quarter; ++i)
      for (int first = 0; first < count; first += quarter)
        if (first + i < count) order.push_back(first + i);
    for (int k = 0; k < count; ++k) {
      const Piece& p = list[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])];
      const auto time = [&](int s, int way) { return (k + s) * width + way; };
      const int home = cell(q, p, true, reduces);
      for (int way = 0; way < 2; ++way) {
        const int length = way == 0 ? up : down, sign = way == 0 ? 1 : -1;
        if (length == 0) continue;
        if (!reduces) {
          int c = home;
          for (int s = 0; s < length; ++s) c = pass(c, q + sign * (s + 1), p, false, true, false, time(s, way), static_cast<unsigned>(way));
          continue;
        }
        int c = cell(q + sign * length, p, true, false);
        for (int s = 0; s < length; ++s) {
          const int d = length - s - 1;
          c = d == 0 ? join(c, home, time(s + up - length, way), static_cast<unsigned>(way))
                     : pass(c, q + sign * d, p, true, false, true, time(s + up - length, way), static_cast<unsigned>(way));
        }
      }
    }
  }

  /// Binomial: rank v (counted from the root) sums up what v + 1, v + 2, v + 4 .. bring and takes it to v without its lowest bit; then the way back.
  void tree(bool reduces, bool gathers) {
    flow_.opening = Opening::all;
    const std::vector<Piece> list = pieces(task_.buffer.address, task_.buffer.bytes(), task_.piece);
    const int count = static_cast<int>(list.size());
    int levels = 0;
    while ((1u << levels) < n_) ++levels;
    const auto rank = [&](unsigned v) { return (v + task_.root) % n_; };
    for (int k = 0; k < count; ++k) {
      const Piece& p = list[static_cast<std::size_t>(k)];
      std::vector<int> cells;
      for (unsigned v = 0; v < n_; ++v) cells.push_back(flow_.cell(rank(v), p.address, p.bytes, reduces || v == 0, reduces && v == 0));
      if (reduces)
        for (int l = 0; l < levels; ++l)
          for (unsigned v = 1u << l; v < n_; v += 2u << l) flow_.hop(cells[v], cells[v - (1u << l)], true, l * count + k, 0);
      if (!gathers) continue;
      std::vector<int> have(n_, -1);
      have[0] = cells[0];
      for (int l = levels - 1; l >= 0; --l)
        for (unsigned v = 0; v + (1u << l) < n_; v += 2u << l) {
          const unsigned w = v + (1u << l);
          have[w] = flow_.cell(rank(w), p.address, p.bytes, false, true);
          flow_.hop(have[v], have[w], false, (2 * levels - 1 - l) * count + k, 1);
        }
    }
    flow_.lag = 1;
  }

  /// Every owner is sent every part by everyone; then it sends the sum to everyone. In rotated order, so that nobody is sent to by all at once.
  void direct(bool reduces, bool gathers) {
    flow_.opening = Opening::all;
    const int per = static_cast<int>(most_), n = static_cast<int>(n_);
    for (unsigned owner = 0; owner < n_; ++owner)
      for (int k = 0; k < static_cast<int>(parts_[owner].size()); ++k) {
        const Piece& p = parts_[owner][static_cast<std::size_t>(k)];
        const int home = flow_.cell(owner, p.address, p.bytes, true, reduces);
        const bool last = k + 1 == static_cast<int>(parts_[owner].size());
        for (unsigned d = 1; reduces && d < n_; ++d) {
          const unsigned from = (owner + n_ - d) % n_;
          flow_.hop(flow_.cell(from, p.address, p.bytes, true, false), home, true, (static_cast<int>(d) - 1) * per + k, 0, last);
        }
        for (unsigned d = 1; gathers && d < n_; ++d) {
          const unsigned to = (owner + d) % n_;
          const int base = reduces ? n * per : 0;
          flow_.hop(home, flow_.cell(to, p.address, p.bytes, false, false, true), false, base + (static_cast<int>(d) - 1) * per + k, 1, last);
        }
      }
  }

  void scatter() {
    flow_.opening = Opening::inward;
    int time = 0;
    for (const unsigned r : far_first())
      for (std::size_t k = 0; k < parts_[r].size(); ++k) {
        const Piece& p = parts_[r][k];
        flow_.hop(flow_.cell(task_.root, p.address, p.bytes, true, false), flow_.cell(r, p.address, p.bytes, false, false, true), false, time++, 0,
                  k + 1 == parts_[r].size());
      }
  }

  void gather() {
    flow_.opening = Opening::outward;
    for (const unsigned r : far_first())
      for (std::size_t k = 0; k < parts_[r].size(); ++k) {
        const Piece& p = parts_[r][k];
        flow_.hop(flow_.cell(r, p.address, p.bytes, true, false), flow_.cell(task_.root, p.address, p.bytes, false, false, true), false,
                  static_cast<int>(k), 0, k + 1 == parts_[r].size());
      }
  }

  /// A piece to each in turn: one way round and the other, near and far, so that no link idles while a port waits for another.
  void all_to_all() {
    flow_.opening = Opening::all;
    flow_.load_lead = 4;  // the pieces may be small
    const std::vector<unsigned> turns = shifts();
    const int width = static_cast<int>(n_);
    for (int turn = 0; turn < width; ++turn)
      for (unsigned r = 0; r < n_; ++r) {
        const unsigned to = shifted(r, turns[static_cast<std::size_t>(turn)]);
        const Buffer &a = task_.buffer, &b = task_.to;
        const std::uint64_t part = a.count / n_ * size_of(a.type);
        // Part `to` of the sender's is part `r` of the receiver's: cut where the sender's flits begin.
        const std::vector<Piece> out = pieces(a.address + to * part, part, task_.piece);
        const std::uint64_t target = b.address + r * part;
        for (std::size_t k = 0; k < out.size(); ++k) {
          const std::uint64_t address = target + (out[k].address - out[0].address);
          const int from = flow_.cell(r, out[k].address, out[k].bytes, true, false);
          const int there = flow_.cell(to, address, out[k].bytes, false, to == r, true);
          const int time = static_cast<int>(k) * width + turn;
          if (to == r)
            flow_.copy(from, there, time);
          else
            flow_.hop(from, there, false, time, 0, k + 1 == out.size());
        }
      }
  }

  void send() {
    int time = 0;
    for (const Piece& p : pieces(task_.buffer.address, task_.buffer.bytes(), task_.piece)) {
      const bool last = p.address + p.bytes == task_.buffer.address + task_.buffer.bytes();
      flow_.hop(flow_.cell(task_.root, p.address, p.bytes, true, false), flow_.cell(task_.peer, p.address, p.bytes, false, false, true), false, time++, 0, last);
    }
  }

 private:
  std::vector<Piece> part(const Buffer& b, unsigned r) const {
    const std::uint64_t first = b.begin(r, n_), last = b.begin(r + 1, n_), size = size_of(b.type);
    return pieces(b.address + first * size, (last - first) * size, task_.piece);
  }

  /// Pieces of a part that one step of a ring moves. In the scratchpad that is the whole part.
  int per_step() const { return dram_ ? std::min(pieces_a_step, std::max(1, static_cast<int>(most_))) : std::max(1, static_cast<int>(most_)); }

  template <class Visit>
  void each_piece(Visit visit) {
    const int m = per_step();
    for (unsigned owner = 0; owner < n_; ++owner)
      for (int k = 0; k < static_cast<int>(parts_[owner].size()); ++k) visit(owner, k / m, k % m, parts_[owner][static_cast<std::size_t>(k)]);
  }

  unsigned rank_at(int position) const { return shape_.at(static_cast<unsigned>(position + 2 * static_cast<int>(n_))); }
  int cell(int position, const Piece& p, bool load, bool store) { return flow_.cell(rank_at(position), p.address, p.bytes, load, store); }
  int pass(int from, int position, const Piece& p, bool add, bool store, bool load, int time, unsigned channel) {
    const int to = cell(position, p, load, store);
    flow_.hop(from, to, add, time, channel);
    return to;
  }
  int join(int from, int to, int time, unsigned channel) {
    flow_.hop(from, to, true, time, channel);
    return to;
  }

  /// The rank a shift away: so many places along the ring, or rows and columns of a grid. Every shift takes the ranks to one another, one to one.
  unsigned shifted(unsigned rank, unsigned shift) const {
    if (shape_.rows == 0) return shape_.at(shape_.position(rank) + shift);
    const unsigned row = rank / shape_.columns + shift / shape_.columns, column = rank + shift;
    return row % shape_.rows * shape_.columns + column % shape_.columns;
  }

  /// All shifts, each followed by the way back: together they load both directions of all links alike.
  std::vector<unsigned> shifts() const {
    std::vector<unsigned> list;
    for (unsigned d = 0; d < n_; ++d)
      for (unsigned back = d; back < n_; ++back)
        if (shifted(shifted(0, d), back) == 0) {
          list.push_back(d);
          if (back != d) list.push_back(back);
        }
    return list;
  }

  /// All ranks but the root, the farthest along the ring first.
  std::vector<unsigned> far_first() const {
    std::vector<unsigned> ranks;
    const unsigned q = shape_.position(task_.root);
    for (unsigned d = n_ / 2; d >= 1; --d) {
      ranks.push_back(shape_.at(q + d));
      if (2 * d != n_) ranks.push_back(shape_.at(q + n_ - d));
    }
    return ranks;
  }

  const Task& task_;
  const Shape& shape_;
  Flow& flow_;
  const unsigned n_;
  const bool dram_;
  std::vector<std::vector<Piece>> parts_;
  std::size_t most_ = 0;
};

}  // namespace

std::vector<Piece> pieces(std::uint64_t address, std::uint64_t bytes, std::uint64_t piece) {
  std::vector<Piece> list;
  const std::uint64_t end = address + bytes;
  // Cut where a flit begins: no flit has bytes of two pieces.
  for (std::uint64_t a = address; a < end;) {
    const std::uint64_t next = std::min(end, a / contract::flit_bytes * contract::flit_bytes + piece);
    list.push_back({a, next - a});
    a = next;
  }
  return list;
}

std::vector<Algorithm> algorithms_for(Collective operation, const Shape& shape) {
  const bool grid = shape.rows > 1 && shape.columns > 1;
  switch (operation) {
    case Collective::all_reduce:
      if (grid) return {Algorithm::ring, Algorithm::ring_both, Algorithm::tree, Algorithm::direct, Algorithm::dimension};
      return {Algorithm::ring, Algorithm::ring_both, Algorithm::tree, Algorithm::direct};
    case Collective::reduce_scatter:
    case Collective::all_gather:
      if (grid) return {Algorithm::ring, Algorithm::ring_both, Algorithm::direct, Algorithm::dimension};
      return {Algorithm::ring, Algorithm::ring_both, Algorithm::direct};
    case Collective::broadcast:
    case Collective::reduce: return {Algorithm::ring, Algorithm::ring_both, Algorithm::tree};
    default: return {Algorithm::direct};
  }
}

Flow make_flow(const Task& task, const Shape& shape) {
  Flow flow(shape, task.buffer.space == Space::dram);
  flow.root = task.root;
  Writer writer(task, shape, flow);
  const bool reduces = task.operation == Collective::all_reduce || task.operation == Collective::reduce_scatter || task.operation == Collective::reduce;
  const bool gathers = task.operation == Collective::all_reduce || task.operation == Collective::all_gather || task.operation == Collective::broadcast;
  switch (task.operation) {
    case Collective::all_reduce:
    case Collective::reduce_scatter:
    case Collective::all_gather:
      switch (task.algorithm) {
        case Algorithm::ring_both: writer.ring_both(reduces, gathers); break;
        case Algorithm::dimension: writer.dimension(reduces, gathers); break;
        case Algorithm::direct: writer.direct(reduces, gathers); break;
        case Algorithm::tree: writer.tree(reduces, gathers); break;
        default: writer.ring(reduces, gathers); break;
      }
      break;
    case Collective::broadcast:
    case Collective::reduce:
      if (task.algorithm == Algorithm::tree)
        writer.tree(reduces, gathers);
      else
        writer.chain(reduces, task.algorithm == Algorithm::ring_both);
      break;
    case Collective::scatter: writer.scatter(); break;
    case Collective::gather: writer.gather(); break;
    case Collective::all_to_all: writer.all_to_all(); break;
    case Collective::barrier: flow.opening = Opening::all; break;
    default: writer.send(); break;
  }
  return flow;
}

}  // namespace twill::collective
