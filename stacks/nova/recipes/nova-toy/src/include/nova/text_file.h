#ifndef NOVA_TEXT_FILE_H
#define NOVA_TEXT_FILE_H

#include <string>

namespace nova {

/// Reads a whole file, compressed by gzip or not; throws std::runtime_error.
std::string read_text(const std::string &path);

/// Writes a file, compressed when its name ends with `.gz`; equal texts give equal bytes. Throws std::runtime_error.
void write_text(const std::string &path, const std::string &text);

}  // namespace nova

#endif
