// Shows markup that the page made and escaped, and turns clicks on [data-seek] into jumps of the player.

// A second fence behind the escaping: what has no business in a page of results is left out.
const FORBIDDEN = "script,style,iframe,object,embed,link,meta,base,form,input,textarea";

function build(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  parsed.querySelectorAll(FORBIDDEN).forEach((element) => element.remove());
  parsed.querySelectorAll("*").forEach((element) => {
    for (const { name, value } of [...element.attributes]) {
      const address = ["href", "src", "xlink:href", "action"].includes(name);
      if (name.startsWith("on") || (address && !/^(\/|#|data:image\/|[\w.-]+\?)/.test(value.trim()))) {
        element.removeAttribute(name);
      }
    }
  });
  return [...parsed.body.childNodes];
}

function seek(time_s, player, setTriggerValue) {
  const event = new CustomEvent("formcheck:seek", { detail: { time_s }, cancelable: true });
  window.dispatchEvent(event);
  if (!event.defaultPrevented) setTriggerValue("seek", time_s);
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.querySelector(player)?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}

// What holds the moment that the player shows is marked, such as a repetition's bar.
function mark(root, time_s) {
  root.querySelectorAll("[data-from]").forEach((element) => {
    const { from, to } = element.dataset;
    element.classList.toggle("now", Number(from) <= time_s && time_s < Number(to));
  });
}

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector(".fc");
  root.style.containerType = "normal"; // a container would hold the explanations that are fixed to the window's edge
  if (root.shown !== data.html) {
    // What the reader has opened stays open when the text is written anew.
    const open = new Set([...root.querySelectorAll("details[id][open]")].map((element) => element.id));
    root.replaceChildren(...build(data.html));
    root.querySelectorAll("details[id]").forEach((element) => (element.open ||= open.has(element.id)));
    root.shown = data.html;
  }
  root.onclick = (event) => {
    const target = event.target.closest("[data-seek]");
    if (target) seek(Number(target.dataset.seek), data.player, setTriggerValue);
  };
  if (!root.moved) {
    root.moved = (event) => mark(root, event.detail.time_s);
    window.addEventListener("formcheck:frame", root.moved);
  }
  root.onkeydown = (event) => {
    if (event.key === "Escape") root.getRootNode().activeElement?.blur();
  };
  return () => {
    window.removeEventListener("formcheck:frame", root.moved);
    root.moved = null;
  };
}
