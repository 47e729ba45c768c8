/** Lists and menus in the top layer, so that neither a scrolling pane nor a dialog clips them. */

const GAP = 4;
const MARGIN = 8;
const MAX_HEIGHT = 420;

/** Keeps `popup` beside `anchor` while it is shown: below if there is room, else above. Returns {show, hide, shown}. */
export function floating(anchor, popup, { onHide = () => {}, align = "start", matchWidth = false } = {}) {
  popup.popover = "manual";

  const place = () => {
    const box = anchor.getBoundingClientRect();
    const below = innerHeight - box.bottom - GAP - MARGIN;
    const above = box.top - GAP - MARGIN;
    const up = below < Math.min(popup.scrollHeight, 200) && above > below;
    popup.style.maxHeight = `${Math.min(MAX_HEIGHT, up ? above : below)}px`;
    if (matchWidth) popup.style.width = `${box.width}px`;
    const left = align === "end" ? box.right - popup.offsetWidth : box.left;
    popup.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - popup.offsetWidth - MARGIN))}px`;
    popup.style.top = up ? "auto" : `${box.bottom + GAP}px`;
    popup.style.bottom = up ? `${innerHeight - box.top + GAP}px` : "auto";
  };

  const outside = (event) => {
    if (!anchor.contains(event.target) && !popup.contains(event.target)) hide();
  };
  const follow = (event) => {
    if (!popup.contains(event.target)) place();
  };
  const shown = () => popup.matches(":popover-open");

  function show() {
    if (!shown()) {
      popup.showPopover();
      document.addEventListener("pointerdown", outside, true);
      document.addEventListener("scroll", follow, true);
      addEventListener("resize", place);
    }
    place();
  }

  function hide() {
    if (!shown()) return;
    popup.hidePopover();
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("scroll", follow, true);
    removeEventListener("resize", place);
    onHide();
  }

  return { show, hide, shown, place };
}
