"use strict";
(() => {
  const root = document.documentElement;
  const tools = document.getElementById("tools");
  root.classList.add("js");

  // A link to something folded away unfolds it.
  const reveal = () => {
    let id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const found = id && document.getElementById(id);
    if (!found) return;
    for (let at = found; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    found.scrollIntoView();
  };

  // Paper unfolds nothing by itself.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });

  if (!tools) { addEventListener("hashchange", reveal); reveal(); return; }
  tools.hidden = false;
  const box = document.getElementById("filter");
  const count = document.getElementById("count");
  const nothing = document.getElementById("nothing");
  const unfold = document.getElementById("unfold");
  const chips = [...tools.querySelectorAll(".chip")];
  const groups = [...tools.querySelectorAll(".chips")];
  const items = [...document.querySelectorAll("[data-f]")].map((el) => ({
    el, text: el.dataset.f, tokens: new Set(el.dataset.t.split(" ")),
  }));
  const parts = [...document.querySelectorAll(".part")];

  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = groups
      .map((g) => [...g.querySelectorAll("[aria-pressed=true]")].map((c) => c.dataset.w))
      .filter((g) => g.length);
    let shown = 0;
    for (const { el, text, tokens } of items) {
      const yes = words.every((w) => text.includes(w)) && wanted.every((g) => g.some((t) => tokens.has(t)));
      el.hidden = !yes;
      if (yes) shown += 1;
    }
    const narrow = words.length > 0 || wanted.length > 0;
    for (const part of parts) part.classList.toggle("narrowed", narrow);
    count.textContent = narrow ? `${shown} of ${items.length} shown` : "";
    nothing.hidden = !narrow || shown > 0;
  };

  const fromAddress = () => {
    const asked = /^#filter=(.*)$/.exec(location.hash);
    if (!asked) { reveal(); return; }
    try { box.value = decodeURIComponent(asked[1]); } catch { return; }
    filter();
  };

  box.addEventListener("input", filter);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    });
  }
  unfold.addEventListener("click", () => {
    const open = unfold.textContent === "Unfold all";
    for (const one of document.querySelectorAll(".item")) if (!one.hidden) one.open = open;
    unfold.textContent = open ? "Fold all" : "Unfold all";
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && document.activeElement === box) {
      box.value = "";
      for (const chip of chips) chip.setAttribute("aria-pressed", "false");
      filter();
    }
  });
  addEventListener("hashchange", fromAddress);
  fromAddress();
})();
