#ifndef NOVA_ANALYSIS_H
#define NOVA_ANALYSIS_H

#include <string>
#include <vector>

#include "nova/event_reader.h"
#include "nova/jets.h"
#include "nova/report.h"

namespace nova {

/// A measured value with the weight of its event.
struct Measured {
  double value = 0;
  double weight = 1;
};

/// Collects what is to be known about events, and makes histograms of it whose ranges follow the data.
class Analysis {
 public:
  explicit Analysis(const JetSelection &selection) : selection_(selection) {}

  void consume(const Event &event);

  /// The histograms; `source` names where the events came from.
  Report report(const std::string &source) const;

 private:
  JetSelection selection_;
  std::size_t events_ = 0;
  /// Of the first event.
  std::vector<Particle> beams_;
  std::vector<Measured> dijet_mass_;
  std::vector<Measured> jet_pt_;
  std::vector<Measured> jet_eta_;
  std::vector<Measured> jet_cos_theta_;
  std::vector<Measured> jet_count_;
  std::vector<Measured> particle_count_;
  std::vector<Measured> charged_pt_;
  std::vector<Measured> neutral_pt_;
};

}  // namespace nova

#endif
