#ifndef NOVA_EVENT_READER_H
#define NOVA_EVENT_READER_H

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nova {

/// A particle of the final state or a beam; momenta in GeV, the first beam along z.
struct Particle {
  /// Its number in the Monte Carlo particle numbering scheme.
  int id = 0;
  double px = 0;
  double py = 0;
  double pz = 0;
  double energy = 0;

  double pt() const;
  /// Infinite for a particle along the beam.
  double eta() const;
  bool is_charged() const;
};

/// One collision.
struct Event {
  double weight = 1;
  std::vector<Particle> beams;
  std::vector<Particle> particles;
};

/// Reads the events of a HepMC file, in the format of HepMC 2 or 3, one after the other.
class EventReader {
 public:
  /// Throws std::runtime_error when the file cannot be read or is no HepMC file.
  explicit EventReader(const std::string &path);
  ~EventReader();
  EventReader(const EventReader &) = delete;
  EventReader &operator=(const EventReader &) = delete;

  /// The next event, or nothing at the end.
  std::optional<Event> next();

 private:
  struct Source;
  std::unique_ptr<Source> source_;
};

}  // namespace nova

#endif
