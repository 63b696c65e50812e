// The player: fetches what is known of a clip, shows its video and its plots, and joins the two.

const SPEEDS = [[1, "1", "Full speed"], [0.5, "½", "Half speed"], [0.25, "¼", "Quarter speed"], [0.125, "⅛", "An eighth of the speed"]];
const FAST_FPS = 100; // from here on an eighth of the speed still moves
class Player {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.listeners = new AbortController();
    this.find = (selector) => root.querySelector(selector);
    root.addEventListener("click", (event) => this._clicked(event), { signal: this.listeners.signal });
    root.addEventListener("keydown", (event) => this._pressed(event), { signal: this.listeners.signal });
    window.addEventListener("formcheck:seek", (event) => this._told(event), { signal: this.listeners.signal });
    if (data.height) root.style.setProperty("--stage-height", `${data.height}px`);
    this.restyle();
    this._load();
  }

  get frame() {
    return this.screen?.frame ?? 0;
  }

  // Drawn over the picture, in pixels of the analysed image.
  get layer() {
    return this.find(".layer");
  }

  // A new run of the page: other wishes for the same clip; the video is left alone.
  update(data, tell) {
    const fresh = data.seek && data.seek.n !== this.seekDone;
    Object.assign(this, { data, tell });
    this.find(".use").hidden = !data.pick;
    this.restyle();
    if (fresh && this.clip) this._wish();
  }

  _wish() {
    const { seek } = this.data;
    this.seekDone = seek.n;
    this.jump(seek.frame ?? this.clip.frames.nearest(seek.time_s));
  }

  restyle() {
    const [red, green, blue] = (colourOf(this.root, "--background").match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
    this.root.dataset.theme = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128 ? "dark" : "light";
    this.plots?.restyle();
  }

  async _load() {
    this.find(".state").hidden = false;
    this.find(".body").hidden = true;
    this._state(WORDS.loading);
    try {
      const answer = await fetch(this.data.playback, { signal: this.listeners.signal });
      if (!answer.ok) return this._state(answer.status === 404 ? WORDS.gone : WORDS.unreachable, true);
      const told = await answer.json();
      this.clip = new Clip(told, this.data.markers ?? []);
    } catch (error) {
      if (this.listeners.signal.aborted) return undefined;
      return this._state(error instanceof RangeError ? WORDS.odd : WORDS.unreachable, true);
    }
    return this._show();
  }

  _state(words, again = false) {
    this.find(".state p").textContent = words;
    this.find("[data-do=retry]").hidden = !again;
  }

  _show() {
    const { clip } = this;
    this.find(".state").hidden = true;
    this.find(".body").hidden = false;
    this.find(".scrub").max = clip.frames.count - 1;
    this._menus();
    const video = this.find("video");
    this.screen = new Screen(video, clip.frames, { onFrame: (f) => this._framed(f), onState: () => this._stated() });
    this.plots = new Plots(this.root, clip, { onSeek: (f) => this.jump(f), onZoom: () => this._zoomed() });
    const on = (name, act) => video.addEventListener(name, act, { signal: this.listeners.signal });
    on("loadedmetadata", () => this._sized(video));
    on("error", () => this._failed());
    this.find(".picture").onclick = () => this.screen.toggle();
    this.find(".scrub").oninput = (event) => this.jump(Number(event.target.value));
    this.screen.seek(this.data.start ?? 0);
    if (this.data.seek && this.data.seek.n !== this.seekDone) this._wish();
    this._note("");
    video.src = this.data.video;
    this._framed(this.frame);
    this._zoomed();
    this._stated();
  }

  _menus() {
    const { clip } = this;
    const speeds = SPEEDS.filter(([rate]) => rate > 0.125 || clip.fps >= FAST_FPS).map(([rate, sign, words]) => {
      const button = make("button", "", `${sign}×`);
      Object.assign(button, { type: "button", title: words });
      button.dataset.rate = rate;
      button.setAttribute("role", "radio");
      button.setAttribute("aria-label", words);
      return button;
    });
    this.find(".speeds").replaceChildren(...speeds);
    const loops = [["", "No loop"], ...(clip.contacts.length > 1 ? [["step", "Loop this step"]] : [])];
    if (clip.cycles.length) loops.push(["cycle", `Loop this ${clip.cycleWord}`]);
    const loop = this.find(".loop");
    loop.replaceChildren(...loops.map(([value, words]) => new Option(words, value)));
    loop.disabled = loops.length < 2;
    loop.onchange = () => this._looped(loop.value);
    this._jumpMenu();
    const closer = this.find("[data-do=closer]");
    closer.textContent = `This ${clip.cycleWord}`;
    closer.hidden = !clip.cycles.length;
  }

  _jumpMenu() {
    const jump = this.find(".jump");
    const groups = this.clip.places().map(([heading, places]) => {
      const group = Object.assign(make("optgroup"), { label: heading });
      group.append(...places.map(([words, frame]) => new Option(words, frame)));
      return group;
    });
    jump.replaceChildren(new Option("Jump to …", ""), ...groups);
    jump.disabled = !groups.length;
    jump.onchange = () => {
      if (jump.value !== "") this.jump(Number(jump.value));
      jump.value = "";
    };
  }

  _sized(video) {
    const [width, height] = this.clip.image_px;
    this.layer.setAttribute("viewBox", `0 0 ${width} ${(video.videoHeight * width) / video.videoWidth}`);
    this.layer.setAttribute("preserveAspectRatio", "none");
    this.layer.dataset.imageHeight = height;
    this.root.classList.toggle("upright", video.videoHeight > video.videoWidth);
  }

  // Why there is no video: not in the result, out of reach, or of a kind this browser does not know.
  async _failed() {
    let words = WORDS.undecodable;
    let again = false;
    try {
      const answer = await fetch(this.data.video, { headers: { Range: "bytes=0-0" }, signal: this.listeners.signal });
      if (answer.status === 404) words = WORDS.none;
      else if (!answer.ok) [words, again] = [WORDS.videoUnreachable, true];
    } catch {
      [words, again] = [WORDS.videoUnreachable, true];
    }
    if (this.listeners.signal.aborted) return;
    this.screen.lost();
    this._note(words, again);
    this._stated();
  }

  _note(words, again = false) {
    this.find(".note").hidden = !words;
    this.find(".picture").classList.toggle("empty", Boolean(words));
    this.find(".note p").textContent = words;
    this.find("[data-do=reload]").hidden = !again;
  }

  _reload() {
    this._note("");
    this.find("video").src = this.data.video;
  }

  // Go to a frame, wherever the wish came from; a loop that does not hold it moves along.
  jump(frame) {
    const there = this.clip.frames.clamp(frame);
    const { loop } = this.screen;
    if (loop && (there < loop[0] || there > loop[1])) this._looped(this.find(".loop").value, there);
    this.screen.seek(there);
    this.plots.show(there, { follow: true });
  }

  step(by) {
    const there = this.clip.frames.clamp(this.frame + by);
    this.screen.pause();
    this.jump(there);
  }

  _framed(frame) {
    const { frames } = this.clip;
    const scrub = this.find(".scrub");
    const when = `${clock(frames.times[frame])} s`;
    this.find(".where").textContent = `Frame ${frame} of ${frames.count - 1} · ${when}`;
    this.find(".what").textContent = this.clip.words(frame);
    scrub.value = frame;
    scrub.setAttribute("aria-valuetext", `Frame ${frame}, ${when}`);
    this.plots?.show(frame, { follow: this.screen.playing });
    const detail = { frame, time_s: frames.times[frame] };
    this.root.dispatchEvent(new CustomEvent("formcheck:frame", { detail, bubbles: true, composed: true }));
  }

  _stated() {
    const { screen } = this;
    const playing = screen.playing;
    this.root.classList.toggle("playing", playing);
    this.find(".stage").classList.toggle("waiting", screen.busy && !playing);
    const play = this.find("[data-do=play]");
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    play.disabled = !screen.ready;
    for (const button of this.root.querySelectorAll("[data-rate]")) {
      button.setAttribute("aria-checked", String(Number(button.dataset.rate) === screen.speed));
    }
    const full = this.find("[data-do=full]");
    full.hidden = !(document.fullscreenEnabled || this.find("video").webkitSupportsFullscreen);
  }

  _zoomed() {
    const zoomed = this.plots?.view.zoomed ?? false;
    this.find("[data-do=whole]").setAttribute("aria-pressed", String(!zoomed));
    this.find("[data-do=out]").disabled = !zoomed;
  }

  _looped(kind, frame = this.frame) {
    const range = kind ? this.clip.loopAt(frame, kind) : null;
    const loop = this.find(".loop");
    loop.value = range ? kind : "";
    this.screen.loop = range;
    this.plots.loop = range;
    this.plots.redraw();
  }

  _toggleLoop() {
    const choices = [...this.find(".loop").options].map((o) => o.value);
    this._looped(this.screen.loop ? "" : choices.at(-1));
  }

  _closer() {
    const cycle = this.clip.cycleNear(this.frame);
    if (cycle) this.plots.zoomTo(cycle.first, cycle.last);
  }

  _event(direction) {
    const event = this.clip.eventFrom(this.frame, direction);
    if (event) this.step(event.frame - this.frame);
  }

  _full() {
    const viewer = this.find(".viewer");
    const video = this.find("video");
    if (document.fullscreenElement) document.exitFullscreen();
    else if (viewer.requestFullscreen) viewer.requestFullscreen();
    else video.webkitEnterFullscreen?.();
  }

  _help() {
    const help = this.find(".help");
    help.hidden = !help.hidden;
    this.find("[data-do=help]").setAttribute("aria-expanded", String(!help.hidden));
  }

  _use() {
    this.tell?.("picked", { frame: this.frame, time_s: this.clip.frames.times[this.frame] });
  }

  _do(what) {
    const acts = {
      retry: () => this._load(),
      reload: () => this._reload(),
      play: () => this.screen.toggle(),
      back: () => this.step(-1),
      on: () => this.step(1),
      back10: () => this.step(-10),
      on10: () => this.step(10),
      first: () => this.step(-this.clip.frames.count),
      last: () => this.step(this.clip.frames.count),
      before: () => this._event(-1),
      after: () => this._event(1),
      full: () => this._full(),
      help: () => this._help(),
      use: () => this._use(),
      loop: () => this._toggleLoop(),
      whole: () => this.plots.whole(),
      closer: () => this._closer(),
      zoom: () => (this.plots.view.zoomed ? this.plots.whole() : this._closer()),
      in: () => this.plots.zoom(0.5),
      out: () => this.plots.zoom(2),
    };
    acts[what]?.();
  }

  _clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.rate) {
      this.screen.speed = Number(button.dataset.rate);
    } else {
      this._do(button.dataset.do);
    }
    // After a click with the pointer the keys belong to the player, not to the button.
    if (event.detail > 0) this.root.focus({ preventScroll: true });
  }

  _pressed(event) {
    if (!this.clip || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const what = keyFor(event, target);
    if (!what) return;
    event.preventDefault();
    event.stopPropagation();
    if (typeof what === "number") this.screen.speed = what;
    else this._do(what);
  }

  // Another part of the page asks for a moment.
  _told(event) {
    if (!this.clip || !this.root.isConnected) return;
    event.preventDefault();
    this.screen.pause();
    this.jump(event.detail.frame ?? this.clip.frames.nearest(event.detail.time_s));
  }

  close() {
    this.listeners.abort();
    this.screen?.close();
    this.plots?.close();
  }
}

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector(".player");
  if (root.player?.data.playback !== data.playback) {
    root.player?.close();
    root.player = new Player(root, data);
  }
  root.player.update(data, setTriggerValue);
  return () => {
    root.player?.close();
    root.player = null;
  };
}
