// Two videos that show the same share of the same cycle: one place moves, and both follow.

const SPEEDS = [[1, "1×", "Full speed"], [0.5, "½×", "Half speed"], [0.25, "¼×", "Quarter speed"]];
const FAR_S = 0.15; // a video this far off jumps; below, it hurries or waits
const MOST_PULL = 0.3;
const MOST_GAP_S = 0.1;

function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function button(text, label, act) {
  const made = make("button", "key", text);
  Object.assign(made, { type: "button", title: label, onclick: act });
  made.setAttribute("aria-label", label);
  return made;
}

class View {
  constructor(seen, told, onState) {
    this.seen = seen;
    this.told = told;
    this.frames = new Frames(told.times_s);
    this.wanted = null;
    this.box = make("figure", "view");
    const name = make("figcaption");
    this.where = make("span", "muted small");
    name.append(make("strong", "", seen.name), this.where);
    this.video = make("video");
    Object.assign(this.video, { muted: true, playsInline: true, preload: "auto", disablePictureInPicture: true });
    this.video.setAttribute("aria-label", `Video: ${seen.name}`);
    this.video.addEventListener("seeked", () => this._settled());
    this.video.addEventListener("loadeddata", () => this._settled());
    this.video.addEventListener("error", () => onState(`The video “${seen.name}” cannot be shown.`));
    this.video.src = seen.video;
    this.box.append(name, this.video);
  }

  choose(leg) {
    this.steps = new Steps(this.told.cycles.filter((cycle) => cycle.side === this.seen.sides[leg]));
  }

  get ready() {
    return !this.video.seeking && this.video.readyState >= 3;
  }

  // The frame nearest to this moment; only the last wish counts while the video is still on its way.
  show(time_s) {
    this.wanted = this.frames.middle(this.frames.nearest(time_s));
    if (!this.video.seeking && this.video.readyState >= 1) this._settled();
  }

  _settled() {
    if (this.wanted === null) return;
    const wanted = this.wanted;
    this.wanted = null;
    if (Math.abs(this.video.currentTime - wanted) > 1e-4) this.video.currentTime = wanted;
  }

  // While it plays: a little faster or slower until it is where it belongs, or a jump where it is far off.
  follow(time_s, rate) {
    const off_s = time_s - this.video.currentTime;
    if (Math.abs(off_s) > FAR_S) this.video.currentTime = time_s;
    else this.video.playbackRate = Math.min(Math.max(rate * (1 + Math.min(Math.max(3 * off_s, -MOST_PULL), MOST_PULL)), 0.07), 4);
  }

  tell(place, cycle) {
    const [n] = this.steps.split(place);
    const { valid, reason } = this.steps.cycles[n];
    const why = valid ? "" : ` · does not count: ${reason}`;
    this.where.textContent = `${clock(this.steps.time(place))} · ${cycle} ${n + 1} of ${this.steps.count}${why}`;
  }

  close() {
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}

class InStep {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.place = 0;
    this.speed = 1;
    this.playing = false;
    this.aborter = new AbortController();
    this._load();
  }

  async _load() {
    this._state("Loading both videos …");
    try {
      const answers = await Promise.all(this.data.seen.map(({ playback }) => fetch(playback, { signal: this.aborter.signal })));
      const lost = answers.findIndex((answer) => !answer.ok);
      if (lost >= 0) return this._state(`The result “${this.data.seen[lost].name}” cannot be read. Load the page again.`);
      const told = await Promise.all(answers.map((answer) => answer.json()));
      return this._show(told);
    } catch (error) {
      if (this.aborter.signal.aborted) return undefined;
      return this._state("The app cannot be reached. Start it again and load the page anew.");
    }
  }

  _state(words) {
    const line = make("p", "note", words);
    line.setAttribute("role", "status");
    this.root.replaceChildren(line);
  }

  _show(told) {
    const trouble = make("p", "small");
    trouble.setAttribute("role", "status");
    this.views = this.data.seen.map((seen, i) => new View(seen, told[i], (words) => (trouble.textContent = words)));
    const pair = make("div", "pair");
    pair.append(...this.views.map((view) => view.box));
    this.readout = make("p", "readout");
    this.slider = make("input", "share");
    Object.assign(this.slider, { type: "range", min: 0, max: 1000, step: 1, oninput: () => this._slid() });
    this.slider.setAttribute("aria-label", `Share of the ${this.data.cycle}`);
    const board = make("div", "board");
    board.tabIndex = -1;
    board.append(pair, this.readout, this.slider, this._transport(), this._options(), trouble);
    board.onkeydown = (event) => this._pressed(event);
    this.root.replaceChildren(board);
    this._choose(0);
  }

  _transport() {
    const { cycle } = this.data;
    const keys = make("div", "keys transport");
    keys.setAttribute("role", "group");
    keys.setAttribute("aria-label", "Play and step");
    this.playKey = button("▶", "Play", () => this.toggle());
    this.playKey.classList.add("main");
    keys.append(
      button("|◀", `Previous ${cycle}`, () => this.turn(-1)),
      button("−5 %", "5 percent back", () => this.step(-5)),
      button("−1 %", "1 percent back", () => this.step(-1)),
      this.playKey,
      button("+1 %", "1 percent on", () => this.step(1)),
      button("+5 %", "5 percent on", () => this.step(5)),
      button("▶|", `Next ${cycle}`, () => this.turn(1)),
    );
    return keys;
  }

  _options() {
    const row = make("div", "keys");
    const speeds = make("div", "speeds");
    speeds.setAttribute("role", "group");
    speeds.setAttribute("aria-label", "Speed");
    this.speedKeys = SPEEDS.map(([rate, sign, words]) => {
      const made = button(sign, words, () => this._rated(rate));
      made.setAttribute("aria-pressed", String(rate === 1));
      return made;
    });
    speeds.append(...this.speedKeys);
    this.repeatKey = button(`Repeat this ${this.data.cycle}`, `Repeat this ${this.data.cycle}`, () => {
      this.repeat = !this.repeat;
      this.repeatKey.setAttribute("aria-pressed", String(this.repeat));
    });
    this.repeatKey.setAttribute("aria-pressed", "false");
    row.append(speeds, this.repeatKey);
    const [one, other] = this.data.seen;
    if (one.sides.length > 1) {
      const legs = make("select", "key");
      legs.setAttribute("aria-label", "Whose cycles");
      legs.append(...one.sides.map((side, i) => new Option(`In step by the ${side} foot${side === other.sides[i] ? "" : " / " + other.sides[i]}`, i)));
      legs.onchange = () => this._choose(Number(legs.value));
      row.append(legs);
    }
    return row;
  }

  _choose(leg) {
    this.pause();
    this.views.forEach((view) => view.choose(leg));
    this.count = Math.min(...this.views.map((view) => view.steps.count));
    this.go(0);
  }

  _rated(rate) {
    this.speed = rate;
    SPEEDS.forEach(([each], i) => this.speedKeys[i].setAttribute("aria-pressed", String(each === rate)));
  }

  _slid() {
    this.pause();
    const [n] = this.views[0].steps.split(Math.min(this.place, this.count - 1e-6));
    this.go(n + this.slider.value / 1000);
  }

  _pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || ["SELECT", "INPUT"].includes(event.target.tagName)) return;
    const inKey = event.target.tagName === "BUTTON" && [" ", "Enter"].includes(event.key);
    const acts = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.step(event.shiftKey ? -5 : -1),
      ArrowRight: () => this.step(event.shiftKey ? 5 : 1),
      "[": () => this.turn(-1),
      "]": () => this.turn(1),
    };
    if (inKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  // Show a place; exact to the frame in both.
  go(place) {
    this.place = Math.min(Math.max(place, 0), this.count);
    this.views.forEach((view) => view.show(view.steps.time(this.place)));
    this._tell();
  }

  step(percent) {
    this.pause();
    this.go(stepped(this.place, percent, this.count));
  }

  // The same share of the next or the previous cycle.
  turn(by) {
    const place = this.place + by;
    const was = this.playing;
    this.pause();
    this.go(place < 0 || place >= this.count ? Math.min(Math.max(Math.floor(place), 0), this.count - 1) : place);
    if (was) this.play();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.place >= this.count - 1e-6) this.go(0);
    this.playing = true;
    this._keyed();
    this.views.forEach((view) => view.video.play().catch(() => this.pause()));
    let before_ms = performance.now();
    const tick = (now_ms) => {
      if (!this.playing) return;
      this._advance(Math.min((now_ms - before_ms) / 1000, MOST_GAP_S));
      before_ms = now_ms;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.views.forEach((view) => view.video.pause());
    this._keyed();
    this.go(this.place);
  }

  // The place moves by the clock; it waits while a video is still on its way.
  _advance(gap_s) {
    if (!this.views.every((view) => view.ready)) return;
    const { perSecond, rates } = pace(this.place, ...this.views.map((view) => view.steps));
    let place = this.place + gap_s * this.speed * perSecond;
    if (this.repeat && Math.floor(place) > Math.floor(this.place)) place = Math.floor(this.place);
    if (place >= this.count) {
      this.place = this.count;
      this.pause();
      return;
    }
    this.place = place;
    this.views.forEach((view, i) => view.follow(view.steps.time(place), rates[i] * this.speed));
    this._tell();
  }

  _keyed() {
    this.playKey.textContent = this.playing ? "❚❚" : "▶";
    this.playKey.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.playKey.title = this.playing ? "Pause (space)" : "Play (space)";
  }

  _tell() {
    const { cycle } = this.data;
    const held = Math.min(this.place, this.count);
    const n = Math.min(Math.floor(held), this.count - 1);
    const percent = Math.round(100 * (held - n));
    this.slider.value = Math.round(1000 * (held - n));
    this.slider.setAttribute("aria-valuetext", `${percent} percent of ${cycle} ${n + 1}`);
    this.readout.textContent = `${cycle[0].toUpperCase()}${cycle.slice(1)} ${n + 1} of ${this.count} in both · ${percent} %`;
    this.views.forEach((view) => view.tell(this.place, cycle));
  }

  close() {
    this.playing = false;
    this.aborter.abort();
    this.views?.forEach((view) => view.close());
  }
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".fc");
  const shown = JSON.stringify(data);
  if (root.dataset.shown !== shown) {
    root.dataset.shown = shown;
    root.inStep?.close();
    root.inStep = new InStep(root, data);
  }
  return () => {
    root.inStep?.close();
    delete root.dataset.shown;
  };
}
