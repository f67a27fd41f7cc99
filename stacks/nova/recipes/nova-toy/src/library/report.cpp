#include "nova/report.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "nova/ticks.h"

namespace nova {

namespace {

const std::string first_line = "#nova-report\t1";

std::vector<std::string> split(const std::string &line) {
  std::vector<std::string> fields;
  std::stringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
  return fields;
}

/// Reads a report line by line, remembering the panel that a line belongs to.
class ReportParser {
 public:
  void read(const std::string &line) {
    ++number_;
    const std::vector<std::string> fields = split(line);
    if (number_ == 1) require(line == first_line);
    else if (fields.empty() || fields[0] == "#panel_key" || fields[0] == "key") return;
    else if (fields[0] == "#title") report_.title = at(fields, 1);
    else if (fields[0] == "#subtitle") report_.subtitle = at(fields, 1);
    else if (fields[0] == "#source") report_.source = at(fields, 1);
    else if (fields[0] == "#panel") read_panel(fields);
    else if (fields[0] == "#series") read_series(fields);
    else if (fields[0] == "#curve") panel().curves.push_back({at(fields, 1), {}});
    else read_bin(fields);
  }

  Report finish() {
    require(number_ > 0);
    return std::move(report_);
  }

 private:
  void require(bool condition) const {
    if (!condition) throw std::runtime_error("Cannot read the report: line " + std::to_string(number_) + " is not what a report has there");
  }

  const std::string &at(const std::vector<std::string> &fields, std::size_t index) const {
    require(index < fields.size());
    return fields[index];
  }

  double number(const std::vector<std::string> &fields, std::size_t index) const {
    std::istringstream stream(at(fields, index));
    double value = 0;
    require(static_cast<bool>(stream >> value) && stream.eof() && std::isfinite(value));
    return value;
  }

  Panel &panel() {
    require(!report_.panels.empty());
    return report_.panels.back();
  }

  void read_panel(const std::vector<std::string> &fields) {
    report_.panels.push_back({at(fields, 1), at(fields, 2), at(fields, 3), at(fields, 4), at(fields, 5), at(fields, 6) == "logarithmic", {}, {}});
  }

  void read_series(const std::vector<std::string> &fields) {
    const double bins = number(fields, 2);
    require(bins >= 1 && bins <= 100000 && bins == std::floor(bins));
    const Axis axis{static_cast<std::size_t>(bins), number(fields, 3), number(fields, 4)};
    require(axis.high > axis.low);
    panel().series.push_back({at(fields, 1), Histogram(axis)});
    panel().series.back().histogram.set_outside(number(fields, 5), number(fields, 6));
    next_bin_ = 0;
  }

  void read_bin(const std::vector<std::string> &fields) {
    require(at(fields, 0) == panel().key && !panel().series.empty());
    Series &series = panel().series.back();
    require(at(fields, 1) == series.name && next_bin_ < series.histogram.axis().bins);
    const double error = number(fields, 5);
    series.histogram.set_bin(next_bin_++, {number(fields, 4), error * error});
    if (panel().series.size() > 1) return;
    for (std::size_t index = 0; index < panel().curves.size(); ++index) panel().curves[index].values.push_back(number(fields, 6 + index));
  }

  Report report_;
  std::size_t number_ = 0;
  std::size_t next_bin_ = 0;
};

/// Removes the marks of raised and lowered text, which a terminal cannot show.
std::string plain(const std::string &text) {
  std::string result;
  for (const char character : text) {
    if (character != '{' && character != '}' && character != '_' && character != '^') result += character;
  }
  return result;
}

/// Counts characters, not bytes.
std::size_t width_of(const std::string &text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string pad(const std::string &text, std::size_t width, bool right = false) {
  const std::string spaces(width - std::min(width, width_of(text)), ' ');
  return right ? spaces + text : text + spaces;
}

/// A histogram in `width` characters, each as high as the largest bin that it stands for.
std::string spark_line(const Histogram &histogram, bool logarithmic, std::size_t width) {
  static const std::vector<std::string> blocks = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t bins = histogram.axis().bins;
  const std::size_t columns = std::min(width, bins);
  const auto height = [&](double value) { return logarithmic ? std::log1p(value) : value; };
  double highest = 0;
  for (const Bin &bin : histogram.bins()) highest = std::max(highest, bin.sum);
  std::string line;
  for (std::size_t column = 0; column < columns; ++column) {
    double value = 0;
    for (std::size_t bin = column * bins / columns; bin < (column + 1) * bins / columns; ++bin) value = std::max(value, histogram.bins()[bin].sum);
    line += value <= 0 ? blocks[0] : blocks[1 + static_cast<std::size_t>(std::round(7 * height(value) / height(highest)))];
  }
  return line;
}

std::string name_in_table(const Panel &panel, const Series &series) {
  const std::string which = panel.series.size() > 1 ? ", " + plain(series.name) : "";
  return plain(panel.title) + which + (panel.unit.empty() ? "" : " [" + panel.unit + "]");
}

}  // namespace

std::string format_report(const Report &report) {
  std::ostringstream text;
  text << first_line << "\n#title\t" << report.title << "\n#subtitle\t" << report.subtitle << "\n#source\t" << report.source
       << "\nkey\tseries\tlow\thigh\tsum\terror\texpected\n";
  for (const Panel &panel : report.panels) {
    text << "#panel\t" << panel.key << '\t' << panel.title << '\t' << panel.quantity << '\t' << panel.unit << '\t' << panel.counted << '\t'
         << (panel.logarithmic ? "logarithmic" : "linear") << '\n';
    for (const Curve &curve : panel.curves) text << "#curve\t" << curve.name << '\n';
    for (std::size_t index = 0; index < panel.series.size(); ++index) {
      const Histogram &histogram = panel.series[index].histogram;
      const Axis &axis = histogram.axis();
      text << "#series\t" << panel.series[index].name << '\t' << axis.bins << '\t' << format_number(axis.low) << '\t' << format_number(axis.high) << '\t'
           << format_number(histogram.below()) << '\t' << format_number(histogram.above()) << '\n';
      for (std::size_t bin = 0; bin < axis.bins; ++bin) {
        text << panel.key << '\t' << panel.series[index].name << '\t' << format_number(axis.edge(bin)) << '\t' << format_number(axis.edge(bin + 1))
             << '\t' << format_number(histogram.bins()[bin].sum) << '\t' << format_number(histogram.bins()[bin].error());
        for (const Curve &curve : panel.curves) text << '\t' << format_number(curve.values[bin]);
        text << '\n';
      }
    }
  }
  return text.str();
}

Report parse_report(const std::string &text) {
  ReportParser parser;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) parser.read(line);
  return parser.finish();
}

std::string format_table(const Report &report) {
  constexpr std::size_t number_width = 9, line_width = 24;
  std::vector<std::string> names;
  for (const Panel &panel : report.panels) {
    for (const Series &series : panel.series) names.push_back(name_in_table(panel, series));
  }
  std::size_t name_width = 0;
  for (const std::string &name : names) name_width = std::max(name_width, width_of(name) + 1);
  std::size_t row = 0;
  std::ostringstream text;
  text << plain(report.title) << "\n" << plain(report.subtitle) << "\n\n";
  text << pad("quantity", name_width) << pad("entries", number_width, true) << pad("mean", number_width, true)
       << pad("spread", number_width, true) << "   distribution\n";
  for (const Panel &panel : report.panels) {
    for (const Series &series : panel.series) {
      const Histogram &histogram = series.histogram;
      const Axis &axis = histogram.axis();
      text << pad(names[row++], name_width) << pad(format_fixed(histogram.sum(), 0), number_width, true)
           << pad(format_fixed(histogram.mean(), 2), number_width, true) << pad(format_fixed(histogram.deviation(), 2), number_width, true)
           << "  " << pad(format_number(axis.low), 6, true) << ' ' << spark_line(histogram, panel.logarithmic, line_width) << ' ' << format_number(axis.high) << '\n';
    }
  }
  return text.str();
}

}  // namespace nova
