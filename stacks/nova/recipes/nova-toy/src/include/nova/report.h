#ifndef NOVA_REPORT_H
#define NOVA_REPORT_H

#include <string>
#include <vector>

#include "nova/histogram.h"

namespace nova {

/// One histogram of a panel with its name in the legend.
struct Series {
  std::string name;
  Histogram histogram;
};

/// A curve to compare with: one value for each bin.
struct Curve {
  std::string name;
  std::vector<double> values;
};

/// Histograms of one quantity on one axis. Texts may hold `_{...}` and `^{...}`.
struct Panel {
  std::string key;
  std::string title;
  std::string quantity;
  std::string unit;
  /// What is counted: `events`, `jets`.
  std::string counted;
  bool logarithmic = false;
  std::vector<Series> series;
  std::vector<Curve> curves;
};

/// All that an analysis found; what is written, and what is drawn.
struct Report {
  std::string title;
  std::string subtitle;
  std::string source;
  std::vector<Panel> panels;
};

/// The report as tab-separated values, one row a bin; texts are on lines that begin with `#`.
std::string format_report(const Report &report);

/// Reads what format_report wrote; throws std::runtime_error naming the line that is wrong.
Report parse_report(const std::string &text);

/// A short table for people, with a little picture of each histogram.
std::string format_table(const Report &report);

}  // namespace nova

#endif
