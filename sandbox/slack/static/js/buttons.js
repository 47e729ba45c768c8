import { confirmed } from "./confirm.js";
import { h, safeUrl } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";

/** Runs `act` after the element's confirm question, if it has one, and marks the button busy meanwhile. */
async function press(button, element, act) {
  if (button.getAttribute("aria-busy") === "true") return;
  if (element.confirm && !(await confirmed(element.confirm))) return;
  // Not `disabled`: that would throw the keyboard user out of the button.
  button.setAttribute("aria-busy", "true");
  await act();
  button.removeAttribute("aria-busy");
}

/** `button`. With a url it opens that too, as Slack does. */
export function button(element, ctx) {
  const href = element.url ? safeUrl(element.url) : null;
  const node = h(
    href ? "a" : "button",
    {
      class: element.style ? `button button--${element.style}` : "button",
      ...(href ? { href, target: "_blank", rel: "noopener noreferrer" } : { type: "button" }),
      "aria-label": element.accessibility_label,
      "data-action-id": element.action_id,
      "data-focus": ctx.focusKey(element),
    },
    withEmoji(element.text.text),
  );
  node.addEventListener("click", () => press(node, element, () => ctx.surface.act(ctx.blockId, element.action_id)));
  return node;
}

/** `overflow`: a menu of options, some of which are links. */
export function overflow(element, ctx) {
  const trigger = h("button", {
    type: "button",
    class: "button button--icon",
    "aria-label": "More actions",
    "data-action-id": element.action_id,
    "data-focus": ctx.focusKey(element),
  }, icon("more"));
  const items = () =>
    element.options.map((option) => ({
      text: withEmoji(option.text.text),
      dataset: { value: option.value },
      run: () => {
        const href = option.url && safeUrl(option.url);
        if (href) open(href, "_blank", "noopener");
        press(trigger, element, () => ctx.surface.act(ctx.blockId, element.action_id, option.value));
      },
    }));
  return menuButton(trigger, { label: "More actions", items });
}
