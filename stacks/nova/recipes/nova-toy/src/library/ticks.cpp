#include "nova/ticks.h"

#include <array>
#include <charconv>
#include <cmath>

namespace nova {

double round_step(double length) {
  if (!(length > 0)) return 1;
  const double power = std::pow(10, std::floor(std::log10(length)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= length * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::vector<double> linear_ticks(double low, double high, int count) {
  const double step = round_step((high - low) / count);
  const double first = std::ceil(low / step - 1e-9);
  const double last = std::floor(high / step + 1e-9);
  std::vector<double> ticks;
  for (double index = first; index <= last; ++index) ticks.push_back(index == 0 ? 0 : index * step);
  return ticks;
}

std::vector<double> decades(double low, double high) {
  std::vector<double> ticks;
  const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  for (int power = static_cast<int>(std::ceil(std::log10(low) - 1e-9)); power <= last; ++power) ticks.push_back(std::pow(10, power));
  return ticks;
}

std::string format_number(double value) {
  // steps such as 0.1 have no exact form: twelve digits hide that and keep everything else
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value == 0 ? 0 : value, std::chars_format::general, 12).ptr;
  return {text.data(), end};
}

std::string format_fixed(double value, int digits) {
  std::array<char, 400> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits).ptr;
  std::string number(text.data(), end);
  if (number.find_first_not_of("-0.") == std::string::npos && number.front() == '-') number.erase(0, 1);
  return number;
}

}  // namespace nova
