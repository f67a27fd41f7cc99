#include "nova/event_reader.h"

#include <HepMC3/GenEvent.h>
#include <HepMC3/GenParticle.h>
#include <HepMC3/Reader.h>
#include <HepMC3/ReaderAscii.h>
#include <HepMC3/ReaderAsciiHepMC2.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace nova {

double Particle::pt() const { return std::hypot(px, py); }

double Particle::eta() const {
  const double transverse = pt();
  if (transverse == 0) return pz < 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  return std::asinh(pz / transverse);
}

bool Particle::is_charged() const {
  const int number = std::abs(id);
  if (number > 10 && number < 17) return number % 2 == 1;  // leptons; neutrinos have even numbers
  if (number < 100) return number < 7 || number == 24 || number == 34 || number == 37;
  // hadrons: the sum of their quarks' charges, up-like ones have even numbers
  const auto thirds = [](int quark) { return quark == 0 ? 0 : quark % 2 == 0 ? 2 : -1; };
  const int q1 = number / 1000 % 10, q2 = number / 100 % 10, q3 = number / 10 % 10;
  const int charge = q1 == 0 ? thirds(q2) - thirds(q3) : thirds(q1) + thirds(q2) + thirds(q3);
  return charge != 0;
}

struct EventReader::Source {
  std::unique_ptr<HepMC3::Reader> reader;
};

namespace {

std::unique_ptr<HepMC3::Reader> open_reader(const std::string &path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("Cannot read \"" + path + "\": there is no such file, or it may not be read");
  std::string line;
  for (int number = 0; number < 5 && std::getline(file, line); ++number) {
    if (line.rfind("HepMC::Asciiv3", 0) == 0) return std::make_unique<HepMC3::ReaderAscii>(path);
    if (line.rfind("HepMC::IO_GenEvent", 0) == 0) return std::make_unique<HepMC3::ReaderAsciiHepMC2>(path);
  }
  throw std::runtime_error("Cannot read \"" + path + "\": it is no HepMC event file");
}

Particle particle_of(const HepMC3::GenParticle &particle) {
  const HepMC3::FourVector &momentum = particle.momentum();
  return {particle.pid(), momentum.px(), momentum.py(), momentum.pz(), momentum.e()};
}

}  // namespace

EventReader::EventReader(const std::string &path) : source_(std::make_unique<Source>()) { source_->reader = open_reader(path); }

EventReader::~EventReader() = default;

std::optional<Event> EventReader::next() {
  HepMC3::GenEvent record;
  if (!source_->reader->read_event(record) || source_->reader->failed()) return std::nullopt;
  record.set_units(HepMC3::Units::GEV, HepMC3::Units::MM);
  Event event;
  if (!record.weights().empty()) event.weight = record.weights().front();
  constexpr int final_state = 1;
  constexpr int beam = 4;
  for (const auto &particle : record.particles()) {
    if (particle->status() == final_state) event.particles.push_back(particle_of(*particle));
    if (particle->status() == beam) event.beams.push_back(particle_of(*particle));
  }
  return event;
}

}  // namespace nova
