// What a screen reader or a weak eye would trip over on the page as it stands: a list of sentences, empty when all is well.
() => {
  const problems = [];
  const describe = (node) => node.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const seen = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !node.closest("[inert], [aria-hidden=true]");
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  const root = dialog ?? document.body;
  const all = (selector) => [...root.querySelectorAll(selector)].filter(seen);
  const text = (node) => [...node.childNodes].map((child) => {
    if (child.nodeType === Node.TEXT_NODE) return child.textContent;
    if (child.nodeType !== Node.ELEMENT_NODE || child.getAttribute("aria-hidden") === "true") return "";
    return child.getAttribute("aria-label") ?? child.getAttribute("alt") ?? text(child);
  }).join("");
  const referenced = (node, attribute) => (node.getAttribute(attribute) ?? "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id));
  const name = (node) => {
    const by = referenced(node, "aria-labelledby").map((label) => (label ? text(label) : "")).join(" ").trim();
    const labels = [...(node.labels ?? [])].map(text).join(" ").trim();
    const content = node.matches("input, textarea, select, [role=listbox], dialog, [role=region]") ? "" : text(node).trim();
    return by || node.getAttribute("aria-label")?.trim() || labels || content || "";
  };

  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) problems.push(`id twice: ${id}`);

  const named = "input, textarea, select, button, a[href], dialog[open], [role=group], [role=radiogroup], [role=region], [role=menu], [role=listbox], nav, aside";
  const check = all(named);
  if (dialog) check.push(dialog);
  for (const node of check) if (!name(node)) problems.push(`no name: ${describe(node)}`);

  for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant"])
    for (const node of all(`[${attribute}]`)) if (referenced(node, attribute).includes(null)) problems.push(`${attribute} points nowhere: ${describe(node)}`);

  for (const image of all("img")) if (!image.hasAttribute("alt")) problems.push(`no alt: ${describe(image)}`);

  let before = dialog ? 1 : 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) problems.push(`heading jumps from ${before} to ${level}: ${describe(heading)}`);
    before = level;
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const paint = (color, under) => {
    canvas.fillStyle = `rgb(${under.join(" ")})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  // Colours are composed from the root downwards; under a gradient there is no single one, so such text is left out.
  const backdrop = (node) => {
    let color = [255, 255, 255];
    for (const layer of [...ancestors(node)].reverse()) {
      const style = getComputedStyle(layer);
      if (style.backgroundImage !== "none") color = null;
      if (color || !/transparent|, 0\)|\/ 0\)/.test(style.backgroundColor)) color = paint(style.backgroundColor, color ?? [0, 0, 0]);
    }
    return color;
  };
  function* ancestors(node) {
    for (let at = node; at; at = at.parentElement) yield at;
  }
  const luminance = (color) => {
    const [r, g, b] = color.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, two) => {
    const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  for (const node of all("*")) {
    const own = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim());
    if (!own || node.closest(":disabled, .emoji, .sr-only, svg")) continue;
    const style = getComputedStyle(node);
    const under = backdrop(node);
    if (!under || Number(style.opacity) < 1) continue;
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(paint(style.color, under), under);
    if (ratio < (large ? 3 : 4.5)) problems.push(`contrast ${ratio.toFixed(2)}: ${describe(node)}`);
  }
  return problems;
}
