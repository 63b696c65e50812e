// Clips go to the server one after another. The queue belongs to the window, so that going to another page of the app
// and coming back finds it where it was.
const SLOW_NEWS_MS = 250;

const queue = (window.formcheckUploads ??= { items: [], busy: false, arrived: [], show: () => {}, tell: () => {} });

function megabytes(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;
}

function left(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 10) return "a few seconds left";
  if (seconds < 90) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  return `about ${Math.ceil(seconds / 60)} min left`;
}

function refusal(file, { formats, max_bytes, limits }) {
  const ending = file.name.includes(".") ? file.name.split(".").pop().toUpperCase() : "";
  if (!file.type.startsWith("video/") && !formats.includes(ending)) return `This is not a film that formcheck reads. ${limits}`;
  if (file.size === 0) return "The file is empty. Copy it from the phone again.";
  if (file.size > max_bytes) return `${megabytes(file.size)} is too large. Cut it to the test itself (a minute is plenty). ${limits}`;
  return "";
}

function add(files, data) {
  for (const file of files) {
    const error = refusal(file, data);
    queue.items.push({ file, url: data.url, error, status: error ? "refused" : "waiting", sent: 0, rate: 0 });
  }
  queue.show();
  next();
}

function next() {
  if (queue.busy) return;
  const item = queue.items.find((one) => one.status === "waiting");
  if (!item) return;
  queue.busy = true;
  send(item);
}

function done(item, status, error = "") {
  item.status = status;
  item.error = error;
  item.request = null;
  queue.busy = false;
  queue.show();
  next();
}

function send(item) {
  const request = (item.request = new XMLHttpRequest());
  const started = performance.now();
  let shown = 0;
  item.status = "sending";
  item.sent = 0;
  request.open("POST", `${item.url}?name=${encodeURIComponent(item.file.name)}`);
  request.setRequestHeader("X-Formcheck", "1");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.onprogress = (event) => {
    item.sent = event.loaded;
    item.rate = event.loaded / ((performance.now() - started) / 1000);
    if (performance.now() - shown < SLOW_NEWS_MS) return;
    shown = performance.now();
    queue.show();
  };
  request.upload.onload = () => {
    item.sent = item.file.size;
    if (item.status === "sending") item.status = "checking";
    queue.show();
  };
  request.onload = () => {
    const answer = read(request);
    if (request.status < 300 && answer.clip_id) {
      queue.arrived.push(answer.clip_id);
      done(item, "arrived");
      queue.items = queue.items.filter((one) => one !== item);
      queue.show(`${item.file.name} has arrived.`);
      queue.tell();
    } else {
      done(item, "failed", sentence(answer.error, item.file.name) || "The clip did not arrive. Try again.");
    }
  };
  request.onerror = () => done(item, "failed", "The connection broke off. Is formcheck still running? Try again.");
  request.onabort = () => {
    queue.items = queue.items.filter((one) => one !== item);
    done(item, "cancelled");
  };
  queue.show();
  request.send(item.file);
}

function read(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
}

// An error's line as a sentence; a file's name at its start stays as it is.
function sentence(line, name) {
  if (!line) return "";
  const start = line.startsWith(name) ? line[0] : line[0].toUpperCase();
  return `${start}${line.slice(1)}${line.endsWith(".") ? "" : "."}`;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function button(text, label, act) {
  const made = element("button", "button small", text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function words(item) {
  const share = item.file.size ? Math.floor((100 * item.sent) / item.file.size) : 0;
  if (item.status === "waiting") return `${megabytes(item.file.size)}, waits for the one before it`;
  if (item.status === "checking") return "Arrived; checking that it is a film …";
  if (item.status !== "sending") return "";
  const rate = item.rate ? `, ${megabytes(item.rate)} a second, ${left((item.file.size - item.sent) / item.rate)}` : "";
  return `${share} % of ${megabytes(item.file.size)}${rate}`;
}

function drop(item) {
  if (item.request) item.request.abort();
  else {
    queue.items = queue.items.filter((one) => one !== item);
    queue.show();
  }
}

// A row is made once and then only refreshed, so that the focus stays on its buttons.
function refresh(item) {
  if (!item.row) {
    item.row = element("li", "sending");
    item.bar = element("progress");
    item.bar.setAttribute("aria-label", `Sending ${item.file.name}`);
    item.note = element("span", "muted small");
    item.buttons = element("span", "buttons");
    item.row.append(element("span", "clip", item.file.name), item.buttons, item.bar, item.note);
  }
  const over = item.status === "refused" || item.status === "failed";
  item.bar.hidden = over;
  item.bar.max = item.file.size || 1;
  if (item.status === "checking") item.bar.removeAttribute("value");
  else item.bar.value = item.sent;
  item.note.className = over ? "trouble" : "muted small";
  if (over && item.said !== item.error) item.note.setAttribute("role", "alert");
  item.said = item.error;
  item.note.textContent = over ? item.error : words(item);
  if (item.buttonsFor !== item.status) {
    item.buttonsFor = item.status;
    const name = item.file.name;
    const again = () => {
      item.status = "waiting";
      queue.show();
      next();
    };
    item.buttons.replaceChildren(
      ...(item.status === "failed" ? [button("Try again", `Try again: ${name}`, again)] : []),
      over ? button("Dismiss", `Dismiss ${name}`, () => drop(item)) : button("Cancel", `Cancel ${name}`, () => drop(item)),
    );
  }
  return item.row;
}

function build(root, data) {
  const place = element("div", "drop");
  const input = element("input");
  Object.assign(input, { type: "file", accept: "video/*", multiple: true, hidden: true });
  const onPhone = matchMedia("(pointer: coarse)").matches;
  const choose = element("button", "button first", onPhone ? "Choose or film a video" : "Choose videos");
  choose.type = "button";
  choose.setAttribute("aria-describedby", "limits");
  choose.addEventListener("click", () => input.click());
  const line = element("p", "small", onPhone ? "" : "or drop them here");
  const limits = element("p", "muted small", data.limits);
  limits.id = "limits";
  const advice = element("p", "muted small", "Several clips of one session can go together. Send originals: messengers cut frames.");
  const list = element("ul", "sendings");
  const news = element("p", "unseen");
  news.setAttribute("role", "status");
  input.addEventListener("change", () => {
    add([...input.files], data);
    input.value = "";
  });
  const hover = (on) => (event) => {
    event.preventDefault();
    place.classList.toggle("over", on);
  };
  place.addEventListener("dragenter", hover(true));
  place.addEventListener("dragover", hover(true));
  place.addEventListener("dragleave", hover(false));
  place.addEventListener("drop", (event) => {
    hover(false)(event);
    add([...event.dataTransfer.files], data);
  });
  place.append(choose, input, line, limits, advice);
  root.append(place, list, news);
  root.list = list;
  root.news = news;
}

function askBeforeLeaving(event) {
  if (queue.items.some((item) => item.request)) event.preventDefault();
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".fc");
  if (!root.list) build(root, data);
  queue.tell = () => setStateValue("arrived", [...queue.arrived]);
  queue.show = (news) => {
    const rows = queue.items.map(refresh);
    // Moving a row would take the focus from its buttons.
    if (rows.length !== root.list.children.length || rows.some((row, i) => row !== root.list.children[i])) root.list.replaceChildren(...rows);
    if (news) root.news.textContent = news;
  };
  queue.show();
  window.addEventListener("beforeunload", askBeforeLeaving);
  return () => {
    queue.show = () => {};
    queue.tell = () => {};
  };
}
