"use strict";

const byId = (id) => document.getElementById(id);
const OWN = { "X-Formcheck": "1" };
const ASK_EVERY_MS = 3000;
const sending = [];
let limits = null;

function say(text, bad) {
  byId("message").textContent = text;
  byId("message").classList.toggle("bad", Boolean(bad));
}

function show(entered) {
  byId("enter").hidden = entered;
  byId("send").hidden = !entered;
}

async function line(answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return "The computer gave no answer that this page understands. Load the page again.";
  }
}

async function enter(code) {
  const answer = await fetch("/enter", { method: "POST", headers: OWN, body: code });
  if (answer.ok) {
    say("");
    await refresh();
  } else {
    show(false);
    say(await line(answer), true);
  }
}

async function refresh() {
  let answer;
  try {
    answer = await fetch("/status", { headers: OWN });
  } catch {
    say("The computer does not answer. Is formcheck still running, and is this phone on the same Wi-Fi?", true);
    return false;
  }
  show(answer.ok);
  if (!answer.ok) return false;
  limits = await answer.json();
  byId("limits").textContent = limits.limits;
  draw();
  return true;
}

function row(name, state, options) {
  const item = document.createElement("li");
  const title = document.createElement("strong");
  title.textContent = name;
  const words = document.createElement("span");
  words.className = options.bad ? "state bad" : "state";
  words.textContent = state;
  item.append(title, words);
  if (options.percent !== undefined && options.percent !== null) {
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = Number(options.percent);
    bar.setAttribute("aria-label", state);
    item.append(bar);
  }
  for (const [address, words] of [[options.report, "Read the report"], [options.video, "Watch the video"]]) {
    if (!address) continue;
    const link = document.createElement("a");
    link.href = address;
    link.textContent = words;
    item.append(link);
  }
  return item;
}

function draw() {
  const rows = sending.filter((one) => !one.arrived).map((one) => row(one.name, one.state, one));
  for (const clip of limits ? limits.clips : []) {
    const state = clip.error ? `${clip.state}: ${clip.error}` : clip.state;
    rows.push(row(clip.name, state, { ...clip, bad: Boolean(clip.error) }));
  }
  byId("clips").replaceChildren(...rows);
}

function send(file, one) {
  if (limits && file.size > limits.max_bytes) {
    Object.assign(one, { state: `too large. ${limits.limits}`, bad: true });
    draw();
    return Promise.resolve();
  }
  return new Promise((finished) => {
    const request = new XMLHttpRequest();
    const failed = (text) => {
      Object.assign(one, { state: text, percent: null, bad: true });
      draw();
      finished();
    };
    request.open("POST", `/upload?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-Formcheck", "1");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => {
      one.percent = Math.round((100 * event.loaded) / file.size);
      one.state = one.percent < 100 ? `being sent, ${one.percent} %` : "sent; the computer is checking it";
      draw();
    };
    request.onload = async () => {
      if (request.status === 201) {
        one.arrived = true;
        await refresh();
        finished();
      } else {
        let text = "the computer did not take it";
        try {
          text = JSON.parse(request.responseText).error;
        } catch {
          /* the answer is not ours; the plain words above stand */
        }
        failed(text);
      }
    };
    request.onerror = () => failed("the connection broke off; choose the clip again");
    request.send(file);
    draw();
  });
}

byId("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(byId("code").value);
});

byId("files").addEventListener("change", async (event) => {
  const files = [...event.target.files];
  event.target.value = "";
  const rows = files.map((file) => ({ name: file.name, state: "waiting to be sent", percent: null }));
  sending.push(...rows);
  draw();
  for (const [i, file] of files.entries()) await send(file, rows[i]);
});

(async () => {
  const code = location.hash.slice(1);
  history.replaceState(null, "", "/");
  if (await refresh()) return setInterval(refresh, ASK_EVERY_MS);
  if (/^[0-9]{8}$/.test(code)) await enter(code);
  return setInterval(() => byId("send").hidden || refresh(), ASK_EVERY_MS);
})();
