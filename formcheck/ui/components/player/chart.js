// Angle against time on a canvas: limits shaded, both sides, gaps where nothing was measured, a moving cursor.

const MARGIN = { left: 44, right: 10, top: 8 };
const AXIS_PX = 20;
const SIDE_DASH = { left: [], right: [6, 4], null: [] };

// The part of the clip that all plots show, in seconds.
class View {
  constructor(from_s, to_s, shortest_s) {
    this.whole = [from_s, to_s];
    this.shortest_s = Math.min(shortest_s, to_s - from_s);
    this.reset();
  }

  get span_s() {
    return this.to_s - this.from_s;
  }

  get zoomed() {
    return this.span_s < 0.999 * (this.whole[1] - this.whole[0]);
  }

  reset() {
    [this.from_s, this.to_s] = this.whole;
  }

  set(from_s, to_s) {
    const [start, end] = this.whole;
    const span = Math.min(Math.max(to_s - from_s, this.shortest_s), end - start);
    this.from_s = Math.min(Math.max(0.5 * (from_s + to_s) - span / 2, start), end - span);
    this.to_s = this.from_s + span;
  }

  // Zoom by a factor (below 1: closer) around a moment that stays where it is.
  zoom(factor, around_s) {
    const span = Math.min(Math.max(this.span_s * factor, this.shortest_s), this.whole[1] - this.whole[0]);
    const share = (around_s - this.from_s) / this.span_s;
    const from = around_s - share * span;
    this.set(from, from + span);
  }

  pan(by_s) {
    this.set(this.from_s + by_s, this.to_s + by_s);
  }

  // Turn the page when a moment runs out of sight.
  follow(time_s) {
    if (time_s >= this.from_s && time_s <= this.to_s) return false;
    const from = time_s > this.to_s ? time_s - 0.05 * this.span_s : time_s - 0.5 * this.span_s;
    this.set(from, from + this.span_s);
    return true;
  }
}

// A canvas in sharp pixels whatever the screen; draw(context, width, height) gets CSS pixels.
function sharpen(canvas, draw) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  draw(context, width, height);
}

// Round seconds for an axis with about `most` labels.
function timeStep(span_s, most) {
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
  return steps.find((step) => span_s / step <= most) ?? 1200;
}

function degreeStep(span, most) {
  return [1, 2, 5, 10, 20, 30, 45, 60, 90].find((step) => span / step <= most) ?? 180;
}

// What lies along the time of the clip: the plots, and the lane of events above them.
class Strip {
  constructor(frames, view, [canvas, above]) {
    Object.assign(this, { frames, view, canvas, above });
  }

  x(time_s, width) {
    return MARGIN.left + ((time_s - this.view.from_s) / this.view.span_s) * (width - MARGIN.left - MARGIN.right);
  }

  time(x) {
    const width = this.canvas.clientWidth - MARGIN.left - MARGIN.right;
    return this.view.from_s + ((x - MARGIN.left) / width) * this.view.span_s;
  }

  inSight(from_s, to_s) {
    return to_s >= this.view.from_s && from_s <= this.view.to_s;
  }

  rule(context, x, top, bottom, colour, dash = []) {
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.setLineDash(dash);
    line(context, x, top, x, bottom);
    context.setLineDash([]);
    context.lineWidth = 1;
  }
}

class Chart extends Strip {
  constructor(plot, frames, view, canvases) {
    super(frames, view, canvases);
    this.plot = plot;
    this.last = false; // carries the time axis
  }

  get bottom() {
    return this.last ? AXIS_PX : 4;
  }

  _y(value, height) {
    const [low, high] = this.plot.y;
    return height - this.bottom - ((value - low) / (high - low)) * (height - this.bottom - MARGIN.top);
  }

  draw(colours, clip) {
    sharpen(this.canvas, (context, width, height) => {
      context.font = `11px ${colours.font}`;
      this._cycles(context, width, height, colours, clip.cycles);
      this._zones(context, width, height, colours);
      this._grid(context, width, height, colours);
      this._events(context, width, height, colours, clip.events);
      context.save();
      context.beginPath();
      context.rect(MARGIN.left, MARGIN.top, width - MARGIN.left - MARGIN.right, height - this.bottom - MARGIN.top);
      context.clip();
      for (const series of this.plot.series) this._series(context, width, height, colours, series);
      context.restore();
      this._zoneWords(context, width, height, colours);
    });
  }

  _cycles(context, width, height, colours, cycles) {
    const shown = cycles.filter((c) => c.banded && this.inSight(c.start_s, c.end_s));
    for (const cycle of shown) {
      const from = Math.max(this.x(cycle.start_s, width), MARGIN.left);
      const to = Math.min(this.x(cycle.end_s, width), width - MARGIN.right);
      context.fillStyle = colours.band;
      context.globalAlpha = cycle.number % 2 ? 0.5 : 0.15;
      context.fillRect(from, MARGIN.top, to - from, height - this.bottom - MARGIN.top);
    }
    context.globalAlpha = 1;
  }

  _zones(context, width, height, colours) {
    const right = width - MARGIN.right;
    for (const zone of this.plot.zones) {
      const [top, bottom] = [this._y(zone.to, height), this._y(zone.from, height)];
      context.fillStyle = colours[zone.band];
      context.globalAlpha = this.plot.shaded === false ? 0 : 0.16;
      context.fillRect(MARGIN.left, top, right - MARGIN.left, bottom - top);
      context.globalAlpha = 1;
      context.strokeStyle = colours[zone.band];
      context.setLineDash([2, 3]);
      line(context, MARGIN.left, this._y(zone.limit, height), right, this._y(zone.limit, height));
      context.setLineDash([]);
    }
  }

  _zoneWords(context, width, height, colours) {
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const zone of this.plot.zones) {
      const [top, bottom] = [this._y(zone.to, height), this._y(zone.from, height)];
      const y = zone.limit === zone.from ? Math.max(bottom - 7, MARGIN.top + 6) : Math.min(top + 8, height - this.bottom - 6);
      context.lineWidth = 3;
      context.strokeStyle = colours.background;
      context.strokeText(zone.words, width - MARGIN.right - 4, y);
      context.fillStyle = colours[`${zone.band}Text`];
      context.fillText(zone.words, width - MARGIN.right - 4, y);
      context.lineWidth = 1;
    }
  }

  _grid(context, width, height, colours) {
    const [low, high] = this.plot.y;
    const step = degreeStep(high - low, Math.max(2, Math.floor((height - this.bottom) / 28)));
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) {
      const y = this._y(value, height);
      context.strokeStyle = value === 0 ? colours.axis : colours.grid;
      line(context, MARGIN.left, y, width - MARGIN.right, y);
      context.fillStyle = colours.muted;
      context.fillText(`${value < 0 ? "−" : ""}${Math.abs(value)}°`, MARGIN.left - 6, y);
    }
    if (this.last) timeAxis(context, width, height, colours, this);
  }

  _events(context, width, height, colours, events) {
    for (const event of events) {
      if (!event.ticked || !this.inSight(event.time_s, event.time_s)) continue;
      const x = this.x(event.time_s, width);
      context.strokeStyle = colours[event.side] ?? colours.axis;
      context.globalAlpha = 0.45;
      line(context, x, height - this.bottom - 7, x, height - this.bottom);
      context.globalAlpha = 1;
    }
  }

  _series(context, width, height, colours, series) {
    const first = Math.max(this.frames.at(this.view.from_s) - 1, 0);
    const last = Math.min(this.frames.at(this.view.to_s) + 1, this.frames.count - 1);
    context.strokeStyle = colours[series.side] ?? colours.both;
    context.lineJoin = "round";
    const dense = last - first > width;
    context.setLineDash(dense ? [] : SIDE_DASH[series.side]);
    if (series.read) {
      context.globalAlpha = 0.3;
      this._stretch(context, width, height, series.values, first, last);
      context.globalAlpha = 1;
    }
    context.lineWidth = 2;
    for (const [from, to] of series.read ?? [[first, last]]) {
      if (to < first || from > last) continue;
      this._stretch(context, width, height, series.values, Math.max(from, first), Math.min(to, last));
    }
    context.lineWidth = 1;
    context.setLineDash([]);
  }

  // Frames that fall on the same pixel are drawn as one stroke from the smallest to the largest of them.
  _stretch(context, width, height, values, first, last) {
    const plain = last - first < 2 * width;
    context.beginPath();
    let open = false;
    let column = NaN;
    let low = 0;
    let high = 0;
    for (let i = first; i <= last; i++) {
      const value = values[i];
      if (value === null) {
        open = false;
        column = NaN;
        continue;
      }
      const x = this.x(this.frames.times[i], width);
      const y = this._y(value, height);
      if (plain) {
        if (open) context.lineTo(x, y);
        else context.moveTo(x, y);
      } else if (Math.floor(x) === column) {
        if (y < low || y > high) context.lineTo(column, y);
        low = Math.min(low, y);
        high = Math.max(high, y);
      } else {
        column = Math.floor(x);
        low = high = y;
        if (open) context.lineTo(column, y);
        else context.moveTo(column, y);
      }
      if (!open && (i === last || values[i + 1] === null)) context.lineTo(x + 1.5, y); // a lone frame is a dot
      open = true;
    }
    context.stroke();
  }

  // The cursor and what is under the pointer lie on a canvas of their own, so that playing redraws little.
  drawCursor(colours, frame, hover_s) {
    sharpen(this.above, (context, width, height) => {
      const bottom = height - this.bottom;
      if (hover_s !== null) this.rule(context, this.x(hover_s, width), MARGIN.top, bottom, colours.muted, [3, 3]);
      const time_s = this.frames.times[frame];
      if (!this.inSight(time_s, time_s)) return;
      this.rule(context, this.x(time_s, width), MARGIN.top, bottom, colours.text);
      for (const { side, values } of this.plot.series) {
        const value = values[frame];
        if (value === null || value < this.plot.y[0] || value > this.plot.y[1]) continue;
        context.beginPath();
        context.arc(this.x(time_s, width), this._y(value, height), 4, 0, 2 * Math.PI);
        context.fillStyle = colours[side] ?? colours.both;
        context.fill();
        context.lineWidth = 1.5;
        context.strokeStyle = colours.background;
        context.stroke();
      }
    });
  }
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function timeAxis(context, width, height, colours, strip) {
  const { view } = strip;
  const step = timeStep(view.span_s, Math.max(2, Math.floor(width / 80)));
  const decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillStyle = colours.muted;
  context.strokeStyle = colours.axis;
  for (let k = Math.ceil(view.from_s / step); k * step <= view.to_s + 1e-9; k++) {
    const at = strip.x(k * step, width);
    line(context, at, height - AXIS_PX, at, height - AXIS_PX + 4);
    const half = 16;
    if (at > MARGIN.left - half && at < width - half) context.fillText(clock(k * step, decimals), at, height - 4);
  }
}
