"""How well every word on a page stands out from what lies behind it, measured as WCAG 2 says."""

FAINT_WORDS = """() => {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = colour;
      pixel.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = (front, back) => {
    const a = front[3] + back[3] * (1 - front[3]);
    const mixed = [0, 1, 2].map((i) => (front[i] * front[3] + back[i] * back[3] * (1 - front[3])) / (a || 1));
    return [...mixed, a];
  };
  const light = (colour) => {
    const shares = colour.slice(0, 3).map((value) => value / 255);
    const [r, g, b] = shares.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parent = (one) => one.assignedSlot ?? one.parentElement ?? one.getRootNode().host ?? null;
  // Colour behind an element, how much of it is opacity, and whether a picture lies there, which is not measured.
  const behind = (element) => {
    let back = [0, 0, 0, 0];
    let opacity = 1;
    for (let one = element; one; one = parent(one)) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") return null;
      opacity *= Number(style.opacity);
      if (back[3] < 1) back = over(back, rgba(style.backgroundColor));
    }
    return [over(back, [255, 255, 255, 1]), opacity];
  };
  const off = "[aria-hidden=true], :disabled, [aria-disabled=true], [data-stale=true]";
  const isOff = (one) => one && (one.matches(off) || one.control?.disabled || isOff(parent(one)));
  const faint = new Map();
  const look = (root) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) look(one.shadowRoot);
      const texts = [...one.childNodes].filter((node) => node.nodeType === 3);
      const words = texts.map((node) => node.textContent.trim()).join(" ").trim();
      if (!words || one.matches("style, script, title, desc, option, noscript")) continue;
      if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || isOff(one)) continue;
      const box = one.getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue;
      const style = getComputedStyle(one);
      const found = behind(one);
      if (!found) continue;
      const [back, opacity] = found;
      const ink = [...rgba(one.ownerSVGElement ? style.fill : style.color)];
      ink[3] *= opacity;
      const [a, b] = [light(over(ink, back)), light(back)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const isIcon = style.fontFamily.includes("Material Symbols");
      if (ratio < (large || isIcon ? 3 : 4.5)) faint.set(words.slice(0, 60), `${ratio.toFixed(2)} ${style.color}`);
    }
  };
  look(document);
  return [...faint].map(([words, told]) => `${told}: ${words}`);
}"""
"""Words whose contrast is below AA: 4.5, or 3 where they are large; what is off or only for the eye is let be."""
