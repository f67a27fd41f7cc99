// Checks the library's rules; says which one is broken and ends with 1.

#include <cmath>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "nova/analysis.h"
#include "nova/histogram.h"
#include "nova/jets.h"
#include "nova/plot.h"
#include "nova/report.h"
#include "nova/svg.h"
#include "nova/ticks.h"

namespace {

int failures = 0;

void check(bool condition, const std::string &rule) {
  if (condition) return;
  ++failures;
  std::cerr << "broken: " << rule << '\n';
}

bool close(double a, double b) { return std::abs(a - b) < 1e-9; }

bool throws(const std::function<void()> &action) {
  try {
    action();
    return false;
  } catch (const std::runtime_error &) {
    return true;
  }
}

void test_histogram() {
  nova::Histogram histogram({10, 0, 10});
  for (const double value : {-1.0, 0.5, 0.5, 3.5, 9.999, 10.0, std::nan("")}) histogram.fill(value, 2);
  check(close(histogram.sum(), 8), "a histogram sums the weights inside");
  check(close(histogram.below(), 4) && close(histogram.above(), 2), "what is outside is counted, its ends belong to the bin above");
  check(close(histogram.bins()[0].error(), std::sqrt(8)), "the error is the root of the sum of squared weights");
  check(close(histogram.mean(), (0.5 + 0.5 + 3.5 + 9.5) / 4), "the mean is over the bins");
}

void test_axes() {
  check(close(nova::round_step(0.3), 0.5) && close(nova::round_step(2), 2) && close(nova::round_step(22), 25), "steps are round");
  const nova::Axis axis = nova::round_axis({3.1, 47.2, 12}, 40);
  check(axis.low <= 3.1 && axis.high > 47.2 && close(axis.width(), 2), "a round axis holds its values");
  check(nova::linear_ticks(-2.5, 2.5, 6) == std::vector<double>({-2, -1, 0, 1, 2}), "ticks are round and inside");
  check(nova::format_number(0.1 + 0.2) == "0.3" && nova::format_fixed(-0.001, 2) == "0.00", "numbers are short");
}

void test_particles() {
  const std::vector<int> charged = {11, -15, 211, 321, 2212, 3312, -411}, neutral = {22, 12, 111, 130, 2112, 3122, 421};
  for (const int id : charged) check(nova::Particle{id, 0, 0, 0, 0}.is_charged(), "particle " + std::to_string(id) + " is charged");
  for (const int id : neutral) check(!nova::Particle{id, 0, 0, 0, 0}.is_charged(), "particle " + std::to_string(id) + " is neutral");
}

nova::Event two_jets() {
  nova::Event event;
  event.beams = {{11, 0, 0, 50, 50}, {-11, 0, 0, -50, 50}};
  event.particles = {{211, 30, 0, 0, 30}, {22, 10, 1, 0, std::sqrt(101)}, {-211, -39, -1, 0, std::sqrt(1522)}, {12, 0, 30, 0, 30}, {22, 0, 0, 7, 7}};
  return event;
}

void test_jets() {
  const std::vector<nova::Jet> jets = nova::find_jets(two_jets().particles, {});
  check(jets.size() == 2, "near particles are one jet; neutrinos and particles along the beam are in none");
  check(close(jets[0].pt, std::sqrt(1601)) && close(jets[0].px, 40), "a jet has the sum of the momenta, the hardest comes first");
  check(std::abs(nova::mass_of(jets[0], jets[1]) - 79.056) < 0.001, "two jets have the mass of their sum");
}

void test_report() {
  nova::Analysis analysis({});
  for (int index = 0; index < 3; ++index) analysis.consume(two_jets());
  const nova::Report report = analysis.report("a <test> & more");
  check(report.title == "e^{+}e^{−} collisions at 100.0 GeV", "the title names beams and energy");
  const std::string text = nova::format_report(report);
  check(nova::format_report(nova::parse_report(text)) == text, "a report survives being written and read");
  const std::string plot = nova::draw_report(report);
  check(nova::draw_report(nova::parse_report(text)) == plot, "a report that was read draws the same plot");
  check(plot.find("a &lt;test&gt; &amp; more") != std::string::npos, "texts in a plot are escaped");
  check(throws([] { nova::parse_report("something else\n"); }), "another file is no report");
  check(throws([&] { nova::parse_report(text.substr(0, text.find("#series")) + "dijet-mass\tevents\t0\t1\tx\t0\n"); }), "a damaged report is refused");
  check(!nova::draw_report(nova::Analysis({}).report("")).empty(), "a report without events can be drawn");
}

void test_text() {
  nova::Svg svg(10, 10);
  svg.text({0, 0}, "m_{jj}^{2} a_b", {});
  check(svg.document("").find(">m<tspan dy=\"3.12\" font-size=\"9.36\">jj</tspan>") != std::string::npos, "marked text is lowered");
}

}  // namespace

int main() {
  test_histogram();
  test_axes();
  test_particles();
  test_jets();
  test_report();
  test_text();
  if (failures == 0) std::cout << "all rules hold\n";
  return failures == 0 ? 0 : 1;
}
