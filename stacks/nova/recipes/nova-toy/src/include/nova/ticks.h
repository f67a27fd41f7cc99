#ifndef NOVA_TICKS_H
#define NOVA_TICKS_H

#include <string>
#include <vector>

namespace nova {

/// The smallest of 1, 2, 2.5 or 5 times a power of ten that is not below `length`.
double round_step(double length);

/// Round numbers from `low` to `high`, about `count` of them.
std::vector<double> linear_ticks(double low, double high, int count);

/// Powers of ten from `low` to `high`, both positive.
std::vector<double> decades(double low, double high);

/// A number in the fewest digits that read back as the same one, the same on every machine.
std::string format_number(double value);

/// A number with a fixed count of digits behind the point.
std::string format_fixed(double value, int digits);

}  // namespace nova

#endif
