#ifndef NOVA_PLOT_H
#define NOVA_PLOT_H

#include <string>

#include "nova/report.h"

namespace nova {

/// Draws a report: its panels side by side, three in a row, as an SVG document. Equal reports give equal bytes.
std::string draw_report(const Report &report);

}  // namespace nova

#endif
