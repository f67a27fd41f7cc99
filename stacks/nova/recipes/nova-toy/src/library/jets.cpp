#include "nova/jets.h"

#include <cmath>
#include <cstdlib>
#include <fastjet/ClusterSequence.hh>

namespace nova {

double Jet::cos_theta() const {
  const double momentum = std::sqrt(px * px + py * py + pz * pz);
  return momentum == 0 ? 0 : pz / momentum;
}

bool is_visible(const Particle &particle, const JetSelection &selection) {
  const int number = std::abs(particle.id);
  const bool is_neutrino = number == 12 || number == 14 || number == 16;
  return !is_neutrino && std::abs(particle.eta()) < selection.max_eta;
}

std::vector<Jet> find_jets(const std::vector<Particle> &particles, const JetSelection &selection) {
  fastjet::ClusterSequence::set_fastjet_banner_stream(nullptr);
  std::vector<fastjet::PseudoJet> inputs;
  for (const Particle &particle : particles) {
    if (is_visible(particle, selection)) inputs.emplace_back(particle.px, particle.py, particle.pz, particle.energy);
  }
  const fastjet::ClusterSequence sequence(inputs, fastjet::JetDefinition(fastjet::antikt_algorithm, selection.radius));
  std::vector<Jet> jets;
  for (const fastjet::PseudoJet &jet : fastjet::sorted_by_pt(sequence.inclusive_jets(selection.min_pt))) {
    if (std::abs(jet.eta()) < selection.max_eta) jets.push_back({jet.px(), jet.py(), jet.pz(), jet.e(), jet.pt(), jet.eta()});
  }
  return jets;
}

double mass_of(const Jet &first, const Jet &second) {
  const double energy = first.energy + second.energy;
  const double px = first.px + second.px, py = first.py + second.py, pz = first.pz + second.pz;
  const double square = energy * energy - px * px - py * py - pz * pz;
  return square > 0 ? std::sqrt(square) : 0;
}

}  // namespace nova
