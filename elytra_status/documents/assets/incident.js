// SPDX-License-Identifier: MIT
// Shows that the state of an incident is unknown once its page is too old. Each run writes the page of what is not over.

const when = document.getElementById("when");
const state = document.querySelector(".state");

function judge() {
  if (Date.now() < Date.parse(when.dataset.stale)) return;
  state.textContent = when.dataset.unknown;
  state.className = "state soft";
}

judge();
setInterval(judge, 1e4);
for (const name of ["pageshow", "focus"]) addEventListener(name, judge);
document.addEventListener("visibilitychange", judge);
