/** The page's own line icons. */

const SVG = "http://www.w3.org/2000/svg";

/** A line icon from its path data, hidden from assistive technology: whoever uses it carries the name. */
export function icon(name, size = 18) {
  const node = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" }))
    node.setAttribute(key, value);
  node.classList.add("icon");
  for (const data of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", data);
    node.append(path);
  }
  return node;
}

const ICONS = {
  hash: ["M5 9h15M4 15h15M10 4 8 20M16 4l-2 16"],
  key: ["M8 9a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM11.5 10.5 19.5 3.5M16 6.5l3 3"],
  lock: ["M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
  home: ["M4 11.5 12 5l8 6.5M6.5 10v9h11v-9M10.5 19v-5h3v5"],
  bot: ["M6 9h12v9H6zM12 9V5.5M12 5.2a.6.6 0 1 0 0-1.2.6.6 0 0 0 0 1.2M9.5 13v1M14.5 13v1M3.5 12.5v3M20.5 12.5v3"],
  database: ["M5 6.5c0-1.4 3.1-2.5 7-2.5s7 1.1 7 2.5S15.9 9 12 9 5 7.9 5 6.5zM5 6.5v11C5 18.9 8.1 20 12 20s7-1.1 7-2.5v-11M5 12c0 1.4 3.1 2.5 7 2.5s7-1.1 7-2.5"],
  menu: ["M4 7h16M4 12h16M4 17h16"],
  close: ["M6 6l12 12M18 6 6 18"],
  back: ["M15 5l-7 7 7 7"],
  chevron: ["M6 9.5l6 6 6-6"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  copy: ["M9 9h10v11H9zM15 9V4H5v11h4"],
  send: ["M4 12 20 4.5 16 20l-4.5-6.5zM11.5 13.5 20 4.5"],
  sun: ["M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5V5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M18.7 5.3 17 7M7 17l-1.7 1.7"],
  moon: ["M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"],
  reply: ["M20 12a7.5 7.5 0 0 1-11 6.6L4 20l1.4-4.6A7.5 7.5 0 1 1 20 12z"],
  eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"],
  file: ["M6 3.5h8l4 4v13H6zM14 3.5v4h4M9 12h6M9 15.5h6"],
  download: ["M12 4v11M7 10.5l5 5 5-5M5 20h14"],
  more: ["M5.5 12h.01M12 12h.01M18.5 12h.01"],
  guide: ["M4 5.5c3-1 5.5-.7 8 1 2.5-1.7 5-2 8-1V19c-3-1-5.5-.7-8 1-2.5-1.7-5-2-8-1zM12 6.5V20"],
  alert: ["M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2h.01"],
  info: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5.5M12 7.8h.01"],
  success: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8 12.2l3 3 5-5.5"],
  sort: ["M8 10l4-4 4 4M8 14l4 4 4-4"],
  search: ["M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20"],
  play: ["M8 5.5v13l10.5-6.5z"],
};
