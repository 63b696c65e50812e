// Shapes over the picture: how each kind looks, in pixels of the analysed image.

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = { yellow: "#ffdd40", orange: "#ff8a4c", blue: "#5cc8ff", white: "#ffffff" };
const POINTS = { line: 2, angle: 3, horizontal: 1, vertical: 1, circle: 2, freehand: Infinity, text: 1 };
const KIND_WORDS = { line: "Line", angle: "Angle", horizontal: "Horizontal", vertical: "Vertical", circle: "Circle", freehand: "Freehand", text: "Text" };

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function far([ax, ay], [bx, by]) {
  return Math.hypot(bx - ax, by - ay);
}

// The angle at the second of three points, 0 to 180 degrees; null where two of them coincide.
function angleAt([a, vertex, b]) {
  if (!a || !b || !far(a, vertex) || !far(b, vertex)) return null;
  const one = Math.atan2(a[1] - vertex[1], a[0] - vertex[0]);
  const two = Math.atan2(b[1] - vertex[1], b[0] - vertex[0]);
  const turn = (Math.abs(one - two) * 180) / Math.PI;
  return turn > 180 ? 360 - turn : turn;
}

function corners({ kind, points }, box) {
  const [x, y] = points[0];
  if (kind === "horizontal") return [[0, y], [box.width, y]];
  if (kind === "vertical") return [[x, 0], [x, box.height]];
  return points;
}

// Letters over the picture on a dark plate, `unit` being a CSS pixel in pixels of the image.
function plate(words, x, y, colour, unit) {
  const half = (4.2 * words.length + 7) * unit;
  const edge = { x: x - half, y: y - 11 * unit, width: 2 * half, height: 22 * unit, rx: 11 * unit, fill: "#0c1016" };
  const text = svg("text", { x, y: y + 5 * unit, "text-anchor": "middle", "font-size": 15 * unit, "font-weight": 700, fill: colour, "font-family": "system-ui, sans-serif" });
  text.textContent = words;
  return [svg("rect", edge), text];
}

// One drawing as a group; `box` is the picture in its own pixels and `unit` a CSS pixel in them.
function shapeOf(drawing, box, unit) {
  const colour = COLOURS[drawing.colour] ?? COLOURS.yellow;
  const group = svg("g", { "data-key": drawing.key ?? "", fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round" });
  const [first, second] = drawing.points;
  if (drawing.kind === "text") {
    group.append(...plate(drawing.text, first[0], first[1], colour, unit));
    return group;
  }
  const strokes = [["#0c1016", 4], [colour, 2], ["transparent", 26]];
  for (const [stroke, width] of strokes) {
    const look = { stroke, "stroke-width": width * unit };
    group.append(
      drawing.kind === "circle"
        ? svg("circle", { cx: first[0], cy: first[1], r: second ? far(first, second) : 0, ...look })
        : svg("polyline", { points: corners(drawing, box).map((point) => point.join(",")).join(" "), ...look }),
    );
  }
  const degrees = drawing.kind === "angle" && drawing.points.length === 3 ? angleAt(drawing.points) : null;
  if (degrees !== null) group.append(...plate(`${Math.round(degrees)}°`, second[0], second[1] + 24 * unit, colour, unit));
  return group;
}

// A round handle that a finger can hold.
function handle([x, y], unit, { fill = "#fff", radius = 6, reach = 20, ...more } = {}) {
  const group = svg("g", more);
  group.append(
    svg("circle", { cx: x, cy: y, r: reach * unit, fill: "transparent" }),
    svg("circle", { cx: x, cy: y, r: radius * unit, fill, stroke: "#0c1016", "stroke-width": 2 * unit }),
  );
  return group;
}
