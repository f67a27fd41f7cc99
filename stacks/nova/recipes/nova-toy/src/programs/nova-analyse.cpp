// Reads collisions from a HepMC file, clusters jets, and writes histograms, a table and a plot.

#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

#include "nova/analysis.h"
#include "nova/event_reader.h"
#include "nova/plot.h"
#include "nova/report.h"
#include "nova/text_file.h"

namespace {

const char *const usage =
    "Usage: nova-analyse EVENTS.hepmc [--output DIR] [--radius R] [--min-pt GEV] [--max-eta ETA]\n"
    "\n"
    "Reads collisions from a HepMC file, clusters their visible particles to anti-kT jets,\n"
    "prints a table, and writes to DIR (default: the current folder):\n"
    "  histograms.tsv, histograms.tsv.gz   every bin, readable by nova-plot\n"
    "  plot.svg                            the histograms, drawn\n";

struct Options {
  std::string events;
  std::filesystem::path output = ".";
  nova::JetSelection selection;
};

double positive_number(const std::string &option, const std::string &text) {
  std::size_t end = 0;
  double value = 0;
  try {
    value = std::stod(text, &end);
  } catch (const std::exception &) {
    end = 0;
  }
  if (end != text.size() || end == 0 || !(value > 0)) throw std::invalid_argument("Cannot use " + option + " \"" + text + "\": it is no positive number");
  return value;
}

Options parse_arguments(int count, char **arguments) {
  Options options;
  for (int index = 1; index < count; ++index) {
    const std::string word = arguments[index];
    const bool is_option = word.rfind("--", 0) == 0;
    if (!is_option && options.events.empty()) {
      options.events = word;
      continue;
    }
    if (!is_option || index + 1 == count) throw std::invalid_argument("Cannot understand \"" + word + "\"");
    const std::string value = arguments[++index];
    if (word == "--output") options.output = value;
    else if (word == "--radius") options.selection.radius = positive_number(word, value);
    else if (word == "--min-pt") options.selection.min_pt = positive_number(word, value);
    else if (word == "--max-eta") options.selection.max_eta = positive_number(word, value);
    else throw std::invalid_argument("Cannot understand \"" + word + "\"");
  }
  if (options.events.empty()) throw std::invalid_argument("Cannot start: no file with events is given");
  return options;
}

void run(const Options &options) {
  nova::EventReader reader(options.events);
  nova::Analysis analysis(options.selection);
  while (const std::optional<nova::Event> event = reader.next()) analysis.consume(*event);
  const std::string name = std::filesystem::path(options.events).filename().string();
  const std::string text = nova::format_report(analysis.report("nova-analyse " NOVA_VERSION " · " + name));
  const nova::Report report = nova::parse_report(text);  // what is drawn is exactly what is written
  std::filesystem::create_directories(options.output);
  nova::write_text(options.output / "histograms.tsv", text);
  nova::write_text(options.output / "histograms.tsv.gz", text);
  nova::write_text(options.output / "plot.svg", nova::draw_report(report));
  std::cout << nova::format_table(report);
}

}  // namespace

int main(int count, char **arguments) {
  if (count == 2 && std::strcmp(arguments[1], "--help") == 0) return (std::cout << usage).good() ? 0 : 1;
  if (count == 2 && std::strcmp(arguments[1], "--version") == 0) return (std::cout << "nova-analyse " NOVA_VERSION "\n").good() ? 0 : 1;
  try {
    run(parse_arguments(count, arguments));
    return 0;
  } catch (const std::invalid_argument &error) {
    std::cerr << error.what() << "\n\n" << usage;
    return 2;
  } catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
