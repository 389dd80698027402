// SPDX-License-Identifier: MIT
// Shows the facts of a day when a visitor points at it, taps it, or chooses it with the keyboard. They are those of the
// page's tables. For assistive technology, a chart is a slider: one tab stop, with the days as its values.

const dayName = new Intl.DateTimeFormat(TEXTS.locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const percent = new Intl.NumberFormat(TEXTS.locale, { style: "percent" });
const isRtl = (element) => getComputedStyle(element).direction === "rtl";

// The chart with the shown day, and the elements that show it; whether they stay when the pointer leaves.
let shownChart = null;
let tip;
let here;
let isPinned = false;
let closing;

const make = (name, ...children) => {
  const made = document.createElement(name);
  made.append(...children);
  return made;
};

function makeSlider(chart) {
  const part = chart.closest("[id^=c]");
  const last = chart.viewBox.baseVal.width;
  chart.dataset.table = `t${part ? part.id.slice(1) : 0}`;
  chart.id = `chart-${chart.dataset.table}`;
  const heading = part?.querySelector("h3");
  if (heading) {
    heading.id = `${part.id}-name`;
    chart.setAttribute("aria-labelledby", `${heading.id} ${chart.id}`);
  }
  for (const [name, value] of [["role", "slider"], ["tabindex", 0], ["aria-valuemin", 1], ["aria-valuemax", last]]) {
    chart.setAttribute(name, value);
  }
  choose(chart, last);
}

// Returns whether a day, counted from 1, is in a dash of the line of days without evidence, and not in a gap.
function isWithoutEvidence(chart, day) {
  const dashes = chart.querySelector("[stroke*=none]")?.getAttribute("stroke-dasharray").split(" ") ?? [];
  let end = 0;
  return dashes.findIndex((length) => (end += Number(length)) >= day) % 2 === 0;
}

// Returns the percentage of a quiet day that was observed. `data-partly` has each that was partly observed, as the number
// of days since the one before, a - for less than half, and a sign, which is A for 50% or 0%: "12A3-B".
function observedOn(chart, day) {
  let number = 0;
  for (const [, days, less, sign] of (chart.dataset.partly ?? "").matchAll(/(\d+)(-?)(.)/g)) {
    number += Number(days);
    if (number === day) return sign.charCodeAt() - (less ? 65 : 15);
  }
  return isWithoutEvidence(chart, day) ? 0 : 100;
}

// Returns the terms and texts of a day in the table; without a row, whether the day was observed.
function factsOf(chart, date, day) {
  const table = document.getElementById(chart.dataset.table);
  const row = [...table.tBodies[0].rows].find((one) => one.cells[0].textContent === date);
  if (row) {
    return [...row.cells].slice(1)
      .map((cell, number) => [table.tHead.rows[0].cells[number + 1].textContent, cell])
      .filter(([, cell]) => cell.textContent)
      .map(([term, cell]) => [term, [...cell.childNodes].map((one) => one.cloneNode(true))]);
  }
  const found = isWithoutEvidence(chart, day) ? TEXTS.noEvidence : TEXTS.noDowntime;
  return [[found, []], [TEXTS.observed, [percent.format(observedOn(chart, day) / 100)]]];
}

// Makes a day, counted from 1, the value of a chart. Returns its date and its facts.
function choose(chart, day) {
  const date = new Date(Date.parse(chart.dataset.first) + (day - 1) * 864e5);
  const facts = factsOf(chart, date.toISOString().slice(0, 10), day);
  const words = facts.map(([term, nodes]) => [term, ...nodes.map((one) => one.textContent ?? one)].join(" "));
  chart.setAttribute("aria-valuenow", day);
  chart.setAttribute("aria-valuetext", [dayName.format(date), ...words].join(", "));
  return [dayName.format(date), facts];
}

function open(chart, day) {
  clearTimeout(closing);
  if (shownChart === chart && chart.getAttribute("aria-valuenow") === String(day)) return;
  close();
  const [date, facts] = choose(chart, day);
  shownChart = chart;
  here = document.createElementNS("http://www.w3.org/2000/svg", "path");
  here.setAttribute("class", "here");
  here.setAttribute("vector-effect", "non-scaling-stroke");
  here.setAttribute("d", `M${day - 1} 1h1v32h-1z`);
  chart.append(here);
  tip = make("div", make("b", date), make("dl", ...facts.flatMap(([term, nodes]) => [make("dt", term), make("dd", ...nodes)])));
  tip.className = "tip";
  chart.parentNode.append(tip);
  const box = chart.getBoundingClientRect();
  const middle = box.width * (day - 0.5) / chart.getAttribute("aria-valuemax");
  const left = (isRtl(chart) ? box.width - middle : middle) - tip.offsetWidth / 2;
  tip.style.left = `${Math.max(0, Math.min(left, box.width - tip.offsetWidth))}px`;
}

function close() {
  tip?.remove();
  here?.remove();
  shownChart = null;
}

function dayAt(chart, x) {
  const box = chart.getBoundingClientRect();
  const part = (isRtl(chart) ? box.right - x : x - box.left) / box.width;
  const last = Number(chart.getAttribute("aria-valuemax"));
  return Math.max(1, Math.min(last, Math.floor(part * last) + 1));
}

const chartOf = (event) => event.target.closest?.("[role=slider]");

document.addEventListener("pointermove", (event) => {
  const chart = chartOf(event);
  if (chart && (!isPinned || event.pointerType !== "mouse")) open(chart, dayAt(chart, event.clientX));
  else if (event.target.closest?.(".tip")) clearTimeout(closing);
});
document.addEventListener("pointerout", (event) => {
  if (!isPinned && (chartOf(event) || event.target.closest?.(".tip"))) closing = setTimeout(close, 300);
});
document.addEventListener("click", (event) => {
  const chart = chartOf(event);
  if (chart) {
    open(chart, dayAt(chart, event.clientX));
    isPinned = true;
  } else if (!event.target.closest(".tip")) {
    close();
    isPinned = false;
  }
});
document.addEventListener("focusin", (event) => {
  const chart = chartOf(event);
  if (!chart?.matches(":focus-visible")) return;
  open(chart, Number(chart.getAttribute("aria-valuenow")));
  isPinned = true;
});
document.addEventListener("focusout", (event) => {
  if (!shownChart?.parentNode.contains(event.relatedTarget) && chartOf(event)) {
    close();
    isPinned = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shownChart) {
    if (shownChart.parentNode.contains(document.activeElement)) shownChart.focus();
    close();
    isPinned = false;
    return;
  }
  const chart = chartOf(event);
  if (!chart || event.altKey || event.ctrlKey || event.metaKey) return;
  const forward = isRtl(chart) ? -1 : 1;
  const day = Number(chart.getAttribute("aria-valuenow"));
  const last = Number(chart.getAttribute("aria-valuemax"));
  const to = {
    ArrowLeft: day - forward, ArrowRight: day + forward, ArrowDown: day - 1, ArrowUp: day + 1,
    PageDown: day - 7, PageUp: day + 7, Home: 1, End: last,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  isPinned = true;
  open(chart, Math.max(1, Math.min(last, to)));
});
