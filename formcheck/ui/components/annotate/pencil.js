// Drawing: tools and colours, what is under way, undo and redo.

const TOOL_SIGNS = {
  select: ["Select", '<path d="M5 3l6 16 2.5-6.5L20 10z"/>'],
  line: ["Line", '<path d="M5 19 19 5"/>'],
  angle: ["Angle", '<path d="M19 6 6 17h14M12 12a7 7 0 0 1 2 5"/>'],
  horizontal: ["Horizontal", '<path d="M3 12h18"/>'],
  vertical: ["Vertical", '<path d="M12 3v18"/>'],
  circle: ["Circle", '<circle cx="12" cy="12" r="8"/>'],
  freehand: ["Freehand", '<path d="M4 17c4-12 6 4 9-4s4-6 7-5"/>'],
  text: ["Text", '<path d="M5 6h14M12 6v13"/>'],
};
const SPANS = [["frame", "on this frame only"], ["0.5", "for half a second"], ["2", "for two seconds"], ["clip", "through the whole clip"]];
const HINTS = {
  select: "Tap a drawing to move or delete it.",
  line: "Drag from one end to the other.",
  angle: "Tap one end, the corner, then the other end.",
  horizontal: "Tap where the level line runs.",
  vertical: "Tap where the plumb line runs.",
  circle: "Drag from the middle to the edge.",
  freehand: "Draw with the finger or the mouse.",
  text: "Type the text, then tap its place.",
};

class Pencil {
  constructor(desk) {
    this.desk = desk;
    Object.assign(this, { tool: "select", colour: "yellow", span: "frame", done: [], undone: [], chosen: null, draft: null });
    this.bar = this._bar();
  }

  _bar() {
    const tools = Object.entries(TOOL_SIGNS).map(([name, [words, sign]]) => {
      const button = html("button", { type: "button", role: "radio", "data-tool": name, "aria-label": words, title: words });
      button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${sign}</svg><small>${words}</small>`;
      button.onclick = () => this.take(name);
      return button;
    });
    const colours = Object.entries(COLOURS).map(([name, code]) => {
      const button = html("button", { type: "button", role: "radio", class: "swatch", "data-colour": name, "aria-label": name, title: name, style: `--ink:${code}` });
      button.onclick = () => this.paint(name);
      return button;
    });
    this.words = html("input", { type: "text", maxlength: 120, placeholder: "Text to write", "aria-label": "Text to write", hidden: true });
    this.lasting = html("select", { "aria-label": "How long it shows" }, ...SPANS.map(([value, words]) => new Option(`Shows ${words}`, value)));
    this.lasting.onchange = () => (this.span = this.lasting.value);
    this.acts = Object.fromEntries(
      [["undo", "Undo"], ["redo", "Redo"], ["erase", "Delete"]].map(([name, words]) => {
        const button = html("button", { type: "button", "data-act": name }, words);
        button.onclick = () => this[name]();
        return [name, button];
      }),
    );
    return html(
      "div", { class: "bar" },
      html("div", { class: "tools", role: "radiogroup", "aria-label": "Tool" }, ...tools),
      this.words,
      html("div", { class: "row" }, html("div", { class: "swatches", role: "radiogroup", "aria-label": "Colour" }, ...colours), this.lasting, ...Object.values(this.acts)),
    );
  }

  enter() {
    this.take(this.tool);
    this.paint(this.colour);
  }

  leave() {
    this.draft = null;
    this.chosen = null;
  }

  take(tool) {
    Object.assign(this, { tool, draft: null, chosen: tool === "select" ? this.chosen : null });
    for (const button of this.bar.querySelectorAll("[data-tool]")) button.setAttribute("aria-checked", String(button.dataset.tool === tool));
    this.words.hidden = tool !== "text";
    this.desk.grip(tool !== "select");
    this.desk.say(HINTS[tool]);
    this.desk.show();
  }

  paint(colour) {
    this.colour = colour;
    for (const button of this.bar.querySelectorAll("[data-colour]")) button.setAttribute("aria-checked", String(button.dataset.colour === colour));
    const chosen = this.desk.drawings.get(this.chosen);
    if (chosen && chosen.colour !== colour) this.change(chosen.key, { ...chosen, colour });
  }

  // Frames that a new drawing lasts, from the one that is shown.
  _lasts() {
    const { frame, frames } = this.desk;
    if (this.span === "clip") return [0, frames.count - 1];
    if (this.span === "frame") return [frame, frame];
    return [frame, frames.nearest(frames.times[frame] + Number(this.span))];
  }

  down(point, event) {
    if (this.tool === "select") return this._grab(point, event);
    this.desk.hold();
    const needs = POINTS[this.tool];
    this.draft ??= { kind: this.tool, points: [], colour: this.colour, text: this.words.value.trim() };
    if (needs > 1 && !this.draft.points.length) this.draft.points.push(point);
    this.floating = point;
    this.pressed = true;
    return this.desk.show();
  }

  move(point) {
    if (this.held) return this._drag(point);
    if (!this.draft) return undefined;
    this.floating = point;
    if (this.tool === "freehand" && this.pressed && far(this.draft.points.at(-1), point) > 2 * this.desk.unit && this.draft.points.length < 2000) this.draft.points.push(point);
    const degrees = this.tool === "angle" ? angleAt([...this.draft.points, point].slice(0, 3).concat([[]]).slice(0, 3)) : null;
    if (degrees !== null && this.draft.points.length === 2) this.desk.say(`Angle ${degrees.toFixed(1)}°`);
    return this.desk.show();
  }

  up(point) {
    this.pressed = false;
    if (this.held) return this._drop();
    if (!this.draft) return undefined;
    const { points } = this.draft;
    if (this.tool === "freehand") return points.length > 1 ? this._finish() : this.cancel();
    if (!points.length || far(points.at(-1), point) > 4 * this.desk.unit) points.push(point);
    return points.length >= POINTS[this.tool] ? this._finish() : undefined;
  }

  cancel() {
    this.draft = null;
    this.held = null;
    this.desk.show();
  }

  _finish() {
    const { draft } = this;
    this.draft = null;
    if (draft.kind === "text" && !draft.text) {
      this.words.focus();
      this.desk.show();
      return this.desk.say("Type the text first, then tap its place.");
    }
    const [first, last] = this._lasts();
    const key = crypto.getRandomValues(new Uint32Array(3)).join("-");
    this.change(key, { ...draft, key, first, last });
    const degrees = draft.kind === "angle" ? angleAt(draft.points) : null;
    return this.desk.say(degrees === null ? `${KIND_WORDS[draft.kind]} drawn.` : `Angle ${degrees.toFixed(1)}°`);
  }

  // Put a drawing in, change it (`to` null: take it away), and remember how it was.
  change(key, to) {
    const step = { key, from: this.desk.drawings.get(key) ?? null, to };
    this.done.push(step);
    this.undone = [];
    this._apply(key, to);
  }

  _apply(key, to) {
    if (to) this.desk.drawings.set(key, to);
    else this.desk.drawings.delete(key);
    if (!to && this.chosen === key) this.chosen = null;
    this.desk.send(to ? { op: "draw", drawing: to } : { op: "erase", key });
    this.desk.show();
  }

  undo() {
    if (this.draft) return this.cancel();
    const step = this.done.pop();
    if (!step) return undefined;
    this.undone.push(step);
    return this._apply(step.key, step.from);
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return undefined;
    this.done.push(step);
    return this._apply(step.key, step.to);
  }

  erase() {
    if (this.chosen) this.change(this.chosen, null);
  }

  _grab(point, event) {
    const corner = event.target.closest("[data-corner]");
    const key = corner ? this.chosen : event.target.closest("[data-key]")?.dataset.key;
    this.chosen = this.desk.drawings.has(key) ? key : null;
    if (this.chosen) {
      const was = this.desk.drawings.get(key);
      this.held = { was, corner: corner ? Number(corner.dataset.corner) : null, from: point };
      this.desk.say(`${KIND_WORDS[was.kind]} chosen: drag it, or delete it.`);
      this.desk.hold();
    }
    this.desk.show();
  }

  _drag(point) {
    const { was, corner, from } = this.held;
    const shift = ([x, y]) => [x + point[0] - from[0], y + point[1] - from[1]];
    const points = was.points.map((place, i) => (corner === null || corner === i ? shift(place) : place));
    this.held.now = { ...was, points };
    const degrees = was.kind === "angle" ? angleAt(points) : null;
    if (degrees !== null) this.desk.say(`Angle ${degrees.toFixed(1)}°`);
    this.desk.show();
  }

  _drop() {
    const { was, now } = this.held;
    this.held = null;
    if (now) this.change(was.key, now);
    else this.desk.show();
  }

  key(event) {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "z") return (event.shiftKey ? this.redo() : this.undo(), true);
    if (command && event.key.toLowerCase() === "y") return (this.redo(), true);
    if ((event.key === "Delete" || event.key === "Backspace") && this.chosen) return (this.erase(), true);
    if (event.key === "Escape" && this.draft) return (this.cancel(), true);
    return false;
  }

  // What belongs over the picture beside the kept drawings.
  over(box, unit) {
    this.acts.undo.disabled = !this.done.length && !this.draft;
    this.acts.redo.disabled = !this.undone.length;
    this.acts.erase.disabled = !this.chosen;
    const parts = [];
    if (this.draft && this.floating) {
      const points = [...this.draft.points, ...(this.tool === "freehand" ? [] : [this.floating])];
      if (points.length) parts.push(shapeOf({ ...this.draft, points, text: this.draft.text || "…" }, box, unit));
    }
    const chosen = this.held?.now ?? this.desk.drawings.get(this.chosen);
    if (chosen && chosen.kind !== "freehand") parts.push(...chosen.points.map((point, i) => handle(point, unit, { "data-corner": i })));
    return parts;
  }
}
