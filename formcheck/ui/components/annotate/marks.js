// Contacts, toe-offs and repetitions on a timeline: chosen, dragged, added, deleted; stretches marked as unusable.

const NOUNS = { initial_contact: "contact", toe_off: "toe-off" };

class Marks {
  constructor(desk) {
    this.desk = desk;
    this.chosen = null;
    this.offer = null; // { edit, words }
    this.strip = html("div", { class: "line", role: "group", "aria-label": "Events around this frame" });
    this.acts = html("div", { class: "row" });
    this.bar = html("div", { class: "bar" }, this.strip, this.acts);
  }

  enter() {
    this.desk.grip(false);
    this.desk.say("Choose an event, then drag it or move it to the frame that is shown.");
    this.desk.show();
  }

  leave() {
    Object.assign(this, { chosen: null, offer: null, held: null });
  }

  get clip() {
    return this.desk.clip;
  }

  get half_s() {
    return this.clip.running ? 1.0 : 5.0;
  }

  down() {}
  move() {}
  up() {}

  key(event) {
    if (event.key !== "Escape" || !this.offer) return false;
    this._take(null);
    return true;
  }

  over() {
    if (!this.clip) return [];
    this._line();
    this._buttons();
    return [];
  }

  // The shown stretch stays while an event is dragged, though the player goes to the frame under it.
  _line() {
    const { frames, frame } = this.desk;
    const middle = this.held?.middle ?? frames.times[frame];
    const [from, to] = [middle - this.half_s, middle + this.half_s];
    const left = (time_s) => `${((time_s - from) / (to - from)) * 100}%`;
    const marks = this.clip.events.filter((e) => e.kind !== "touchdown" && from < e.time_s && e.time_s < to).map((event) => {
      const chosen = this.chosen && event.time_s === this.chosen.time_s && event.kind === this.chosen.kind && event.side === this.chosen.side;
      const at = chosen && this.target !== undefined ? frames.times[this.target] : event.time_s;
      const button = html("button", { type: "button", class: `mark ${event.side} ${event.kind}`, "aria-pressed": String(Boolean(chosen)), "aria-label": `${event.words}, ${event.time_s.toFixed(2)} s`, title: event.words, style: `left:${left(at)}` });
      button.onpointerdown = (down) => this._hold(down, event, button);
      button.onclick = () => this._choose(event);
      return button;
    });
    const gone = this.desk.data.unusable.map(([a, b]) => html("span", { class: "gone", style: `left:${left(Math.max(a, from))};width:${Math.max(0, ((Math.min(b, to) - Math.max(a, from)) / (to - from)) * 100)}%` }));
    const now = html("span", { class: "now", style: `left:${left(frames.times[frame])}` });
    if (this.held) return;
    const sides = ["left", "right"].filter((side) => this.clip.events.some((e) => e.side === side));
    const focused = this.strip.getRootNode().activeElement?.classList.contains("mark");
    this.strip.replaceChildren(...sides.map((side) => html("small", { class: side }, side)), ...gone, now, ...marks);
    if (focused) marks.find((mark) => mark.getAttribute("aria-pressed") === "true")?.focus();
  }

  _hold(down, event, button) {
    down.preventDefault();
    this._choose(event);
    this.held = { middle: this.desk.frames.times[this.desk.frame], width: this.strip.clientWidth, x: down.clientX, from: event.time_s };
    const mark = this.strip.querySelector(".mark[aria-pressed=true]") ?? button;
    const drag = (moved) => {
      const time_s = this.held.from + ((moved.clientX - this.held.x) / this.held.width) * 2 * this.half_s;
      if (Math.abs(moved.clientX - this.held.x) < 3 && this.target === undefined) return;
      this.target = this.desk.frames.nearest(time_s);
      mark.style.left = `${((this.desk.frames.times[this.target] - this.held.middle + this.half_s) / (2 * this.half_s)) * 100}%`;
      this.desk.go(this.target);
    };
    const drop = () => {
      window.removeEventListener("pointermove", drag);
      window.removeEventListener("pointerup", drop);
      window.removeEventListener("pointercancel", drop);
      this.held = null;
      if (this.target !== undefined) this._offerMove(this.target);
      this.desk.show();
    };
    window.addEventListener("pointermove", drag);
    window.addEventListener("pointerup", drop);
    window.addEventListener("pointercancel", drop);
    this.desk.show();
  }

  _choose(event) {
    if (this.chosen !== event) Object.assign(this, { chosen: event, target: undefined, offer: null });
    this.desk.say(`${event.words} at ${event.time_s.toFixed(2)} s.`);
    this.desk.show();
  }

  _take(offer) {
    this.offer = offer;
    if (!offer) this.target = undefined;
    this.desk.say(offer ? `${offer.words}?` : "Left as it was.");
    this.desk.show();
  }

  _offerMove(frame) {
    const { chosen } = this;
    const to_s = this.desk.frames.times[frame];
    this.target = frame;
    const edit = { kind: "move_event", mark: chosen.kind, side: chosen.side, from_s: chosen.time_s, to_s };
    this._take({ edit, words: `${chosen.words}: from ${chosen.time_s.toFixed(2)} to ${to_s.toFixed(2)} s` });
  }

  _offerDelete() {
    const { chosen } = this;
    if (chosen.kind === "initial_contact") {
      return this._take({ edit: { kind: "delete_step", side: chosen.side, contact_s: chosen.time_s }, words: `Delete the ${chosen.words.toLowerCase()} at ${chosen.time_s.toFixed(2)} s` });
    }
    if (chosen.kind === "toe_off") {
      return this._take({ edit: { kind: "delete_toe_off", side: chosen.side, toe_off_s: chosen.time_s }, words: `Delete the ${chosen.words.toLowerCase()} at ${chosen.time_s.toFixed(2)} s, so that this step lasts as long as the others of that foot` });
    }
    const bottoms = this.clip.events.filter((e) => e.kind === "rep_bottom");
    const bottom = bottoms.reduce((best, e) => (!best || Math.abs(e.time_s - chosen.time_s) < Math.abs(best.time_s - chosen.time_s) ? e : best), null);
    return this._take({ edit: { kind: "delete_repetition", bottom_s: bottom.time_s }, words: `Delete the repetition at ${bottom.time_s.toFixed(2)} s` });
  }

  _offerStep(side) {
    const contact_s = this.desk.frames.times[this.desk.frame];
    this._take({ edit: { kind: "add_step", side, contact_s, toe_off_s: null }, words: `Add a ${side} contact at ${contact_s.toFixed(2)} s` });
  }

  _offerToeOff(side) {
    const toe_off_s = this.desk.frames.times[this.desk.frame];
    this._take({ edit: { kind: "add_toe_off", side, toe_off_s }, words: `Put the ${side} toe-off of this step at ${toe_off_s.toFixed(2)} s` });
  }

  // A new repetition is as long as the others, with its lowest point on this frame; its ends can be moved after.
  _offerRepetition() {
    const { times } = this.desk.frames;
    const bottom_s = times[this.desk.frame];
    const lengths = this.clip.cycles.map((c) => c.end_s - c.start_s).sort((a, b) => a - b);
    const half = 0.5 * (lengths[lengths.length >> 1] ?? 2);
    const edit = { kind: "add_repetition", start_s: Math.max(times[0], bottom_s - half), bottom_s, end_s: Math.min(times.at(-1), bottom_s + half) };
    this._take({ edit, words: `Add a repetition with its lowest point at ${bottom_s.toFixed(2)} s` });
  }

  _offerUnusable() {
    const time_s = this.desk.frames.times[this.desk.frame];
    if (this.stretch === undefined) {
      this.stretch = time_s;
      this.desk.say(`Unusable from ${time_s.toFixed(2)} s: go to where it ends, then press “Unusable to here”.`);
      return this.desk.show();
    }
    const [start_s, end_s] = [this.stretch, time_s].sort((a, b) => a - b);
    this.stretch = undefined;
    if (start_s === end_s) return this.desk.say("A stretch needs two different frames.");
    return this._take({ edit: { kind: "unusable", start_s, end_s }, words: `Mark ${start_s.toFixed(2)} to ${end_s.toFixed(2)} s as unusable` });
  }

  _accept() {
    this.desk.send({ op: "correct", edit: this.offer.edit });
    Object.assign(this, { offer: null, chosen: null, target: undefined });
    this.desk.say("Assessing again …");
    this.desk.show();
  }

  _buttons() {
    const button = (words, act, more = {}) => Object.assign(html("button", { type: "button", ...more }, words), { onclick: act });
    const list = [];
    if (this.offer) {
      list.push(button("Accept", () => this._accept(), { class: "first", "data-act": "accept" }), button("Leave as it was", () => this._take(null), { "data-act": "back" }));
    } else {
      if (this.chosen) {
        list.push(button("Move to this frame", () => this._offerMove(this.desk.frame), { "data-act": "here" }));
        list.push(button(`Delete this ${NOUNS[this.chosen.kind] ?? "repetition"}`, () => this._offerDelete(), { "data-act": "erase" }));
      }
      if (this.clip.running) {
        for (const side of ["left", "right"]) {
          list.push(button(`Add ${side} contact`, () => this._offerStep(side), { "data-act": `add-${side}` }));
          list.push(button(`Add ${side} toe-off`, () => this._offerToeOff(side), { "data-act": `toe-off-${side}` }));
        }
      } else list.push(button("Add a repetition here", () => this._offerRepetition(), { "data-act": "add" }));
      list.push(button(this.stretch === undefined ? "Unusable from here" : "Unusable to here", () => this._offerUnusable(), { "data-act": "unusable" }));
    }
    const asked = list.map((b) => b.textContent).join();
    if (asked === this.asked) return;
    this.asked = asked;
    this.acts.replaceChildren(...list);
  }
}
