#ifndef NOVA_SVG_H
#define NOVA_SVG_H

#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace nova {

/// A point of a drawing, in pixels from its upper left corner.
struct Point {
  double x = 0;
  double y = 0;
};

/// How a line or an area looks.
struct Paint {
  std::string stroke = "none";
  double width = 1;
  std::string fill = "none";
  double opacity = 1;
  std::string dashes;
};

/// How a text looks.
struct Font {
  double size = 13;
  std::string color = "#1c2128";
  bool bold = false;
  /// `start`, `middle` or `end`.
  std::string anchor = "start";
};

/// A drawing in scalable vector graphics; equal calls give equal bytes.
class Svg {
 public:
  Svg(double width, double height);

  void rectangle(const Point &corner, double width, double height, const Paint &paint, double radius = 0);
  void line(const Point &from, const Point &to, const Paint &paint);
  void polygon(const std::vector<Point> &points, const Paint &paint, bool closed);
  /// A smooth line through points.
  void curve(const std::vector<Point> &points, const Paint &paint);
  /// A text in which `_{...}` is lowered and `^{...}` raised.
  void text(const Point &point, const std::string &text, const Font &font);

  /// The whole document; `title` is its name for readers that cannot see it.
  std::string document(const std::string &title) const;

 private:
  double width_;
  double height_;
  std::ostringstream body_;
};

/// About how wide a text is drawn, in pixels.
double text_width(const std::string &text, double size);

}  // namespace nova

#endif
