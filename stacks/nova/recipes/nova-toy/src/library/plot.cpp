#include "nova/plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nova/svg.h"
#include "nova/ticks.h"

namespace nova {

namespace {

constexpr std::size_t columns = 3;
constexpr double margin = 44;
constexpr double header_height = 106;
constexpr double panel_width = 372;
constexpr double panel_height = 330;
constexpr double gap_x = 40;
constexpr double gap_y = 22;
constexpr double footer_height = 40;

const std::string ink = "#1c2128";
const std::string muted = "#5b6570";
const std::string grid = "#e3e7ec";
const std::array<std::string, 4> colors = {"#1667b0", "#d5560a", "#2a8a5c", "#8a4fb5"};

/// The area of a panel in which data are drawn, and how numbers become places in it.
struct Frame {
  double left, top, right, bottom;
  Axis axis;
  double lowest, highest;
  bool logarithmic;

  double x(double value) const { return left + (right - left) * (value - axis.low) / (axis.high - axis.low); }
  double y(double value) const {
    const double inside = std::clamp(value, lowest, highest);
    const double share = logarithmic ? std::log(inside / lowest) / std::log(highest / lowest) : (inside - lowest) / (highest - lowest);
    return bottom - (bottom - top) * share;
  }
};

Frame frame_of(const Panel &panel, const Point &corner) {
  double highest = 0;
  for (const Series &series : panel.series) highest = std::max(highest, series.histogram.highest());
  for (const Curve &curve : panel.curves) {
    for (const double value : curve.values) highest = std::max(highest, value);
  }
  if (highest <= 0) highest = 1;
  Frame frame{corner.x + 46, corner.y + 60, corner.x + panel_width, corner.y + panel_height - 44, panel.series.front().histogram.axis(), 0, 0, panel.logarithmic};
  if (panel.logarithmic) {
    frame.lowest = 0.6;
    frame.highest = std::max(10.0, highest * 1.8);
  } else {
    const double step = round_step(highest / 5);
    frame.highest = std::max(step, std::ceil(highest * 1.02 / step) * step);
  }
  return frame;
}

std::string label_of(double value) { return (value < 0 ? "−" : "") + format_number(std::abs(value)); }

std::string decade_name(double value) {
  const int power = static_cast<int>(std::round(std::log10(value)));
  return power == 0 ? "1" : power == 1 ? "10" : "10^{" + std::to_string(power) + "}";
}

void draw_vertical_axis(Svg &svg, const Frame &frame) {
  const Font font{12, muted, false, "end"};
  const std::vector<double> ticks = frame.logarithmic ? decades(frame.lowest, frame.highest) : linear_ticks(0, frame.highest, 5);
  for (const double tick : ticks) {
    const double y = frame.y(tick);
    svg.line({frame.left, y}, {frame.right, y}, {grid, 1});
    svg.text({frame.left - 8, y + 4}, frame.logarithmic ? decade_name(tick) : label_of(tick), font);
  }
}

void draw_horizontal_axis(Svg &svg, const Frame &frame) {
  const Font font{12, muted, false, "middle"};
  // bins around whole numbers count something: nothing is in between
  const bool counts = frame.axis.width() >= 1 && frame.axis.low == -0.5;
  const int ticks = counts ? std::min(6, static_cast<int>(frame.axis.high - frame.axis.low)) : 6;
  for (const double tick : linear_ticks(frame.axis.low, frame.axis.high, ticks)) {
    const double x = frame.x(tick);
    svg.line({x, frame.bottom}, {x, frame.bottom + 5}, {muted, 1});
    svg.text({x, frame.bottom + 19}, label_of(tick), font);
  }
  svg.line({frame.left, frame.bottom}, {frame.right, frame.bottom}, {ink, 1.2});
}

/// The first series is an area, others are lines before it.
void draw_series(Svg &svg, const Frame &frame, const Histogram &histogram, std::size_t index) {
  if (histogram.sum() == 0) return;
  const std::string &color = colors[index % colors.size()];
  const Axis &axis = histogram.axis();
  std::vector<Point> steps;
  steps.push_back({frame.x(axis.low), frame.bottom});
  for (std::size_t bin = 0; bin < axis.bins; ++bin) {
    const double y = frame.y(histogram.bins()[bin].sum);
    steps.push_back({frame.x(axis.edge(bin)), y});
    steps.push_back({frame.x(axis.edge(bin + 1)), y});
  }
  steps.push_back({frame.x(axis.high), frame.bottom});
  if (index == 0) svg.polygon(steps, {"none", 0, color, 0.13, ""}, true);
  svg.polygon(steps, {color, index == 0 ? 1.6 : 2, "none", 1, ""}, false);
  for (std::size_t bin = 0; bin < axis.bins; ++bin) {
    const Bin &content = histogram.bins()[bin];
    if (content.sum <= 0) continue;
    const double x = frame.x(axis.center(bin));
    svg.line({x, frame.y(content.sum - content.error())}, {x, frame.y(content.sum + content.error())}, {color, 1.2, "none", 0.8, ""});
  }
}

void draw_curve(Svg &svg, const Frame &frame, const Curve &curve) {
  std::vector<Point> points;
  for (std::size_t bin = 0; bin < curve.values.size(); ++bin) points.push_back({frame.x(frame.axis.center(bin)), frame.y(curve.values[bin])});
  svg.curve(points, {ink, 1.8, "none", 1, "6 4"});
}

/// Names of series and curves, right-aligned on one line, where a panel has more than one.
void draw_legend(Svg &svg, const Frame &frame, const Panel &panel) {
  if (panel.series.size() + panel.curves.size() < 2) return;
  constexpr double swatch = 16, space = 6, gap = 16, size = 12;
  const double y = frame.top - 12;
  double x = frame.right;
  const auto place = [&](const std::string &name) {
    svg.text({x, y}, name, {size, ink, false, "end"});
    x -= text_width(name, size) + space;
  };
  for (std::size_t index = panel.curves.size(); index-- > 0;) {
    place(panel.curves[index].name);
    svg.line({x - swatch - 2, y - 4}, {x, y - 4}, {ink, 1.8, "none", 1, "6 4"});
    x -= swatch + gap;
  }
  for (std::size_t index = panel.series.size(); index-- > 0;) {
    const std::string &color = colors[index % colors.size()];
    place(panel.series[index].name + (panel.series[index].histogram.sum() == 0 ? " (none)" : ""));
    if (index == 0) svg.rectangle({x - swatch, y - 9}, swatch, 10, {"none", 0, color, 0.2, ""}, 2);
    if (index == 0) svg.rectangle({x - swatch, y - 9}, swatch, 10, {color, 1.4, "none", 1, ""}, 2);
    else svg.line({x - swatch, y - 4}, {x, y - 4}, {color, 2});
    x -= swatch + gap;
  }
}

/// What the vertical axis counts, in bins of which width, and what lies outside them.
std::string counted_text(const Panel &panel, const Axis &axis) {
  double outside = 0;
  for (const Series &series : panel.series) outside += series.histogram.below() + series.histogram.above();
  std::string text = panel.counted;
  if (axis.width() != 1 || !panel.unit.empty()) text += " / " + format_number(axis.width()) + (panel.unit.empty() ? "" : " " + panel.unit);
  return outside == 0 ? text : text + " · " + format_number(outside) + " outside";
}

void draw_panel(Svg &svg, const Panel &panel, const Point &corner) {
  if (panel.series.empty()) return;
  const Frame frame = frame_of(panel, corner);
  svg.text({corner.x, corner.y + 18}, panel.title, {16, ink, true, "start"});
  svg.text({corner.x, frame.top - 12}, counted_text(panel, frame.axis), {12, muted, false, "start"});
  draw_legend(svg, frame, panel);
  draw_vertical_axis(svg, frame);
  double entries = 0;
  for (std::size_t index = 0; index < panel.series.size(); ++index) {
    draw_series(svg, frame, panel.series[index].histogram, index);
    entries += panel.series[index].histogram.sum();
  }
  for (const Curve &curve : panel.curves) draw_curve(svg, frame, curve);
  draw_horizontal_axis(svg, frame);
  if (entries == 0) svg.text({(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2}, "no entries", {14, muted, false, "middle"});
  svg.text({frame.right, frame.bottom + 38}, panel.quantity + (panel.unit.empty() ? "" : " [" + panel.unit + "]"), {13, ink, false, "end"});
}

}  // namespace

std::string draw_report(const Report &report) {
  const std::size_t rows = (report.panels.size() + columns - 1) / columns;
  const double width = 2 * margin + columns * panel_width + (columns - 1) * gap_x;
  const double height = header_height + static_cast<double>(rows) * (panel_height + gap_y) + footer_height;
  Svg svg(width, height);
  svg.rectangle({0, 0}, width, height, {"none", 0, "#ffffff", 1, ""}, 10);
  svg.text({margin, 52}, report.title, {27, ink, true, "start"});
  svg.text({margin, 78}, report.subtitle, {14, muted, false, "start"});
  for (std::size_t index = 0; index < report.panels.size(); ++index) {
    const double column = static_cast<double>(index % columns), row = static_cast<double>(index / columns);
    draw_panel(svg, report.panels[index], {margin + column * (panel_width + gap_x), header_height + row * (panel_height + gap_y)});
  }
  svg.text({width - margin, height - 22}, report.source, {12, muted, false, "end"});
  return svg.document(report.title);
}

}  // namespace nova
