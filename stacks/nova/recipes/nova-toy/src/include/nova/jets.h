#ifndef NOVA_JETS_H
#define NOVA_JETS_H

#include <vector>

#include "nova/event_reader.h"

namespace nova {

/// Which jets are looked for.
struct JetSelection {
  /// Of the anti-kT algorithm.
  double radius = 0.4;
  /// GeV.
  double min_pt = 5;
  /// Of particles and of jets: how far forward the imagined detector sees.
  double max_eta = 2.5;
};

/// A jet, momentum in GeV.
struct Jet {
  double px = 0;
  double py = 0;
  double pz = 0;
  double energy = 0;
  double pt = 0;
  double eta = 0;

  /// The cosine of the angle to the first beam.
  double cos_theta() const;
};

/// True for a final-state particle that the detector sees: not a neutrino, and within its acceptance.
bool is_visible(const Particle &particle, const JetSelection &selection);

/// Clusters the visible particles of an event; jets by falling transverse momentum.
std::vector<Jet> find_jets(const std::vector<Particle> &particles, const JetSelection &selection);

/// The invariant mass of two jets, GeV.
double mass_of(const Jet &first, const Jet &second);

}  // namespace nova

#endif
