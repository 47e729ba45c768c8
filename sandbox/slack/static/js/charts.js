/** `data_visualization` blocks as pictures. Source: Slack docs, data visualization block. */

import { h, uid } from "./dom.js";

const NS = "http://www.w3.org/2000/svg";
const WIDTH = 560;
const HEIGHT = 180;
const FLOOR = 24;

function svg(tag, props = {}, ...children) {
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, String(value));
  node.append(...children.flat());
  return node;
}

/** What a screen reader hears: every figure, as a sighted reader would read it off. */
function spoken(block) {
  const { chart } = block;
  const rows = chart.type === "pie"
    ? [["", chart.segments]]
    : chart.series.map((series) => [`${series.name}: `, series.data]);
  return [block.title, ...rows.map(([name, points]) => name + points.map((point) => `${point.label} ${point.value}`).join(", "))].join(". ");
}

const tone = (index) => `chart-tone-${index % 6}`;

function legend(names) {
  return h("ul", { class: "chart-legend", "aria-hidden": "true" }, names.map((name, index) =>
    h("li", {}, h("span", { class: `chart-swatch ${tone(index)}` }), name)));
}

function plotted(chart, root) {
  const days = chart.axis_config.categories;
  const top = Math.max(1, ...chart.series.flatMap((series) => series.data.map((point) => point.value)));
  const step = WIDTH / days.length;
  const y = (value) => HEIGHT - FLOOR - (Math.max(0, value) / top) * (HEIGHT - 2 * FLOOR);
  const valueOf = (series, day) => series.data.find((point) => point.label === day)?.value ?? 0;
  chart.series.forEach((series, index) => {
    if (chart.type === "bar") {
      const wide = (step * 0.8) / chart.series.length;
      days.forEach((day, place) => {
        const value = valueOf(series, day);
        const x = place * step + step * 0.1 + index * wide;
        root.append(svg("rect", { class: tone(index), x, y: y(value), width: wide * 0.9, height: HEIGHT - FLOOR - y(value) }));
        if (value) root.append(svg("text", { class: "chart-value", x: x + wide * 0.45, y: y(value) - 4 }, value.toLocaleString()));
      });
      return;
    }
    const points = days.map((day, place) => `${(place + 0.5) * step},${y(valueOf(series, day))}`);
    const edge = chart.type === "area" ? [`${(days.length - 0.5) * step},${HEIGHT - FLOOR}`, `${step / 2},${HEIGHT - FLOOR}`] : [];
    root.append(svg(chart.type === "area" ? "polygon" : "polyline", { class: `chart-${chart.type} ${tone(index)}`, points: [...points, ...edge].join(" ") }));
  });
  root.append(svg("line", { class: "chart-floor", x1: 0, x2: WIDTH, y1: HEIGHT - FLOOR, y2: HEIGHT - FLOOR }));
  days.forEach((day, place) => root.append(svg("text", { class: "chart-label", x: (place + 0.5) * step, y: HEIGHT - 8 }, day)));
  return chart.series.map((series) => series.name);
}

function pie(chart, root) {
  const all = chart.segments.reduce((sum, segment) => sum + segment.value, 0);
  const radius = HEIGHT / 2 - 8;
  const at = (share) => [WIDTH / 2 + radius * Math.sin(share * 2 * Math.PI), HEIGHT / 2 - radius * Math.cos(share * 2 * Math.PI)];
  let from = 0;
  chart.segments.forEach((segment, index) => {
    const share = segment.value / all;
    if (share === 1) root.append(svg("circle", { class: tone(index), cx: WIDTH / 2, cy: HEIGHT / 2, r: radius }));
    else root.append(svg("path", { class: tone(index), d: `M${WIDTH / 2},${HEIGHT / 2} L${at(from)} A${radius},${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${at(from + share)} Z` }));
    from += share;
  });
  return chart.segments.map((segment) => segment.label);
}

export function dataVisualization(block) {
  const title = uid("chart");
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": spoken(block) });
  const names = (block.chart.type === "pie" ? pie : plotted)(block.chart, root);
  return h("figure", { class: "chart", "aria-labelledby": title },
    h("figcaption", { id: title }, block.title), root, legend(names));
}
