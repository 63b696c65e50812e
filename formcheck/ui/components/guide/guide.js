// Six tiles, one of them chosen, and the guide of the chosen test. Pictures are the package's own SVG.
function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function picture(svg, className) {
  const holder = element("div", className);
  holder.innerHTML = svg;
  return holder;
}

function tile(test, choose) {
  const label = element("label", "tile");
  const input = element("input");
  input.type = "radio";
  input.name = "formcheck-test";
  input.value = test.id;
  input.addEventListener("change", () => choose(test.id, true));
  label.append(input, picture(test.tile, "figure"), element("span", "name", test.name));
  return label;
}

function guide(test) {
  const panel = element("div", test.scene ? "guide" : "guide plain");
  if (test.scene) panel.append(picture(test.scene, "scene"));
  const words = element("div", "words");
  if (test.facts.length) {
    const list = element("dl");
    for (const [name, value] of test.facts) list.append(element("dt", "", name), element("dd", "", value));
    words.append(list);
  }
  words.append(element("p", "", test.text));
  panel.append(words);
  return panel;
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".fc");
  if (!root.dataset.built) {
    root.dataset.built = "yes";
    const choices = element("fieldset", "tiles");
    choices.append(element("legend", "", "Which test?"));
    const place = element("div", "place");
    place.setAttribute("aria-live", "polite");
    const byId = Object.fromEntries(data.tests.map((test) => [test.id, test]));
    const choose = (id, tell) => {
      for (const input of choices.querySelectorAll("input")) input.checked = input.value === id;
      place.replaceChildren(guide(byId[id]));
      if (tell) setStateValue("test", id);
    };
    choices.append(...data.tests.map((test) => tile(test, choose)));
    root.append(choices, place);
    choose(byId[data.chosen] ? data.chosen : data.tests[0].id, false);
  }
}
