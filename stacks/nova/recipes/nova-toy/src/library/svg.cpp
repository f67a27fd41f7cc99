#include "nova/svg.h"

#include <algorithm>

#include "nova/ticks.h"

namespace nova {

namespace {

/// Two digits are a fiftieth of what a screen shows.
std::string pixels(double value) {
  std::string text = format_fixed(value, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string escape(const std::string &text) {
  std::string escaped;
  for (const char character : text) {
    switch (character) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += static_cast<unsigned char>(character) < ' ' ? ' ' : character;
    }
  }
  return escaped;
}

std::string attributes(const Paint &paint) {
  std::string text = " fill=\"" + paint.fill + "\"";
  if (paint.stroke != "none") text += " stroke=\"" + paint.stroke + "\" stroke-width=\"" + pixels(paint.width) + "\"";
  if (paint.opacity != 1) text += " opacity=\"" + pixels(paint.opacity) + "\"";
  if (!paint.dashes.empty()) text += " stroke-dasharray=\"" + paint.dashes + "\"";
  return text;
}

std::string at(const Point &point) { return pixels(point.x) + "," + pixels(point.y); }

/// A piece of text that is level, lowered or raised.
struct Piece {
  std::string text;
  char mark = ' ';
};

std::vector<Piece> pieces_of(const std::string &text) {
  std::vector<Piece> pieces(1);
  for (std::size_t index = 0; index < text.size(); ++index) {
    const bool opens = (text[index] == '_' || text[index] == '^') && index + 1 < text.size() && text[index + 1] == '{';
    if (opens) {
      pieces.push_back({"", text[index]});
      ++index;
    } else if (text[index] == '}' && pieces.back().mark != ' ') {
      pieces.push_back({});
    } else {
      pieces.back().text += text[index];
    }
  }
  pieces.erase(std::remove_if(pieces.begin(), pieces.end(), [](const Piece &piece) { return piece.text.empty(); }), pieces.end());
  return pieces;
}

constexpr double small = 0.72;

double shift_of(const Piece &piece, double size) { return piece.mark == '_' ? 0.24 * size : piece.mark == '^' ? -0.36 * size : 0; }

}  // namespace

Svg::Svg(double width, double height) : width_(width), height_(height) {}

void Svg::rectangle(const Point &corner, double width, double height, const Paint &paint, double radius) {
  body_ << "<rect x=\"" << pixels(corner.x) << "\" y=\"" << pixels(corner.y) << "\" width=\"" << pixels(width) << "\" height=\"" << pixels(height) << '"';
  if (radius > 0) body_ << " rx=\"" << pixels(radius) << '"';
  body_ << attributes(paint) << "/>\n";
}

void Svg::line(const Point &from, const Point &to, const Paint &paint) {
  body_ << "<path d=\"M" << at(from) << "L" << at(to) << '"' << attributes(paint) << "/>\n";
}

void Svg::polygon(const std::vector<Point> &points, const Paint &paint, bool closed) {
  if (points.empty()) return;
  body_ << "<path d=\"M";
  for (std::size_t index = 0; index < points.size(); ++index) body_ << (index == 0 ? "" : "L") << at(points[index]);
  body_ << (closed ? "Z" : "") << "\" stroke-linejoin=\"round\"" << attributes(paint) << "/>\n";
}

void Svg::curve(const std::vector<Point> &points, const Paint &paint) {
  if (points.size() < 2) return;
  body_ << "<path d=\"M" << at(points.front());
  for (std::size_t index = 0; index + 1 < points.size(); ++index) {
    // a third of the way along the tangent, which points from the neighbour before to the neighbour behind
    const Point &before = points[index == 0 ? 0 : index - 1], &from = points[index], &to = points[index + 1];
    const Point &behind = points[std::min(index + 2, points.size() - 1)];
    const Point first{from.x + (to.x - before.x) / 6, from.y + (to.y - before.y) / 6};
    const Point second{to.x - (behind.x - from.x) / 6, to.y - (behind.y - from.y) / 6};
    body_ << "C" << at(first) << ' ' << at(second) << ' ' << at(to);
  }
  body_ << "\" stroke-linecap=\"round\"" << attributes(paint) << "/>\n";
}

void Svg::text(const Point &point, const std::string &text, const Font &font) {
  body_ << "<text x=\"" << pixels(point.x) << "\" y=\"" << pixels(point.y) << "\" font-size=\"" << pixels(font.size) << "\" fill=\"" << font.color << '"';
  if (font.bold) body_ << " font-weight=\"600\"";
  if (font.anchor != "start") body_ << " text-anchor=\"" << font.anchor << '"';
  body_ << '>';
  double level = 0;
  for (const Piece &piece : pieces_of(text)) {
    const double shift = shift_of(piece, font.size);
    if (piece.mark == ' ' && shift == level) {
      body_ << escape(piece.text);
    } else {
      body_ << "<tspan dy=\"" << pixels(shift - level) << '"';
      if (piece.mark != ' ') body_ << " font-size=\"" << pixels(small * font.size) << '"';
      body_ << '>' << escape(piece.text) << "</tspan>";
    }
    level = shift;
  }
  body_ << "</text>\n";
}

std::string Svg::document(const std::string &title) const {
  std::ostringstream document;
  document << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << pixels(width_) << "\" height=\"" << pixels(height_) << "\" viewBox=\"0 0 "
           << pixels(width_) << ' ' << pixels(height_) << "\" font-family=\"Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif\" role=\"img\">\n"
           << "<title>" << escape(title) << "</title>\n"
           << body_.str() << "</svg>\n";
  return document.str();
}

double text_width(const std::string &text, double size) {
  const std::string narrow = "ijl.,:;|'!", slim = "frt ()[]/-I", wide = "mwMW%";
  double width = 0;
  for (const Piece &piece : pieces_of(text)) {
    for (const char character : piece.text) {
      if ((character & 0xC0) == 0x80) continue;  // only the first byte of a character counts
      const auto is_in = [&](const std::string &set) { return set.find(character) != std::string::npos; };
      width += size * (piece.mark == ' ' ? 1 : small) * (is_in(narrow) ? 0.24 : is_in(slim) ? 0.31 : is_in(wide) ? 0.84 : 0.545);
    }
  }
  return width;
}

}  // namespace nova
