#include "nova/analysis.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "nova/ticks.h"

namespace nova {

namespace {

constexpr std::size_t most_bins = 50;

/// As many bins as the data can fill.
std::size_t bins_for(std::size_t entries) {
  return std::clamp(static_cast<std::size_t>(2 * std::sqrt(static_cast<double>(entries))), std::size_t{12}, most_bins);
}

Histogram fill(const Axis &axis, const std::vector<Measured> &values) {
  Histogram histogram(axis);
  for (const Measured &measured : values) histogram.fill(measured.value, measured.weight);
  return histogram;
}

std::vector<double> values_of(const std::vector<Measured> &measured) {
  std::vector<double> values;
  values.reserve(measured.size());
  for (const Measured &one : measured) values.push_back(one.value);
  return values;
}

std::vector<double> joined(const std::vector<Measured> &first, const std::vector<Measured> &second) {
  std::vector<double> values = values_of(first);
  for (const Measured &one : second) values.push_back(one.value);
  return values;
}

/// An axis that follows the data, from 0 unless `tail` is given; 0 to 1 without data.
Axis axis_for(std::vector<double> values, double tail = -1) {
  const std::size_t bins = bins_for(values.size());
  if (tail < 0) values.push_back(0);
  else if (values.empty()) return {bins, 0, 1};
  return round_axis(std::move(values), bins, std::max(tail, 0.0));
}

/// One bin for each number from 0 to the largest, or for several numbers when there are many.
Axis counting_axis(const std::vector<double> &counts) {
  const double largest = counts.empty() ? 1 : std::max(1.0, *std::max_element(counts.begin(), counts.end()));
  const double step = std::max(1.0, std::ceil(round_step((largest + 1) / static_cast<double>(bins_for(counts.size())))));
  const double bins = std::floor(largest / step) + 1;
  return {static_cast<std::size_t>(bins), -0.5, -0.5 + bins * step};
}

std::string name_of(const Particle &beam) {
  switch (beam.id) {
    case 11: return "e^{−}";
    case -11: return "e^{+}";
    case 2212: return "p";
    case -2212: return "p̄";
    default: return "particle " + std::to_string(beam.id);
  }
}

bool are_leptons(const std::vector<Particle> &beams) {
  return beams.size() == 2 && std::abs(beams[0].id) == 11 && beams[0].id == -beams[1].id;
}

std::string title_of(const std::vector<Particle> &beams) {
  if (beams.size() != 2) return "Collisions";
  const double energy = beams[0].energy + beams[1].energy;
  const double momentum = beams[0].pz + beams[1].pz;
  const double total = std::sqrt(std::max(0.0, energy * energy - momentum * momentum));
  const std::string size = total < 1000 ? format_fixed(total, 1) + " GeV" : format_fixed(total / 1000, 1) + " TeV";
  const auto [first, second] = beams[0].id < 0 ? std::pair(beams[0], beams[1]) : std::pair(beams[1], beams[0]);  // positrons first, as usual
  return name_of(first) + name_of(second) + " collisions at " + size;
}

/// 1 + cos²θ with the area of a histogram: the direction of fermions that a vector boson decays to.
Curve expected_directions(const Histogram &histogram) {
  const Axis &axis = histogram.axis();
  const auto integral = [](double cosine) { return cosine + cosine * cosine * cosine / 3; };
  double total = 0;
  Curve curve{"1 + cos^{2}θ", {}};
  for (std::size_t bin = 0; bin < axis.bins; ++bin) {
    curve.values.push_back(integral(axis.edge(bin + 1)) - integral(axis.edge(bin)));
    total += curve.values.back();
  }
  for (double &value : curve.values) value *= histogram.sum() / total;
  return curve;
}

}  // namespace

void Analysis::consume(const Event &event) {
  if (events_++ == 0) beams_ = event.beams;
  std::size_t visible = 0;
  for (const Particle &particle : event.particles) {
    if (!is_visible(particle, selection_)) continue;
    ++visible;
    (particle.is_charged() ? charged_pt_ : neutral_pt_).push_back({particle.pt(), event.weight});
  }
  const std::vector<Jet> jets = find_jets(event.particles, selection_);
  for (const Jet &jet : jets) {
    jet_pt_.push_back({jet.pt, event.weight});
    jet_eta_.push_back({jet.eta, event.weight});
    jet_cos_theta_.push_back({jet.cos_theta(), event.weight});
  }
  if (jets.size() > 1) dijet_mass_.push_back({mass_of(jets[0], jets[1]), event.weight});
  jet_count_.push_back({static_cast<double>(jets.size()), event.weight});
  particle_count_.push_back({static_cast<double>(visible), event.weight});
}

Report Analysis::report(const std::string &source) const {
  constexpr double outliers = 0.01;
  const Axis counts = counting_axis(joined(jet_count_, particle_count_));
  const Axis particle_axis = axis_for(joined(charged_pt_, neutral_pt_));
  const Histogram directions = fill({20, -1, 1}, jet_cos_theta_);
  std::vector<Curve> expected;
  if (are_leptons(beams_) && directions.sum() > 0) expected.push_back(expected_directions(directions));

  Report report;
  report.title = title_of(beams_);
  report.subtitle = std::to_string(events_) + " events · anti-k_{T} jets with R = " + format_number(selection_.radius) + ", p_{T} > " +
                    format_number(selection_.min_pt) + " GeV, |η| < " + format_number(selection_.max_eta);
  report.source = source;
  report.panels = {
      {"dijet-mass", "Mass of the two leading jets", "m_{jj}", "GeV", "events", true,
       {{"events", fill(axis_for(values_of(dijet_mass_), outliers), dijet_mass_)}}, {}},
      {"jet-pt", "Transverse momentum of jets", "p_{T}", "GeV", "jets", false, {{"jets", fill(axis_for(values_of(jet_pt_)), jet_pt_)}}, {}},
      {"jet-cos-theta", "Direction of jets", "cos θ", "", "jets", false, {{"jets", directions}}, expected},
      {"jet-eta", "Pseudorapidity of jets", "η", "", "jets", false,
       {{"jets", fill({25, -selection_.max_eta, selection_.max_eta}, jet_eta_)}}, {}},
      {"multiplicity", "Particles and jets in an event", "number", "", "events", true,
       {{"particles", fill(counts, particle_count_)}, {"jets", fill(counts, jet_count_)}}, {}},
      {"particle-pt", "Transverse momentum of particles", "p_{T}", "GeV", "particles", true,
       {{"charged", fill(particle_axis, charged_pt_)}, {"neutral", fill(particle_axis, neutral_pt_)}}, {}},
  };
  return report;
}

}  // namespace nova
