// Draws the histograms that nova-analyse wrote.

#include <exception>
#include <iostream>
#include <string>

#include "nova/plot.h"
#include "nova/report.h"
#include "nova/text_file.h"

namespace {

const char *const usage =
    "Usage: nova-plot HISTOGRAMS [--output PLOT.svg]\n"
    "\n"
    "Draws histograms.tsv or histograms.tsv.gz of nova-analyse (default: to plot.svg).\n";

}  // namespace

int main(int count, char **arguments) {
  const std::string first = count > 1 ? arguments[1] : "";
  if (first == "--help") return (std::cout << usage).good() ? 0 : 1;
  if (first == "--version") return (std::cout << "nova-plot " NOVA_VERSION "\n").good() ? 0 : 1;
  const bool has_output = count == 4 && std::string(arguments[2]) == "--output";
  if (first.empty() || first.rfind("--", 0) == 0 || !(count == 2 || has_output)) {
    std::cerr << usage;
    return 2;
  }
  try {
    const nova::Report report = nova::parse_report(nova::read_text(first));
    nova::write_text(has_output ? arguments[3] : "plot.svg", nova::draw_report(report));
    return 0;
  } catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
