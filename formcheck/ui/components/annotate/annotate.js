// Joins the tools with the player on the page: what is drawn over its picture, what a pointer does there, what is sent.

function playerUnder(node) {
  if (!node) return null;
  const found = node.querySelector?.(".player");
  if (found?.player) return found;
  for (const child of node.querySelectorAll?.("*") ?? []) {
    const inside = child.shadowRoot && playerUnder(child.shadowRoot);
    if (inside) return inside;
  }
  return null;
}

class Desk {
  constructor(root) {
    this.root = root;
    this.sent = [];
    this.counter = Date.now();
    this.drawings = new Map();
    this.listeners = new AbortController();
    this.status = html("p", { class: "said", role: "status" });
    const { signal } = this.listeners;
    window.addEventListener("formcheck:frame", () => this._framed(), { signal });
    window.addEventListener("resize", () => this.show(), { signal });
    window.addEventListener("keydown", (event) => this._key(event), { signal });
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    this.sent = this.sent.filter((op) => op.n > data.ack);
    if (!this.sent.length) {
      this.drawings = new Map(data.drawings.map((drawing) => [drawing.key, drawing]));
      if (data.refused) this.say(data.refused);
      else if (data.answered) this.say(data.answered);
    }
    if (this.mode !== data.mode) this._enter(data.mode);
    this._find();
    this.show();
  }

  _enter(mode) {
    this.tool?.leave();
    this.mode = mode;
    this.tools ??= {};
    const made = { draw: Pencil, points: Joints, events: Marks }[mode];
    this.tool = made ? (this.tools[mode] ??= new made(this)) : null;
    this.root.replaceChildren(...(this.tool ? [this.tool.bar, this.status] : []));
    if (!this.tool) this.grip(false);
    this.entered = false;
  }

  // The player may be mounted after this, and again at any time.
  _find() {
    clearTimeout(this.looking);
    const player = playerUnder(document.querySelector(this.data.player));
    if (!player?.player?.clip) {
      this.looking = setTimeout(() => this._find(), 120);
      return;
    }
    if (player !== this.view || player.player.layer !== this.layer) this._join(player);
    if (!this.entered && this.tool) {
      this.entered = true;
      this.tool.enter();
    }
    this.show();
  }

  _join(view) {
    this.view = view;
    this.layer = view.player.layer;
    this.layer.removeAttribute("aria-hidden");
    const { signal } = this.listeners;
    const told = (name) => (event) => {
      if (!this.tool || !this.layer.isConnected) return;
      if (name === "down") this.layer.setPointerCapture?.(event.pointerId);
      this.tool[name](this._point(event), event);
    };
    for (const name of ["down", "move", "up"]) this.layer.addEventListener(`pointer${name}`, told(name), { signal });
    this.layer.addEventListener("pointercancel", () => this.tool?.cancel?.(), { signal });
    this.layer.addEventListener("click", (event) => this.tool && event.stopPropagation(), { signal });
    this.grip(this.gripped);
  }

  _point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.layer.getScreenCTM().inverse());
    const { width, height } = this.box;
    return [Math.min(Math.max(at.x, 0), width), Math.min(Math.max(at.y, 0), height)].map((v) => Math.round(v * 10) / 10);
  }

  get clip() {
    return this.view?.player?.clip;
  }

  get frames() {
    return this.clip.frames;
  }

  get frame() {
    return this.view?.player?.frame ?? 0;
  }

  get playing() {
    return this.view?.player?.screen?.playing ?? false;
  }

  get box() {
    const [width, height] = this.clip?.image_px ?? [1, 1];
    return { width, height };
  }

  get unit() {
    const seen = this.layer?.getBoundingClientRect().width;
    return seen ? this.box.width / seen : 1;
  }

  hold() {
    this.view?.player?.screen?.pause();
  }

  go(frame) {
    this.view.player.screen.pause();
    this.view.player.jump(frame);
  }

  // Whether the whole picture takes the pointer, or only what is drawn on it. A finger on either does not scroll the page:
  // said of the layer, since a shape that is taken hold of is drawn anew before the browser asks.
  grip(all) {
    this.gripped = all;
    if (!this.layer) return;
    this.layer.style.pointerEvents = all ? "all" : "none";
    this.layer.style.touchAction = "none";
    this.layer.style.cursor = all ? "crosshair" : "";
  }

  say(words) {
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  // Changes stay in the list until the page says that it has them, so that none is lost between two of its runs.
  send(op) {
    this.sent.push({ ...op, n: ++this.counter, frame: this.frame });
    this.tell("ops", this.sent);
  }

  _framed() {
    if (!this.view?.isConnected || !this.view.player) this._find();
    else this.show();
  }

  show() {
    if (!this.layer || !this.clip) return;
    if (!this.layer.getAttribute("viewBox")) {
      clearTimeout(this.soon); // the film's size is not known yet
      this.soon = setTimeout(() => this.show(), 150);
      return;
    }
    const { frame, box, unit } = this;
    const held = this.tool?.held?.now;
    const seen = [...this.drawings.values()].filter((d) => d.first <= frame && frame <= d.last).map((d) => shapeOf(held?.key === d.key ? held : d, box, unit));
    const over = this.tool?.over(box, unit) ?? [];
    const picks = (this.mode === "draw" && this.tool.tool === "select") || this.mode === "points";
    for (const part of [...seen, ...over]) {
      const taken = picks && (this.mode === "draw" || part.dataset.joint !== undefined);
      part.style.pointerEvents = taken ? "all" : "none";
    }
    this.layer.replaceChildren(...seen, ...over);
  }

  _key(event) {
    const target = event.composedPath()[0];
    if (!this.tool || target.matches?.("input:not([type=range]), textarea, select")) return;
    if (this.tool.key(event)) event.preventDefault();
  }

  close() {
    clearTimeout(this.looking);
    clearTimeout(this.soon);
    this.listeners.abort();
    this.layer?.replaceChildren();
    if (this.layer) Object.assign(this.layer.style, { pointerEvents: "", touchAction: "" });
  }
}

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  const root = parentElement.querySelector(".annotate");
  root.desk ??= new Desk(root);
  root.desk.update(data, setStateValue);
  return () => {
    root.desk?.close();
    root.desk = null;
  };
}
