// All plots of a clip over one window of time: drawing, the values at the cursor, and seeking, zooming, panning in them.

const PALETTE = { left: "--left", right: "--right", both: "--text", text: "--text", muted: "--muted", background: "--background" };
const MORE_COLOURS = { watch: "--watch", watchText: "--watch-text", outside: "--outside", outsideText: "--outside-text", accent: "--accent" };

class Plots {
  // onSeek(frame) when a place in a plot is chosen; onZoom() when the window of time changes.
  constructor(root, clip, { onSeek, onZoom }) {
    Object.assign(this, { root, clip, onSeek, onZoom });
    this.frames = clip.frames;
    const last = this.frames.count - 1;
    this.view = new View(this.frames.start(0), this.frames.end(last), Math.max(12 * this.frames.shortest_s, 0.05));
    this.frame = 0;
    this.loop = null;
    this.hover_s = null;
    this.listeners = new AbortController();
    this.box = root.querySelector(".charts");
    const lane = root.querySelector(".lane");
    this.lane = new Lane(clip, this.frames, this.view, [...lane.querySelectorAll("canvas")]);
    this._gestures(lane, this.lane);
    this.on = new Set(clip.plots.filter((p) => p.judged).map((p) => p.id));
    if (!this.on.size) clip.plots.slice(0, 1).forEach((p) => this.on.add(p.id));
    this._choices();
    this._build();
    this.resized = new ResizeObserver(() => this.redraw());
    this.resized.observe(this.box);
    this.resized.observe(lane);
    this.restyle();
  }

  close() {
    this.listeners.abort();
    this.resized.disconnect();
    cancelAnimationFrame(this.awaited);
  }

  _choices() {
    const others = this.clip.plots.filter((p) => !p.judged && !this.on.has(p.id));
    this.root.querySelector(".more").hidden = !others.length;
    const choices = others.map((plot) => {
      const label = make("label", "", "");
      const box = Object.assign(make("input"), { type: "checkbox" });
      box.onchange = () => {
        if (box.checked) this.on.add(plot.id);
        else this.on.delete(plot.id);
        this._build();
      };
      label.append(box, plot.label);
      return label;
    });
    this.root.querySelector(".choices").replaceChildren(...choices);
  }

  _build() {
    const shown = this.clip.plots.filter((p) => this.on.has(p.id));
    this.charts = shown.map((plot) => this._chart(plot));
    this.charts.at(-1)?.box.classList.add("last");
    if (this.charts.length) this.charts.at(-1).last = true;
    this.box.replaceChildren(...this.charts.map((c) => c.box));
    const read = shown.some((p) => p.series.some((s) => s.read));
    const words = ["Click or drag to move the video; Ctrl and wheel or two fingers zoom."];
    if (read) words.unshift("Thick: foot on the ground, where the limits hold.");
    this.root.querySelector(".legend").textContent = words.join(" ");
    this.redraw();
  }

  _chart(plot) {
    const box = make("div", "chart");
    const strip = make("div", "strip");
    const canvases = [make("canvas"), make("canvas", "above")];
    canvases[0].setAttribute("role", "img");
    canvases[0].setAttribute("aria-label", `${plot.label} against time, ${plot.zones.map((z) => z.words).join(", ") || "no limits"}`);
    strip.append(...canvases);
    const heading = make("h4");
    heading.append(this._term(plot));
    const values = plot.series.map((s) => heading.appendChild(make("span", `value ${s.side ?? ""}`)));
    box.append(heading, strip);
    const chart = Object.assign(new Chart(plot, this.frames, this.view, canvases), { box, values });
    this._gestures(strip, chart);
    return chart;
  }

  // The angle's name, with what it means on hover, focus or tap.
  _term(plot) {
    const term = make("span", "term", plot.label);
    const say = make("span", "say", `${plot.plain}.`);
    say.id = `say-${plot.id}`;
    say.setAttribute("role", "tooltip");
    term.tabIndex = 0;
    term.setAttribute("aria-describedby", say.id);
    term.append(say);
    return term;
  }

  restyle() {
    const style = getComputedStyle(this.root);
    const colours = { font: style.fontFamily };
    for (const [name, property] of Object.entries({ ...PALETTE, ...MORE_COLOURS })) colours[name] = colourOf(this.root, property);
    colours.grid = colours.axis = colours.band = colourOf(this.root, "--edge");
    this.colours = colours;
    this.redraw();
  }

  redraw() {
    this.stale = true;
    this.redrawCursor();
  }

  redrawCursor() {
    this.awaited ??= requestAnimationFrame(() => {
      this.awaited = undefined;
      this._draw();
    });
  }

  _draw() {
    if (this.stale) {
      this.lane.draw(this.colours, this.loop);
      for (const chart of this.charts) chart.draw(this.colours, this.clip);
      this.stale = false;
    }
    this.lane.drawCursor(this.colours, this.frame, this.hover_s);
    for (const chart of this.charts) {
      chart.drawCursor(this.colours, this.frame, this.hover_s);
      chart.plot.series.forEach((series, i) => {
        const words = `${series.side ?? ""} ${angleText(series.values[this.frame], chart.plot.directions)}`.trim();
        if (chart.values[i].textContent !== words) chart.values[i].textContent = words;
      });
    }
  }

  show(frame, { follow = false } = {}) {
    this.frame = frame;
    if (follow && this.view.zoomed && this.view.follow(this.frames.times[frame])) this.zoomed();
    else this.redrawCursor();
  }

  zoomed() {
    this.onZoom();
    this.redraw();
  }

  zoomTo(first, last) {
    const margin = 0.06 * (this.frames.end(last) - this.frames.start(first));
    this.view.set(this.frames.start(first) - margin, this.frames.end(last) + margin);
    this.zoomed();
  }

  whole() {
    this.view.reset();
    this.zoomed();
  }

  zoom(factor, around_s = this.frames.times[this.frame]) {
    const inside = around_s >= this.view.from_s && around_s <= this.view.to_s;
    this.view.zoom(factor, inside ? around_s : 0.5 * (this.view.from_s + this.view.to_s));
    this.zoomed();
  }

  _gestures(element, strip) {
    const fingers = new Map();
    const time = (event) => strip.time(event.clientX - element.getBoundingClientRect().left);
    const seek = (event) => this.onSeek(this.frames.nearest(time(event)));
    const { signal } = this.listeners;
    const on = (name, act) => element.addEventListener(name, act, { signal, passive: false });
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, event.clientX);
      this._hover(element, strip, null);
      if (fingers.size === 1) seek(event);
    });
    on("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) {
        if (event.pointerType === "mouse") this._hover(element, strip, time(event));
        return;
      }
      if (fingers.size === 1) seek(event);
      else if (fingers.size === 2) this._pinch(element, strip, fingers, event);
      fingers.set(event.pointerId, event.clientX);
    });
    for (const name of ["pointerup", "pointercancel"]) on(name, (event) => fingers.delete(event.pointerId));
    on("pointerleave", () => this._hover(element, strip, null));
    on("dblclick", () => this.whole());
    on("wheel", (event) => this._wheel(event, time(event)));
  }

  _pinch(element, strip, fingers, event) {
    const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
    const before = Math.max(Math.abs(fingers.get(event.pointerId) - other), 10);
    const after = Math.max(Math.abs(event.clientX - other), 10);
    const left = element.getBoundingClientRect().left;
    const middle = 0.5 * (event.clientX + other) - left;
    const held_s = strip.time(0.5 * (fingers.get(event.pointerId) + other) - left);
    this.view.zoom(before / after, held_s);
    this.view.pan(held_s - strip.time(middle));
    this.zoomed();
  }

  // Ctrl and wheel (which is also what a pinch on a touchpad sends) zooms; sideways pans; otherwise the page scrolls.
  _wheel(event, time_s) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.view.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.006), time_s);
      this.zoomed();
      return;
    }
    const across = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (!this.view.zoomed || Math.abs(across) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
    event.preventDefault();
    this.view.pan((across / Math.max(event.currentTarget.clientWidth, 1)) * this.view.span_s);
    this.zoomed();
  }

  _hover(element, strip, time_s) {
    const inside = time_s !== null && time_s >= this.view.from_s && time_s <= this.view.to_s;
    this.hover_s = inside ? time_s : null;
    this.redrawCursor();
    let tip = element.querySelector(".tip");
    if (!inside || !(strip instanceof Chart)) {
      tip?.remove();
      return;
    }
    tip ??= element.appendChild(make("div", "tip"));
    const frame = this.frames.nearest(time_s);
    const values = strip.plot.series.map((s) => `${s.side ?? ""} ${angleText(s.values[frame], strip.plot.directions)}`.trim());
    tip.textContent = [clock(this.frames.times[frame]), ...values].join(" · ");
    const x = strip.x(time_s, element.clientWidth);
    const room = element.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(x + 10 > room ? x - 10 - tip.offsetWidth : x + 10, room))}px`;
  }
}

function make(tag, kind = "", text = "") {
  const element = document.createElement(tag);
  if (kind) element.className = kind.trim();
  if (text) element.textContent = text;
  return element;
}

// A colour as the canvas understands it: variables and mixes worked out.
function colourOf(root, property) {
  const probe = make("span");
  probe.style.color = `var(${property})`;
  root.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
