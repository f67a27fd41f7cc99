#ifndef NOVA_HISTOGRAM_H
#define NOVA_HISTOGRAM_H

#include <cstddef>
#include <vector>

namespace nova {

/// Bins of equal width between two ends.
struct Axis {
  std::size_t bins = 1;
  double low = 0;
  double high = 1;

  double width() const { return (high - low) / static_cast<double>(bins); }
  double edge(std::size_t index) const { return low + (high - low) * static_cast<double>(index) / static_cast<double>(bins); }
  double center(std::size_t bin) const { return (edge(bin) + edge(bin + 1)) / 2; }
};

/// An axis with about `bins` bins of a round width that holds the values from the quantile `tail` up; at least one value is needed.
Axis round_axis(std::vector<double> values, std::size_t bins, double tail = 0.0);

/// What one bin holds.
struct Bin {
  double sum = 0;
  /// Sum of the squares of the weights, for the statistical error.
  double sum_of_squares = 0;

  double error() const;
};

/// A histogram of weighted entries, with what fell outside.
class Histogram {
 public:
  explicit Histogram(const Axis &axis);

  void fill(double value, double weight = 1);
  /// Puts back what was written to a file.
  void set_bin(std::size_t index, const Bin &bin) { bins_.at(index) = bin; }
  void set_outside(double below, double above) {
    below_ = below;
    above_ = above;
  }

  const Axis &axis() const { return axis_; }
  const std::vector<Bin> &bins() const { return bins_; }
  double below() const { return below_; }
  double above() const { return above_; }
  /// Sum of the weights inside.
  double sum() const;
  /// Mean and root mean square deviation of the bins' centers.
  double mean() const;
  double deviation() const;
  /// The largest content with its error.
  double highest() const;

 private:
  Axis axis_;
  std::vector<Bin> bins_;
  double below_ = 0;
  double above_ = 0;
};

}  // namespace nova

#endif
