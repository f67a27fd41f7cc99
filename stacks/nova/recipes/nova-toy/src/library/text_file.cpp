#include "nova/text_file.h"

#include <zlib.h>

#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace nova {

namespace {

struct CloseFile {
  void operator()(gzFile file) const { gzclose(file); }
};
using OpenFile = std::unique_ptr<gzFile_s, CloseFile>;

bool ends_with(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void write_compressed(const std::string &path, const std::string &text) {
  OpenFile file(gzopen(path.c_str(), "wb9"));
  const bool written = file && (text.empty() || gzwrite(file.get(), text.data(), static_cast<unsigned>(text.size())) > 0);
  if (!written || gzclose(file.release()) != Z_OK) throw std::runtime_error("Cannot write \"" + path + "\"");
}

}  // namespace

std::string read_text(const std::string &path) {
  const OpenFile file(gzopen(path.c_str(), "rb"));  // reads plain files too
  if (!file) throw std::runtime_error("Cannot read \"" + path + "\": there is no such file, or it may not be read");
  std::string text;
  std::array<char, 16384> part{};
  for (int size = 0; (size = gzread(file.get(), part.data(), part.size())) != 0;) {
    if (size < 0) throw std::runtime_error("Cannot read \"" + path + "\": it is damaged");
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return text;
}

void write_text(const std::string &path, const std::string &text) {
  if (ends_with(path, ".gz")) {
    write_compressed(path, text);
    return;
  }
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (!file) throw std::runtime_error("Cannot write \"" + path + "\"");
}

}  // namespace nova
