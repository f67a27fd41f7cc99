#include "nova/histogram.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nova/ticks.h"

namespace nova {

Axis round_axis(std::vector<double> values, std::size_t bins, double tail) {
  if (values.empty()) throw std::invalid_argument("an axis needs at least one value");
  std::sort(values.begin(), values.end());
  const double low = values[static_cast<std::size_t>(tail * static_cast<double>(values.size() - 1))];
  const double high = values.back();
  const double step = round_step((high - low) / static_cast<double>(bins));
  const double first = std::floor(low / step);
  const double last = std::max(std::floor(high / step) + 1, first + 1);
  return {static_cast<std::size_t>(last - first), first * step, last * step};
}

double Bin::error() const { return std::sqrt(sum_of_squares); }

Histogram::Histogram(const Axis &axis) : axis_(axis), bins_(axis.bins) {
  if (axis.bins == 0 || !(axis.high > axis.low)) throw std::invalid_argument("an axis needs bins and a positive length");
}

void Histogram::fill(double value, double weight) {
  const double position = (value - axis_.low) / axis_.width();
  if (!(position >= 0)) {
    below_ += weight;
  } else if (position >= static_cast<double>(axis_.bins)) {
    above_ += weight;
  } else {
    Bin &bin = bins_[static_cast<std::size_t>(position)];
    bin.sum += weight;
    bin.sum_of_squares += weight * weight;
  }
}

double Histogram::sum() const {
  double sum = 0;
  for (const Bin &bin : bins_) sum += bin.sum;
  return sum;
}

double Histogram::mean() const {
  double moment = 0;
  for (std::size_t index = 0; index < bins_.size(); ++index) moment += bins_[index].sum * axis_.center(index);
  return sum() == 0 ? 0 : moment / sum();
}

double Histogram::deviation() const {
  const double center = mean();
  double moment = 0;
  for (std::size_t index = 0; index < bins_.size(); ++index) {
    const double distance = axis_.center(index) - center;
    moment += bins_[index].sum * distance * distance;
  }
  return sum() == 0 ? 0 : std::sqrt(moment / sum());
}

double Histogram::highest() const {
  double highest = 0;
  for (const Bin &bin : bins_) highest = std::max(highest, bin.sum + bin.error());
  return highest;
}

}  // namespace nova
